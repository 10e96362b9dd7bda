import { afterAll, describe, expect, it } from "vitest";
import { gradient } from "../../src/autodiff";
import { type FormatName, formats } from "../../src/formats";
import { graph, input, type Shape, size, type Tensor, tensor, type Value } from "../../src/ir";
import {
  type ApplyOptions,
  activation,
  applyNetwork,
  averagePool,
  batchNorm,
  bufferInputs,
  conv2d,
  drawMasks,
  dropout,
  dropoutMask,
  flatten,
  globalAveragePool,
  initialise,
  kaimingNormal,
  type Layer,
  linear,
  maxPool,
  mlp,
  parameterInputs,
  type ResidualOptions,
  relu,
  residual,
  sequential,
  vgg,
} from "../../src/nn";
import { ops } from "../../src/ops";
import { stream } from "../../src/util";
import { enginesIn } from "../helpers/engines";
import { toTorch } from "./formula";

const count = (n: number) => Float64Array.from({ length: n }, (_, i) => i);
const f64 = (shape: Shape, values: ArrayLike<number> = count(size(shape))) => tensor("f64", values, shape);

describe.each(enginesIn("f16", "f32", "f64"))("layers on $id", ({ create }) => {
  const engine = create();
  afterAll(() => engine.dispose());

  async function evaluate(outputs: Record<string, Value>, feeds: Record<string, Tensor>) {
    const program = await engine.compile(graph(outputs));
    const results = await program.run(feeds);
    await program.dispose();
    return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...data]]));
  }

  /** The output of a layer without parameters. */
  async function output(layer: Layer, x: Tensor, options?: ApplyOptions, fed: Record<string, Tensor> = {}) {
    const { output: y } = applyNetwork(layer, input("x", x.format, x.shape), options);
    return { shape: y.shape, values: (await evaluate({ y }, { x, ...fed })).y! };
  }

  it("flatten puts the channels outermost, as PyTorch does", async () => {
    const x = f64([2, 2, 3, 2]); // element (b, h, w, c) is 12b + 6h + 2w + c
    const first = [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11];
    expect(await output(flatten, x)).toEqual({ shape: [2, 12], values: [...first, ...first.map((v) => 12 + v)] });
    expect((await output(flatten, f64([2, 1, 1, 3]))).values).toEqual([0, 1, 2, 3, 4, 5]);
    expect((await output(flatten, f64([2, 2, 2, 1]))).shape).toEqual([2, 4]);
    expect((await output(flatten, f64([2, 3]))).shape).toEqual([2, 3]);
  });

  it("pooling takes the largest number or the average of each window", async () => {
    const x = f64([1, 2, 4, 1], [1, 2, 3, 4, 5, 6, 7, -8]);
    expect((await output(maxPool({ kernel: 2 }), x)).values).toEqual([6, 7]);
    expect((await output(averagePool({ kernel: 2 }), x)).values).toEqual([3.5, 1.5]);
    expect(await output(globalAveragePool, x)).toEqual({ shape: [1, 1], values: [2.5] });
    expect((await output(averagePool({ kernel: 1 }), x)).values).toEqual([...x.data]);
  });

  it("a residual block adds its shortcut, x itself where none is given, before the activation", async () => {
    const double = activation((x) => ops.mul(x, ops.constant(x.format, 2)));
    const negative = activation(ops.neg);
    const x = f64([3], [-1, 0.5, 2]);
    expect((await output(residual({ block: double, activation: relu }), x)).values).toEqual([0, 1.5, 6]);
    const shortened = residual({ block: double, shortcut: negative, activation: negative });
    expect((await output(shortened, x)).values).toEqual([1, -0.5, -2]);
  });

  it("dropout scales what a mask keeps, and is the identity in evaluation", async () => {
    const layer = dropout("drop", 0.75, [3]);
    const x = f64([2, 3], [1, 2, 3, -4, Number.NaN, 6]);
    const drop = tensor("bool", [1, 0, 1, 1, 0, 0], [2, 3]);
    expect((await output(layer, x, { mode: "train" }, { drop })).values).toEqual([4, 0, 12, -16, 0, 0]);
    expect((await output(layer, x, { mode: "eval" })).values).toEqual([...x.data]);
    expect((await output(dropout("drop", 0, [3]), x)).values).toEqual([...x.data]);
  });

  it("dropout passes gradients through what it keeps", async () => {
    const x = input("x", "f64", [1, 3]);
    const loss = ops.reduceSum(applyNetwork(dropout("drop", 0.5, [3]), x).output);
    const fed = { x: f64([1, 3]), drop: tensor("bool", [1, 0, 1], [1, 3]) };
    const { dx } = await evaluate({ dx: gradient(loss, [x])[0]! }, { drop: fed.drop });
    expect(dx).toEqual([2, 0, 2]);
  });

  it("batch normalisation keeps the running mean and unbiased variance, with its momentum", async () => {
    const layer = batchNorm("bn", 1, { momentum: 0.5 });
    const { newBuffers } = applyNetwork(layer, input("x", "f64", [4, 1]));
    const fed = { x: f64([4, 1], [1, 2, 3, 6]), "bn.running_mean": f64([1], [1]), "bn.running_var": f64([1], [2]) };
    // mean 3, squares 4 + 1 + 0 + 9 = 14 over n − 1 = 3
    const results = await evaluate(Object.fromEntries(newBuffers), fed);
    expect(results["bn.running_mean"]![0]).toBeCloseTo(2, 14);
    expect(results["bn.running_var"]![0]).toBeCloseTo(1 + 14 / 6, 14);
  });

  it("batch normalisation keeps its state in the format of its buffers", async () => {
    const layer = batchNorm("bn", 1);
    const x = tensor("f16", [1, 2, 3.25, 6], [4, 1]);
    const state = async (format: "f16" | "f32") => {
      const options = { buffers: bufferInputs(layer, format) };
      const { newBuffers } = applyNetwork(layer, input("x", "f16", [4, 1]), options);
      expect([...newBuffers.values()].map((value) => value.format)).toEqual([format, format]);
      const kept = initialise(layer, format, stream(1));
      const buffers = Object.fromEntries([...newBuffers.keys()].map((name) => [name, kept[name]!]));
      return evaluate(Object.fromEntries(newBuffers), { x, ...buffers });
    };
    const [half, single] = [await state("f16"), await state("f32")];
    const mean = single["bn.running_mean"]![0]!;
    expect(mean).toBeCloseTo(0.30625, 7);
    expect(half["bn.running_mean"]![0]).not.toBe(mean);
    expect(Math.abs(half["bn.running_mean"]![0]! - mean)).toBeLessThan(2 * formats.f16.unitRoundoff);
    const evaluated = applyNetwork(layer, input("x", "f16", [4, 1]), {
      mode: "eval",
      buffers: bufferInputs(layer, "f32"),
    });
    expect(evaluated.output.format).toBe("f16");
    expect(evaluated.newBuffers.size).toBe(0);
  });

  it("a small convolutional network gives the same numbers in every format, to its precision", async () => {
    const net = sequential([
      conv2d("conv", { inputs: 2, outputs: 3, kernel: 3, padding: 1, stride: 2 }),
      batchNorm("bn", 3),
      relu,
      flatten,
      dropout("drop", 0.5, [12]),
      linear("fc", 12, 2),
    ]);
    const random = stream(2, "x");
    const values = Float32Array.from({ length: 160 }, () => random.normal());
    const run = async (format: FormatName) => {
      const { output, parameters, newBuffers } = applyNetwork(net, input("x", format, [5, 4, 4, 2]));
      const gradients = gradient(ops.reduceSum(output), [...parameters.values()]);
      const named = Object.fromEntries([...parameters.keys()].map((name, i) => [`d ${name}`, gradients[i]!]));
      const feeds = {
        ...initialise(net, format, stream(1)),
        ...drawMasks(net, 5, (name) => stream(3, "dropout", name)),
      };
      const x = tensor(format, values, [5, 4, 4, 2]);
      return evaluate({ output, ...named, ...Object.fromEntries(newBuffers) }, { ...feeds, x });
    };
    const exact = await run("f64");
    for (const format of ["f16", "f32"] as const) {
      for (const [name, found] of Object.entries(await run(format))) {
        const scale = Math.max(1, ...exact[name]!.map(Math.abs));
        const error = Math.max(...found.map((v, i) => Math.abs(v - exact[name]![i]!))) / scale;
        expect(error, `${name} in ${format}`).toBeLessThan(50 * formats[format].unitRoundoff);
      }
    }
  });
});

