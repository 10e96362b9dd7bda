/** Training on engines that compute in single precision only, beside the definition: every network, and a whole training. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { kinkInput } from "../../src/autodiff";
import { createEngine, type Engine, type Held } from "../../src/engines";
import type { FormatName } from "../../src/formats";
import { size, type Tensor, tensor, wrap } from "../../src/ir";
import { createNetwork, type NetworkOptions } from "../../src/nn";
import { adam, scalarFeeds, sgd } from "../../src/optim";
import { Programs, runTraining, startState, type Training, type TrainingEvent } from "../../src/train";
import { stream } from "../../src/util";
import { enginesIn, missingEngines } from "../helpers/engines";
import { epochsOf, smallTraining } from "./support";

const folder = mkdtempSync(join(tmpdir(), "nonsmooth-engines-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Instance {
  readonly network: string;
  readonly options: Omit<NetworkOptions, "inputShape">;
  /** [B, C, H, W] */
  readonly images: readonly [number, number, number, number];
}

const { networks } = JSON.parse(readFileSync(join(__dirname, "..", "nn", "golden", "networks.json"), "utf8")) as {
  networks: Instance[];
};
const instances = networks
  .filter(({ options }) => !options.dropout)
  .map((instance) => ({ title: `${instance.network} ${JSON.stringify(instance.options)}`, instance }));

/** A step of SGD with momentum from a drawn start: everything that is kept, by name. */
async function step(
  engine: Engine,
  { network: name, options, images }: Instance,
  precision: FormatName = "f32",
): Promise<Record<string, Tensor>> {
  const [batch, channels, height, width] = images;
  const shape = [height, width, channels] as const;
  const network = createNetwork(name, { ...options, inputShape: shape });
  const optimizer = sgd({ lr: 0.1, momentum: 0.5, weightDecay: 2 ** -10 });
  const programs = new Programs(engine, {
    network,
    precision,
    optimizer,
    kinks: ["relu.zero"],
    chainRule: "multiply",
    shape,
  });
  const random = stream(4, "images");
  const x = Array.from({ length: size([batch, ...shape]) }, () => random.normal());
  const program = await programs.step(batch);
  const { tensors } = startState(network, precision, optimizer, 7);
  const held = await Promise.all(
    Object.entries(tensors).map(async ([key, value]) => [key, await engine.hold(value)] as const),
  );
  const feeds = {
    x: wrap(precision, tensor(precision, tensor("f32", x).data).data, [batch, ...shape]),
    labels: tensor(
      "i32",
      Array.from({ length: batch }, (_, b) => (3 * b + 1) % options.classes),
    ),
    [kinkInput("relu.zero")]: tensor(precision, 0.5),
    ...scalarFeeds(optimizer, precision, { step: 1, lr: 2 ** -3 }),
    ...Object.fromEntries<Held>(held),
  };
  const kept = held.map(([key]) => key).filter((key) => program.graph.outputs.has(key));
  const { results, held: next } = await program.runHolding(feeds, kept);
  const read = await Promise.all(kept.map(async (key) => [key, await next[key]!.read()] as const));
  await programs.dispose();
  return { loss: results.loss!, ...Object.fromEntries(read) };
}

const norm = (x: ArrayLike<number>) => Math.sqrt(Array.from(x).reduce((sum, v) => sum + v * v, 0));

/** The largest relative distance of a tensor from what it should be. */
function distance(actual: Record<string, Tensor>, exact: Record<string, Tensor>): number {
  const each = Object.entries(exact).map(([name, { data }]) => {
    const difference = norm(Array.from(data, (v, i) => v - actual[name]!.data[i]!));
    return difference / (norm(data) + 1e-3); // gradients of biases before a batch-norm are 0
  });
  return Math.max(...each);
}

const reference = createEngine("reference");
const defined = new Map<Instance, { readonly exact: Record<string, Tensor>; readonly own: number }>();

