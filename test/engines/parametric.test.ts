/** What engines do with formats by their numbers of bits: sums in the format itself, stochastic rounding, refusals. */
import { describe, expect, it } from "vitest";
import { createEngine } from "../../src/engines";
import { type FormatName, formatOf } from "../../src/formats";
import { graph, input, tensor } from "../../src/ir";
import { ops } from "../../src/ops";
import { stream } from "../../src/util";

const product = (format: FormatName) =>
  graph({ y: ops.matmul(input("a", format, [8, 40]), input("b", format, [40, 8]), { bias: input("c", format, [8]) }) });

const feedsOf = (format: FormatName) => {
  const random = stream(3, "parametric");
  const draw = (shape: number[]) => {
    const length = shape.reduce((n, k) => n * k, 1);
    return tensor(
      format,
      Float64Array.from({ length }, () => random.normal()),
      shape,
    );
  };
  return { a: draw([8, 40]), b: draw([40, 8]), c: draw([8]) };
};

async function products(format: FormatName, seed?: number) {
  const engine = createEngine("reference", seed === undefined ? {} : { seed });
  const program = await engine.compile(product(format));
  const { y } = await program.run(feedsOf(format));
  await engine.dispose();
  return [...y!.data];
}

describe("sums in the format itself", () => {
  it("every partial sum is rounded, one after the other, the bias last", async () => {
    const format = "e8p6-sums";
    const { a, b, c } = feedsOf(format);
    const { round } = formatOf(format);
    const expected = Array.from({ length: 64 }, (_, at) => {
      const [i, j] = [Math.floor(at / 8), at % 8];
      let sum = 0;
      for (let k = 0; k < 40; k++) sum = round(sum + a.data[i * 40 + k]! * b.data[k * 8 + j]!);
      return round(sum + c.data[j]!);
    });
    const found = await products(format);
    expect(found).toEqual(expected);
    expect(found).not.toEqual(await products("e8p6"));
  });

  it.each(["onnx-cpu", "tfjs"])("%s refuses them, and stochastic rounding", async (id) => {
    const engine = createEngine(id);
    for (const format of ["e8p6-sums", "e8p6-stochastic"] as const) {
      expect(engine.hasFormat(format)).toBe(false);
      await expect(engine.compile(product(format))).rejects.toThrow(/computes in .*, got/);
    }
    await engine.dispose();
  });
});

describe("stochastic rounding on reference", () => {
  it("the same seed and feeds give the same bits, another seed others", async () => {
    const first = await products("e8p6-stochastic", 1);
    expect(await products("e8p6-stochastic", 1)).toEqual(first);
    expect(await products("e8p6-stochastic", 2)).not.toEqual(first);
  });

  it("a value has the same bits in every graph that computes it", async () => {
    const format = "e8p6-stochastic";
    const engine = createEngine("reference");
    const [x, y] = [input("x", format, [500]), input("y", format, [500])];
    const z = ops.mul(x, y);
    const random = stream(1, "feeds");
    const [a, b] = [1, 2].map(() =>
      tensor(
        format,
        Float64Array.from({ length: 500 }, () => random.normal()),
        [500],
      ),
    );
    const run = async (outputs: Parameters<typeof graph>[0]) => [
      ...(await (await engine.compile(graph(outputs))).run({ x: a!, y: b! })).z!.data,
    ];
    expect(await run({ z, w: ops.relu(ops.add(z, x)) })).toEqual(await run({ z }));
  });

  it("results are unbiased, and one of the two neighbours", async () => {
    const format = "e8p4-stochastic";
    const engine = createEngine("reference");
    const n = 20_000;
    const x = input("x", format, [n]);
    const program = await engine.compile(graph({ y: ops.div(x, ops.constant(format, 3)) }));
    const { y } = await program.run({ x: tensor(format, new Float64Array(n).fill(1), [n]) });
    const { round, ulp } = formatOf("e8p4");
    const [third, step] = [1 / 3, ulp(1 / 3)];
    expect(new Set(y!.data).size).toBe(2);
    expect([...y!.data].every((v) => round(v) === v && Math.abs(v - third) < step)).toBe(true);
    const mean = [...y!.data].reduce((sum, v) => sum + v, 0) / n;
    expect(Math.abs(mean - third)).toBeLessThan((5 * step) / 2 / Math.sqrt(n));
  });
});
