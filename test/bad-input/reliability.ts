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

What a run folder does to stay whole:
- A run has one writer at a time. A writer of the same machine (the same boot and the same process namespace) that has died loses its lock at once. One that cannot be seen, in another container or
  on another machine, keeps it until it has been silent for 30 seconds by the file system's own clock; until then the command is refused and names the host and the process.
- Rows that belong to no planned run are moved into \`stray.jsonl\` with a note; \`rows.jsonl\` holds the rows of the plan alone.
- A configuration belongs to its folder: a manifest whose configuration is not that of the folder's hash is refused.
- Checkpoints carry the SHA-256 of their content and are refused if a bit has changed.
- The manifest has the commit, or in \`commitProblem\` the reason why it is not known.
- SQL sees the tables of runs and nothing else: no files, no network, no extensions.
- Signals (Ctrl-C, TERM, HUP, USR1, USR2) stop a run after its last results are saved; the exit code is 128 and the signal's number. Kernels and workers end with the program that started them.

Runs are killed at random moments by \`test/faults/kills.test.ts\`: five experiments, 20 kills each, of the program and of its workers. It counts rows that are lost,
rows that are there twice, runs that hang, and processes that outlive their program; all four must be 0. \`test/faults/full-disk.test.ts\` fills the disk at one write after another of ten commands (some 60 times in all): each ends with one line that names the file, harms nothing that was there,
leaves nothing half done, and ends with the undisturbed bytes when it is given again. \`fetch-kills\` does the same with kills of a download that replaces files, \`workers\` with workers that stop or die.
\`npx vitest run --project faults\` runs all of them, and \`test/faults/soak.test.ts\`:
200 trainings in one process, after which it has the handles, threads and temporary files that it had after 100, and its memory as well (195 and 197 MB).`;

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
