/** An activation that is defined here, outside src/, with two kinks: its gradient, its training, and every engine. */
import { describe, expect, it } from "vitest";
import {
  type Activation,
  type ActivationDefinition,
  activation,
  applyNetwork,
  arrays,
  checkActivation,
  createEngine,
  createLoader,
  createNetwork,
  crossEntropy,
  defineActivation,
  type Graph,
  gradient,
  graph,
  input,
  kinkHits,
  kinkSites,
  knownKinks,
  ops,
  replicate,
  runTraining,
  sgd,
  stackFeeds,
  type TrainingEvent,
  tensor,
} from "../../src";
import { allRecords } from "../../src/ops";

/** 0 below −1, x(x + 1) between −1 and 1, 2x above 1. */
const definition: ActivationDefinition = {
  name: "bump",
  kinks: [
    { name: "low", at: -1, default: 0 },
    { name: "high", at: 1, default: 2 },
  ],
  slopes: [
    0,
    {
      at: (z) => 2 * z + 1,
      of: (z, { add, mul, constant }) => add(mul(constant(z.format, 2), z), constant(z.format, 1)),
    },
    2,
  ],
  value(x, { add, mul, select, less, constant }) {
    const one = constant(x.format, 1);
    const inside = mul(x, add(x, one));
    const outside = select(less(x, one), mul(x, constant(x.format, 0)), mul(x, constant(x.format, 2)));
    return select(less(constant(x.format, -1), x), select(less(x, one), inside, outside), outside);
  },
};
const bump = defineActivation(definition);

const derivative = async (f: Activation, at: readonly number[], kinks = {}, engine = "reference") => {
  const x = input("x", "f64", [at.length]);
  const [dx] = gradient(ops.reduceSum(f(x)), [x], { kinks });
  const program = await createEngine(engine).compile(graph({ y: f(x), dx: dx! }));
  const { y, dx: found } = await program.run({ x: tensor("f64", at) });
  return { y: [...y!.data], dx: [...found!.data] };
};

describe("an activation with two kinks", () => {
  it.each(["reference", "onnx-cpu"])("its value and its gradient are those of the definition on %s", async (engine) => {
    const at = [-2, -1, 0, 0.5, 1, 3];
    const byDefault = await derivative(bump, at, {}, engine);
    expect(byDefault.y.map((y) => y + 0)).toEqual([0, 0, 0, 0.75, 2, 6]);
    expect(byDefault.dx).toEqual([0, 0, 1, 2, 2, 2]);
    const chosen = await derivative(bump, at, { "bump.low": -7, "bump.high": 0.5 }, engine);
    expect(chosen.dx).toEqual([0, -7, 1, 2, 0.5, 2]);
  });

  it("its kinks are known, and counted like others", async () => {
    expect(knownKinks()["bump.high"]).toMatchObject({ at: 1, default: 2 });
    const x = input("x", "f32", [5]);
    const sites = kinkSites([bump(bump(x))]);
    expect(sites.map(({ kink, at }) => [kink, at])).toEqual([
      ["bump.low", -1],
      ["bump.high", 1],
      ["bump.low", -1],
      ["bump.high", 1],
    ]);
    const hits = Object.fromEntries(sites.map((site, i) => [`hits ${i}`, kinkHits(site)]));
    const program = await createEngine("reference").compile(graph(hits));
    const results = await program.run({ x: tensor("f32", [-1, 1, 1, 0.5, -1]) });
    expect(Object.values(results).map(({ data }) => data[0])).toEqual([2, 2, 0, 0]);
  });

  it("no engine meets it: a graph has the operations that it is made of", () => {
    const x = input("x", "f32", [3]);
    const twice = graph({ y: bump(x), again: bump(x), z: definition.value(x, ops) });
    expect(twice.nodes.map(({ op }) => op.name)).not.toContain("bump");
    expect(new Set(twice.outputs.values()).size).toBe(1);
    const names = ({ nodes }: Graph) => nodes.map(({ op }) => op.name).toSorted();
    expect(names(graph({ y: bump(x) }))).toEqual(names(graph({ y: definition.value(x, ops) })));
  });

  it("a value at its kink changes a training where it is hit, and only there", async () => {
    // the biases start at −1 and inputs are 0: every pre-activation is −1, the kink, in the first step
    const base = createNetwork("mlp", { inputShape: [1, 1, 2], classes: 2, widths: [8], activation: activation(bump) });
    const atKink = (out: Float32Array) => void out.fill(-1);
    const parameters = base.parameters.map((p) => (p.name === "fc1.bias" ? { ...p, initialise: atKink } : p));
    const losses = async (kinks: Record<string, number>, inputs: number[][]) => {
      const dataset = arrays({ inputs, labels: inputs.map((_, i) => i % 2), shape: [2] });
      const data = createLoader({ dataset, batchSize: 4, worker: false });
      const events: TrainingEvent[] = [];
      const training = { data, network: { ...base, parameters }, engine: createEngine(), optimizer: sgd({ lr: 0.5 }) };
      await runTraining({ ...training, precision: 32, epochs: 3, seed: 1, kinks }, (event) => void events.push(event));
      return events.flatMap((event) => (event.kind === "step" ? [event.loss] : []));
    };
    const zeros = Array.from({ length: 8 }, () => [0, 0]);
    expect(await losses({ "bump.low": 1 }, zeros)).not.toEqual(await losses({ "bump.low": 0 }, zeros));
    expect(await losses({ "bump.high": 1 }, zeros)).toEqual(await losses({ "bump.high": 0 }, zeros));
    const away = zeros.map((_, i) => [0.3 + i, 0.7 - i]);
    expect(await losses({ "bump.low": 1 }, away)).toEqual(await losses({ "bump.low": 0 }, away));
  });

  it("many networks with it are computed at once", async () => {
    const network = createNetwork("mlp", {
      inputShape: [1, 1, 3],
      classes: 2,
      widths: [4],
      activation: activation(bump),
    });
    const { output, parameters } = applyNetwork(network, input("x", "f64", [2, 1, 1, 3]));
    const loss = crossEntropy(output, input("labels", "i32", [2]));
    const [slope] = gradient(loss, [parameters.get("fc1.weight")!], { kinks: { "bump.low": 3 } });
    const outputs = { loss, slope: slope! };
    const engine = createEngine("reference");
    const one = await engine.compile(graph(outputs));
    const many = await engine.compile(graph(replicate(outputs, { replicas: 2, inputs: parameters.keys() })));
    const feeds = { x: tensor("f64", [1, -1, 0, 2, 0.5, -3], [2, 1, 1, 3]), labels: tensor("i32", [0, 1]) };
    const nets = [1, 2].map((k) =>
      Object.fromEntries(
        [...parameters].map(([name, { shape }]) => {
          const count = shape.reduce((a, b) => a * b);
          return [
            name,
            tensor(
              "f64",
              Array.from({ length: count }, (_, i) => ((i * 7 + k) % 5) - 2),
              shape,
            ),
          ];
        }),
      ),
    );
    const together = await many.run({ ...feeds, ...stackFeeds(nets) });
    const apart = await Promise.all(nets.map((net) => one.run({ ...feeds, ...net })));
    expect([...together.slope!.data]).toEqual(apart.flatMap((each) => [...each.slope!.data]));
  });
});

