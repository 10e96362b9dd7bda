/** One training of a sweep: from its place in the configuration to its rows and its files, resumable at any point. */
import { existsSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Loader } from "../../data";
import type { Engine } from "../../engines";
import { checkSchedule } from "../../optim";
import type { RowSchema } from "../../runs";
import {
  type EpochEvent,
  type Evaluation,
  loadCheckpoint,
  runTraining,
  startState,
  type Training,
  type TrainingEvent,
  type TrainingState,
  writeOnnx,
  writeSafetensors,
} from "../../train";
import { makeFolder } from "../../util";
import { checkpointFolder } from "../common/checkpoint";
import type { Images } from "../common/data";
import { type Loaders, loadersOf, type Problem } from "../common/loaders";
import type { RunContext } from "../types";
import { networkOf, optimizerOf, type Shape } from "./build";
import type { NetworkFacts } from "./facts";
import type { SharedConfig } from "./keys";
import { endOf, type SweepRow } from "./rows";
import { type Run, runKey, trainingPrecision } from "./runs";

/** The images that trained networks are judged on, and the columns for the results. */
export interface Judge<R extends SweepRow> {
  readonly images: "test" | "validation";
  /** The row of an epoch; NaN, and a count of 0, where nothing could be evaluated. */
  row(epoch: SweepRow, evaluation: Omit<Evaluation, "correct">): R;
}

/** What the runs of a sweep have in common. */
export interface Setting<R extends SweepRow> {
  readonly config: SharedConfig;
  readonly problem: Problem;
  readonly shape: Shape;
  readonly engine: Engine;
  readonly rows: RowSchema<R>;
  readonly judge: Judge<R>;
  readonly saveWeights: boolean;
}

/** Whether nothing is left to do for a run. @param folders where its weights may be */
export function isOver(run: Run, rows: readonly SweepRow[], folders: readonly string[], saveWeights: boolean): boolean {
  const last = endOf(rows);
  if (last === undefined) return false;
  return last.outcome === "diverged" || !saveWeights || folders.some((folder) => existsSync(weightsOf(folder, run)));
}

const checkpointOf = (directory: string, run: Run) => join(checkpointFolder(directory), `${runKey(run)}.safetensors`);
const weightsOf = (directory: string, run: Run) => join(directory, "weights", `${runKey(run)}.safetensors`);

/**
 * Trains to the end, from the run's checkpoint where there is one, and appends a row for each epoch that has none.
 * @param rows the run's rows so far
 * @param onEvent sees every event, and the files that were skipped as broken so far
 * @throws the signal's reason when it is aborted; the checkpoint is up to date then
 */
export async function trainRun<R extends SweepRow>(
  setting: Setting<R>,
  run: Run,
  facts: NetworkFacts,
  {
    store,
    signal,
    rows,
    onEvent,
    checkpointSeconds,
  }: Pick<RunContext<R>, "store" | "signal" | "checkpointSeconds"> & {
    readonly rows: readonly R[];
    readonly onEvent: (event: TrainingEvent, skipped: readonly string[]) => void;
  },
): Promise<void> {
  const path = checkpointOf(store.directory, run);
  const checkpoint = { path, identity: `${store.hash} ${runKey(run)}`, everySeconds: checkpointSeconds };
  const { training: images, evaluation } = setting.problem;
  const loaders = loadersOf(setting.problem, setting.config, setting.config.seed + run.trial);
  try {
    const training = { ...trainingOf(setting, run, facts, loaders), signal, checkpoint };
    await removeStrayCheckpoint(training, rows.length);
    const { outcome, state } = await runTraining(training, (event) => {
      onEvent(event, [...skippedFiles(images, loaders.data), ...skippedFiles(evaluation, loaders.test)]);
      if (event.kind !== "epoch") return;
      const row = rowOf(setting, run, event);
      if (!store.has(setting.rows.key(row))) store.append(row);
    });
    if (outcome === "stopped") signal.throwIfAborted();
    if (outcome === "finished" && setting.saveWeights)
      saveWeights(weightsOf(store.directory, run), setting, training, state);
    rmSync(checkpoint.path, { force: true });
  } finally {
    await loaders.data.close();
    await loaders.test.close();
  }
}

/** "train/n01440764/n01440764_10026.JPEG" */
const skippedFiles = (images: Images, { broken }: Loader): string[] =>
  "kind" in images ? broken.map((path) => relative(dirname(images.directory), path)) : [];

/** Steps between two readings of the losses: more than one on an engine that need not wait for them. */
export const readEvery = ({ atOnce }: Pick<Engine, "atOnce">): number => (atOnce ? 16 : 1);

function trainingOf<R extends SweepRow>(
  { config, engine, shape }: Setting<R>,
  run: Run,
  { kinks }: NetworkFacts,
  loaders: Loaders,
): Training {
  const choice = { "relu.zero": run.value, "maxPool.tie": config.tie };
  return {
    network: networkOf(config, run, shape),
    engine,
    precision: trainingPrecision(run.precision),
    optimizer: optimizerOf(config, run),
    schedule: checkSchedule(config.schedule),
    kinks: Object.fromEntries(kinks.map((name) => [name, choice[name]])),
    chainRule: run.chainRule,
    epochs: config.epochs,
    seed: config.seed + run.trial,
    readEvery: readEvery(engine),
    ...loaders,
  };
}

/** A checkpoint may be ahead of the rows if some were removed or lost: then their epochs have to be done again. */
async function removeStrayCheckpoint(training: Training & Required<Pick<Training, "checkpoint">>, rows: number) {
  const { network, precision, optimizer, seed, checkpoint } = training;
  if (!existsSync(checkpoint.path)) return;
  const start = startState(network, precision, optimizer, seed);
  const saved = await loadCheckpoint(checkpoint.path, start, checkpoint.identity);
  if (saved && saved.position.epoch > rows) rmSync(checkpoint.path);
}

/** The network as an ONNX file, then its weights, which show that both are there. */
function saveWeights(
  path: string,
  { config, shape }: Pick<Setting<SweepRow>, "config" | "shape">,
  { network, precision }: Training,
  { tensors }: TrainingState,
): void {
  makeFolder(dirname(path));
  const metadata = { dataset: config.dataset, preprocessing: config.preprocessing };
  const options = { shape: shape.inputShape, precision, name: config.network, metadata };
  writeOnnx(path.replace(/safetensors$/, "onnx"), network, tensors, options);
  const names = [...network.parameters, ...network.buffers].map(({ name }) => name);
  writeSafetensors(path, Object.fromEntries(names.map((name) => [name, tensors[name]!])));
}

function rowOf<R extends SweepRow>(
  { config, judge }: Setting<R>,
  run: Run,
  { epoch, trainLoss, test, diverged }: EpochEvent,
): R {
  const { dataset, label, network } = config;
  const finished = epoch + 1 === config.epochs;
  const outcome = diverged !== null ? "diverged" : finished ? "finished" : "running";
  const row = { dataset, label, network, ...run, epoch: epoch + 1, trainLoss, outcome, reason: diverged } as const;
  return judge.row(row, test ?? UNKNOWN);
}

const UNKNOWN = { loss: Number.NaN, accuracy: Number.NaN, count: 0 };
