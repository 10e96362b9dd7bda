/** `nonsmooth jobs`: the shards of submitted runs, and how far they are. */
import {
  callSlurm,
  hasProgram,
  indexList,
  type RunJobs,
  readJobs,
  type ShardState,
  type ShardStatus,
  shardStates,
  shellLine,
  submittedRuns,
} from "../cluster";
import { defaultRuns, findPlace, runName, runPlaces } from "../runs";
import { displayPath, fail, groupBy, NonsmoothError, timeLeft } from "../util";
import { asUsage, note, plural, print, printJson } from "./exit";

export interface JobsOptions {
  readonly runs?: string;
  readonly cancel?: boolean;
  readonly json?: boolean;
}

export async function jobs(word: string | undefined, options: JobsOptions): Promise<void> {
  const { runs: folder = defaultRuns() } = options;
  if (options.cancel && word === undefined)
    asUsage(() => fail("jobs --cancel", "must be given a run", word, "npx nonsmooth jobs shows them"));
  const places =
    word === undefined ? submittedRuns(folder) : [asUsage(() => findPlace(word, folder, runPlaces(folder)))];
  const { runs, notes } = await readJobs(places);
  notes.forEach(note);
  const [only] = runs;
  if (word !== undefined && !only)
    return print(`${runName(places[0]!)}: is not divided into shards, and was not submitted`);
  if (options.cancel) return cancel(only!);
  for (const run of runs) {
    if (options.json) printJson(asJson(run));
    else print(`${runText(run)}\n`);
  }
  if (!options.json && runs.length === 0) print(`no run in ${displayPath(folder)} was submitted`);
}

async function cancel({ place, activeJobs }: RunJobs): Promise<void> {
  if (!hasProgram("scancel")) throw new NonsmoothError("jobs --cancel", "needs scancel, which is not here");
  if (activeJobs.length === 0) return print(`${runName(place)}: nothing to cancel, no task waits or runs`);
  const { problem } = await callSlurm("scancel", activeJobs.map(String));
  if (problem !== undefined) throw new NonsmoothError("scancel", "must cancel the jobs", { got: problem });
  print(
    `${runName(place)}: cancelled ${jobsText(activeJobs)}; what is done is kept, and the same submit goes on from there`,
  );
}

function asJson({ place, count, shards, jobs: all, others, command }: RunJobs) {
  const { experiment, run, directory } = place;
  return {
    experiment,
    run,
    runDirectory: directory,
    count,
    jobs: all,
    others,
    counts: countsOf(shards),
    shards,
    again: againOf(command),
  };
}

function runText({ place, count, shards, jobs: all, others, command }: RunJobs): string {
  const heading = `${runName(place)}: ${plural(count, "shard")}${all.length > 0 ? `, ${jobsText(all)}` : ""}`;
  const states = shardStates.flatMap((state) =>
    linesOf(
      state,
      shards.filter((shard) => shard.state === state),
    ),
  );
  const counts = countsOf(shards);
  const sum = shardStates.flatMap((state) => (counts[state] > 0 ? [`${counts[state]} ${state}`] : [])).join(", ");
  const again = againOf(command);
  const rest = counts.failed + counts.missing > 0 && again ? [`to submit what failed or is missing: ${again}`] : [];
  const beside = others.map((one) => `job ${one.job} is at work, too, and divides the run into ${one.count} shards`);
  return [heading, ...states, ...rest, ...beside, `${sum} of ${count}`].join("\n");
}

const jobsText = (numbers: readonly number[]) => `${numbers.length === 1 ? "job" : "jobs"} ${numbers.join(", ")}`;

const countsOf = (shards: readonly ShardStatus[]): Readonly<Record<ShardState, number>> =>
  Object.fromEntries(shardStates.map((name) => [name, shards.filter(({ state }) => state === name).length])) as Record<
    ShardState,
    number
  >;

/** Shards of which there is the same to say stand on one line. */
function linesOf(state: ShardState, shards: readonly ShardStatus[]): string[] {
  return [...groupBy(shards, detailOf)].map(([detail, some]) => {
    const indices = indexList(some.map(({ index }) => index));
    return `  ${state.padEnd(WIDEST)}  ${indices}${detail && `  ${detail}`}`;
  });
}

const WIDEST = Math.max(...shardStates.map((state) => state.length));

function detailOf({ state, progress, detail, job, node, rows }: ShardStatus): string {
  if (state === "running") {
    const where = [job === undefined ? [] : [`job ${job}`], node === undefined ? [] : [`on ${node}`]].flat().join(" ");
    const far = progress
      ? [`${progress.done} of ${progress.total} ${progress.unit}`, timeLeft(progress.secondsLeft)]
      : [plural(rows, "row")];
    return [...far, where].filter((part) => part !== "").join(", ");
  }
  return detail ?? "";
}

/** The command that submits what is missing. */
function againOf(command: readonly string[] | undefined): string | undefined {
  return command && shellLine(["npx", "nonsmooth", ...command]);
}