/** The step in f64, and how far from it the definition in f32 is; worked out once for all engines. */
async function definition(instance: Instance) {
  let found = defined.get(instance);
  if (!found) {
    const exact = await step(reference, instance, "f64");
    found = { exact, own: distance(await step(reference, instance), exact) };
    defined.set(instance, found);
  }
  return found;
}

async function smallCourse(on: Engine, precision: FormatName = "f32") {
  const events: TrainingEvent[] = [];
  const choices = { optimizer: adam({ lr: 0.01 }), kinks: { "relu.zero": 0.5 } };
  const training = smallTraining({ engine: on, precision, epochs: 4, ...choices });
  const { state } = await runTraining(training, (event) => events.push(event));
  return { state, last: epochsOf(events).at(-1)! };
}

let definedTraining: ReturnType<typeof smallCourse> | undefined;

for (const { title } of missingEngines) it.skip(`training on ${title} agrees with the definition`);

describe.each(enginesIn("f32").filter(({ id }) => id !== "reference"))("on $id", ({ create }) => {
  const engine = create();
  afterAll(() => engine.dispose());

  it.each(instances)("a step of $title is that of the definition", async ({ instance }) => {
    // batches this small make batch-norm amplify roundings: what f32 is worth here is what the definition in f32 is
    const { exact, own } = await definition(instance);
    const found = distance(await step(engine, instance), exact);
    expect(own).toBeLessThan(1e-3);
    expect(found).toBeLessThan(4 * own + 1e-6);
  });

  it("a small training has the accuracy of the definition, and its state can be read", async () => {
    // an image near the border between two classes is counted here or there: what f64 makes of it is exact
    definedTraining ??= smallCourse(reference, "f64");
    const [expected, actual] = [await definedTraining, await smallCourse(engine)];
    expect(expected.last.test!.accuracy).toBeGreaterThan(0.4);
    expect(Math.abs(actual.last.test!.correct - expected.last.test!.correct)).toBeLessThanOrEqual(1);
    expect(actual.last.trainLoss).toBeCloseTo(expected.last.trainLoss, 4);
    expect(Object.keys(actual.state.tensors)).toEqual(Object.keys(expected.state.tensors));
  });

  it("a training whose losses are read every few steps is the same training, even if it is stopped between", async () => {
    const options = { engine, epochs: 2, optimizer: adam({ lr: 0.01 }) };
    const course = async (more: Partial<Training>) => {
      const events: TrainingEvent[] = [];
      const { state } = await runTraining(smallTraining({ ...options, ...more }), (event) => events.push(event));
      return { state, events };
    };
    const whole = await course({});
    for (const readEvery of [3, 100]) expect(await course({ readEvery })).toEqual(whole);
    const checkpoint = { path: join(folder, `${engine.id} every.safetensors`), identity: "a" };
    const controller = new AbortController();
    const stop = setTimeout(() => controller.abort(), 20);
    const first = await course({ readEvery: 3, checkpoint, signal: controller.signal });
    clearTimeout(stop);
    const rest = await course({ readEvery: 3, checkpoint });
    expect(rest.state).toEqual(whole.state);
    expect([...first.events, ...rest.events]).toEqual(whole.events);
  });

  it("a training that was stopped goes on from its checkpoint with the same bits", async () => {
    const options = { engine, epochs: 2, optimizer: adam({ lr: 0.01 }) };
    const whole = await runTraining(smallTraining(options));
    const checkpoint = { path: join(folder, `${engine.id}.safetensors`), identity: "a" };
    const controller = new AbortController();
    let left = 3;
    const stopped = await runTraining(smallTraining({ ...options, checkpoint, signal: controller.signal }), (event) => {
      if (event.kind === "step" && --left === 0) controller.abort();
    });
    expect(stopped.outcome).toBe("stopped");
    const rest = await runTraining(smallTraining({ ...options, checkpoint }));
    expect(rest.outcome).toBe("finished");
    expect(rest.state).toEqual(whole.state);
  });
});
