/** Values at kinks as functions of the layer and the step, against numbers worked out by hand, on every engine. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { gradient, type KinkPlace, type Kinks, kinkInput, kinkSites } from "../../src/autodiff";
import { referenceEngine } from "../../src/engines";
import { type FormatName, formatNames } from "../../src/formats";
import { graph, input, tensor, type Value } from "../../src/ir";
import { ops } from "../../src/ops";
import { type KinkMoment, runTraining, type Training, type TrainingEvent } from "../../src/train";
import { missingEngines, testedEngines } from "../helpers/engines";
import { smallTraining, withoutBias } from "../train/support";

/** relu(3 · relu(2x − 2) + 0): at x = 1 both are exactly at their kinks. */
function twoLayers(format: FormatName) {
  const scalar = (name: string) => input(name, format, []);
  const biases = [scalar("fc1.bias"), scalar("fc2.bias")] as const;
  const first = ops.relu(ops.add(ops.mul(scalar("x"), scalar("fc1.weight")), biases[0]));
  const output = ops.relu(ops.add(ops.mul(first, scalar("fc2.weight")), biases[1]));
  return { biases, output };
}
const NUMBERS = { x: 1, "fc1.weight": 2, "fc1.bias": -2, "fc2.weight": 3, "fc2.bias": 0 };

for (const { title } of missingEngines) it.skip(`values at kinks by layer on ${title}`);

describe.each(testedEngines.filter(({ formats }) => formats.length > 0))("on $id", ({ create, formats, hasFormat }) => {
  const engine = create();
  afterAll(() => engine.dispose());

  async function biasGradients(format: FormatName, kinks: Kinks, more: Record<string, number> = {}) {
    const { biases, output } = twoLayers(format);
    const [first, second] = gradient(output, biases, { kinks });
    const program = await engine.compile(graph({ first: first!, second: second! }));
    const used = Object.entries({ ...NUMBERS, ...more }).filter(([name]) => program.graph.inputs.has(name));
    const found = await program.run(Object.fromEntries(used.map(([name, x]) => [name, tensor(format, x)])));
    await program.dispose();
    return [found.first!.data[0], found.second!.data[0]];
  }

  it.each(formats.filter((format) => formatNames.includes(format as never)))(
    "each layer has its own value at its exact zeros in %s",
    async (format) => {
      const by = (first: number, second: number): Kinks => ({
        "relu.zero": ({ layer }) => (layer === "fc1" ? first : second),
      });
      expect(await biasGradients(format, by(0.5, 0.25))).toEqual([3 * 0.5 * 0.25, 0.25]);
      expect(await biasGradients(format, by(1, 0.5))).toEqual([1.5, 0.5]);
      expect(await biasGradients(format, by(0, 1))).toEqual([0, 1]);
      expect(await biasGradients(format, by(1, 0))).toEqual([0, 0]);
      const byDepth: Kinks = { "relu.zero": ({ depth, depths }) => depth / depths };
      expect(await biasGradients(format, byDepth)).toEqual([1.5, 1]);
      const fed: Kinks = { "relu.zero": ({ kink, depth }) => input(kinkInput(kink, String(depth)), format, []) };
      expect(await biasGradients(format, fed, { "value relu.zero 1": 0.5, "value relu.zero 2": 2 })).toEqual([3, 2]);
    },
  );

  const precision = hasFormat("f16") ? "f16" : "f32";

  async function course(kinks: Training["kinks"], more: Partial<Training> = {}) {
    const events: TrainingEvent[] = [];
    const training = smallTraining({ engine, precision, network: withoutBias(), kinks, epochs: 2, ...more });
    const { state } = await runTraining(training, (event) => events.push(event));
    return { state, events };
  }

  it("a function that is constant gives the training of its number, to the bit", async () => {
    const number = await course({ "relu.zero": 0.5 });
    expect(await course({ "relu.zero": () => 0.5 })).toEqual(number);
    expect(await course({ "relu.zero": () => 0.5 }, { readEvery: 3 })).toEqual(number);
  });
});

