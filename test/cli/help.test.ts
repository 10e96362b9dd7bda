/** Help is there at once, and its examples are of things that exist. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import * as bench from "../../src/cli/commands/bench";
import * as data from "../../src/cli/commands/data";
import * as docs from "../../src/cli/commands/docs";
import * as doctor from "../../src/cli/commands/doctor";
import * as explore from "../../src/cli/commands/explore";
import * as figure from "../../src/cli/commands/figure";
import * as jobs from "../../src/cli/commands/jobs";
import * as kernel from "../../src/cli/commands/kernel";
import * as list from "../../src/cli/commands/list";
import * as notebooks from "../../src/cli/commands/notebooks";
import * as run from "../../src/cli/commands/run";
import * as runs from "../../src/cli/commands/runs";
import * as start from "../../src/cli/commands/start";
import * as submit from "../../src/cli/commands/submit";
import { findNotebooks } from "../../src/cli/notebook-files";
import { parseSettings } from "../../src/cli/settings";
import { anySource } from "../../src/data";
import { engines } from "../../src/engines";
import { type Experiment, experiment, makeConfig, presetNames } from "../../src/experiments";
import { figureDefinition } from "../../src/figures";
import { compiledModule, projectRoot } from "../../src/util";
import { nonsmooth } from "./support";

const commands = {
  start,
  run,
  figure,
  notebooks,
  runs,
  submit,
  jobs,
  explore,
  data,
  doctor,
  list,
  bench,
  docs,
  kernel,
};

/** The program as main.ts puts it together, with every command, and none of their actions. */
function program(): Command {
  const root = new Command("nonsmooth").exitOverride().configureOutput({ writeErr: () => {} });
  for (const [name, { define }] of Object.entries(commands)) define(root.command(name));
  return root;
}

/** The commands that help shows as examples, split as a shell does. */
function examplesIn(help: string): string[][] {
  const lines = help.split("\n").filter((line) => line.startsWith("  npx nonsmooth"));
  return lines.map((line) => {
    const [command = ""] = line.trim().split(/ {2,}| [|>] /);
    const words = command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g);
    return [...words].map(([, double, single, word]) => double ?? single ?? word!).slice(2);
  });
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

const withSubcommands = (command: Command): Command[] => [command, ...command.commands.flatMap(withSubcommands)];

interface Given {
  readonly words: string[];
  readonly options: { readonly [option: string]: never } & {
    readonly preset?: string;
    readonly set?: string[];
    readonly engine?: string;
    readonly figure?: string;
  };
}

/** What commander makes of an example: the arguments and options of its action. */
async function parsed(example: readonly string[]): Promise<Given> {
  let given: Given | undefined;
  const root = program();
  for (const command of withSubcommands(root)) {
    if (command.commands.length > 0) continue;
    command.action(() => {
      given = { words: command.args, options: command.opts() };
    });
  }
  await root.parseAsync([...example], { from: "user" });
  return given ?? { words: [], options: {} };
}

/** Throws for what is named and is not there. */
const check: Record<string, (given: Given) => unknown> = {
  run: ({ words: [name], options }) => configOf(experiment(name!), options),
  submit: ({ words: [name], options }) => configOf(experiment(name!), options),
  figure: ({ words: [name], options }) => name === undefined || configOf(figureDefinition(name).experiment, options),
  notebooks: ({ words }) => {
    for (const word of words) {
      findNotebooks(word);
      if (word.endsWith(".ipynb")) expect(existsSync(join(projectRoot, word)), word).toBe(true);
    }
  },
  runs: ({ options: { figure: name } }) => name === undefined || figureDefinition(name),
  data: ({ words: [name] }) => name === undefined || anySource(name),
  list: ({ words: [section, name] }) => name === undefined || (section === "experiments" && experiment(name)),
};

function configOf(chosen: Experiment, { preset, set = [], engine }: Given["options"]): unknown {
  if (engine !== undefined) expect([...engines.map(({ id }) => id), "auto"]).toContain(engine);
  return makeConfig(chosen, { preset, set: parseSettings(set, chosen) });
}

describe("examples in help", () => {
  const shown = withSubcommands(program()).flatMap((command) => examplesIn(helpOf(command)));
  const distinct = [...new Map(shown.map((words) => [words.join(" "), words])).entries()];

  it("every command has examples in its help", () => {
    expect(new Set(shown.map(([command]) => command))).toEqual(new Set(Object.keys(commands)));
  });

  it.each(distinct)("the example npx nonsmooth %s names only what exists", async (_, words) => {
    const given = await parsed(words);
    expect(() => check[words[0]!]?.(given)).not.toThrow();
  });

  it("the examples in the help of the program name only commands and options that exist", async () => {
    const { out } = await nonsmooth(["--help"]);
    const all = examplesIn(out).filter((words) => !words.includes("--help"));
    expect(all.length).toBeGreaterThan(3);
    for (const words of all) {
      const given = await parsed(words);
      expect(() => check[words[0]!]?.(given), words.join(" ")).not.toThrow();
    }
  });

  it("a wrong name or option in an example is detected", async () => {
    const kinks = await parsed(["notebooks", "notebooks/01-kinks.ipynb"]);
    expect(() => check.notebooks!(kinks)).toThrow(/must be a file or one of/);
    await expect(parsed(["run", "training", "--presets", "smoke"])).rejects.toThrow(/unknown option/);
  });
});

it("the help of run names the presets that exist", () => {
  const help = helpOf(program().commands.find((command) => command.name() === "run")!);
  expect(help).toMatch(new RegExp(`start from a preset: ${presetNames.join(",\\s+")}\\n`));
});

describe("what help loads", () => {
  // what is loaded is what help waits for
  const script = `process.on("exit", () => process.stderr.write(Object.keys(require.cache).join("\\n")));
    require(process.argv[1]);`;

  it.each(["", ...Object.keys(commands)])("--help loads nothing but the command line: nonsmooth %s", (name) => {
    const main = compiledModule("cli/main");
    const words = name === "" ? ["--help"] : [name, "--help"];
    const { stderr, status } = spawnSync(process.execPath, ["-e", script, main, ...words], { encoding: "utf8" });
    expect(status).toBe(0);
    const parts = stderr
      .split("\n")
      .map((path) => relative(projectRoot, path).split(sep))
      .map(([top, part]) => `${top}/${part}`);
    expect(new Set(parts)).toEqual(new Set(["dist/cli", "dist/util", "node_modules/commander"]));
  });
});
