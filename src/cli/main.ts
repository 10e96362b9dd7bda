#!/usr/bin/env node
/** The program `nonsmooth`. Only the command in use is loaded, and its action only when it runs, so that help appears at once. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { projectRoot } from "../util";
import { asUsage, EXIT, Exit, examples, tell } from "./exit";
import { refuseDebugger } from "./interrupt";
import { inOwnWords, requireCommand } from "./usage";

/** What a file in commands/ exports: it adds arguments, options, examples and the action, which loads its own file. */
interface CommandModule {
  define(command: Command): void;
}

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** The commands, one file each. */
const entries: readonly Entry[] = [
  {
    name: "start",
    summary: "first results in about two minutes, without an internet connection",
    load: () => import("./commands/start.js"),
  },
  { name: "run", summary: "run an experiment, or continue it", load: () => import("./commands/run.js") },
  { name: "figure", summary: "draw a figure: SVG, PNG and its data", load: () => import("./commands/figure.js") },
  { name: "notebooks", summary: "execute notebooks from top to bottom", load: () => import("./commands/notebooks.js") },
  { name: "runs", summary: "list, show, compare and export runs", load: () => import("./commands/runs.js") },
  { name: "submit", summary: "submit a run to Slurm, in shards", load: () => import("./commands/submit.js") },
  { name: "jobs", summary: "what has become of submitted runs", load: () => import("./commands/jobs.js") },
  {
    name: "explore",
    summary: "explore runs in the browser, while they go on",
    load: () => import("./commands/explore.js"),
  },
  { name: "data", summary: "list, fetch and verify datasets", load: () => import("./commands/data.js") },
  {
    name: "doctor",
    summary: "what works here, and how to fix what does not",
    load: () => import("./commands/doctor.js"),
  },
  {
    name: "list",
    summary: "experiments, figures, engines, datasets, operations …",
    load: () => import("./commands/list.js"),
  },
  {
    name: "bench",
    summary: "measure speed side by side with other programs",
    load: () => import("./commands/bench.js"),
  },
  { name: "docs", summary: "read the documentation in the browser", load: () => import("./commands/docs.js") },
  { name: "kernel", summary: "set up the notebook kernel for JupyterLab", load: () => import("./commands/kernel.js") },
];

async function main(words: readonly string[]): Promise<number> {
  allowClosedPipes();
  refuseDebugger();
  try {
    await (await program(words)).parseAsync([...words], { from: "user" });
    return EXIT.done;
  } catch (error) {
    // commander has already printed its errors
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    tell(error);
    return error instanceof Exit ? error.code : EXIT.failed;
  }
}

/** It is no failure if a reader of the output stops early, as `head` does; if a reader of the progress does, the run goes on. */
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
    .showHelpAfterError(false);
  const [first, second] = words.filter((word) => !word.startsWith("-"));
  const asked = first === "help" ? second : first;
  for (const { name, summary, load } of entries) {
    const command = root.command(name).summary(summary).description(summary);
    if (name === asked) (await load()).define(command);
  }
  inOwnWords(root);
  // commander shows the whole help in its place
  if (first === "help" && second !== undefined) asUsage(() => requireCommand(second, root));
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
