/** The two rules at a kink against numbers worked out by hand, on every engine. */
import { afterAll, describe, expect, it } from "vitest";
import { type ChainRule, gradient, type Kinks, kinkHits, kinkSites, knownKinks } from "../../src/autodiff";
import { type FormatName, formatNames, formats } from "../../src/formats";
import { graph, input, tensor, type Value } from "../../src/ir";
import { ops } from "../../src/ops";
import { stream } from "../../src/util";
import { enginesIn } from "../helpers/engines";

const NAN = Number.NaN;

describe.each(enginesIn("f16", "f32", "f64"))("on $id", ({ create }) => {
  const engine = create();
  afterAll(() => engine.dispose());

  /** The gradient of Σ g·f(x) with respect to x, in f64. */
  async function gradientOf(
    f: (x: Value) => Value,
    x: readonly number[],
    g: readonly number[],
    kinks: Kinks,
    chainRule?: ChainRule,
  ): Promise<number[]> {
    const operand = input("x", "f64", [x.length]);
    const scalar = ops.reduceSum(ops.mul(input("g", "f64", [x.length]), f(operand)));
    const [dx] = gradient(scalar, [operand], { kinks, chainRule });
    const program = await engine.compile(graph({ dx: dx! }));
    const fed = { x: tensor("f64", x), g: tensor("f64", g) };
    const { data } = (await program.run(program.graph.inputs.has("x") ? fed : { g: fed.g })).dx!;
    await program.dispose();
    return [...data];
  }

  it("multiply, the default rule, gives 1.5 for an incoming gradient of 3 and s = 0.5", async () => {
    const half = { "relu.zero": 0.5 };
    expect(await gradientOf(ops.relu, [-1, 0, 2], [3, 3, 3], half, "multiply")).toEqual([0, 1.5, 3]);
    expect(await gradientOf(ops.relu, [-1, 0, 2], [3, 3, 3], half)).toEqual([0, 1.5, 3]);
  });

  it("the rule overwrite gives 0.5 for an incoming gradient of 3 and s = 0.5", async () => {
    expect(await gradientOf(ops.relu, [-1, 0, 2], [3, 3, 3], { "relu.zero": 0.5 }, "overwrite")).toEqual([0, 0.5, 3]);
  });

  it.each<[ChainRule, number]>([
    ["multiply", 1.5],
    ["overwrite", 0.5],
  ])("the rule %s treats −0 as 0", async (rule, expected) => {
    expect(await gradientOf(ops.relu, [-0, 0], [3, 3], { "relu.zero": 0.5 }, rule)).toEqual([expected, expected]);
  });

  it.each<ChainRule>(["multiply", "overwrite"])(
    "the rule %s does not treat the smallest numbers beside 0 as 0",
    async (rule) => {
      const tiny = Number.MIN_VALUE;
      expect(await gradientOf(ops.relu, [-tiny, tiny], [3, 3], { "relu.zero": 0.5 }, rule)).toEqual([0, 3]);
    },
  );

  it.each<ChainRule>(["multiply", "overwrite"])("the rule %s passes NaN on", async (rule) => {
    expect(await gradientOf(ops.relu, [NAN, 1, -1], [3, NAN, NAN], { "relu.zero": 0.5 }, rule)).toEqual([
      NAN,
      NAN,
      NAN,
    ]);
  });

  it("at the kink, multiply passes on a NaN of the incoming gradient and overwrite drops it", async () => {
    const half = { "relu.zero": 0.5 };
    expect(await gradientOf(ops.relu, [0], [NAN], half, "multiply")).toEqual([NAN]);
    expect(await gradientOf(ops.relu, [0], [NAN], half, "overwrite")).toEqual([0.5]);
  });

  it("at several kinks in series, multiply takes the product and overwrite the value set last", async () => {
    const twice = (x: Value) => ops.relu(ops.relu(x));
    const half = { "relu.zero": 0.5 };
    expect(await gradientOf(twice, [-1, 0, 2], [3, 3, 3], half)).toEqual([0, 0.75, 3]);
    expect(await gradientOf(twice, [-1, 0, 2], [3, 3, 3], half, "overwrite")).toEqual([0, 0.5, 3]);

    // |relu(x)| − the inner relu is swept last
    const mixed = (x: Value) => ops.abs(ops.relu(x));
    const kinks = { "relu.zero": 0.5, "abs.zero": 0.25 };
    expect(await gradientOf(mixed, [-1, 0, 2], [3, 3, 3], kinks)).toEqual([0, 0.375, 3]);
    expect(await gradientOf(mixed, [-1, 0, 2], [3, 3, 3], kinks, "overwrite")).toEqual([0, 0.5, 3]);
  });

  it("at an inner kink, multiply scales the gradient that arrives and overwrite replaces it", async () => {
    // relu(−relu(x)) is 0 for every x; at x = 0 both see a zero
    const dead = (x: Value) => ops.relu(ops.neg(ops.relu(x)));
    const zero = { "relu.zero": 0 };
    expect(await gradientOf(dead, [0], [3], zero)).toEqual([-0]);
    expect(await gradientOf(dead, [0], [3], { "relu.zero": 0.5 })).toEqual([-0.75]);
    expect(await gradientOf(dead, [0], [3], { "relu.zero": 0.5 }, "overwrite")).toEqual([0.5]);
  });

  it("relu6 has two kinks, each with its own value", async () => {
    const kinks = { "relu6.zero": 0.25, "relu6.six": 0.5 };
    const x = [-1, 0, 3, 6, 7, NAN];
    const g = [2, 2, 2, 2, 2, 2];
    expect(await gradientOf(ops.relu6, x, g, kinks)).toEqual([0, 0.5, 2, 1, 0, NAN]);
    expect(await gradientOf(ops.relu6, x, g, kinks, "overwrite")).toEqual([0, 0.25, 2, 0.5, 0, NAN]);
  });

  it("hardTanh and hardSwish have two kinks, each with its own value", async () => {
    const g = [2, 2, 2, 2, 2, 2];
    const tanh = { "hardTanh.low": 0.25, "hardTanh.high": 0.5 };
    const x = [-2, -1, 0, 1, 2, NAN];
    expect(await gradientOf(ops.hardTanh, x, g, tanh)).toEqual([0, 0.5, 2, 1, 0, NAN]);
    expect(await gradientOf(ops.hardTanh, x, g, tanh, "overwrite")).toEqual([0, 0.25, 2, 0.5, 0, NAN]);

    // (2x + 3)/6 between the kinks
    const swish = { "hardSwish.low": 0.25, "hardSwish.high": 0.75 };
    const z = [-4, -3, 0, 3, 5, NAN];
    expect(await gradientOf(ops.hardSwish, z, g, swish)).toEqual([0, 0.5, 1, 1.5, 2, NAN]);
    expect(await gradientOf(ops.hardSwish, z, g, swish, "overwrite")).toEqual([0, 0.25, 1, 0.75, 2, NAN]);
    const beside = [-3 - 2 ** -20, -3 + 2 ** -20, -1.5, 3 - 2 ** -20, 3 + 2 ** -20, -1e300];
    const slopes = [0, -0.5 + 2 ** -20 / 3, 0, 1.5 - 2 ** -20 / 3, 1, 0];
    for (const [i, slope] of (await gradientOf(ops.hardSwish, beside, g, swish)).entries())
      expect(slope).toBeCloseTo(2 * slopes[i]!, 14);
  });

  it("a tie of two operands is shared by its value, and only a tie", async () => {
    const b = ops.constant("f64", 2);
    const [x, g] = [
      [1, 2, 3, NAN, Number.NEGATIVE_INFINITY],
      [8, 8, 8, 8, 8],
    ];
    for (const w of [-1, 0, 0.25, 1, 3]) {
      const tie = { "maximum.tie": w };
      expect(await gradientOf((a) => ops.maximum(a, b), x!, g!, tie)).toEqual([0, 8 * w, 8, NAN, 0]);
      expect(await gradientOf((a) => ops.maximum(b, a), x!, g!, tie)).toEqual([0, 8 * (1 - w), 8, NAN, 0]);
    }
    // both operands are the same value: the shares add up
    expect(await gradientOf((a) => ops.maximum(a, a), [3], [8], { "maximum.tie": 0.25 })).toEqual([8]);
    const infinite = [Number.POSITIVE_INFINITY, -0];
    const same = [ops.constant("f64", Number.POSITIVE_INFINITY), ops.constant("f64", 0)];
    for (const [i, other] of same.entries())
      expect(await gradientOf((a) => ops.maximum(a, other), [infinite[i]!], [8], { "maximum.tie": 0.25 })).toEqual([2]);
  });

  it("a convention is taken by its name", async () => {
    const clipped = (x: Value) => ops.relu6(x);
    expect(await gradientOf(clipped, [0, 6], [3, 3], "tinygrad")).toEqual([0, 3]);
    expect(await gradientOf(clipped, [0, 6], [3, 3], "jax")).toEqual([0, 0]);
    expect(await gradientOf(clipped, [0, 6], [3, 3], "cudnn", "overwrite")).toEqual([0, 1]);
  });

  it("the defaults at kinks are those of the frameworks: 0, or the slope from below for leakyRelu", async () => {
    expect(await gradientOf(ops.relu, [0], [3], {})).toEqual([0]);
    expect(await gradientOf(ops.abs, [0], [3], {})).toEqual([0]);
    expect(await gradientOf(ops.relu6, [0, 6], [3, 3], {})).toEqual([0, 0]);
    expect(await gradientOf((x) => ops.leakyRelu(x, 0.125), [0], [8], {})).toEqual([1]);
    expect(await gradientOf(ops.hardTanh, [-1, 1], [3, 3], {})).toEqual([0, 0]);
    expect(await gradientOf(ops.hardSwish, [-3, 3], [2, 2], {})).toEqual([-1, 3]);
    expect(await gradientOf((x) => ops.maximum(x, ops.constant("f64", 1)), [1], [3], {})).toEqual([1.5]);
  });

  it("a value at a kink gives the same gradient whether it is fed or built in", async () => {
    const operand = input("x", "f64", [3]);
    const scalar = ops.reduceSum(ops.mul(ops.relu(operand), input("g", "f64", [3])));
    const [fed] = gradient(scalar, [operand], { kinks: { "relu.zero": input("s", "f64", []) } });
    const program = await engine.compile(graph({ fed: fed! }));
    for (const s of [-1, 0, 0.5, 1, 100]) {
      const feeds = { x: tensor("f64", [-1, 0, 2]), g: tensor("f64", [3, 5, 7]), s: tensor("f64", s) };
      const built = await gradientOf(ops.relu, [-1, 0, 2], [3, 5, 7], { "relu.zero": s });
      expect([...(await program.run(feeds)).fed!.data]).toEqual(built);
    }
    await program.dispose();
  });

  it.each(formatNames)(
    "two gradients with ReLU'(0) = 0 have the same bits in %s, and one with 1 differs",
    async (format) => {
      const [x, w] = [input("x", format, [8, 16]), input("w", format, [16, 16])];
      const z = ops.matmul(ops.relu(ops.matmul(x, w)), w);
      const loss = ops.reduceSum(ops.relu(z));
      const [a, b] = ["a", "b"].map(
        (name) => gradient(loss, [w], { kinks: { "relu.zero": input(name, format, []) } })[0]!,
      );
      const program = await engine.compile(graph({ a: a!, b: b! }));
      // products of −1, 0 and 1 often cancel to an exact zero
      const random = stream(9, "control");
      const numbers = (n: number) => Array.from({ length: n }, () => random.integer(3) - 1);
      const fed = { x: tensor(format, numbers(128), [8, 16]), w: tensor(format, numbers(256), [16, 16]) };
      const run = (slopes: [number, number]) =>
        program.run({ ...fed, a: tensor(format, slopes[0]), b: tensor(format, slopes[1]) });
      const control = await run([0, 0]);
      expect(control.a!.data).toEqual(control.b!.data);
      const different = await run([0, 1]);
      expect(different.a!.data).toEqual(control.a!.data);
      expect(different.b!.data).not.toEqual(different.a!.data);
      await program.dispose();
    },
  );

  it.each(formatNames)("exact hits of a kink are counted in %s, with both zeros and without NaN", async (format) => {
    const small = Math.max(2 ** -24, formats[format].smallestSubnormal);
    const x = input("x", format, [2, 4]);
    const y = ops.abs(ops.relu6(x));
    const sites = kinkSites([y]);
    const hits = Object.fromEntries(sites.map((site) => [site.kink, kinkHits(site)]));
    const program = await engine.compile(graph(hits));
    const results = await program.run({ x: tensor(format, [0, -0, 6, NAN, -2, 7, 1, small], [2, 4]) });
    expect(Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data[0]]))).toEqual({
      "relu6.zero": 2,
      "relu6.six": 1,
      "abs.zero": 3,
    });
    await program.dispose();
  });

  it.each(formatNames)("the windows with a tie are counted in %s as plain loops count them", async (format) => {
    const [batch, size, channels] = [2, 7, 3];
    const shape = [batch, size, size, channels];
    // few different values, so that many windows are tied: next to each other in the format, both zeros, −∞ if there is one, and NaN
    const lowest = formats[format].infinite ? Number.NEGATIVE_INFINITY : -formats[format].largest;
    const next = 1 + 2 ** (1 - formats[format].precision);
    const values = [-0, 0, 1, next, -2, lowest];
    const random = stream(11, "ties");
    const numbers = Array.from({ length: batch * size * size * channels }, () =>
      random.integer(40) === 0 ? NAN : values[random.integer(values.length)]!,
    );
    numbers.fill(lowest, 0, 3 * size * channels);
    const x = input("x", format, shape);
    for (const window of [
      { kernel: 2 },
      { kernel: 3, stride: 2, padding: 1 },
      { kernel: 3, stride: 1 },
      { kernel: [1, 2] },
    ]) {
      const { kernel, stride = kernel, padding = 0 } = window;
      const [rows, columns] = [kernel].flat().concat(kernel) as [number, number];
      const [down, right] = [stride].flat().concat(stride) as [number, number];
      let expected = 0;
      for (let b = 0; b < batch; b++)
        for (let c = 0; c < channels; c++)
          for (let top = -padding; top + rows <= size + padding; top += down)
            for (let left = -padding; left + columns <= size + padding; left += right) {
              const own: number[] = [];
              for (let i = Math.max(0, top); i < Math.min(size, top + rows); i++)
                for (let j = Math.max(0, left); j < Math.min(size, left + columns); j++)
                  own.push(numbers[((b * size + i) * size + j) * channels + c]!);
              // −0 and 0 are one maximum; a NaN makes it NaN, which equals nothing
              const maximum = Math.max(...own);
              if (own.filter((v) => v === maximum).length > 1) expected++;
            }
      expect(expected).toBeGreaterThan(10);
      const [site, ...others] = kinkSites([ops.maxPool(x, window)]);
      expect(others).toEqual([]);
      expect(site).toMatchObject({ kink: "maxPool.tie", operand: x });
      const program = await engine.compile(graph({ hits: kinkHits(site!) }));
      const { hits } = await program.run({ x: tensor(format, numbers, shape) });
      expect([window, hits!.format, ...hits!.data]).toEqual([window, "i32", expected]);
      await program.dispose();
    }
  });

  it("1 and 1 + 2⁻¹² are a tie in f16, where they are one number, but not in f32 or f64", async () => {
    const near = [1, 1 + 2 ** -12, 1 - 2 ** -13, 0.5];
    const hitsIn = async (format: FormatName) => {
      const [site] = kinkSites([ops.maxPool(input("x", format, [1, 2, 2, 1]), { kernel: 2 })]);
      const program = await engine.compile(graph({ hits: kinkHits(site!) }));
      const { hits } = await program.run({ x: tensor(format, near, [1, 2, 2, 1]) });
      await program.dispose();
      return hits!.data[0];
    };
    expect([await hitsIn("f16"), await hitsIn("f32"), await hitsIn("f64")]).toEqual([1, 0, 0]);
  });

  it("a tie is hit exactly where the value at ties changes the gradient", async () => {
    const x = input("x", "f64", [1, 6, 6, 2]);
    const y = ops.maxPool(x, { kernel: 2 });
    const [site] = kinkSites([y]);
    const [first, shared] = [0, 1].map((tie) => gradient(ops.reduceSum(y), [x], { kinks: { "maxPool.tie": tie } })[0]!);
    const program = await engine.compile(graph({ hits: site!.hits, first: first!, shared: shared! }));
    const random = stream(12, "ties");
    const numbers = Array.from({ length: 72 }, () => random.integer(4));
    const results = await program.run({ x: tensor("f64", numbers, [1, 6, 6, 2]) });
    const changed = Array.from({ length: 18 }, (_, w) => {
      const [i, j, c] = [Math.floor(w / 6), Math.floor(w / 2) % 3, w % 2];
      const places = [0, 1, 6, 7].map((p) => (12 * i + 2 * j + p) * 2 + c);
      return Number(places.some((p) => results.first!.data[p] !== results.shared!.data[p]));
    });
    expect([...results.hits!.data]).toEqual(changed);
    expect(new Set(changed)).toEqual(new Set([0, 1]));
    await program.dispose();
  });
});