describe("initialise", () => {
  it("weights of a convolution are drawn in the order of PyTorch's layout", () => {
    const layer = conv2d("conv", { inputs: 3, outputs: 2, kernel: 2 });
    const { "conv.weight": weight, "conv.bias": bias } = initialise(layer, "f64", stream(7));
    const random = stream(7);
    const bound = 1 / Math.sqrt(3 * 2 * 2);
    const next = () => Math.fround(random.uniformIn(-bound, bound));
    expect([...toTorch([2, 2, 2, 3], weight!.data)]).toEqual(Array.from({ length: 24 }, next));
    expect([...bias!.data]).toEqual([next(), next()]);
  });

  it.each([
    ["in", 2 / (9 * 16)],
    ["out", 2 / (9 * 64)],
  ] as const)("Kaiming's normal distribution has the variance of the fan %s", (mode, variance) => {
    const options = { inputs: 16, outputs: 64, kernel: 3, bias: false, initialisation: kaimingNormal(mode) };
    const layer = conv2d("conv", options);
    const drawn = initialise(layer, "f64", stream(4));
    expect(Object.keys(drawn)).toEqual(["conv.weight"]);
    const values = [...drawn["conv.weight"]!.data];
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const squares = values.reduce((a, b) => a + b * b, 0) / values.length;
    // four standard deviations of the mean, and of the variance of normal numbers
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(variance / values.length));
    expect(Math.abs(squares / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / values.length));
  });

  it("buffers and scales get their first values without drawing", () => {
    const net = sequential([batchNorm("bn", 2), linear("fc", 2, 1)]);
    const drawn = initialise(net, "f32", stream(5));
    expect(Object.keys(drawn)).toEqual([
      "bn.weight",
      "bn.bias",
      "fc.weight",
      "fc.bias",
      "bn.running_mean",
      "bn.running_var",
    ]);
    const values = Object.fromEntries(Object.entries(drawn).map(([name, { data }]) => [name, [...data]]));
    expect(values).toMatchObject({
      "bn.weight": [1, 1],
      "bn.bias": [0, 0],
      "bn.running_mean": [0, 0],
      "bn.running_var": [1, 1],
    });
    const alone = initialise(linear("fc", 2, 1), "f32", stream(5));
    expect([...drawn["fc.weight"]!.data]).toEqual([...alone["fc.weight"]!.data]);
  });
});

