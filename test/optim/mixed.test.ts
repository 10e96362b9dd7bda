import { afterAll, describe, expect, it } from "vitest";
import { gradient } from "../../src/autodiff";
import type { Results } from "../../src/engines";
import { type FormatName, type FormatPair, formats, precisionOf } from "../../src/formats";
import { graph, input, type Tensor, tensor, type Value } from "../../src/ir";
import { applyNetwork, crossEntropy, initialise, mlp, parameterInputs } from "../../src/nn";
import { ops } from "../../src/ops";
import {
  adam,
  applyMixed,
  applyOptimizer,
  initialState,
  lossScaler,
  networkWeights,
  type Optimizer,
  scalarFeeds,
  scaleLoss,
  sgd,
} from "../../src/optim";
import { stream } from "../../src/util";
import { enginesIn } from "../helpers/engines";

const net = mlp({ inputs: 5, hidden: [8, 6], classes: 3 });
const masters = parameterInputs(net, "f32");
const labels = input("labels", "i32", [4]);
const byName = (gradients: readonly Value[]) => new Map([...masters.keys()].map((name, i) => [name, gradients[i]!]));

const numbers = stream(5, "mixed", "x");
const x = tensor(
  "f16",
  Float64Array.from({ length: 20 }, () => numbers.normal()),
  [4, 5],
);
const data = { x, labels: tensor("i32", [0, 1, 2, 1]) };
const MIXED: FormatPair = precisionOf("mixed");
const scale = (value: number) => ({ lossScale: tensor("f32", value) });

/** One training step in mixed precision; the outputs have the names of the inputs, and `finite`. */
function mixedStep(optimizer: Optimizer, formats = MIXED) {
  const own = parameterInputs(net, formats.state);
  const weights = networkWeights(own, formats);
  const logits = applyNetwork(net, input("x", formats.format, [4, 5]), { parameters: weights }).output;
  const loss = crossEntropy(ops.cast(logits, formats.state), labels);
  const gradients = byName(gradient(scaleLoss(loss, formats), [...weights.values()]));
  const { finite, parameters, state } = applyMixed(optimizer, own, gradients, formats);
  const scaled = Object.fromEntries([...gradients].map(([name, g]) => [`d ${name}`, g]));
  return graph({ loss, finite, ...scaled, ...Object.fromEntries([...parameters, ...state]) });
}

/** The same update of parameters in one format, by gradients that are fed. */
function plainStep(optimizer: Optimizer, format: FormatName = "f32") {
  const own = parameterInputs(net, format);
  const gradients = new Map([...own].map(([name, { shape }]) => [name, input(`d ${name}`, format, shape)]));
  const { parameters, state } = applyOptimizer(optimizer, own, gradients);
  return graph(Object.fromEntries([...parameters, ...state]));
}

const kept = (results: Results): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(results).filter(([name]) => name !== "loss" && name !== "finite" && !name.startsWith("d ")),
  );
const values = (tensors: Record<string, Tensor>) =>
  Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, [...t.data]]));

