import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { gradient, kinkHits, kinkSites } from "../../src/autodiff";
import { formats } from "../../src/formats";
import { graph, input, tensor } from "../../src/ir";
import { applyNetwork, crossEntropy, initialise, mlp } from "../../src/nn";
import { stream } from "../../src/util";
import { enginesIn } from "../helpers/engines";

interface Golden {
  widths: number[];
  x: number[][];
  labels: number[];
  parameters: Record<string, number[] | number[][]>;
  results: {
    format: "f32" | "f64" | "bf16";
    chainRule: "multiply" | "overwrite";
    s: number;
    logits: number[][];
    loss: number;
    gradients: Record<string, number[] | number[][]>;
  }[];
}
const golden = JSON.parse(readFileSync(join(__dirname, "golden", "mlp.json"), "utf8")) as Golden;

describe.each(enginesIn("f16", "f32", "f64"))("the perceptron on $id", ({ create, formats: own }) => {
  const engine = create();
  afterAll(() => engine.dispose());

  it.each(golden.results.filter(({ format }) => own.includes(format)))(
    "the perceptron agrees with PyTorch: $format, $chainRule, ReLU'(0) = $s",
    async (result) => {
      const { format, chainRule, s, logits: expectedLogits, loss: expectedLoss, gradients: expected } = result;
      const [inputs, ...rest] = golden.widths;
      const net = mlp({ inputs: inputs!, hidden: rest.slice(0, -1), classes: rest.at(-1)! });
      const { output: logits, parameters } = applyNetwork(net, input("x", format, [8, inputs!]));
      const loss = crossEntropy(logits, input("labels", "i32", [8]));
      const slope = input("s", format, []);
      const gradients = gradient(loss, [...parameters.values()], { kinks: { "relu.zero": slope }, chainRule });
      const named = Object.fromEntries([...parameters.keys()].map((name, i) => [`d ${name}`, gradients[i]!]));
      const [first] = kinkSites([loss]);
      const program = await engine.compile(graph({ logits, loss, hits: kinkHits(first!), ...named }, "golden"));

      const fed = Object.fromEntries(
        [...parameters].map(([name, { shape }]) => [name, tensor(format, flat(golden.parameters[name]!), shape)]),
      );
      const results = await program.run({
        ...fed,
        x: tensor(format, flat(golden.x), [8, inputs!]),
        labels: tensor("i32", golden.labels),
        s: tensor(format, s),
      });

      const u = formats[format].unitRoundoff;
      expect(results.hits!.data[0]).toBe(1);
      expectNear(results.logits!.data, flat(expectedLogits), 20 * u);
      expectNear(results.loss!.data, [expectedLoss], 20 * u);
      for (const [name, values] of Object.entries(expected))
        expectNear(results[`d ${name}`]!.data, flat(values), 50 * u);
    },
  );
});

it("the golden gradients depend on ReLU'(0)", () => {
  const [zero, , one] = golden.results.filter((r) => r.format === "f64" && r.chainRule === "multiply");
  expect(flat(zero!.gradients["fc1.weight"]!)).not.toEqual(flat(one!.gradients["fc1.weight"]!));
});

describe("initialise", () => {
  const net = mlp({ inputs: 784, hidden: [256, 256], classes: 10 });

  it("weights are drawn by PyTorch's default, uniformly with bound 1/√fanIn", () => {
    const { data } = initialise(net, "f64", stream(3, "initialisation"))["fc1.weight"]!;
    const bound = 1 / Math.sqrt(784);
    const values = [...data];
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(Math.max(...values.slice(0, 50_000).map(Math.abs))).toBeLessThanOrEqual(bound);
    expect(Math.abs(mean)).toBeLessThan((4 * bound) / Math.sqrt(3 * data.length));
    expect(variance / (bound ** 2 / 3)).toBeCloseTo(1, 1);
  });

  it("a network has the same weights in f32 and f64, and their roundings in f16", () => {
    const [half, single, double] = (["f16", "f32", "f64"] as const).map(
      (format) => initialise(net, format, stream(3, "initialisation"))["fc2.weight"]!.data,
    );
    expect([...double!]).toEqual([...single!]);
    expect([...half!]).toEqual([...single!].map(formats.f16.round));
  });
});

it.each([[0], [-3], [1.5]])("a width of %s is refused", (width) => {
  expect(() => mlp({ inputs: 784, hidden: [width], classes: 10 })).toThrow(
    `width: must be a positive integer, got ${width}`,
  );
});

const flat = (values: number[] | number[][]) => values.flat();

function expectNear(actual: ArrayLike<number>, expected: readonly number[], relative: number) {
  const scale = Math.max(...expected.map(Math.abs), 1e-3);
  expect(actual.length).toBe(expected.length);
  for (const [i, want] of expected.entries()) expect(Math.abs(actual[i]! - want)).toBeLessThanOrEqual(relative * scale);
}