describe("kinkSites", () => {
  it("kinkSites lists the ties of two operands as they stretch", () => {
    const [a, b] = [input("a", "f32", [3, 1]), input("b", "f32", [4])];
    const [site, ...others] = kinkSites([ops.maximum(a, b)]);
    expect([site!.kink, site!.operand, site!.at, site!.hits.shape]).toEqual(["maximum.tie", a, undefined, [3, 4]]);
    expect(others).toEqual([]);
  });

  it("kinkSites lists each kink below some values once, in the order of the forward pass", () => {
    const x = input("x", "f32", [4]);
    const first = ops.relu(x);
    const second = ops.relu6(ops.leakyRelu(ops.exp(first)));
    const sites = kinkSites([second, first, second]);
    expect(sites.map(({ kink, at }) => [kink, at])).toEqual([
      ["relu.zero", 0],
      ["leakyRelu.zero", 0],
      ["relu6.zero", 0],
      ["relu6.six", 6],
    ]);
    expect(sites[0]!.operand).toBe(x);
    expect(sites[2]!.operand).toBe(second.inputs[0]);
    expect(kinkSites([ops.exp(x)])).toEqual([]);
    expect(kinkSites([ops.relu(ops.mul(x, input("value relu.zero", "f32", [])))])[0]).toMatchObject({
      layer: undefined,
    });
  });

  it("kinkSites lists ties in max-pooling without a place on an axis", () => {
    const x = ops.relu(input("x", "f32", [1, 4, 4, 1]));
    const y = ops.abs(ops.maxPool(x, { kernel: 2 }));
    expect(kinkSites([y]).map(({ kink, operand, at, hits }) => [kink, operand, at, hits.shape])).toEqual([
      ["relu.zero", x.inputs[0], 0, [1, 4, 4, 1]],
      ["maxPool.tie", x, undefined, [1, 2, 2, 1]],
      ["abs.zero", y.inputs[0], 0, [1, 2, 2, 1]],
    ]);
  });
});

describe("knownKinks", () => {
  it("knownKinks names every kink with its place, its default and its source", () => {
    const kinks = knownKinks();
    expect(Object.keys(kinks)).toEqual(
      expect.arrayContaining(["relu.zero", "abs.zero", "relu6.zero", "relu6.six", "leakyRelu.zero", "maxPool.tie"]),
    );
    expect(kinks["relu6.six"]).toMatchObject({ at: 6, default: 0 });
    expect(kinks["maxPool.tie"]).toMatchObject({ default: 0 });
    for (const kink of Object.values(kinks)) expect(kink.source).not.toBe("");
  });
});
