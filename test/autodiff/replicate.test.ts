/** Many networks in one program against the same networks one by one. */
import { afterAll, describe, expect, it } from "vitest";
import { gradient, kinkInput, replicate, stackFeeds } from "../../src/autodiff";
import { createEngine } from "../../src/engines";
import { disagreement } from "../../src/engines/agreement";
import { type FormatName, formatNames, formats } from "../../src/formats";
import { apply, formatType, input, type Tensor, type Type, tensor, type Value } from "../../src/ir";
import { initialise, type Layer, mlp } from "../../src/nn";
import { type Case, type Op, opNames, ops, recordOf } from "../../src/ops";
import { adam, scalarFeeds, sgd } from "../../src/optim";
import { stream } from "../../src/util";

import { both, range, step } from "../helpers/replicas";

const BATCH = 8;
const shape = { inputs: 12, hidden: [20, 16], classes: 5, dropout: 0.25 };
const net = mlp({ ...shape, batchNorm: true });
const plain = mlp(shape);
const images = (format: FormatName) => input("x", format, [BATCH, 12]);

/** Numbers of few bits, so that pre-activations are exactly zero here and there. */
function coarse(network: Layer, format: FormatName, r: number): Record<string, Tensor> {
  const drawn = Object.entries(initialise(network, format, stream(3, "replica", r)));
  return Object.fromEntries(
    drawn.map(([name, { data, shape }]) => [
      name,
      tensor(
        format,
        Float64Array.from(data, (v) => Math.round(v * 16) / 16),
        shape,
      ),
    ]),
  );
}

function mask(name: string, width: number, r: number): Tensor {
  const random = stream(3, name, r);
  const kept = Uint8Array.from({ length: BATCH * width }, () => (random.uniform() < 0.75 ? 1 : 0));
  return tensor("bool", kept, [BATCH, width]);
}

function batch(format: FormatName, r = 0) {
  const random = stream(3, "batch", r);
  const pixels = Float64Array.from({ length: BATCH * 12 }, () => random.integer(3) - 1);
  const labels = Array.from({ length: BATCH }, () => random.integer(5));
  return { x: tensor(format, pixels, [BATCH, 12]), labels: tensor("i32", labels) };
}

describe.each(["reference", "onnx-cpu"])("on %s", (id) => {
  const engine = createEngine(id);
  afterAll(() => engine.dispose());

  describe.each(formatNames)("%s", (format) => {
    it.each([
      [1, "sgd", sgd({ lr: 0.1, momentum: 0.9, weightDecay: 0.01 }), net],
      [2, "adam", adam({ weightDecay: 0.01 }), net],
      [5, "sgd", sgd({ lr: 0.1, momentum: 0.9, nesterov: true }), net],
      [5, "adam", adam(), plain],
    ] as const)(
      "networks trained together (%d, with %s) have the bits of each trained alone",
      async (replicas, _, optimizer, network) => {
        const { outputs, state } = step(network, images(format), optimizer);
        const shared = {
          ...batch(format),
          ...scalarFeeds(optimizer, format, { step: 1 }),
          [kinkInput("relu.zero")]: tensor(format, 0.5),
          dropout2: mask("dropout2", 16, 0),
        };
        const own = range(replicas).map((r) => ({
          ...coarse(network, format, r),
          ...state,
          dropout1: mask("dropout1", 20, r),
        }));
        const { together, alone } = await both(engine, outputs, shared, own);
        expect(together).toEqual(alone);
        const zeros = alone.map((results) => results["hits 0"]!.data[0]!);
        if (network === plain) expect(Math.min(...zeros)).toBeGreaterThan(0);
      },
    );

    it("networks that share parameters and differ in data have the bits of each alone", async () => {
      const { outputs, parameters } = step(net, images(format), sgd({ lr: 0.1 }));
      const names = ["loss", "logits", "hits 0", "hits 1", ...[...parameters.keys()].map((name) => `d ${name}`)];
      const wanted = Object.fromEntries(names.map((name) => [name, outputs[name]!]));
      const shared = {
        ...coarse(net, format, 0),
        [kinkInput("relu.zero")]: tensor(format, 1),
        dropout1: mask("dropout1", 20, 0),
        dropout2: mask("dropout2", 16, 0),
      };
      const own = range(3).map((r) => batch(format, r));
      const { together, alone } = await both(engine, wanted, shared, own);
      expect(together).toEqual(alone);
      // the loss may be the same number in 8 bits
      expect(alone[0]!.logits).not.toEqual(alone[1]!.logits);
    });
  });

  /** In vector registers, in blocks of them, and longer than a block of ONNX Runtime's products. */
  it.each([
    [256, 300, 10],
    [20, 7, 33],
    [1, 300, 10],
    [256, 40, 1],
    [1, 40, 1],
  ])(
    "linear layers and gradients have the bits of each alone (images %d, features %d, outputs %d)",
    async (rows, features, width) => {
      for (const format of ["f32", "f64"] as const) {
        const [x, w, b] = [
          input("x", format, [rows, features]),
          input("w", format, [width, features]),
          input("b", format, [width]),
        ];
        const z = ops.matmul(x, w, { bias: b, transposeB: true });
        const sum = ops.reduceSum(ops.mul(z, input("g", format, [rows, width])));
        const [dx, dw, db] = gradient(sum, [x, w, b]);
        const random = (name: string, { shape }: Type, r = 0) => {
          const numbers = stream(5, name, r);
          const values = Float64Array.from({ length: shape.reduce((n, k) => n * k, 1) }, () => numbers.normal());
          return tensor(format, values, shape);
        };
        const shared = { x: random("x", x), g: random("g", { format, shape: [rows, width] }) };
        const own = range(3).map((r) => ({ w: random("w", w, r), b: random("b", b, r) }));
        const { together, alone } = await both(engine, { z, dx: dx!, dw: dw!, db: db! }, shared, own);
        expect(together).toEqual(alone);
      }
    },
  );
});