describe.each(enginesIn("f16", "f32", "f64"))("mixed precision on $id", ({ create }) => {
  const engine = create();
  afterAll(() => engine.dispose());

  describe.each([sgd({ lr: 0.1, momentum: 0.9, weightDecay: 5e-4 }), adam({ lr: 0.01 })])("$name", (optimizer) => {
    const start = { ...initialise(net, "f32", stream(1, "mixed")), ...initialState(optimizer, masters) };
    const scalars = (step: number) => scalarFeeds(optimizer, "f32", { step });

    it("the network runs in f16, and parameters and state stay in f32", async () => {
      const compiled = mixedStep(optimizer);
      const formatsOf = (name: string) =>
        compiled.nodes.filter(({ op }) => op.name === name).map(({ format }) => format);
      expect(new Set(formatsOf("matmul"))).toEqual(new Set(["f16"]));
      const program = await engine.compile(compiled);
      const first = await program.run({ ...start, ...data, ...scalars(1), ...scale(1024) });
      for (const [name, { format }] of Object.entries(kept(first))) expect(format, name).toBe("f32");
      // f32 masters hold what f16 could not
      const weight = [...first["fc1.weight"]!.data];
      expect(weight.map(formats.f16.round)).not.toEqual(weight);
      await program.dispose();
    });

    it.each<FormatPair>([
      { format: "f16", state: "f32" },
      { format: "bf16", state: "f32" },
      { format: "f32", state: "f64" },
    ])("a mixed step around $format is the update in $state by the unscaled gradients", async (formats) => {
      const { format: narrow, state } = formats;
      const [mixed, plain] = [
        await engine.compile(mixedStep(optimizer, formats)),
        await engine.compile(plainStep(optimizer, state)),
      ];
      const drawn = initialise(net, state, stream(1, "mixed"));
      const begin = { ...drawn, ...initialState(optimizer, parameterInputs(net, state)) };
      const fed = { ...data, x: tensor(narrow, x.data, x.shape), lossScale: tensor(state, 512) };
      const scalars = (step: number) => scalarFeeds(optimizer, state, { step });
      let [a, b]: Record<string, Tensor>[] = [begin, begin];
      for (const step of [1, 2, 3]) {
        const results = await mixed.run({ ...a, ...fed, ...scalars(step) });
        expect(results.finite!.data[0]).toBe(1);
        const gradients = [...masters].map(([name, { shape }]) => {
          const { format, data: scaled } = results[`d ${name}`]!;
          expect(format).toBe(narrow);
          return [
            `d ${name}`,
            tensor(
              state,
              Float64Array.from(scaled, (g) => g / 512),
              shape,
            ),
          ] as const;
        });
        a = kept(results);
        b = await plain.run({ ...b, ...scalars(step), ...Object.fromEntries(gradients) });
        expect(values(a)).toEqual(values(b));
      }
      await mixed.dispose();
      await plain.dispose();
    });

    it("a step that overflows is skipped, the scale backs off until one does not, and the loss falls", async () => {
      const program = await engine.compile(mixedStep(optimizer));
      const scaler = lossScaler({ initial: 2 ** 20, interval: 3 });
      let [current, at, step]: [Record<string, Tensor>, typeof scaler.initial, number] = [start, scaler.initial, 1];
      const history: [number, boolean][] = [];
      const losses: number[] = [];
      for (let i = 0; i < 12; i++) {
        const results = await program.run({ ...current, ...data, ...scalars(step), ...scale(at.scale) });
        const finite = results.finite!.data[0] === 1;
        if (!finite) expect(values(kept(results))).toEqual(values(current));
        history.push([Math.log2(at.scale), finite]);
        losses.push(results.loss!.data[0]!);
        current = kept(results);
        at = scaler.next(at, finite);
        if (finite) step++;
      }
      expect(history[0]).toEqual([20, false]);
      const good = history.findIndex(([, finite]) => finite);
      expect(history.slice(0, good + 1).map(([exponent]) => exponent)).toEqual(
        Array.from({ length: good + 1 }, (_, i) => 20 - i),
      );
      // three good ones in a row, then twice the scale, at which it overflowed
      expect(history.slice(good, good + 4).map(([exponent]) => exponent - history[good]![0])).toEqual([0, 0, 0, 1]);
      expect(losses.at(-1)!).toBeLessThan(losses[0]!);
      await program.dispose();
    });
  });

  it.each([
    ["an infinity is skipped", [1, Number.POSITIVE_INFINITY, 1], 0],
    ["a negative infinity is skipped", [Number.NEGATIVE_INFINITY, 0, 0], 0],
    ["infinities that cancel is skipped", [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0], 0],
    ["a NaN is skipped", [0, 0, Number.NaN], 0],
    ["the largest numbers is made", [65504, -65504, 65504], 1],
    ["zeros is made", [0, -0, 0], 1],
  ])("an update by a gradient with %s", async (_, g, finite) => {
    const w = new Map([
      ["w", input("w", "f32", [3])],
      ["v", input("v", "f32", [])],
    ]);
    const gradients = new Map([
      ["w", input("g", "f16", [3])],
      ["v", input("h", "f16", [])],
    ]);
    const update = applyMixed(sgd({ lr: 1 }), w, gradients);
    const program = await engine.compile(graph({ finite: update.finite, v: update.parameters.get("v")! }));
    const results = await program.run({
      v: tensor("f32", 3),
      g: tensor("f16", g),
      h: tensor("f16", 4),
      ...scalarFeeds(sgd({ lr: 1 }), "f32", { step: 1 }),
      ...scale(2),
    });
    expect([...results.finite!.data, ...results.v!.data]).toEqual([finite, finite ? 1 : 3]);
    await program.dispose();
  });
});

