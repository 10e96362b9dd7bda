/** Arithmetic of a training, counted in the graphs that it runs. */
import { kinkInput } from "../../autodiff";
import { referenceEngine } from "../../engines";
import { Programs } from "../../train";
import { flops } from "../common/flops";
import { networkOf, optimizerOf, type Shape } from "./build";
import type { SharedConfig } from "./keys";
import type { Cell } from "./runs";

/** The kinks that trainings choose a value at. */
const KINKS = ["relu.zero", "maxPool.tie"] as const;
type ChosenKink = (typeof KINKS)[number];

/** What the graphs depend on. */
type GraphConfig = Parameters<typeof networkOf>[0] &
  Parameters<typeof optimizerOf>[0] &
  Pick<SharedConfig, "batchSize" | "testBatchSize">;
type GraphCell = Pick<Cell, "batchNorm" | "dropout" | "optimizer" | "learningRate">;

/** What is counted in the graphs of one network. */
export interface NetworkFacts {
  /** Operations for one image, in a step and in an evaluation. */
  readonly step: number;
  readonly evaluation: number;
  /** The kinks that its gradient meets. */
  readonly kinks: readonly ChosenKink[];
}

/** Counts the graphs of each network of a sweep, once. */
export function factsOf(config: GraphConfig, shape: Shape): (cell: GraphCell) => Promise<NetworkFacts> {
  const known = new Map<string, Promise<NetworkFacts>>();
  return (cell) => {
    const key = `${cell.batchNorm}/${cell.dropout}`;
    const found = known.get(key) ?? countGraphs(config, cell, shape);
    known.set(key, found);
    return found;
  };
}

// on the engine that compiles nothing: neither the format nor the optimizer changes the contractions
const programsOf = (config: GraphConfig, cell: GraphCell, shape: Shape) =>
  new Programs(referenceEngine(), {
    network: networkOf(config, cell, shape),
    precision: "f32",
    optimizer: optimizerOf(config, cell),
    kinks: KINKS,
    chainRule: "multiply",
    shape: shape.inputShape,
  });

/** Builds the step for a size of batch. @throws NonsmoothError where the network refuses it: batch-norm of one image */
export async function checkStep(config: GraphConfig, cell: GraphCell, shape: Shape, batch: number): Promise<void> {
  const programs = programsOf(config, cell, shape);
  await programs.step(batch);
  await programs.dispose();
}

async function countGraphs(config: GraphConfig, cell: GraphCell, shape: Shape): Promise<NetworkFacts> {
  const programs = programsOf(config, cell, shape);
  const { graph: step } = await programs.step(config.batchSize);
  const { graph: evaluation } = await programs.evaluation(config.testBatchSize);
  await programs.dispose();
  return {
    step: flops(step) / config.batchSize,
    evaluation: flops(evaluation) / config.testBatchSize,
    kinks: KINKS.filter((name) => step.inputs.has(kinkInput(name))),
  };
}
