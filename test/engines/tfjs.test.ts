/** The engine on TensorFlow.js, on each of its backends that needs no native library. */
import { spawnSync } from "node:child_process";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, it } from "vitest";
import { gradient } from "../../src/autodiff";
import { createEngine, type Engine, tfjsEngine } from "../../src/engines";
import { disagreement } from "../../src/engines/agreement";
import { formats, isFloat } from "../../src/formats";
import { apply, constant, type Graph, graph, input, type Tensor, tensor } from "../../src/ir";
import { type Case, chainRules, type Op, opNames, ops, recordOf } from "../../src/ops";
import { projectRoot } from "../../src/util";

const backends = ["wasm", "cpu"] as const;
const reference = createEngine("reference");
const vector = (name: string, length = 2) => input(name, "f32", [length]);
const values = (x: Tensor | undefined) => [...x!.data];

async function runOn(engine: Engine, of: Graph, feeds: Record<string, Tensor>) {
  const program = await engine.compile(of);
  const results = await program.run(feeds);
  expect(await program.run(feeds)).toEqual(results);
  await program.dispose();
  return results;
}

describe.each(backends)("%s", (backend) => {
  const engine = createEngine("tfjs", { backend });
  afterAll(() => engine.dispose());

  /** What differs from the definition. */
  async function difference(record: Op<never>, { inputs, attributes }: Case<never>): Promise<string | undefined> {
    const operands = inputs.map((x, i) => input(`x${i}`, x.format, x.shape));
    const of = graph({ y: apply(record, operands, attributes) }, record.name);
    if (of.nodes.some(({ format }) => isFloat(format) && format !== "f32")) return undefined;
    const feeds = Object.fromEntries(inputs.map((x, i) => [`x${i}`, x]));
    const [expected, actual] = [await runOn(reference, of, feeds), await runOn(engine, of, feeds)];
    return disagreement(record, inputs, attributes, expected.y!, actual.y!);
  }

  it.each(opNames)("%s agrees with the definition", async (name) => {
    const record = recordOf(name)! as Op<never>;
    for (const example of record.cases(formats.f32)) {
      expect(await difference(record, example), example.name).toBe(undefined);
    }
  });

  it("operations on operands that are broadcast agree with the definition", async () => {
    const x = tensor("f32", [0, -0, 1, -1, Number.NaN, 3], [2, 3]);
    const others = [
      tensor("f32", [0, -1, 3]),
      tensor("f32", [-0, 1], [2, 1]),
      tensor("f32", [1, -1, 0, 3], [2, 2, 1, 1]),
    ];
    for (const name of ["add", "mul", "equal", "less", "greater"] as const) {
      for (const other of others) {
        for (const inputs of [
          [x, other],
          [other, x],
        ]) {
          const example = { name, inputs, attributes: {} as never };
          expect(await difference(recordOf(name)! as Op<never>, example), `${name} ${other.shape}`).toBe(undefined);
        }
      }
    }
  });

  it("operations on scalars agree with the definition", async () => {
    for (const x of [-2, -0, 0, 6, 7, Number.NaN]) {
      for (const name of ["relu", "relu6", "abs", "neg"] as const) {
        const example = { name, inputs: [tensor("f32", x)], attributes: {} as never };
        expect(await difference(recordOf(name)! as Op<never>, example), `${name} of ${x}`).toBe(undefined);
      }
    }
  });

  it("pooling agrees with the definition for windows of one pixel or narrower than their step", async () => {
    const x = tensor(
      "f32",
      Array.from({ length: 70 }, (_, i) => (i % 7) - 3),
      [1, 7, 5, 2],
    );
    for (const name of ["maxPool", "averagePool"] as const) {
      for (const kernel of [
        [1, 1],
        [1, 2],
        [2, 1],
      ]) {
        const attributes = { kernel, stride: [3, 2], padding: [0, 0] } as never;
        const example = { name, inputs: [x], attributes };
        expect(await difference(recordOf(name)! as Op<never>, example), `${name} ${kernel}`).toBe(undefined);
        const image = input("x", "f32", x.shape);
        const pooled = ops[name](image, { kernel, stride: [3, 2] });
        const [dx] = gradient(ops.reduceSum(ops.mul(pooled, pooled)), [image]);
        const of = graph({ dx: dx! });
        expect(values((await runOn(engine, of, { x })).dx)).toEqual(values((await runOn(reference, of, { x })).dx));
      }
    }
  });

  it.each(chainRules)("any value at a kink gives what the definition gives, with the rule %s", async (chainRule) => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const z = tensor("f32", [-infinity, -1, -(2 ** -149), -0, 0, 2 ** -149, 6, 7, infinity, nan]);
    for (const incoming of [1, -2, 0, -0, infinity, nan]) {
      for (const s of [-0, 0, 0.5, -3, infinity, nan]) {
        const g = tensor("f32", new Float32Array(z.data.length).fill(incoming));
        const example = {
          name: "kink",
          inputs: [z, g, tensor("f32", s), tensor("f32", 2)],
          attributes: { at: [0, 6], slopes: [0, 1, 0], chainRule } as never,
        };
        const record = recordOf("pieceGradient")! as Op<never>;
        expect(await difference(record, example), `${s} there, ${incoming} comes in`).toBe(undefined);
        const relu = { at: [0], slopes: [0, 1], chainRule } as never;
        const step = { name: "relu", inputs: [z, g, tensor("f32", s)], attributes: relu };
        expect(await difference(record, step), `relu, ${s} there, ${incoming} comes in`).toBe(undefined);
      }
    }
  });

  it("the gradient of a perceptron has the fed value at its kink", async () => {
    const [x, w, s] = [input("x", "f32", [1, 2]), input("w", "f32", [2, 2]), input("s", "f32", [])];
    const loss = ops.reduceSum(ops.relu(ops.matmul(x, w)));
    const [dw] = gradient(loss, [w], { kinks: { "relu.zero": s } });
    const program = await engine.compile(graph({ dw: dw! }));
    const feeds = { x: tensor("f32", [1, 2], [1, 2]), w: tensor("f32", [2, 1, -1, 1], [2, 2]) };
    expect(values((await program.run({ ...feeds, s: tensor("f32", 0) })).dw)).toEqual([0, 1, 0, 2]);
    expect(values((await program.run({ ...feeds, s: tensor("f32", 0.5) })).dw)).toEqual([0.5, 1, 1, 2]);
  });

  describe("memory", () => {
    const example = () => {
      const [x, w] = [input("x", "f32", [3, 4]), input("w", "f32", [4, 4])];
      const y = ops.relu(ops.matmul(x, w, { transposeB: true }));
      const [dw] = gradient(ops.reduceMean(ops.logSoftmax(y)), [w]);
      return graph({ y, dw: dw!, w, flat: ops.reshape(y, [12]) });
    };
    const feeds = {
      x: tensor("f32", Float64Array.from({ length: 12 }, Math.cos), [3, 4]),
      w: tensor("f32", Float64Array.from({ length: 16 }, Math.sin), [4, 4]),
    };

    it("memory is given back by every run, and by the program when it is disposed of", async () => {
      const { numTensors: before } = tf.memory();
      const program = await engine.compile(example());
      const { numTensors: compiled, numBytes } = tf.memory();
      for (let i = 0; i < 5; i++) await program.run(feeds);
      expect(tf.memory()).toMatchObject({ numTensors: compiled, numBytes });
      await program.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });

    it("memory is given back by a run that fails in the middle", async () => {
      const sum = graph({ y: ops.add(ops.exp(vector("left")), vector("right")) });
      const program = await engine.compile(sum);
      const left = await engine.hold(tensor("f32", [1, 2]));
      const right = await engine.hold(tensor("f32", [3, 4]));
      right.dispose();
      const { numTensors } = tf.memory();
      await expect(program.run({ left, right })).rejects.toThrow(
        'input right: must not be fed after it was disposed of, got "f32[2]"',
      );
      expect(tf.memory().numTensors).toBe(numTensors);
      left.dispose();
      expect(tf.memory().numTensors).toBe(numTensors - 1);
    });

    it("a run holds the outputs that are asked for, and no more", async () => {
      const program = await engine.compile(example());
      const { numTensors } = tf.memory();
      const { results, held } = await program.runHolding(feeds, ["y", "w"]);
      expect(tf.memory().numTensors).toBe(numTensors + 2);
      expect(Object.keys(results).sort()).toEqual(["dw", "flat"]);
      expect(values(await held.y!.read())).toEqual(values(results.flat));
      expect(await held.w!.read()).toEqual(feeds.w);
      held.y!.dispose();
      held.y!.dispose();
      expect(await held.w!.read()).toEqual(feeds.w);
      held.w!.dispose();
      expect(tf.memory().numTensors).toBe(numTensors);
    });
  });

  describe("tensors", () => {
    const sum = graph({ y: ops.add(vector("left"), vector("right")), left: vector("left") });
    const right = tensor("f32", [10, 20]);

    it("held tensors can be fed, and held outputs can be fed again", async () => {
      const program = await engine.compile(sum);
      const left = await engine.hold(tensor("f32", [1, 2]));
      const { held } = await program.runHolding({ left, right }, ["y"]);
      expect(held.y).toMatchObject({ format: "f32", shape: [2] });
      expect(values((await program.run({ left: held.y!, right })).y)).toEqual([21, 42]);
      left.dispose();
      expect(values(await held.y!.read())).toEqual([11, 22]);
    });

    it("held tensors of every format are read back as they were given", async () => {
      for (const x of [tensor("f32", [1, -0]), tensor("i32", [-5, 2 ** 30]), tensor("bool", [1, 0])]) {
        const held = await engine.hold(x);
        expect(await held.read()).toEqual(x);
        held.dispose();
        await expect(held.read()).rejects.toThrow("held tensor: must not be read after it was disposed of");
      }
    });

    it("outputs may be one value under several names, and constants of every format", async () => {
      const x = vector("x");
      const y = ops.neg(x);
      const outputs = {
        x,
        y,
        again: y,
        half: constant("f32", 0.5),
        three: constant("i32", 3),
        yes: constant("bool", 1),
      };
      const program = await engine.compile(graph(outputs));
      const fed = tensor("f32", [1, 2]);
      const { results, held } = await program.runHolding({ x: fed }, ["again", "yes", "x"]);
      expect(results).toEqual({ y: tensor("f32", [-1, -2]), half: tensor("f32", 0.5), three: tensor("i32", 3) });
      held.x!.dispose();
      expect(await held.again!.read()).toEqual(tensor("f32", [-1, -2]));
      expect(await held.yes!.read()).toEqual(tensor("bool", 1));
      expect((await program.run({ x: fed })).x).toEqual(fed);
    });

    it("held tensors and results share no array with what was fed or read", async () => {
      const program = await engine.compile(sum);
      const fed = tensor("f32", [1, 2]);
      const held = await engine.hold(fed);
      const { results, held: kept } = await program.runHolding({ left: fed, right }, ["left"]);
      fed.data.fill(7);
      (await held.read()).data.fill(8);
      (await kept.left!.read()).data.fill(9);
      results.y!.data.fill(9);
      expect(values(await held.read())).toEqual([1, 2]);
      expect(values(await kept.left!.read())).toEqual([1, 2]);
      expect(values((await program.run({ left: held, right })).y)).toEqual([11, 22]);
    });

    it("a tensor of another engine is refused", async () => {
      const program = await engine.compile(sum);
      const other = createEngine("tfjs", { backend });
      for (const owner of [other, createEngine("onnx-cpu")]) {
        const left = await owner.hold(tensor("f32", [1, 2]));
        await expect(program.run({ left, right })).rejects.toThrow(
          'input left: must be held by the engine that runs the graph, got "a tensor of another engine"',
        );
        left.dispose();
      }
    });
  });
});

