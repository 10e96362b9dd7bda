/** From the options of `nonsmooth submit` to its script. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type BatchScript, leadOf, parseLimit, type SubmissionPlan, slurmFolder } from "../cluster";
import { fail, NonsmoothError, projectRoot, workspace } from "../util";
import type { LaunchOptions } from "./options";

export interface ScriptOptions extends LaunchOptions {
  readonly shards?: number;
  readonly partition?: string;
  readonly account?: string;
  readonly time?: string;
  readonly memory?: string;
  readonly cpus?: number;
  readonly gpus?: number;
  readonly limit?: number;
  readonly module?: readonly string[];
  readonly container?: string;
}

/** Engines of which a task uses a GPU. */
const ON_GPU = ["cuda", "onnx-webgpu"];

/** What tasks get from the environment of whoever submits them: where data and libraries are. */
const PASSED = ["NONSMOOTH_DATA", "NONSMOOTH_OFFLINE", "NONSMOOTH_CUDA", "NONSMOOTH_SOFTWARE_GPU"];

/** Seconds for which a task waits while another process is at work on its shard. */
const WAIT = 120;

/** Checks what can be told without the experiment. @returns the number of shards */
export function requireScriptOptions(options: ScriptOptions): number {
  const { shards, memory, container, time } = options;
  if (shards === undefined)
    throw new NonsmoothError("--shards", "must be given: into how many parts the run is divided");
  for (const name of ["shards", "cpus", "limit"] as const)
    if (options[name] === 0) fail(`--${name}`, "must be at least 1", 0);
  if (memory !== undefined && !/^\d+[KMGT]?$/i.test(memory))
    fail("--memory", "must be a whole number with K, M, G or T behind it", memory);
  if (time !== undefined) parseLimit(time);
  if (container !== undefined && isFile(container) && !existsSync(container))
    fail("--container", "must be an image that is there", container);
  return shards;
}

/** An image may also be named by its address, docker://… */
const isFile = (image: string) => !image.includes("://");

/** @param time as Slurm takes it */
export function scriptOf(
  experiment: string,
  options: ScriptOptions & { readonly runs: string },
  plan: SubmissionPlan,
  time: string,
): BatchScript {
  const { cpus = 1, runs, data, partition, account, memory, limit, module: modules, container } = options;
  const environment = environmentOf(process.env);
  const gpus = options.gpus ?? (ON_GPU.includes(engineOf(plan)) ? 1 : 0);
  const image = container !== undefined && isFile(container) ? resolve(container) : container;
  return {
    run: plan.run,
    name: plan.run.replace("/", "-"),
    count: plan.units.length,
    indices: plan.missing,
    ...{ limit, partition, account, memory, cpus, gpus, modules },
    time,
    lead: leadOf(parseLimit(time)),
    logs: slurmFolder(plan.runDirectory),
    container: image,
    binds: foldersOf([projectRoot, runs, data, environment.NONSMOOTH_DATA]),
    environment,
    command: commandOf(experiment, options, plan),
    wait: WAIT,
  };
}

function commandOf(
  experiment: string,
  { preset, data, runs, cpus = 1, workers = cpus }: ScriptOptions & { readonly runs: string },
  { settings }: SubmissionPlan,
): string[][] {
  return [
    ["node", resolve(projectRoot, "bin", "nonsmooth.js")],
    ["run", experiment],
    ...(preset === undefined ? [] : [["--preset", preset]]),
    ...settings.map((text) => ["--set", text]),
    ...(data === undefined ? [] : [["--data", data]]),
    ["--runs", runs],
    ["--workers", String(workers)],
  ];
}

const engineOf = ({ settings }: SubmissionPlan): string =>
  settings.map((text) => /^engine=(.*)$/.exec(text)?.[1]).find((id) => id !== undefined) ?? "";

function environmentOf(variables: NodeJS.ProcessEnv): Record<string, string> {
  const passed = PASSED.flatMap((name) => {
    const value = variables[name];
    return value ? [[name, name === "NONSMOOTH_DATA" ? resolve(value) : value]] : [];
  });
  return Object.fromEntries([...passed, ["NONSMOOTH_WORKSPACE", workspace]]);
}

/** Folders that a container sees at their own places. */
const foldersOf = (folders: readonly (string | undefined)[]): string[] => [
  ...new Set(folders.flatMap((folder) => folder ?? [])),
];
