/** `nonsmooth submit`: writes the script of an array job, says what it costs, and hands it to sbatch. */
import { resolve } from "node:path";
import {
  batchScript,
  defaultScript,
  hasProgram,
  indexList,
  limitFor,
  limitText,
  MARGIN,
  planSubmission,
  prepareScript,
  SHORTEST,
  type SubmissionPlan,
  shellLine,
  submitScript,
  writeScript,
} from "../cluster";
import {
  configure,
  costLines,
  type Experiment,
  makeConfig,
  placeOf,
  type RunOptions,
  runsFolder,
} from "../experiments";
import { shardFolders } from "../runs";
import { displayPath, fail, formatDuration, formatRange, NonsmoothError } from "../util";
import { asUsage, EXIT, Exit, note, plural, print } from "./exit";
import { untilInterrupted } from "./interrupt";
import { isUsage, readOptions } from "./launch";
import { parseSettings } from "./settings";
import { requireScriptOptions, type ScriptOptions, scriptOf } from "./submit-script";

export interface SubmitOptions extends ScriptOptions {
  readonly script?: string;
  readonly go?: boolean;
}

export async function submit(name: string | undefined, options: SubmitOptions): Promise<void> {
  const count = asUsage(() => requireScriptOptions(options));
  if (name === undefined)
    throw new Exit(EXIT.usage, new NonsmoothError("submit", "must be given an experiment's name"));
  const { chosen, runOptions } = readOptions(name, { workers: options.cpus ?? 1, ...options });
  await untilInterrupted(async () => {
    const plan = await planned(chosen, runOptions, { count, cpus: options.cpus ?? 1 });
    plan.notes.forEach(note);
    if (plan.missing.length === 0) return print(nothingLeft(plan));
    requireOneDivision(plan);
    const script = options.script === undefined ? defaultScript(plan.runDirectory) : resolve(options.script);
    const textFor = (limit: string) =>
      batchScript(scriptOf(name, { ...options, runs: runsFolder(runOptions) }, plan, limit));
    // what Slurm cannot take, and what cannot be written, is said before anything is measured
    asUsage(() => textFor("00:10:00"));
    asUsage(() => prepareScript(plan.runDirectory, script));
    writeScript(script, textFor(await showCost(plan, options.time)));
    print(`script for ${plural(plan.missing.length, "shard")}, ${indexList(plan.missing)}: ${displayPath(script)}`);
    await send(script, plan, options.go ?? false);
  });
}

async function planned(
  chosen: Experiment,
  given: RunOptions,
  { count, cpus }: { readonly count: number; readonly cpus: number },
): Promise<SubmissionPlan> {
  try {
    const options = withThreads(chosen, given, cpus);
    const plan = await planSubmission(chosen, options, count);
    await requireSameRun(chosen, options, plan);
    return plan;
  } catch (error) {
    throw isUsage(error) ? new Exit(EXIT.usage, error) : error;
  }
}

/** Threads that nobody has chosen are the cores of a task, not those of this machine: bits depend on them, and so does the time of a task. */
function withThreads(chosen: Experiment, options: RunOptions, cpus: number): RunOptions {
  const { threads } = makeConfig(chosen, options) as { readonly threads?: number };
  return threads === 0 ? { ...options, set: { ...options.set, threads: cpus } } : options;
}

/** Tasks make the configuration again from what the script says: it must be the one that is planned here. */
async function requireSameRun(chosen: Experiment, options: RunOptions, plan: SubmissionPlan): Promise<void> {
  const { engine: _, ...rest } = options;
  const again: RunOptions = { ...rest, set: parseSettings(plan.settings, chosen), log: () => {} };
  const { runDirectory } = placeOf(chosen, await configure(chosen, again), again);
  if (runDirectory === plan.runDirectory) return;
  fail("configuration", `must be that of ${plan.runDirectory} when it is read from the script`, runDirectory);
}

/** Two divisions at once would compute the same rows twice. */
function requireOneDivision({ run, units, others }: SubmissionPlan): void {
  const [other] = others;
  if (!other) return;
  const hint = `--shards ${other.count}, or npx nonsmooth jobs ${run} --cancel first`;
  fail("--shards", `must be ${other.count} while job ${other.job} waits or runs`, units.length, hint);
}

function nothingLeft({ run, runDirectory, units, done }: SubmissionPlan): string {
  const all = plural(units.length, "shard");
  // the last one to end puts the run together, unless it was killed then
  const next = shardFolders(runDirectory).length > 0 ? `; npx nonsmooth runs merge ${run} puts them together` : "";
  return done.length === units.length
    ? `${run}: nothing to submit, all ${all} are done${next}; run folder: ${runDirectory}`
    : `${run}: nothing to submit, ${done.length} of ${all} are done, and the others wait or run: npx nonsmooth jobs ${run}`;
}

/** Measures, and says what the run costs. @returns the time limit of a task, as Slurm takes it */
async function showCost(plan: SubmissionPlan, given: string | undefined): Promise<string> {
  const cost = await plan.cost();
  for (const line of costLines(cost)) print(line);
  const seconds = await plan.dearest(cost);
  const time = given ?? limitText(limitFor(seconds[1]));
  const { units } = plan;
  const [fewest, most] = [Math.min(...units), Math.max(...units)];
  const each = fewest === most ? plural(most, "part") : `${fewest} to ${plural(most, "part")}`;
  print(`${plan.run}: ${plural(units.length, "shard")}, each with ${each} of the run${othersText(plan)}`);
  print(`the matrix products of the most expensive one to submit take ${formatRange(seconds)} here`);
  const how = `${MARGIN} times the longer of these, at least ${formatDuration(SHORTEST)}, rounded up; measured on this machine, --time sets it`;
  print(`time limit of a task: ${time} (${given === undefined ? how : "as given"})`);
  return time;
}

function othersText({ done, active }: SubmissionPlan): string {
  const parts = [
    ...(done.length > 0 ? [`${done.length} done`] : []),
    ...(active.length > 0 ? [`${active.length} that wait or run`] : []),
  ];
  return parts.length > 0 ? `; ${parts.join(" and ")}, which are not submitted again` : "";
}

async function send(script: string, plan: SubmissionPlan, go: boolean): Promise<void> {
  const line = shellLine(["sbatch", script]);
  if (!hasProgram("sbatch")) {
    const rule = "needs sbatch, which is not here";
    if (go) throw new NonsmoothError("submit", rule, { hint: `on a machine of the cluster: ${line}` });
    return print(`to submit it on a machine of the cluster, since sbatch is not here: ${line}`);
  }
  if (!go) return print(`to submit it: ${line}, or the same command with --go`);
  const { job } = await submitScript(script, plan.runDirectory, {
    count: plan.units.length,
    indices: plan.missing,
    command: process.argv.slice(2),
  });
  print(`submitted as job ${job}; to follow it: npx nonsmooth jobs ${plan.run}`);
}
