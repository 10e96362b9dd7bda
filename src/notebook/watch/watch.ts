/** Trainings that are watched while they go on. */
import type { TrainingEvent, TrainingResult } from "../../train";
import { currentWork, fail, isInterrupted } from "../../util";
import { interruptible } from "../interrupt";
import type { ProgressOptions } from "../progress";
import { Course, type WatchedEpoch, type WatchedStep, type WatchedZeros } from "./course";
import { DrawingPace } from "./pace";
import { viewOf, type WatchView } from "./view";

/** What `train` returns. */
export type TrainingEvents = AsyncGenerator<TrainingEvent, TrainingResult, void>;

export interface WatchOptions extends Partial<ProgressOptions> {
  /** Seconds between two pictures, 0.5 (default) or more; longer where drawing would take more than 5 % of the time. */
  readonly every?: number;
  /** Clock in milliseconds; default `performance.now`. */
  readonly clock?: () => number;
}

/** What was seen: rows for `showTable`, `toTable` and plots of your own. */
export interface Watched<Name extends string = string> {
  /** A row for each step. */
  readonly loss: readonly WatchedStep[];
  /** A row for each epoch. */
  readonly accuracy: readonly WatchedEpoch[];
  /** A row for each epoch and layer; empty unless the trainings count them: `observe: observeZeros`. */
  readonly zeros: readonly WatchedZeros[];
  /** What each training returned: outcome, weights and the rest of the state. A single one is called "training". */
  readonly results: Readonly<Record<Name, TrainingResult>>;
  /** From the first step on. */
  readonly seconds: number;
  /** Part of the seconds that drawing took. */
  readonly drawingSeconds: number;
}

/**
 * Runs a training, or several side by side, and shows curves that grow: loss by step, test accuracy by epoch, exact zeros by
 * layer if they are counted, and when it ends. In a notebook a picture, which stays; in a terminal one line; in a log a line per 10 %.
 *
 *     await watch(train({ ...settings, observe: observeZeros }));
 *     await watch({ "ReLU'(0) = 0": train(zero), "ReLU'(0) = 1": train(one) }); // in turn, step by step
 *
 * @throws NonsmoothError for options out of range and for something else than trainings; what a training throws, with its name
 * if there are several, or `Interrupted` after a stop: the last picture stays, and trainings with a checkpoint continue from it
 * @example
 * ```ts
 * import { createEngine, createLoader, createNetwork, glyphs, sgd, train, watch } from "nonsmooth";
 *
 * const loader = (split: "train" | "test") =>
 *   createLoader({ dataset: glyphs({ split, count: 200 }), batchSize: 50, worker: false });
 * const [data, test] = [loader("train"), loader("test")];
 * const network = createNetwork("mlp", { inputShape: data.shape, classes: 10, widths: [16] });
 * const settings = { network, data, test, engine: createEngine(), optimizer: sgd({ lr: 0.1 }), epochs: 2, seed: 1 };
 * const arm = (value: number) => train({ ...settings, precision: 16, kinks: { "relu.zero": value } });
 * const { accuracy } = await watch({ "ReLU'(0) = 0": arm(0), "ReLU'(0) = 1": arm(1) });
 * for (const { training, epoch, accuracy: share } of accuracy) console.log(training, epoch, share);
 * ```
 */
export function watch(training: TrainingEvents, options?: WatchOptions): Promise<Watched<"training">>;
export function watch<Name extends string>(
  trainings: Readonly<Record<Name, TrainingEvents>>,
  options?: WatchOptions,
): Promise<Watched<Name>>;
export async function watch(
  trainings: TrainingEvents | Readonly<Record<string, TrainingEvents>>,
  options: WatchOptions = {},
): Promise<Watched> {
  const { every = 0.5, clock = () => performance.now(), ...place } = options;
  const named = namedTrainings(trainings);
  const [only = SINGLE] = named.keys();
  const title = named.size > 1 ? `${named.size} trainings` : only === SINGLE ? "Training" : only;
  const session = new Session([...named.keys()], new DrawingPace(every, clock), viewOf({ title, ...place }), clock);
  const work = () => session.run(named);
  // a cell is stopped anyway
  return currentWork() ? work() : interruptible(work);
}

/** The name of a training that has none. */
const SINGLE = "training";

