/**
 * The training loop. A training is a pure function of its inputs: stopped or killed at any point, it continues from its
 * checkpoint with the same bits.
 */
import type { ChainRule } from "../autodiff";
import { disposeAll, type Engine, type Held, type Results, readAll } from "../engines";
import { type Tensor, tensor, type Value } from "../ir";
import { drawMasks, type Layer } from "../nn";
import { type LossScaler, lossScaleName, type Optimizer, type Schedule, scalarFeeds, scheduleFactor } from "../optim";
import { currentWork, fail, isInterrupted, pause, stream, workReached } from "../util";
import { type BatchSource, batchSource, type FedBatch } from "./batches";
import { checkData, type TrainingData } from "./check-data";
import { type CheckpointOptions, loadCheckpoint, saveCheckpoint } from "./checkpoint";
import { type Evaluation, evaluate } from "./evaluate";
import type { StepEvent, TrainingEvent, TrainingResult } from "./events";
import { HeldTensors } from "./held-tensors";
import { KinkFeeds, type TrainingKinks } from "./kinks";
import { type Nudge, nudged } from "./nudge";
import { CheckpointPace } from "./pace";
import { networkFormat, Programs, stateFormat, type TrainingPrecision } from "./programs";
import { type Position, scalerOf, startState, type TrainingState } from "./state";

export interface Training {
  readonly network: Layer;
  readonly engine: Engine;
  readonly precision: TrainingPrecision;
  readonly optimizer: Optimizer;
  /** Factor of the learning rate, epoch by epoch; default constant. */
  readonly schedule?: Schedule;
  /**
   * Values at kinks, by name: `{ "relu.zero": 0.5 }`, or a function of the layer and the step: `{ "relu.zero": ({ layer, step }) => … }`; kinks that
   * are not named take their default. Or the name of a convention, "jax", which must say something about each kink of the network.
   */
  readonly kinks?: TrainingKinks;
  /** Default `multiply`. */
  readonly chainRule?: ChainRule;
  readonly epochs: number;
  /** Seed of the initialisation and of dropout; the loader has its own seed for the data's order and augmentation. */
  readonly seed: number;
  /** A loader, or any object that gives batches as one does: data of your own, with noise for instance. */
  readonly data: TrainingData;
  /** Evaluated after each epoch; default: nothing is. */
  readonly test?: TrainingData;
  readonly checkpoint?: CheckpointOptions;
  /**
   * Stops the training after the current step, and writes a checkpoint if there is one. Without a signal, a notebook's stop button does
   * the same, but ends the training with an `Interrupted`.
   */
  readonly signal?: AbortSignal;
  /**
   * More outputs of each step; they come with the step's event. Their names must not be those of tensors that are kept. In
   * mixed precision the gradients are those of the scaled loss, in the format of the network.
   */
  readonly observe?: (loss: Value, gradients: ReadonlyMap<string, Value>) => Readonly<Record<string, Value>>;
  /** One weight changed by one unit in the last place, once; default: none. */
  readonly nudge?: Nudge;
  /**
   * Steps between two readings of the losses; default 1. With more, a GPU does not wait for the host after each step, and the steps' events
   * come together. It changes no number. Mixed precision reads after every step, since its loss scale depends on it.
   */
  readonly readEvery?: number;
}

/** Steps in a row that mixed precision may skip before the training counts as diverged. */
const PATIENCE = 200;

/**
 * Trains a network: events for each step and each epoch, and at the end the outcome with the final state.
 *
 * A loss that is not finite ends the training as `diverged`: this is an outcome, not an error. Leaving the loop early or
 * aborting the signal stops it.
 *
 * @example
 * ```ts
 * import { createEngine, createLoader, createNetwork, glyphs, sgd, train } from "nonsmooth";
 *
 * const data = createLoader({ dataset: glyphs({ split: "train", count: 500 }), batchSize: 50, worker: false });
 * const network = createNetwork("mlp", { inputShape: data.shape, classes: 10, widths: [32] });
 * const settings = { network, data, test: data, engine: createEngine(), optimizer: sgd({ lr: 0.1 }), epochs: 2, seed: 1 };
 * for await (const event of train({ ...settings, precision: 16, kinks: { "relu.zero": 1 } }))
 *   if (event.kind === "epoch") console.log(event.epoch + 1, event.trainLoss, event.test?.accuracy);
 * ```
 */