describe("checkActivation", () => {
  it("every engine and format that is here agrees with the definition, by one call", { timeout: 300_000 }, async () => {
    const rows = await checkActivation(bump);
    expect(rows.filter(({ agrees }) => agrees === false)).toEqual([]);
    const agreeing = rows.filter(({ agrees }) => agrees).map(({ engine, format }) => `${engine} ${format}`);
    expect(agreeing).toEqual(expect.arrayContaining(["slopes f64", "reference f16", "onnx-cpu f32", "onnx-cpu bf16"]));
    expect(rows.find(({ engine, format }) => engine === "onnx-cpu" && format === "f64")).toMatchObject({ trials: 9 });
  });

  it("a slope that is not the value's is found, with its place", async () => {
    const wrong = defineActivation({ ...definition, name: "wrongBump", slopes: [0, definition.slopes[1]!, 1.5] });
    const [slopes] = await checkActivation(wrong, { engines: [] });
    expect(slopes).toMatchObject({ engine: "slopes", agrees: false, note: expect.stringMatching(/^at x = 1/) });
  });

  it("a kink that no narrow format holds is at its nearest number, on every engine", async () => {
    const tenth = defineActivation({
      name: "tenth",
      kinks: [{ name: "low", at: 0.1, default: 7 }],
      slopes: [0, 1],
      value: (x, { constant, maximum }) => maximum(x, constant(x.format, 0.1)),
    });
    const rows = await checkActivation(tenth, { engines: ["reference", "onnx-cpu"] });
    expect(rows.filter(({ agrees }) => !agrees)).toEqual([]);
    const x = input("x", "f16", [1]);
    const [dx] = gradient(ops.reduceSum(tenth(x)), [x]);
    const program = await createEngine("reference").compile(graph({ dx: dx! }));
    expect([...(await program.run({ x: tensor("f16", [0.1]) })).dx!.data]).toEqual([7]);
  });

  it("an activation without kinks is checked, too", async () => {
    const twice = defineActivation({ name: "twice", kinks: [], slopes: [2], value: (x, { add }) => add(x, x) });
    const rows = await checkActivation(twice, { engines: ["reference", "onnx-cpu"] });
    expect(rows.filter(({ agrees }) => !agrees)).toEqual([]);
  });

  it("a kink that was forgotten is found beyond the known ones", async () => {
    const six = defineActivation({
      name: "six",
      kinks: [{ name: "zero", at: 0 }],
      slopes: [0, 1],
      value: (x, { relu6 }) => relu6(x),
    });
    const [slopes] = await checkActivation(six, { engines: [] });
    expect(slopes).toMatchObject({ agrees: false, note: expect.stringMatching(/^at x = 10/) });
  });

  it("a format that is none is refused, and one that an engine lacks has a row", async () => {
    await expect(checkActivation(bump, { engines: [], formats: ["f99" as "f16"] })).rejects.toThrow('got "f99"');
    const rows = await checkActivation(bump, { engines: ["tfjs"], formats: ["f64"] });
    expect(rows.at(-1)).toMatchObject({ engine: "tfjs", format: "f64", agrees: null, note: "tfjs has no f64" });
  });

  it("formats and engines can be chosen", async () => {
    const rows = await checkActivation(bump, { engines: ["onnx-cpu"], formats: ["f32", "e5p10"] });
    expect(rows.map(({ engine, format, agrees }) => [engine, format, agrees])).toEqual([
      ["slopes", "f64", true],
      ["onnx-cpu", "f32", true],
      ["onnx-cpu", "e5p10", true],
    ]);
  });
});

