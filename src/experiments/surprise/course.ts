/** One pass of plain SGD over the data in order: the programs, the mini-batches, and a network that takes the steps. */
import { type ChainRule, kinkInput, kinkSites } from "../../autodiff";
import { Batches, type Dataset } from "../../data";
import { disposeAll, type Engine, type Held, holdAll, type Program, readAll } from "../../engines";
import { type FormatName, precisionOf, type UniformId } from "../../formats";
import { converted, type Tensor, tensor, wrap } from "../../ir";
import { mlp } from "../../nn";
import { scalarFeeds, sgd } from "../../optim";
import { Programs, startState } from "../../train";
import type { CourseConfig } from "./config";

const KINK = "relu.zero";
/** Output of a step: the pre-activation of hidden layer i, from 1. */
const preActivation = (layer: number) => `z ${layer}`;

/** What a step computed before its update. */
export interface Step {
  readonly loss: number;
  /** Of each hidden layer: [images, neurons]. */
  readonly preActivations: readonly Tensor[];
}

export interface MiniBatch {
  /** [images, features] */
  readonly x: Tensor;
  /** i32[images] */
  readonly labels: Tensor;
}

/** The mini-batches of the pass in one format; a last one with fewer images is kept. */
export function passOf(dataset: Dataset, { batchSize }: CourseConfig, format: FormatName) {
  const batches = new Batches(dataset, { batchSize });
  const at = (iteration: number): MiniBatch => {
    const { inputs, labels, size } = batches.at(iteration);
    return { x: converted(format, inputs, [size, batches.features]), labels: wrap("i32", labels, [size]) };
  };
  return { iterations: batches.count, at };
}

/** What networks of one precision have in common: one compiled step, with ReLU'(0) as an input. */
export class Course {
  private readonly programs: Programs;
  private readonly network;
  private readonly optimizer;
  readonly format: FormatName;
  readonly layers: number;

  constructor(
    private readonly engine: Engine,
    { widths, learningRate }: CourseConfig,
    precision: UniformId,
    { shape, classes }: Pick<Dataset, "shape" | "classes">,
    chainRule: ChainRule = "multiply",
  ) {
    const features = shape.reduce((product, n) => product * n, 1);
    this.network = mlp({ inputs: features, hidden: widths, classes });
    this.optimizer = sgd({ lr: learningRate });
    this.format = precisionOf(precision).format;
    this.layers = widths.length;
    this.programs = new Programs(engine, {
      network: this.network,
      precision: this.format,
      optimizer: this.optimizer,
      kinks: [KINK],
      chainRule,
      shape: [features],
      observe: (loss) => {
        const sites = kinkSites([loss]).filter(({ kink }) => kink === KINK);
        return Object.fromEntries(sites.map(({ operand }, i) => [preActivation(i + 1), operand]));
      },
    });
  }

  /** A network as it is before the first step: the same for one seed in every precision. */
  async start(seed: number, valueAtKink: number): Promise<Trained> {
    return this.resume(startState(this.network, this.format, this.optimizer, seed).tensors, valueAtKink);
  }

  /** A network that continues from what `read` gave. */
  async resume(tensors: Readonly<Record<string, Tensor>>, valueAtKink: number): Promise<Trained> {
    const held = await holdAll(this.engine, tensors);
    const constants = {
      [kinkInput(KINK)]: tensor(this.format, valueAtKink),
      ...scalarFeeds(this.optimizer, this.format, { step: 1 }),
    };
    return new Trained(this.programs, held, constants, this.layers);
  }

  /** The step for a number of images. */
  program(images: number): Promise<Program> {
    return this.programs.step(images);
  }

  dispose(): Promise<void> {
    return this.programs.dispose();
  }
}

/** A network in training. */
export class Trained {
  constructor(
    private readonly programs: Programs,
    private parameters: Readonly<Record<string, Held>>,
    private readonly constants: Readonly<Record<string, Tensor>>,
    private readonly layers: number,
  ) {}

  /** One update with one mini-batch. */
  async step({ x, labels }: MiniBatch): Promise<Step> {
    const program = await this.programs.step(x.shape[0]!);
    const feeds = { ...this.parameters, ...this.constants, x, labels };
    const { results, held } = await program.runHolding(feeds, Object.keys(this.parameters));
    this.dispose();
    this.parameters = held;
    const preActivations = Array.from({ length: this.layers }, (_, i) => results[preActivation(i + 1)]!);
    return { loss: results.loss!.data[0]!, preActivations };
  }

  /** Weights and biases as they are, by name: `fc1.weight` [outputs, inputs], `fc1.bias` [outputs], … */
  read(): Promise<Record<string, Tensor>> {
    return readAll(this.parameters);
  }

  dispose(): void {
    disposeAll(this.parameters);
  }
}

/** Σ|a − b| over all weights and biases, summed in f64; the networks have the same names and shapes. */
export function distance(a: Readonly<Record<string, Tensor>>, b: Readonly<Record<string, Tensor>>): number {
  let sum = 0;
  for (const [name, { data: left }] of Object.entries(a)) {
    const right = b[name]!.data;
    for (let i = 0; i < left.length; i++) sum += Math.abs(left[i]! - right[i]!);
  }
  return sum;
}

/** How near a pre-activation comes to the kink: its smallest magnitude, and how many of its elements are exactly 0. */
export function nearness({ data }: Tensor): { readonly smallest: number; readonly zeros: number } {
  let smallest = Number.POSITIVE_INFINITY;
  let zeros = 0;
  for (let i = 0; i < data.length; i++) {
    const magnitude = Math.abs(data[i]!);
    if (magnitude === 0) zeros++;
    // a NaN is passed on
    if (!(magnitude >= smallest)) smallest = magnitude;
  }
  return { smallest, zeros };
}