describe("two engines in one process", () => {
  it("two engines do not disturb each other, at the same time or in turns", async () => {
    const both = backends.map((backend) => createEngine("tfjs", { backend }));
    const [x, w] = [input("x", "f32", [4, 4]), input("w", "f32", [4, 4])];
    const of = graph({ y: ops.matmul(x, w) });
    const filled = (value: number) => tensor("f32", new Float32Array(16).fill(value), [4, 4]);
    const runs = both.map(async (engine) => {
      const [program, held] = [await engine.compile(of), await engine.hold(filled(2))];
      const first = await program.run({ x: held, w: filled(3) });
      const second = await program.run({ x: held, w: first.y! });
      return [...values(first.y), ...values(second.y)];
    });
    const expected = [...new Array(16).fill(24), ...new Array(16).fill(192)];
    expect(await Promise.all(runs)).toEqual([expected, expected]);
    for (const engine of both) await engine.dispose();
  });
});

describe("the engine", () => {
  it("the engine computes in f32, on the backend that it names", () => {
    const { formats: own, settings, memory } = createEngine("tfjs", { backend: "cpu" });
    expect({ own, settings, memory }).toEqual({
      own: ["f32"],
      settings: { backend: "cpu", package: "@tensorflow/tfjs-backend-cpu" },
      memory: "host",
    });
  });

  it("16 and 64 bits are refused, with the engines that have them", async () => {
    const engine = createEngine("tfjs", { backend: "cpu" });
    const wide = graph({ y: ops.cast(vector("x"), "f64") });
    await expect(engine.compile(wide)).rejects.toThrow('engine tfjs: computes in f32 only, got "f64[2]"\nHint: ');
    await expect(engine.hold(tensor("f16", [1]))).rejects.toThrow(
      /got "f16\[1\]"\nHint: .* f16: .*onnx-cpu.*, reference/,
    );
    await expect(tfjsEngine({ backend: "cpu" }).compile(wide)).rejects.toThrow(/got "f64\[2\]"$/);
  });

  it("a backend that does not exist is refused", () => {
    expect(() => createEngine("tfjs", { backend: "webgl" })).toThrow(
      'engine tfjs, backend: must be one of tensorflow, wasm, cpu, got "webgl"',
    );
  });
});