function namedTrainings(given: TrainingEvents | object): ReadonlyMap<string, TrainingEvents> {
  const entries: [string, unknown][] = isTraining(given) ? [[SINGLE, given]] : Object.entries(given ?? {});
  const hint = 'write watch(train({ … })), or watch({ "a name": train({ … }) })';
  // { "__proto__": … } gives the record a prototype, not an entry
  if (isTraining(given) && Object.values(given).some(isTraining))
    fail("watch", "must get trainings under other names", "__proto__");
  if (entries.length === 0) fail("watch", "must get a training", given, hint);
  const named = new Map<string, TrainingEvents>();
  for (const [name, training] of entries) {
    if (!isTraining(training)) return fail(`watch, ${name}`, "must be what train returns", training, hint);
    if ([...named.values()].includes(training))
      fail(`watch, ${name}`, "must be a training of its own", "the same twice");
    named.set(name, training);
  }
  return named;
}

const isTraining = (value: unknown): value is TrainingEvents =>
  typeof (value as Partial<TrainingEvents> | null)?.[Symbol.asyncIterator] === "function" &&
  typeof (value as Partial<TrainingEvents>).next === "function";

/** Events that a training which was stopped may still give, for steps whose losses were not read: more is no training of ours. */
const LATE = 10_000;

class Session {
  private readonly courses: ReadonlyMap<string, Course>;
  private begun: number | undefined;

  constructor(
    names: readonly string[],
    private readonly pace: DrawingPace,
    private readonly view: WatchView,
    private readonly clock: () => number,
  ) {
    this.courses = new Map(names.map((name) => [name, new Course(name)]));
  }

  async run(trainings: ReadonlyMap<string, TrainingEvents>): Promise<Watched> {
    try {
      const results = await this.inTurn(trainings);
      this.pace.draw(() => this.view.end(this.all, this.seconds));
      return this.watched(results);
    } catch (error) {
      this.view.end(this.all, this.seconds, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  private get all(): Course[] {
    return [...this.courses.values()];
  }

  /** Takes an event from each training in turn until all have ended. */
  private async inTurn(trainings: ReadonlyMap<string, TrainingEvents>): Promise<Record<string, TrainingResult>> {
    const going = new Map(trainings);
    const results: Record<string, TrainingResult> = Object.create(null) as Record<string, TrainingResult>;
    try {
      while (going.size > 0) {
        for (const [name, training] of going) {
          const { value, done } = await this.next(name, training);
          const course = this.courses.get(name)!;
          if (!done) course.take(value);
          else if (value === undefined) {
            fail(`watch, ${name}`, "must be a training that has not ended", "one that has");
          } else {
            results[name] = value;
            course.ended = true;
            going.delete(name);
          }
          this.begun ??= this.clock();
        }
        if (going.size > 0 && this.pace.due) this.pace.draw(() => this.view.draw(this.all, this.secondsLeft));
      }
      return results;
    } catch (error) {
      if (isInterrupted(error)) await Promise.allSettled([...going.values()].map(settled));
      throw error;
    } finally {
      await Promise.allSettled([...going.values()].map((training) => training.return(undefined as never)));
    }
  }

  /** The next event. Side by side, an error says whose it is. */
  private async next(name: string, training: TrainingEvents) {
    try {
      return await training.next();
    } catch (error) {
      const isNamed = this.courses.size > 1 && error instanceof Error && !isInterrupted(error);
      // defined, since some errors do not let their text be set
      if (isNamed) Object.defineProperty(error, "message", { value: `${name}: ${error.message}` });
      throw error;
    }
  }

  /** Undefined while there is too little to estimate from. */
  private get secondsLeft(): number | undefined {
    const sum = (count: (course: Course) => number) => this.all.reduce((all, course) => all + count(course), 0);
    const done = sum((course) => course.done - course.skipped);
    const seconds = this.seconds;
    return seconds >= 1 ? (seconds / done) * sum((course) => course.total - course.done) : undefined;
  }

  private get seconds(): number {
    return (this.clock() - (this.begun ?? this.clock())) / 1000;
  }

  private watched(results: Record<string, TrainingResult>): Watched {
    return {
      loss: this.all.flatMap(({ losses }) => losses),
      accuracy: this.all.flatMap(({ accuracies }) => accuracies),
      zeros: this.all.flatMap(({ zerosRows }) => zerosRows),
      results,
      seconds: this.seconds,
      drawingSeconds: this.pace.seconds,
    };
  }
}

/** Lets a training that is told to stop write its checkpoint. */
async function settled(training: TrainingEvents): Promise<void> {
  for (let i = 0; i < LATE; i++) if ((await training.next()).done) return;
}
