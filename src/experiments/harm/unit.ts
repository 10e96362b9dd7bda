/** One job: a network is trained in every arm, from one start, on the same mini-batches. */
import { rmSync } from "node:fs";
import type { Engine } from "../../engines";
import { precisionOf } from "../../formats";
import { checkSchedule } from "../../optim";
import { runTraining, type Tensors, type Training } from "../../train";
import { besideData, besideText, Checkpoint, type CheckpointPlace, checkpointOf } from "../common/checkpoint";
import { loadersOf, type Problem } from "../common/loaders";
import { networkOf, optimizerOf, type Shape } from "../training/build";
import { factsOf } from "../training/facts";
import { readEvery } from "../training/unit";
import { type Arm, armsOf, type Job, jobKey, NULL } from "./arms";
import type { HarmConfig } from "./config";
import { afterEpoch, afterStep, type Course, type Place, START, zeroCounts } from "./observe";
import type { HarmRow } from "./rows";

/** What all jobs of a worker have in common. */
export interface Setting {
  readonly config: HarmConfig;
  readonly problem: Problem;
  readonly shape: Shape;
  readonly engine: Engine;
  readonly checkpoints: CheckpointPlace;
  readonly signal: AbortSignal;
  /** Whether arms are not trained where the arm `zero` met no exact zero: they would be the same. Default true. */
  readonly screening?: boolean;
}

/** The arms of a job that are done; the tensors beside them are the parameters at the end of the first. */
interface Done {
  readonly rows: readonly HarmRow[];
  /** The first exact zero of the first arm. */
  readonly first: Place | null;
}

/**
 * The rows of a job, one for each arm.
 * @throws the signal's reason when it has aborted; the job then goes on from its checkpoints
 */
export async function trainArms(job: Job, setting: Setting): Promise<HarmRow[]> {
  const { config, checkpoints, signal, screening = true } = setting;
  const checkpoint = new Checkpoint<Done>(checkpoints, jobKey(job), signal);
  const arms = armsOf(config);
  const saved = checkpoint.load();
  const rows = [...(saved?.data.rows ?? [])];
  let first = saved?.data.first ?? null;
  let reference = saved?.tensors;
  for (const arm of arms.slice(rows.length)) {
    if (screening && reference && !first) {
      rows.push({ ...rows[0]!, ...arm, computed: false } as HarmRow);
      continue;
    }
    const { course, parameters } = await trainArm(job, arm, setting, first);
    first ??= reference ? null : course.first;
    reference ??= parameters;
    rows.push(rowOf(job, arm, config, course, distanceOf(parameters, reference)));
    await checkpoint.save({ share: rows.length / arms.length, data: { rows, first }, tensors: reference });
  }
  return rows;
}

/** @param first where the arm `zero` met its first exact zero; null for that arm itself, and where it met none */
async function trainArm(job: Job, arm: Arm, setting: Setting, first: Place | null) {
  const { config, problem, shape, engine, checkpoints, signal } = setting;
  const seed = config.seed + job.trial;
  // a CPU's cores are busy with trainings; a GPU waits for its batches
  const loaders = loadersOf(problem, config, seed, { worker: engine.memory === "device" });
  const own = checkpointOf(checkpoints, `${jobKey(job)}/${arm.arm}`);
  let course = START;
  const checkpoint = {
    ...own,
    everySeconds: checkpoints.seconds,
    beside: {
      read: () => besideText({ share: 0, data: course }),
      restore(text: string) {
        course = besideData<Course>(text).data;
      },
    },
  };
  try {
    const training = { ...(await trainingOf(job, arm, config, shape, engine)), ...loaders, seed, checkpoint, signal };
    const nudge = arm.arm === NULL && first ? { ...first, parameter: training.network.parameters[0]!.name } : undefined;
    const { outcome, state } = await runTraining({ ...training, ...(nudge && { nudge }) }, (event) => {
      course = event.kind === "step" ? afterStep(course, event) : afterEpoch(course, event);
    });
    if (outcome === "stopped") signal.throwIfAborted();
    rmSync(own.path, { force: true });
    const names = training.network.parameters.map(({ name }) => name);
    return { course, parameters: Object.fromEntries(names.map((name) => [name, state.tensors[name]!])) };
  } finally {
    await loaders.data.close();
    await loaders.test.close();
  }
}

/** The settings of sgd in the words of the trainings. */
export const networkCell = ({ batchNorm }: Pick<Job, "batchNorm">, { learningRate }: HarmConfig) =>
  ({ batchNorm, dropout: 0, optimizer: "sgd", learningRate }) as const;

/** What `optimizerOf` reads of a configuration: that of sgd has no ε. */
export const withSgd = (config: HarmConfig) => ({ ...config, epsilon: 1 });

async function trainingOf(job: Job, { value, chainRule }: Arm, config: HarmConfig, shape: Shape, engine: Engine) {
  const cell = networkCell(job, config);
  const { kinks } = await factsOf(withSgd(config), shape)(cell);
  const choice = { "relu.zero": value, "maxPool.tie": config.tie };
  return {
    network: networkOf(config, cell, shape),
    engine,
    precision: precisionOf(job.precision).format,
    optimizer: optimizerOf(withSgd(config), cell),
    schedule: checkSchedule(config.schedule),
    kinks: Object.fromEntries(kinks.map((name) => [name, choice[name]])),
    chainRule,
    epochs: config.epochs,
    observe: zeroCounts,
    readEvery: readEvery(engine),
  } satisfies Partial<Training>;
}

function rowOf(job: Job, arm: Arm, config: HarmConfig, course: Course, distance: number): HarmRow {
  const { dataset, label, network } = config;
  const { first, zeros, end } = course;
  return {
    ...{ dataset, label, network },
    ...{ batchNorm: job.batchNorm, precision: job.precision, ...arm, trial: job.trial },
    firstStep: first?.step ?? null,
    firstLayer: first?.layer ?? null,
    zeros: zeros.reduce((sum, n) => sum + n, 0),
    zerosByEpoch: zeros,
    computed: true,
    epochs: zeros.length,
    trainLoss: end!.trainLoss,
    testAccuracy: end!.accuracy,
    distance,
    outcome: end!.diverged === null ? "finished" : "diverged",
    reason: end!.diverged,
  };
}

/** ‖a − b‖ / ‖b‖ over all parameters; NaN where a number is not finite. */
function distanceOf(a: Tensors, b: Tensors): number {
  let [difference, norm] = [0, 0];
  // in the order of the network: what a checkpoint gives back has another, and with it another last digit
  for (const [name, { data }] of Object.entries(a))
    for (let i = 0; i < data.length; i++) {
      const x = b[name]!.data[i]!;
      difference += (data[i]! - x) ** 2;
      norm += x ** 2;
    }
  const distance = Math.sqrt(difference / norm);
  return Number.isFinite(distance) ? distance : Number.NaN;
}