/** Kernels that take several numbers at a time, counted from the start of the stack: a part is a multiple of them here. */
describe.each(formatNames)("replicas of a multiple of 4 numbers each, in %s", (format) => {
  const engine = createEngine("onnx-cpu");
  afterAll(() => engine.dispose());
  const functions: Readonly<Record<string, (x: Value) => Value>> = {
    exp: ops.exp,
    log: (x) => ops.log(ops.exp(x)),
    logSoftmax: ops.logSoftmax,
    "the sum of all": (x) => ops.reduceSum(x),
  };

  it.each(Object.keys(functions))("%s gives the bits of each replica alone", async (name) => {
    for (const shape of [
      [1, 4],
      [4, 3],
      [4, 5],
      [12, 7],
      [16, 10],
      [64, 10],
      [256, 10],
    ]) {
      const y = functions[name]!(input("x", format, shape));
      const own = range(3).map((r) => {
        const numbers = stream(7, name, r);
        const values = Float64Array.from({ length: shape[0]! * shape[1]! }, () => numbers.normal());
        return { x: tensor(format, values, shape) };
      });
      const { together, alone } = await both(engine, { y }, {}, own);
      expect(together).toEqual(alone);
    }
  });
});

/** Other operands of the same types: the elements moved round by r places. */
const variant = (x: Tensor, r: number): Tensor => ({
  ...x,
  data: x.data.map((_, i) => x.data[(i + r) % x.data.length]!),
});

/** Axes of single operands where operands may also be stacks. */
const singleAxes: Readonly<Record<string, number>> = {
  matmul: 2,
  conv2d: 4,
  conv2dInputGradient: 4,
  conv2dWeightGradient: 4,
};

const replicable = opNames.map((name) => recordOf(name)! as Op<never>).filter((record) => record.replicate);