describe("the loss scaler", () => {
  it("the loss scaler has GradScaler's defaults", () => {
    const { initial, options } = lossScaler();
    expect(initial).toEqual({ scale: 65536, goodSteps: 0 });
    expect(options).toEqual({ initial: 65536, growth: 2, backoff: 0.5, interval: 2000 });
  });

  it("the loss scale doubles after 2000 good steps in a row, and halves after a bad one", () => {
    const scaler = lossScaler();
    let state = scaler.initial;
    const run = (steps: number) => {
      for (let i = 0; i < steps; i++) state = scaler.next(state, true);
    };
    run(1999);
    expect(state).toEqual({ scale: 65536, goodSteps: 1999 });
    state = scaler.next(state, false);
    expect(state).toEqual({ scale: 32768, goodSteps: 0 });
    run(1999);
    state = JSON.parse(JSON.stringify(state));
    expect(state.scale).toBe(32768);
    run(1);
    expect(state).toEqual({ scale: 65536, goodSteps: 0 });
  });

  it("the loss scale stays a normal number of f32", () => {
    const scaler = lossScaler({ interval: 1 });
    expect(scaler.next({ scale: 2 ** -126, goodSteps: 0 }, false).scale).toBe(2 ** -126);
    expect(scaler.next({ scale: 2 ** 127, goodSteps: 0 }, true).scale).toBe(2 ** 127);
  });

  it("the loss scale is a number of the format that the scaler is given", () => {
    const scaler = lossScaler({ interval: 1, initial: 0.1 }, "f64");
    expect([scaler.initial.scale, lossScaler({ initial: 0.1 }).initial.scale]).toEqual([0.1, Math.fround(0.1)]);
    expect(scaler.next({ scale: 2 ** 127, goodSteps: 0 }, true).scale).toBe(2 ** 128);
    expect(() => lossScaler({}, "f16")).toThrow(
      "loss scaler, initial: must be a normal number of f16 above 0, got 65536",
    );
  });

  it.each([
    [{ initial: 0 }, "loss scaler, initial: must be a normal number of f32 above 0, got 0"],
    [{ growth: 1 }, "loss scaler, growth: must be finite and above 1, got 1"],
    [{ backoff: 1 }, "loss scaler, backoff: must be in (0, 1), got 1"],
    [{ interval: 0.5 }, "loss scaler, interval: must be a positive integer, got 0.5"],
  ])("a loss scaler with %o is refused", (options, message) => {
    expect(() => lossScaler(options)).toThrow(message);
  });

  it("a state with a bad scale or a bad count of good steps is refused", () => {
    const { next } = lossScaler();
    expect(() => next({ scale: Number.NaN, goodSteps: 0 }, true)).toThrow(
      "loss scale: must be a normal number of f32 above 0, got NaN",
    );
    expect(() => next({ scale: 1, goodSteps: -1 }, true)).toThrow(
      "loss scale, goodSteps: must be an integer, at least 0, got -1",
    );
  });
});

describe("what mixed precision refuses", () => {
  it("a loss in f16, whose scale would be an infinity, is refused", () => {
    expect(() => scaleLoss(input("loss", "f16", []))).toThrow(
      'loss: must be f32 in mixed precision, got "f16[]"\nHint: cast the logits to f32 before the loss',
    );
  });

  it("masters in f16 are refused", () => {
    const half = parameterInputs(net, "f16");
    expect(() => networkWeights(half)).toThrow('parameter fc1.weight: must be f32 in mixed precision, got "f16[8,5]"');
    expect(() => applyMixed(adam(), half, half)).toThrow("parameter fc1.weight: must be f32 in mixed precision");
  });
});