describe("dropoutMask", () => {
  it("a mask keeps each element with probability 1 − rate", () => {
    const { data, format, shape } = dropoutMask(stream(1, "dropout"), 0.3, [100, 100]);
    const kept = data.filter((v) => v === 1).length / 10_000;
    expect({ format, shape }).toEqual({ format: "bool", shape: [100, 100] });
    expect(Math.abs(kept - 0.7)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / 10_000));
    expect(dropoutMask(stream(1), 0, [50]).data.every((v) => v === 1)).toBe(true);
  });

  it("each mask has a stream of its own, and the same step draws the same masks again", () => {
    const net = mlp({ inputs: 4, hidden: [8, 6], classes: 2, dropout: 0.5 });
    const draw = (step: number) => drawMasks(net, 3, (name) => stream(1, "dropout", step, name));
    expect(Object.values(draw(0)).map(({ shape }) => shape)).toEqual([
      [3, 8],
      [3, 6],
    ]);
    expect(draw(0)).toEqual(draw(0));
    expect(draw(0)).not.toEqual(draw(1));
    expect([...draw(0).dropout1!.data.slice(0, 18)]).not.toEqual([...draw(0).dropout2!.data]);
  });
});

describe("applyNetwork", () => {
  const net = sequential([linear("fc", 2, 2), batchNorm("bn", 2), dropout("drop", 0.5, [2])]);
  const x = input("x", "f32", [4, 2]);

  it("a network has masks and new running statistics in training only", () => {
    const train = applyNetwork(net, x, { mode: "train" });
    expect([...train.masks].map(([name, { format, shape }]) => [name, format, shape])).toEqual([
      ["drop", "bool", [4, 2]],
    ]);
    expect([...train.newBuffers.keys()]).toEqual(["bn.running_mean", "bn.running_var"]);
    const evaluated = applyNetwork(net, x, { mode: "eval" });
    expect([evaluated.masks.size, evaluated.newBuffers.size]).toEqual([0, 0]);
    expect([...graph({ y: evaluated.output }).inputs.keys()].sort()).toEqual(
      ["x", ...evaluated.parameters.keys(), ...evaluated.buffers.keys()].sort(),
    );
  });

  it("a network is in training mode by default, as a module is", () => {
    expect(applyNetwork(net, x).newBuffers.size).toBe(2);
  });

  it("parameters can be computed, such as f16 weights from f32 masters", () => {
    const masters = parameterInputs(net, "f32");
    const parameters = new Map([...masters].map(([name, value]) => [name, ops.cast(value, "f16")]));
    const { output } = applyNetwork(net, input("x", "f16", [4, 2]), { parameters });
    expect(output.format).toBe("f16");
    expect(graph({ output }).inputs.get("fc.weight")!.format).toBe("f32");
  });

  it("parameters and buffers that do not fit the network are refused", () => {
    const parameters = parameterInputs(linear("fc", 2, 3), "f32");
    expect(() => applyNetwork(net, x, { parameters })).toThrow(
      'parameters: must hold fc.weight of shape [2,2], got "f32[3,2]"',
    );
    expect(() => applyNetwork(net, x, { buffers: new Map() })).toThrow(
      "buffers: must hold bn.running_mean of shape [2], got undefined",
    );
  });

  it("modes, masks and buffers that the network does not have are refused", () => {
    const own = batchNorm("bn", 2);
    const wrong = (apply: Layer["apply"]): Layer => ({ ...own, apply });
    expect(() => applyNetwork(net, x, { mode: "test" as "eval" })).toThrow(
      'mode: must be one of train, eval, got "test"',
    );
    expect(() =>
      applyNetwork(
        wrong((_, { mask }) => mask("drop")),
        x,
      ),
    ).toThrow('mask: must be named by the network, got "drop"');
    const unknown = wrong((h, { update }) => {
      update("mean", h);
      return h;
    });
    expect(() => applyNetwork(unknown, x)).toThrow('buffer: must be named by the network, got "mean"');
    const misshapen = wrong((h, { update }) => {
      update("bn.running_mean", h);
      return h;
    });
    expect(() => applyNetwork(misshapen, x)).toThrow('buffer bn.running_mean: must stay f32[2], got "f32[4,2]"');
  });

  it("a layer that is used twice is refused", () => {
    const layer = batchNorm("bn", 2);
    expect(() => sequential([layer, layer])).toThrow('sequential: names of parameters must differ, got "bn.weight"');
    const twice: Layer = { ...layer, apply: (h, context) => layer.apply(layer.apply(h, context), context) };
    expect(() => applyNetwork(twice, x)).toThrow('buffer bn.running_mean: must be updated once, got "f32[2]"');
  });
});

