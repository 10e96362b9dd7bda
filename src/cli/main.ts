#!/usr/bin/env node
/** The program `nonsmooth`: loads the command that is asked for, and what it does only when it does it, so that help is there at once. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { projectRoot } from "../util";
import { EXIT, Exit, examples, tell } from "./exit";

/** What a file in commands/ exports: gives the command its arguments, options, examples and action (which loads its own file). */
interface CommandModule {
  define(command: Command): void;
}

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** The commands, a file each. */
const entries: readonly Entry[] = [
  {
    name: "start",
    summary: "first results in some two minutes, without an internet connection",
    load: () => import("./commands/start.js"),
  },
  { name: "run", summary: "run an experiment, or go on with it", load: () => import("./commands/run.js") },
  { name: "figure", summary: "draw a figure: SVG, PNG and its data", load: () => import("./commands/figure.js") },
  { name: "notebooks", summary: "execute notebooks from top to bottom", load: () => import("./commands/notebooks.js") },
  { name: "runs", summary: "list, show, compare and export runs", load: () => import("./commands/runs.js") },
  { name: "data", summary: "list, fetch and verify datasets", load: () => import("./commands/data.js") },
  {
    name: "doctor",
    summary: "what works here, and the remedy for what does not",
    load: () => import("./commands/doctor.js"),
  },
  {
    name: "list",
    summary: "experiments, figures, engines, datasets, operations …",
    load: () => import("./commands/list.js"),
  },
  { name: "bench", summary: "speed, side by side with other programs", load: () => import("./commands/bench.js") },
  { name: "kernel", summary: "set up the notebook kernel for JupyterLab", load: () => import("./commands/kernel.js") },
];

async function main(words: readonly string[]): Promise<number> {
  allowClosedPipes();
  try {
    await (await program(words)).parseAsync([...words], { from: "user" });
    return EXIT.done;
  } catch (error) {
    // commander has told its errors already
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    tell(error);
    return error instanceof Exit ? error.code : EXIT.failed;
  }
}

/** A reader of the output that has seen enough, as `head` has, is no failure; one of the progress does not end a run. */
function allowClosedPipes(): void {
  const onClosed = (then: () => void) => (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    then();
  };
  process.stdout.on(
    "error",
    onClosed(() => process.exit(EXIT.done)),
  );
  process.stderr.on(
    "error",
    onClosed(() => {}),
  );
}

async function program(words: readonly string[]): Promise<Command> {
  const { version, description } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
  const root = new Command("nonsmooth")
    .description(description)
    .version(version)
    .exitOverride()
    .configureHelp({ minWidthToWrap: 20 })
    .configureOutput({
      outputError: (text, write) => write(text.replace(/\n\(Did you mean (.*)\?\)/, "\nHint: did you mean $1?")),
    })
    .showHelpAfterError(false);
  const [first, second] = words.filter((word) => !word.startsWith("-"));
  const asked = first === "help" ? second : first;
  for (const { name, summary, load } of entries) {
    const command = root.command(name).summary(summary).description(summary);
    if (name === asked) (await load()).define(command);
  }
  examples(root, [
    "npx nonsmooth start                                          first results, two minutes",
    "npx nonsmooth doctor                                         what works here",
    "npx nonsmooth run bifurcation-frequency --preset smoke       the smallest run, seconds",
    "npx nonsmooth notebooks 02 --preset laptop                   execute a notebook",
    "npx nonsmooth run --help                                     options and examples of a command",
  ]);
  return root;
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
