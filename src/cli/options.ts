/** Options that several commands share. */
import { type Command, Option } from "commander";
import type { Preset } from "../experiments";
import type { Shard } from "../runs";
import { fail } from "../util";
import { asUsage } from "./exit";
import { dataOption, runsOption } from "./folder-options";

/** The options of `addLaunchOptions`, as commander gives them. */
export interface LaunchOptions {
  readonly preset?: string;
  /** Settings that come before those of `set`: not from the command line. */
  readonly part?: object;
  readonly set?: readonly string[];
  readonly engine?: string;
  readonly data?: string;
  readonly runs?: string;
  readonly workers?: number;
  readonly fresh?: boolean;
  /** In seconds. */
  readonly wait?: number;
  readonly shard?: Shard;
}

/** Adds the options that say what is run, with what, and where. */
export function addLaunchOptions(command: Command): Command {
  return command
    .addOption(presetOption())
    .option("--set <key=value>", "change one key of the configuration; repeat it for more keys", gather)
    .option("--engine <id>", "what computes: see `nonsmooth list engines`; auto: a GPU if there is one")
    .addOption(dataOption())
    .addOption(runsOption())
    .option(
      "--workers <n>",
      "worker processes; 0: work in this process (default: one per core)",
      wholeNumber("--workers", 1024),
    );
}

/** The compiler checks that these are all: loading the experiments for their names would take long. */
const presets: Readonly<Record<Preset, true>> = { smoke: true, laptop: true, paper: true };

export function presetOption(): Option {
  return new Option("--preset <name>", `start from a preset: ${Object.keys(presets).join(", ")}`);
}

export function dryRunOption(): Option {
  const what = "only say what would be computed, how much is already done, and how long the rest may take";
  return new Option("--dry-run", what);
}

/** A parser of an option's argument: a whole number, 0 or more, up to `most` if that is given. */
export function wholeNumber(option: string, most?: number): (text: string) => number {
  const rule = most === undefined ? "must be a whole number, 0 or more" : `must be a whole number from 0 to ${most}`;
  const isAllowed = (text: string) => /^\d+$/.test(text) && Number(text) <= (most ?? Number.MAX_SAFE_INTEGER);
  return (text) => asUsage(() => (isAllowed(text) ? Number(text) : fail(option, rule, text)));
}

/** "3/8" */
export function shard(text: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (index !== undefined && count !== undefined && index >= 1 && index <= count) return { index, count };
  return asUsage(() => fail("--shard", "must be i/n, with i from 1 to n", text, "--shard 3/8"));
}

const gather = (text: string, before: readonly string[] = []) => [...before, text];