describe("errors", () => {
  it("what is no layer is refused among layers", () => {
    const layers = (of: unknown) => () => sequential(of as Layer[]);
    expect(layers(relu)).toThrow("sequential: must have an array of layers");
    expect(layers([relu, (h: Value) => h])).toThrow(
      /^sequential, layer 1: must be a layer, .*\nHint: .*activation\(f\)/,
    );
    expect(layers([undefined])).toThrow("sequential, layer 0: must be a layer, got undefined");
    expect(() => residual({ activation: relu } as ResidualOptions)).toThrow("residual, layer 0: must be a layer");
    expect(() => vgg(12 as 11, { inputShape: [32, 32, 3], classes: 10 })).toThrow(
      "vgg, depth: must be one of 11, 13, 16, 19, got 12",
    );
  });

  const x = (shape: Shape) => input("x", "f64", shape);

  it.each([[-0.1], [1], [Number.NaN]])("a dropout rate of %s is refused", (rate) => {
    expect(() => dropout("drop", rate, [2])).toThrow(`drop: rate must be in [0, 1), got ${rate}`);
    expect(() => dropoutMask(stream(1), rate, [2])).toThrow(`dropout: rate must be in [0, 1), got ${rate}`);
  });

  it.each<[string, () => unknown, string]>([
    ["a momentum of 2", () => batchNorm("bn", 2, { momentum: 2 }), "bn, momentum: must be in [0, 1], got 2"],
    [
      "a width of 0",
      () => conv2d("conv", { inputs: 3, outputs: 0, kernel: 3 }),
      "conv, outputs: must be a positive integer",
    ],
    [
      "a kernel of 1.5",
      () => conv2d("conv", { inputs: 3, outputs: 2, kernel: 1.5 }),
      "conv, kernel: must be a positive integer",
    ],
    [
      "one number in a channel",
      () => applyNetwork(batchNorm("bn", 2), x([1, 1, 1, 2])),
      'bn: must have more than one number in each channel in training, got "f64[1,1,1,2]"',
    ],
    [
      "flattening of three axes",
      () => applyNetwork(flatten, x([1, 2, 3])),
      "flatten: operand must be images [B, H, W, C] or vectors",
    ],
  ])("%s is refused", (_, wrong, message) => {
    expect(wrong).toThrow(message);
  });
});