describe("defineActivation", () => {
  it("defined again, a function keeps its own slopes, and the name means the new one", async () => {
    const first = defineActivation({ name: "again", kinks: [], slopes: [1], value: (x) => x });
    const second = defineActivation({ name: "again", kinks: [], slopes: [-1], value: (x, { neg }) => neg(x) });
    expect((await derivative(first, [2])).dx).toEqual([1]);
    expect((await derivative(second, [2])).dx).toEqual([-1]);
  });

  it("defined again with other kinks, a function keeps the names and values of its own", async () => {
    const ramp = (name: string, at: number) =>
      defineActivation({
        name: "ramp",
        kinks: [{ name, at }],
        slopes: [0, 1],
        value: (x, { maximum, constant }) => maximum(x, constant(x.format, at)),
      });
    const [first, second] = [ramp("left", -2), ramp("right", 2)];
    expect(kinkSites([first(input("x", "f64", []))]).map(({ kink }) => kink)).toEqual(["ramp.left"]);
    expect((await derivative(first, [-2], { "ramp.left": 0.5 })).dx).toEqual([0.5]);
    expect((await derivative(second, [2], { "ramp.right": 0.25 })).dx).toEqual([0.25]);
    const checks = await checkActivation(first, { engines: ["reference"], formats: ["f32"] });
    expect(checks.map(({ note }) => note)).toEqual(["", ""]);
    // a cell that is run again and again leaves one definition
    const before = allRecords().length;
    for (let i = 0; i < 5; i++) ramp("right", 3);
    expect(allRecords().length).toBe(before);
  });

  it("the default at a kink is the slope below it", async () => {
    const clip = defineActivation({
      name: "clip",
      kinks: [{ name: "top", at: 2 }],
      slopes: [1, 0],
      value: (x, { neg, maximum, constant }) => neg(maximum(neg(x), constant(x.format, -2))),
    });
    expect(await derivative(clip, [1, 2, 3])).toEqual({ y: [1, 2, 2], dx: [1, 1, 0] });
  });

  it.each([
    [{ name: "relu" }, 'activation name: must not be an operation of the library, got "relu"'],
    [{ name: "my.bump" }, 'activation name: must be letters and digits, got "my.bump"'],
    [{ slopes: [0, 1] }, "activation bump: slopes must be 3, one more than kinks, got [0,1]"],
    [{ kinks: definition.kinks.toReversed() }, "activation bump, low: kinks must be from left to right, got -1"],
    [
      {
        kinks: [
          { name: "a", at: 0 },
          { name: "a", at: 1 },
        ],
      },
      'activation bump: names of kinks must differ, got "a"',
    ],
    [{ kinks: [{ name: "a", at: Number.NaN }] }, "activation bump, a: at must be a finite number, got NaN"],
    [{ value: (x) => ops.reduceSum(x) }, 'activation bump: value must have the type of x, f32[2,3], got "f32[]"'],
    [{ value: () => undefined }, "activation bump: value must have the type of x, f32[2,3], got undefined"],
    [{ value: (x) => ops.mul(x, input("a", "f32", [])) }, 'activation bump: value must have no input but x, got "a"'],
    [{ value: 3 }, "activation bump: value must be a function (x, ops) => …, got 3"],
  ] as [Partial<ActivationDefinition>, string][])("%o is refused", (changed, message) => {
    expect(() => defineActivation({ ...definition, ...changed })).toThrow(message);
  });

  it("a function in the place of a layer, and a convention that is silent, are refused with a hint", () => {
    const options = { inputShape: [1, 1, 2], classes: 2 } as const;
    expect(() => createNetwork("mlp", { ...options, activation: bump as never })).toThrow(
      "activation: must be a name or a layer, got function",
    );
    const x = input("x", "f32", [2]);
    expect(() => gradient(ops.reduceSum(bump(x)), [x], { kinks: "jax" })).toThrow(
      'kinks: must be a convention that says something about bump.low: none does, got "jax"\nHint: give its value: { "bump.low": 0 }',
    );
  });
});