describe("a training", () => {
  const engine = referenceEngine();
  // black images: without a bias every pre-activation of the first layer is 0
  const course = async (kinks: Training["kinks"], more: Partial<Training> = {}) => {
    const events: TrainingEvent[] = [];
    const training = smallTraining({ engine, network: withoutBias(), kinks, epochs: 2, ...more });
    const { state, outcome } = await runTraining(training, (event) => events.push(event));
    return { state, outcome, events };
  };

  it("is told the layer, the depth, the step and the epoch", async () => {
    const seen: KinkMoment[] = [];
    await course({
      "relu.zero": (at) => {
        seen.push(at);
        return 0;
      },
    });
    const steps = [...new Set(seen.map(({ step, epoch }) => `${epoch} ${step}`))];
    expect(steps).toEqual(["0 0", "0 1", "0 2", "0 3", "0 4", "1 5", "1 6", "1 7", "1 8", "1 9"]);
    const places = seen.slice(0, 2).map(({ step, epoch, ...place }) => place);
    expect(places).toEqual(
      [2, 1].map((depth): KinkPlace => ({ kink: "relu.zero", layer: `fc${depth}`, depth, depths: 2 })),
    );
  });

  it("that changes the value at a step is the training with the first value up to there", async () => {
    const zero = await course({ "relu.zero": 0 });
    const changed = await course({ "relu.zero": ({ step }) => (step < 9 ? 0 : 1) });
    expect(changed.events.slice(0, 9)).toEqual(zero.events.slice(0, 9));
  });

  it("compiles as many programs for values that change in each step as for a number", async () => {
    const compiled = async (kinks: Training["kinks"]) => {
      let programs = 0;
      const counting = {
        ...engine,
        compile: (some: Parameters<typeof engine.compile>[0]) => {
          programs++;
          return engine.compile(some);
        },
      };
      await course(kinks, { engine: counting });
      return programs;
    };
    expect(await compiled({ "relu.zero": ({ step }) => step })).toBe(await compiled({ "relu.zero": 0 }));
  });

  it("that was stopped goes on with the values of its step", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nonsmooth-kinks-"));
    const kinks: Training["kinks"] = { "relu.zero": ({ step, depth }) => (step % 2) / depth };
    const whole = await course(kinks);
    const checkpoint = { path: join(folder, "a.safetensors"), identity: "a" };
    const controller = new AbortController();
    let left = 7;
    await runTraining(
      smallTraining({ engine, network: withoutBias(), kinks, epochs: 2, checkpoint, signal: controller.signal }),
      (event) => event.kind === "step" && --left === 0 && controller.abort(),
    );
    expect((await course(kinks, { checkpoint })).state).toEqual(whole.state);
    rmSync(folder, { recursive: true });
  });

  it.each<[string, unknown, string]>([
    ["a value that is no number", () => "1", 'relu.zero in fc2, step 0: value must be a number, got "1"'],
    ["NaN", ({ depth }: KinkPlace) => (depth === 2 ? Number.NaN : 0), "relu.zero in fc2, step 0: value must be finite"],
    ["a number out of range", ({ step }: KinkMoment) => 1e5 * step, "relu.zero in fc2, step 1: value must be at most"],
  ])("refuses %s, and names the layer and the step", async (_, value, message) => {
    await expect(course({ "relu.zero": value } as never, { precision: "f16" })).rejects.toThrow(message);
  });

  it("refuses a function for a kink that the network does not have", async () => {
    await expect(course({ "relu6.six": () => 0 })).rejects.toThrow(
      'kinks: must be kinks of the network, got "relu6.six"',
    );
  });
});

it("a gradient refuses what a function gives that is no value, and names the layer", () => {
  const { biases, output } = twoLayers("f32");
  const refused = (value: unknown) => () => gradient(output, biases, { kinks: { "relu.zero": () => value as Value } });
  expect(refused("one")).toThrow('relu.zero in fc2: value must be a number, or a scalar of the graph, got "one"');
  expect(refused(Number.POSITIVE_INFINITY)).toThrow("relu.zero in fc2: value must be finite, got Infinity");
  const unnamed = ops.relu(input("x", "f32", []));
  expect(() => gradient(unnamed, [unnamed.inputs[0]!], { kinks: { "relu.zero": () => Number.NaN } })).toThrow(
    "relu.zero, number 1: value must be finite",
  );
});

it("kinkSites gives the places that functions are told", () => {
  const { biases, output } = twoLayers("f32");
  const told: KinkPlace[] = [];
  gradient(output, biases, { kinks: { "relu.zero": (place) => told.push(place) } });
  const places = kinkSites([output]).map(({ kink, layer, depth, depths }) => ({ kink, layer, depth, depths }));
  expect(places).toEqual(told.reverse());
  expect(places.map(({ layer, depth }) => `${layer} ${depth}`)).toEqual(["fc1 1", "fc2 2"]);
});
