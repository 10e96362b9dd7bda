/** `nonsmooth list`: the names that the other commands take, and what is behind them. */
import { Argument, type Command } from "commander";
import { z } from "zod";
import { knownKinks } from "../autodiff";
import { engines } from "../engines";
import { type Experiment, experiments } from "../experiments";
import { figures } from "../figures";
import { opNames, records } from "../ops";
import { describeDatasets } from "./data";
import { examples, print } from "./exit";
import { notebookFiles, notebookName } from "./notebook-files";

/** What can be listed: for each section its lines. */
const sections: Readonly<Record<string, () => string[]>> = {
  experiments: () => experiments.flatMap(describeExperiment),
  figures: () => figures.map(({ name, summary, experiment }) => `${name}: ${summary} (rows of ${experiment})`),
  notebooks: () => notebookFiles().map(notebookName),
  datasets: () => describeDatasets(),
  engines: () => [
    ...engines.map(({ id, summary }) => `${id}: ${summary}`),
    "auto: onnx-cuda, else onnx-webgpu on a GPU that has the precisions, else onnx-cpu",
  ],
  operations: () => opNames.map((name) => `${name}: ${records[name].summary}`),
  kinks: () =>
    Object.entries(knownKinks()).map(
      ([name, kink]) =>
        `${name}: ${"at" in kink ? `at ${kink.at}, slope ` : ""}${kink.default} unless another is asked for (${kink.source})`,
    ),
};

export function define(command: Command): void {
  const names = Object.keys(sections);
  command
    .description("Lists what there is.")
    .addArgument(new Argument("[section]", "only this section").choices(names))
    .action((only?: string) => {
      if (only !== undefined) return printSection(only, "");
      for (const [i, name] of names.entries()) {
        print(`${i > 0 ? "\n" : ""}${name}`);
        printSection(name, "  ");
      }
    });
  examples(command, ["npx nonsmooth list", "npx nonsmooth list experiments", "npx nonsmooth list operations"]);
}

function printSection(name: string, indent: string): void {
  const lines = sections[name]!();
  for (const line of lines.length > 0 ? lines : ["none"]) print(`${indent}${line}`);
}

function describeExperiment(experiment: Experiment): string[] {
  const { name, title, summary, source, presets } = experiment;
  const { properties = {} } = z.toJSONSchema(experiment.schema, { io: "input" });
  const keys = Object.entries(properties).map(([key, rule]) => {
    const { description = "", default: value } = rule as { description?: string; default?: unknown };
    return `    ${key}=${typeof value === "string" ? value : JSON.stringify(value)}  ${description}`;
  });
  const heads = Object.entries(presets).map(([preset, config]) => `    --preset ${preset}: ${JSON.stringify(config)}`);
  return [
    `${name}: ${title}`,
    `  ${summary} (${source})`,
    "  keys for --set, with their defaults",
    ...keys,
    "  presets",
    ...heads,
  ];
}