describe.each(replicable.map((record) => [record.name, record] as const))(
  "%s, whichever operands differ",
  (name, record) => {
    const engines = [createEngine("reference"), createEngine("onnx-cpu")];
    // values at kinks and at ties are one for all
    const free = name === "pieceGradient" ? 2 : name === "maxPoolGradient" ? 3 : Number.POSITIVE_INFINITY;

    async function check({ name: what, inputs, attributes }: Case<never>, which: readonly number[]): Promise<void> {
      const operands = inputs.map((x, i) => input(`x${i}`, x.format, x.shape));
      const y = apply(record, operands, attributes);
      const feeds = (r: number, chosen: readonly number[]) =>
        Object.fromEntries(chosen.map((i) => [`x${i}`, variant(inputs[i]!, r)]));
      const shared = feeds(
        0,
        [...inputs.keys()].filter((i) => !which.includes(i)),
      );
      for (const engine of engines) {
        const { together, alone } = await both(
          engine,
          { y },
          shared,
          range(3).map((r) => feeds(r, which)),
        );
        for (const r of range(3)) {
          const [actual, expected] = [together[r]!.y!, alone[r]!.y!];
          expect(formatType(actual)).toBe(formatType(expected));
          const fed = inputs.map((x, i) => (which.includes(i) ? variant(x, r) : x));
          const wrong = disagreement(record, fed, attributes, expected, actual);
          // stacks of convolutions are computed one by one
          const exact = engine.id === "reference" || name.startsWith("conv2d");
          expect(exact ? actual : wrong, `${what}, ${which}`).toEqual(exact ? expected : undefined);
        }
      }
    }

    it("each network has the result that it has alone", async () => {
      for (const example of record.cases(formats.f32)) {
        // a stack may not be put into a stack
        const isStack = ({ shape }: Tensor) => shape.length > (singleAxes[name] ?? Number.POSITIVE_INFINITY);
        if (example.inputs.some(isStack)) continue;
        const places = [...example.inputs.keys()].filter((i) => i < free);
        for (const which of new Set([[0], places, [places.at(-1)!]].map((some) => some.join())))
          await check(example, which.split(",").map(Number));
      }
    });
  },
);

describe("replicate", () => {
  const x = input("x", "f32", [4, 3]);
  const w = input("w", "f32", [3, 3]);

  it("a shared value is computed once, and a shared output is repeated for each network", () => {
    const once = ops.exp(x);
    const { y, z } = replicate({ y: ops.matmul(once, w), z: once }, { replicas: 6, inputs: ["w"] });
    expect(y).toMatchObject({ format: "f32", shape: [6, 4, 3] });
    expect(y!.inputs[0]).toBe(once);
    expect(z).toMatchObject({ shape: [6, 4, 3] });
    expect(z!.inputs[0]).toBe(once);
  });

  it("a graph that cannot be replicated is refused with the rule that it breaks", () => {
    const wrong =
      (value: Value, inputs: string[], replicas = 2) =>
      () =>
        replicate({ y: value }, { replicas, inputs });
    const sum = ops.matmul(x, w);
    expect(wrong(sum, ["w"], 0)).toThrow("replicas: must be a positive integer, got 0");
    expect(wrong(sum, ["w"], 1.5)).toThrow("replicas: must be a positive integer, got 1.5");
    expect(wrong(sum, ["weight", "w"])).toThrow('replicas: inputs must be inputs of the graph, got "weight"');
    expect(wrong(ops.take(x, input("rows", "i32", [2])), ["x"])).toThrow(
      'replicas: take cannot compute many networks at once, got "f32[2,3]"\nHint: run the networks one after another',
    );
    const s = input("s", "f32", []);
    const [dx] = gradient(ops.reduceSum(ops.relu(x)), [x], { kinks: { "relu.zero": s } });
    expect(wrong(dx!, ["s"])).toThrow('replicas: values at kinks must be the same for all networks, got "f32[2]"');
    const hits = ops.count(ops.equal(x, x));
    expect(() => replicate({ hits, sum }, { replicas: 2, inputs: ["w"] })).toThrow(
      'replicas: output hits must depend on an input that differs, or be floating-point, got "i32[]"',
    );
    const twice = replicate({ sum }, { replicas: 2, inputs: ["w"] });
    expect(() => replicate(twice, { replicas: 2, inputs: ["x"] })).toThrow(
      'replicas: matmul must have single operands, not stacks, got "f32[2,4,3]"',
    );
  });
});

describe("stackFeeds", () => {
  it("stackFeeds puts the tensors of one name together along a new first axis", () => {
    const { a } = stackFeeds([{ a: tensor("i32", [1, 2]) }, { a: tensor("i32", [3, 4]) }]);
    expect(a).toEqual(tensor("i32", [1, 2, 3, 4], [2, 2]));
  });

  it("missing feeds and feeds of different shapes are refused", () => {
    const a = tensor("f32", [1, 2]);
    expect(() => stackFeeds([])).toThrow("replicas: must hold at least one network, got []");
    expect(() => stackFeeds([{ a }, { a: tensor("f32", 1) }])).toThrow('replica 1: a must be f32[2], got "f32[]"');
    expect(() => stackFeeds([{ a }, {}])).toThrow("replica 1: a must be f32[2], got undefined");
  });
});