describe("WebAssembly without memory", () => {
  // all of its 4 GiB taken, without being touched, in a process of its own
  const SCRIPT = `
    const { createEngine, graph, input, ops, tensor } = require(${JSON.stringify(projectRoot)});
    const tf = require("@tensorflow/tfjs-core");
    const say = (error) => console.log(error.name, error.message);
    (async () => {
      const engine = createEngine("tfjs", { backend: "wasm" });
      const x = tensor("f32", new Float32Array(1024).fill(1));
      const program = await engine.compile(graph({ y: ops.add(input("x", "f32", [1024]), input("x", "f32", [1024])) }));
      await program.run({ x });
      const { wasm } = tf.backend();
      for (let size = 2 ** 29; size >= 2 ** 10; size /= 2) {
        try { for (;;) wasm._malloc(size); } catch {}
      }
      await engine.hold(x).catch(say);
      await program.run({ x }).catch(say);
    })();
  `;

  it("WebAssembly without memory is one clear error for a tensor and for a graph", () => {
    const { stdout } = spawnSync(process.execPath, ["--eval", SCRIPT], { cwd: projectRoot, encoding: "utf8" });
    expect(stdout).toMatch(
      /^DeviceError f32\[1024\] held by tfjs: must have enough memory, got "out of memory: WebAssembly has no 4096 bytes left"\nHint: .*\nDeviceError graph graph on tfjs: must have enough memory/,
    );
  });
});
