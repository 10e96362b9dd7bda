/** Ties of max-pooling in freshly drawn networks: predicted from a forward pass in f64, and counted in the format of the run. */
import { createLoader, preprocessing } from "../../data";
import { type Engine, inputsOf } from "../../engines";
import { type FormatName, formatOf, precisionOf, type UniformId } from "../../formats";
import { converted, type Graph, graph, input, type Shape, type Tensor } from "../../ir";
import { applyNetwork, initialise, type Layer } from "../../nn";
import { type AttributesOf, windowPixels } from "../../ops";
import { pause, stream, sumOf } from "../../util";
import type { Images } from "../common/data";
import { maxPoolsOf, tieCountsOf } from "../common/max-pools";
import { type Problem, poolNetwork } from "../common/pool-networks";
import type { MaxPoolTieCountsConfig } from "./config";
import { type Prediction, predictTies } from "./predict";
import type { MaxPoolTieCountsRow } from "./rows";

/** One initialisation in one precision. */
export interface Job {
  readonly precision: UniformId;
  /** From 0. */
  readonly trial: number;
}

interface Counted extends Prediction {
  readonly tied: number;
  readonly tiedAtZero: number;
}

/** Rows of all layers: two passes over the images, batch by batch, one in f64 and one in the format of the run. */
export async function countTies(
  { precision, trial }: Job,
  config: MaxPoolTieCountsConfig,
  images: Images,
  problem: Problem,
  engine: Engine,
): Promise<MaxPoolTieCountsRow[]> {
  const { dataset, label, network, batchNorm, batchSize, preprocessing: name } = config;
  const { format } = precisionOf(precision);
  const transforms = preprocessing(name, "test");
  const loader = createLoader({ dataset: images, batchSize, transforms, worker: false });
  const layer = poolNetwork(config, problem);
  const parametersIn = (of: FormatName) => initialise(layer, of, stream(config.seed + trial, "initialisation"));
  const [exact, rounded] = [parametersIn("f64"), parametersIn(format)];
  const found: Counted[][] = [];
  try {
    for await (const { inputs, size } of loader.epoch(0)) {
      await pause();
      const shape = [size, ...problem.inputShape];
      const passes = passesOf(layer, shape, format);
      const feeds = (of: FormatName) => ({ ...(of === "f64" ? exact : rounded), x: converted(of, inputs, shape) });
      const operands = await run(engine, passes.operands, feeds("f64"));
      const counts = await run(engine, passes.counts, feeds(format));
      found.push(
        passes.pools.map(({ operand, window }, k) => ({
          ...predictTies(operands[`operand ${k}`]!.data, windowsOf(operand.shape, window), formatOf(format)),
          tied: counts[`tied ${k}`]!.data[0]!,
          tiedAtZero: counts[`tied at zero ${k}`]!.data[0]!,
        })),
      );
    }
  } finally {
    await loader.close();
  }
  return found[0]!.map((_, k): MaxPoolTieCountsRow => {
    const total = (column: keyof Counted) => sumOf(found, (batch) => batch[k]![column]);
    return {
      ...{ dataset, label, network, batchNorm, precision, trial },
      layer: k + 1,
      layers: found[0]!.length,
      ...{ windows: total("windows"), off: total("off"), same: total("same"), byRounding: total("byRounding") },
      tiedAtZero: total("tiedAtZero"),
      tiedElsewhere: total("tied") - total("tiedAtZero"),
      outcome: "finished",
      reason: null,
    };
  });
}

function passesOf(network: Layer, shape: Shape, format: FormatName) {
  const poolsIn = (of: FormatName) => maxPoolsOf([applyNetwork(network, input("x", of, shape)).output]);
  const pools = poolsIn("f64");
  const operands = pools.map(({ operand }, k) => [`operand ${k}`, operand] as const);
  const counts = poolsIn(format).flatMap((pool, k) => {
    const { tied, tiedAtZero } = tieCountsOf(pool);
    return [[`tied ${k}`, tied] as const, [`tied at zero ${k}`, tiedAtZero] as const];
  });
  return {
    pools,
    operands: graph(Object.fromEntries(operands), "operands of max-pools"),
    counts: graph(Object.fromEntries(counts), "ties of max-pools"),
  };
}

async function run(engine: Engine, what: Graph, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const program = await engine.compile(what);
  try {
    return await program.run(inputsOf(program.graph, feeds));
  } finally {
    await program.dispose();
  }
}

/** The elements of [B, H, W, C] in each window, channel by channel; −1 in the padding. */
function* windowsOf(shape: Shape, window: AttributesOf<"maxPool">): Generator<number[]> {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const pixels = windowPixels([height, width], window);
  for (let b = 0; b < batch; b++)
    for (const own of pixels)
      for (let c = 0; c < channels; c++)
        yield Array.from(own, (pixel) => (pixel < 0 ? -1 : (b * height * width + pixel) * channels + c));
}