export async function* train(training: Training): AsyncGenerator<TrainingEvent, TrainingResult, void> {
  checkTraining(training);
  const loop = new Loop(training);
  try {
    return yield* loop.run();
  } finally {
    await loop.close();
  }
}

/**
 * Runs a training to its end; `onEvent` sees every event.
 *
 * @example
 * ```ts
 * import { createEngine, createLoader, createNetwork, glyphs, runTraining, sgd } from "nonsmooth";
 *
 * const data = createLoader({ dataset: glyphs({ split: "train", count: 500 }), batchSize: 50, worker: false });
 * const network = createNetwork("mlp", { inputShape: data.shape, classes: 10, widths: [32] });
 * const settings = { network, data, engine: createEngine(), optimizer: sgd({ lr: 0.1 }), epochs: 2, seed: 1 };
 * const losses: number[] = [];
 * const { outcome } = await runTraining({ ...settings, precision: 32 }, (event) => event.kind === "step" && losses.push(event.loss));
 * console.log(outcome, losses.length); // finished 20
 * ```
 */
export async function runTraining(
  training: Training,
  onEvent: (event: TrainingEvent) => void = () => {},
): Promise<TrainingResult> {
  const events = train(training);
  for (;;) {
    const { value, done } = await events.next();
    if (done) return value;
    onEvent(value);
  }
}

function checkTraining(training: Training): void {
  requireParts(training);
  const { epochs, data, test, network, readEvery = 1 } = training;
  if (!Number.isInteger(readEvery) || readEvery < 1) fail("readEvery", "must be a positive integer", readEvery);
  if (!Number.isInteger(epochs) || epochs < 1) fail("epochs", "must be a positive integer", epochs);
  if (test && data.shape.join() !== test.shape.join())
    fail("test data", `must have the shape [${data.shape}] of the training data`, test.shape);
  if (network.parameters.length === 0) fail("network", "must have parameters to train", "none");
}

/** For programs without types: what has been given another thing in its place, a name or a dataset for instance. */
function requireParts({ network, engine, optimizer, data, test }: Training): void {
  const has = (given: unknown, part: string) => typeof given === "object" && given !== null && part in given;
  if (!has(network, "apply")) fail("network", "must be a layer", network, "createNetwork(name, options) makes one");
  if (!has(engine, "compile")) fail("engine", "must be an engine", engine, "createEngine(id) makes one");
  if (!has(optimizer, "update")) fail("optimizer", "must be an optimizer", optimizer, "sgd({ lr: 0.1 }) makes one");
  checkData("data", data);
  if (test !== undefined) checkData("test", test);
}

/** A step that was sent to the engine, which may compute it while the host prepares the next ones. */
interface Pending {
  readonly index: number;
  readonly lr: number;
  /** What it gives beside the new state. */
  readonly results: Readonly<Record<string, Tensor | Held>>;
}

class Loop {
  private readonly programs: Programs;
  private readonly kinks: KinkFeeds;
  private readonly scaler: LossScaler | undefined;
  private readonly start: TrainingState;
  private position: Position;
  /** Set when the loop begins: parameters, buffers and the optimizer's state; data. */
  private tensors!: HeldTensors;
  private data!: BatchSource;
  private test: BatchSource | undefined;
  private readonly pace: CheckpointPace;
  /** Steps whose losses have not been read. */
  private readonly pending: Pending[] = [];
  private readonly readEvery: number;

  constructor(private readonly training: Training) {
    const { network, precision, optimizer, engine, kinks = {}, chainRule = "multiply", data, seed, observe } = training;
    this.kinks = new KinkFeeds(kinks, networkFormat(precision));
    const names = typeof kinks === "string" ? kinks : this.kinks.constant;
    const { placed } = this.kinks;
    const options = { network, precision, optimizer, kinks: names, placed, chainRule, shape: data.shape, observe };
    this.programs = new Programs(engine, options);
    this.pace = new CheckpointPace(training.checkpoint?.everySeconds);
    this.scaler = scalerOf(precision);
    this.readEvery = this.scaler ? 1 : (training.readEvery ?? 1);
    this.start = startState(network, precision, optimizer, seed);
    this.position = this.start.position;
  }

