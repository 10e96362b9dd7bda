/** The programs of a training: one step (forward, backward, update) and one evaluation, for each size of a batch. */
import { type ChainRule, type ConventionName, gradient, type KinkPlace, kinkInput } from "../autodiff";
import type { Engine, Program } from "../engines";
import { type FormatName, formatPair, isMixed, type PrecisionId } from "../formats";
import { graph, input, type Shape, type Value } from "../ir";
import { type Applied, applyNetwork, bufferInputs, crossEntropy, type Layer, parameterInputs } from "../nn";
import { ops } from "../ops";
import { applyMixed, applyOptimizer, networkWeights, type Optimizer, scaleLoss, type Update } from "../optim";
import { fail } from "../util";

/**
 * A number format for everything, by its name or its number of bits, or masters in one format around a network in a narrower one,
 * with loss scaling.
 */
export type TrainingPrecision = FormatName | PrecisionId;

/** The format of the network's arithmetic, and of what is kept from step to step. */
export const networkFormat = (precision: TrainingPrecision): FormatName => formatPair(precision).format;
export const stateFormat = (precision: TrainingPrecision): FormatName => formatPair(precision).state;

export interface ProgramOptions {
  readonly network: Layer;
  readonly precision: TrainingPrecision;
  readonly optimizer: Optimizer;
  /** Names of the kinks whose value is fed: `relu.zero`, as the input `value relu.zero`; or a convention, whose values are built in. */
  readonly kinks: readonly string[] | ConventionName;
  /** Names of the kinks that are fed a value for each place: `value relu.zero 1`, `value relu.zero 2`. Default: none. */
  readonly placed?: readonly string[];
  readonly chainRule: ChainRule;
  /** [height, width, channels] */
  readonly shape: Shape;
  /** Additional outputs of a step, made from its loss: counts of exact zeros, norms of gradients. */
  readonly observe?: (loss: Value, gradients: ReadonlyMap<string, Value>) => Readonly<Record<string, Value>>;
}

/** Compiled programs by what they do and for how many images. */
export class Programs {
  private readonly compiled = new Map<string, Promise<Program>>();
  private width = 0;
  /** The places of the kinks in `placed`, by the names of their inputs; known with the first step. */
  readonly places = new Map<string, KinkPlace>();

  constructor(
    private readonly engine: Engine,
    private readonly options: ProgramOptions,
  ) {}

  /**
   * Inputs x, labels, masks, the values at kinks, the optimizer's scalars and all state; outputs `loss` and all new state by name.
   * @param images number of the images on the device where a batch is some of them: `images`, `all labels` and `rows` take the place of x and labels
   */
  step(batch: number, images?: number): Promise<Program> {
    return this.get(`step ${batch} ${images}`, () => stepGraph(this.options, this.places, batch, images));
  }

  /** Inputs x (or as above), labels, parameters and buffers; outputs `loss` and `logits` [batch, classes]. */
  evaluation(batch: number, images?: number): Promise<Program> {
    return this.get(`evaluation ${batch} ${images}`, () => evaluationGraph(this.options, batch, images));
  }

  /** Number of the network's outputs: labels are 0 to one less. */
  get classes(): number {
    this.width ||= evaluationGraph(this.options, 1).outputs.get("logits")!.shape[1]!;
    return this.width;
  }

  async dispose(): Promise<void> {
    const programs = [...this.compiled.values()];
    this.compiled.clear();
    for (const program of programs) await (await program).dispose();
  }

  private get(key: string, build: () => ReturnType<typeof graph>): Promise<Program> {
    let program = this.compiled.get(key);
    if (!program) {
      program = this.engine.compile(build());
      this.compiled.set(key, program);
      program.catch(() => this.compiled.delete(key));
    }
    return program;
  }
}

/** The images and labels of a batch: inputs, or rows of inputs. */
function batchOf({ precision, shape }: ProgramOptions, batch: number, images?: number): { x: Value; labels: Value } {
  const format = networkFormat(precision);
  if (images === undefined)
    return { x: input("x", format, [batch, ...shape]), labels: input("labels", "i32", [batch]) };
  const rows = input("rows", "i32", [batch]);
  return {
    x: ops.take(input("images", format, [images, ...shape]), rows),
    labels: ops.take(input("all labels", "i32", [images]), rows),
  };
}

// in mixed precision the loss is in the wider format, as autocast has it
const lossOf = ({ precision }: ProgramOptions, logits: Value, labels: Value): Value =>
  crossEntropy(ops.cast(logits, stateFormat(precision)), labels);

function stepGraph(options: ProgramOptions, places: Map<string, KinkPlace>, batch: number, images?: number) {
  const { network, precision, optimizer, observe } = options;
  const formats = formatPair(precision);
  const masters = parameterInputs(network, formats.state);
  const weights = networkWeights(masters, formats);
  const buffers = bufferInputs(network, formats.state);
  const { x, labels } = batchOf(options, batch, images);
  const applied = applyNetwork(network, x, { parameters: weights, buffers });
  const loss = lossOf(options, applied.output, labels);
  const mixed = isMixed(formats);
  const gradients = gradientsOf(mixed ? scaleLoss(loss, formats) : loss, weights, options, places);
  const update: Update & { readonly finite?: Value } = mixed
    ? applyMixed(optimizer, masters, gradients, formats)
    : applyOptimizer(optimizer, masters, gradients);
  const { finite } = update;
  const own: Record<string, Value> = {
    loss,
    ...(finite ? { finite } : {}),
    ...Object.fromEntries([...update.parameters, ...update.state, ...newBuffers(applied, finite)]),
  };
  const observed = observe?.(loss, gradients) ?? {};
  const clash = Object.keys(observed).find((name) => Object.hasOwn(own, name));
  if (clash !== undefined) fail("observe", "names must not be those of the step's own outputs", clash);
  return graph({ ...own, ...observed }, "training step");
}

/** A skipped step leaves the running statistics as they were: those of a batch that overflowed may not be finite. */
function newBuffers({ newBuffers: updated, buffers }: Applied, finite: Value | undefined): [string, Value][] {
  return [...updated].map(([name, value]) => [name, finite ? ops.select(finite, value, buffers.get(name)!) : value]);
}

function gradientsOf(
  loss: Value,
  weights: ReadonlyMap<string, Value>,
  { kinks, placed = [], chainRule, precision }: ProgramOptions,
  places: Map<string, KinkPlace>,
) {
  const format = networkFormat(precision);
  const fed = (name: string) => [name, input(kinkInput(name), format, [])] as const;
  const fedAt = (place: KinkPlace) => {
    const name = kinkInput(place.kink, String(place.depth));
    places.set(name, place);
    return input(name, format, []);
  };
  const choice =
    typeof kinks === "string"
      ? kinks
      : { ...Object.fromEntries(kinks.map(fed)), ...Object.fromEntries(placed.map((name) => [name, fedAt])) };
  const values = gradient(loss, [...weights.values()], { kinks: choice, chainRule });
  return new Map([...weights.keys()].map((name, i) => [name, values[i]!]));
}

function evaluationGraph(options: ProgramOptions, batch: number, images?: number) {
  const { network, precision } = options;
  const formats = formatPair(precision);
  const parameters = networkWeights(parameterInputs(network, formats.state), formats);
  const buffers = bufferInputs(network, formats.state);
  const { x, labels } = batchOf(options, batch, images);
  const { output } = applyNetwork(network, x, { mode: "eval", parameters, buffers });
  const logits = ops.cast(output, formats.state);
  return graph({ loss: lossOf(options, output, labels), logits }, "evaluation");
}
