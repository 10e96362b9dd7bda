/** The document `docs/reliability.md`, made of the lists of bad inputs. */
import { areas as programs } from "../faults/bad-input";
import { areas } from ".";
import type { Area } from "./bad-input";

const INTRODUCTION = `# Reliability

What bad input gets, and what happens to runs that are disturbed. The tables are made from the tests (\`test/bad-input/\`,
\`test/faults/bad-input/\`): each line is tried, and what it gets is compared word by word. After a change, \`npx vitest run --project unit test/bad-input -u\`
writes them again.

The rules:
- Bad input gets one clear line, \`<what>: <rule>, got <value>\`, with a hint where one helps, and exit code 1, or 2 for a wrong command line.
- Nothing is lost. Files are written beside their place and renamed; a run that is stopped or killed continues and ends with the same bytes.
- Nothing is hidden. What is left out (hidden files, broken images, rows that belong to no planned run) is counted and named.

Runs are killed at random moments by \`test/faults/kills.test.ts\`: five experiments, 20 kills each, of the program and of its workers. It counts rows that are lost,
rows that are there twice, runs that hang, and processes that outlive their program; all four must be 0. \`npx vitest run --project faults\` runs it.`;

/** Line breaks and control characters as their escapes; a bar would end the cell. */
const cell = (text: string): string =>
  text
    .replace(/\p{Cc}/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;");

const table = ({ title, inputs }: Area): string =>
  [
    `## ${title}`,
    "",
    "| input | what it gets |",
    "| --- | --- |",
    ...inputs.map(({ input, gets }) => `| ${cell(input)} | ${cell(gets)} |`),
  ].join("\n");

export function reliability(): string {
  const all = [...areas, ...programs];
  const count = all.reduce((sum, { inputs }) => sum + inputs.length, 0);
  const summary = `${count} bad inputs, by area. \`…\` stands for a folder.`;
  return `${[INTRODUCTION, summary, ...all.map(table)].join("\n\n")}\n`;
}