  async *run(): AsyncGenerator<TrainingEvent, TrainingResult, void> {
    await this.begin();
    const work = currentWork();
    if (work && this.training.checkpoint) work.resumes = true;
    try {
      while (this.position.epoch < this.training.epochs) {
        const end = yield* this.epoch();
        if (end !== undefined) return { outcome: end, state: await this.state() };
      }
      return { outcome: "finished", state: await this.state() };
    } catch (error) {
      if (isInterrupted(error)) {
        yield* this.settle();
        await this.saveNow();
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const { results } of this.pending) disposeAll(results);
    this.tensors?.dispose();
    this.data?.dispose();
    this.test?.dispose();
    await this.programs.dispose();
  }

  private async begin(): Promise<void> {
    const { checkpoint, engine, data, test, precision } = this.training;
    const saved = checkpoint && (await loadCheckpoint(checkpoint.path, this.start, checkpoint.identity));
    const { tensors, position } = saved ?? this.start;
    this.position = position;
    if (saved?.beside !== undefined) checkpoint?.beside?.restore(saved.beside);
    this.tensors = await HeldTensors.of(engine, tensors);
    this.data = await batchSource(data, engine, networkFormat(precision));
    this.test = test && (await batchSource(test, engine, networkFormat(precision)));
  }

  /** The current state, in the host's memory. */
  private async state(): Promise<TrainingState> {
    return { tensors: await this.tensors.read(), position: this.position };
  }

  private move(change: Partial<Position>): void {
    this.position = { ...this.position, ...change };
  }

  /** Runs the rest of the current epoch, with its evaluation; returns how the training ended, if it did. */
  private async *epoch(): AsyncGenerator<TrainingEvent, "diverged" | "stopped" | undefined, void> {
    const { data, optimizer, schedule = { kind: "constant" }, signal } = this.training;
    const { epoch } = this.position;
    const rate = (share: number) => optimizer.hyperparameters.lr * scheduleFactor(schedule, epoch, share);
    const lr = rate(0);
    for await (const batch of this.data.epoch(epoch, { from: this.position.batch })) {
      await pause();
      if (signal?.aborted) {
        yield* this.settle();
        return this.stop();
      }
      this.pending.push(await this.step(batch, rate(batch.index / data.batchesPerEpoch)));
      const { nudge } = this.training;
      if (nudge?.epoch === epoch && nudge.batch === batch.index) await this.tensors.change(nudge.parameter, nudged);
      const isLast = batch.index === data.batchesPerEpoch - 1;
      if (this.pending.length < this.readEvery && !isLast && !this.pace.due) continue;
      if (yield* this.settled(lr)) return "diverged";
      if (this.pace.due) await this.saveNow();
    }
    // a loader may leave the last batch out
    if (yield* this.settled(lr)) return "diverged";
    if (this.position.batch === 0) fail(`training data, epoch ${epoch}`, "must have at least one image", 0);
    const evaluation = await this.evaluation();
    if (evaluation === undefined) return this.stop();
    const event = { kind: "epoch", epoch, lr, trainLoss: this.position.lossSum / this.position.lossCount } as const;
    if (evaluation && !Number.isFinite(evaluation.loss)) {
      yield { ...event, test: null, diverged: `the loss in evaluation is ${evaluation.loss}` };
      return "diverged";
    }
    yield { ...event, test: evaluation, diverged: null };
    this.move({ epoch: epoch + 1, batch: 0, lossSum: 0, lossCount: 0 });
    await this.saveNow();
    return undefined;
  }

  /** Whether the training diverged at a step whose loss has not been read; then the epoch has ended. */
  private async *settled(lr: number): AsyncGenerator<TrainingEvent, boolean, void> {
    const diverged = yield* this.settle();
    if (diverged === undefined) return false;
    yield { kind: "epoch", epoch: this.position.epoch, lr, trainLoss: Number.NaN, test: null, diverged };
    return true;
  }

  /** The evaluation on the test data, null without such data, or undefined if the signal ends it. */
  private async evaluation(): Promise<Evaluation | null | undefined> {
    const { signal } = this.training;
    if (signal?.aborted) return undefined;
    if (!this.test) return null;
    try {
      return await evaluate(this.programs, this.tensors.feeds, this.test, signal);
    } catch (error) {
      if (signal?.aborted) return undefined;
      throw error;
    }
  }

  private async stop(): Promise<"stopped"> {
    await this.saveNow();
    return "stopped";
  }

  /** The events of the steps whose losses have not been read; if the training diverged at one, its reason, and nothing after it. */
  private async *settle(): AsyncGenerator<StepEvent, string | undefined, void> {
    for (let step = this.pending.shift(); step; step = this.pending.shift()) {
      const event = this.moved(step, await readAll(step.results));
      disposeAll(step.results);
      yield event;
      const diverged = this.divergence(event);
      if (diverged !== undefined) return diverged;
    }
    return undefined;
  }

  /** Sends a step to the engine. */
  private async step(batch: FedBatch, lr: number): Promise<Pending> {
    const program = await this.programs.step(batch.size, this.data.images);
    const { inputs, outputs } = program.graph;
    this.checkFeeds(inputs, batch);
    const feeds = { ...this.tensors.feeds, ...batch.feeds, ...this.kinksAt(batch), ...this.stepFeeds(batch, lr) };
    const kept = this.tensors.names.filter((name) => outputs.has(name));
    if (this.readEvery === 1) {
      const { results, held } = await program.runHolding(feeds, kept);
      this.tensors.replace(held);
      return { index: batch.index, lr, results };
    }
    const { held } = await program.runHolding(feeds, outputs.keys());
    const results = Object.fromEntries(Object.entries(held).filter(([name]) => !kept.includes(name)));
    this.tensors.replace(Object.fromEntries(kept.map((name) => [name, held[name]!])));
    return { index: batch.index, lr, results };
  }

  /** Moves on by a step whose results were read. */
  private moved({ index, lr }: Pending, results: Results): StepEvent {
    const observed = Object.entries(results).filter(([name]) => name !== "loss" && name !== "finite");
    const loss = results.loss!.data[0]!;
    const taken = results.finite === undefined || results.finite.data[0] === 1;
    const { updates, lossSum, lossCount, lossScale, skipped } = this.position;
    this.move({
      batch: index + 1,
      updates: updates + Number(taken),
      // the loss of a step that mixed precision skipped may not be finite
      lossSum: Number.isFinite(loss) ? lossSum + loss : lossSum,
      lossCount: lossCount + Number(Number.isFinite(loss)),
      skipped: taken ? 0 : skipped + 1,
      lossScale: lossScale && this.scaler!.next(lossScale, taken),
    });
    const { epoch } = this.position;
    const { epochs, data } = this.training;
    const { batchesPerEpoch: batches } = data;
    workReached((epoch + (index + 1) / batches) / epochs);
    return {
      kind: "step",
      epoch,
      epochs,
      batch: index,
      batches,
      loss,
      lr,
      taken,
      observed: Object.fromEntries(observed),
    };
  }

  /** Checks what an engine would accept silently, or refuse in terms of the graph. */
  private checkFeeds(inputs: ReadonlyMap<string, unknown>, { labels, index }: FedBatch): void {
    const { classes } = this.programs;
    const wrong = labels.find((label) => label < 0 || label >= classes);
    if (wrong !== undefined)
      fail(`labels of batch ${index}`, `must be 0 to ${classes - 1}, the network's classes`, wrong);
    this.kinks.requireUsed(inputs, this.programs.places);
  }

  private kinksAt({ index }: FedBatch): Record<string, Tensor> {
    const { epoch } = this.position;
    const step = epoch * this.training.data.batchesPerEpoch + index;
    return this.kinks.at(this.programs.places, step, epoch);
  }

  /** The optimizer's scalars, the loss scale and dropout's masks. */
  private stepFeeds({ index, size }: FedBatch, lr: number): Record<string, Tensor> {
    const { network, optimizer, precision, seed } = this.training;
    const { updates, lossScale, epoch } = this.position;
    const state = stateFormat(precision);
    return {
      ...scalarFeeds(optimizer, state, { step: updates + this.pending.length + 1, lr }),
      ...(lossScale && { [lossScaleName]: tensor(state, lossScale.scale) }),
      ...drawMasks(network, size, (name) => stream(seed, "dropout", epoch, index, name)),
    };
  }

  private divergence({ loss, batch, taken }: StepEvent): string | undefined {
    if (taken && !Number.isFinite(loss)) return `the loss of batch ${batch} is ${loss}`;
    if (this.position.skipped >= PATIENCE) return `${PATIENCE} steps in a row overflowed, up to batch ${batch}`;
    return undefined;
  }

  /** Writes the checkpoint, if there is one. */
  private async saveNow(): Promise<void> {
    const { checkpoint } = this.training;
    if (!checkpoint) return;
    const { path, identity, beside } = checkpoint;
    await this.pace.write(async () =>
      saveCheckpoint(path, { ...(await this.state()), beside: beside?.read() }, identity),
    );
  }
}
