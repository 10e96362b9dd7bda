/** `nonsmooth submit`: a run as an array job of Slurm, a task for each of its shards. */
import type { Command } from "commander";
import { examples } from "../exit";
import { addLaunchOptions, wholeNumber } from "../options";
import type { SubmitOptions } from "../submit";

export function define(command: Command): void {
  command
    .description(
      "Writes a script for Slurm's sbatch that computes a run in shards, a task each, and with --go submits it. Only shards that are neither " +
        "done nor in the queue are in it, so the same command submits what is missing.",
    )
    .usage("[options] --shards <n> <experiment>")
    .argument("[experiment]", "name of the experiment: see `nonsmooth list experiments`")
    .option(
      "--shards <n>",
      "how many parts the run is divided into, of about the same cost",
      wholeNumber("--shards", 10_000),
    );
  addLaunchOptions(command)
    .option("--partition <name>", "partition of the cluster (default: the cluster's)")
    .option("--account <name>", "account that is charged (default: yours)")
    .option("--time <time>", "time limit of a task: minutes, h:mm:ss or d-hh:mm:ss (default: from the plan's estimate)")
    .option("--memory <size>", "memory of a task, such as 4G (default: the cluster's)")
    .option("--cpus <n>", "cores of a task (default: 1)", wholeNumber("--cpus", 1024))
    .option(
      "--gpus <n>",
      "GPUs of a task (default: 1 with the engine cuda or onnx-webgpu, otherwise 0)",
      wholeNumber("--gpus", 64),
    )
    .option("--limit <n>", "at most so many tasks at a time", wholeNumber("--limit", 10_000))
    .option("--module <name>", "environment module to load; repeat it for more", gather)
    .option("--container <image>", "image in which Apptainer runs the tasks")
    .option("--script <file>", "where the script goes (default: slurm/submit.sbatch in the run's folder)")
    .option("--go", "submit it")
    .action(async (name: string | undefined, options: SubmitOptions) =>
      (await import("../submit.js")).submit(name, options),
    );
  examples(command, [
    "npx nonsmooth submit bifurcation-frequency --preset paper --shards 200 --partition long --limit 50",
    "npx nonsmooth submit training --preset laptop --set dataset=glyphs --shards 8 --time 30 --memory 4G --go",
    "npx nonsmooth submit training --preset laptop --shards 4 --cpus 4 --module nodejs/20 --go",
  ]);
  command.addHelpText(
    "after",
    "\nFor an engine on a GPU, call it where there is one, for instance with srun --gpus=1: the plan depends on the device.",
  );
}

const gather = (text: string, before: readonly string[] = []) => [...before, text];
