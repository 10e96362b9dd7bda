/** What ONNX Runtime on the CPU promises about bits: one rounding behind every node, and the same bits every time. */
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../src/engines";
import { type FormatName, formatNames } from "../../src/formats";
import { constant, type Graph, graph, input, type Tensor, tensor, type Value, wrap } from "../../src/ir";
import { ops } from "../../src/ops";
import { stream } from "../../src/util";

const engine = createEngine("onnx-cpu");
const reference = createEngine("reference");
afterAll(() => engine.dispose());

async function run(on: Engine, compiled: Graph, feeds: Record<string, Tensor>): Promise<Tensor> {
  const program = await on.compile(compiled);
  const result = (await program.run(feeds)).y!;
  await program.dispose();
  return result;
}

type Step = (x: Value, y: Value) => Value;

/** One operation each, in the format of its operands, with a result that every engine has to the bit. */
const steps: Record<string, Step> = {
  add: ops.add,
  sub: ops.sub,
  mul: ops.mul,
  div: ops.div,
  neg: (x) => ops.neg(x),
  abs: (x) => ops.abs(x),
  relu: (x, y) => ops.add(ops.relu(x), y),
  relu6: (x, y) => ops.add(ops.relu6(x), y),
  root: (x) => ops.sqrt(ops.abs(x)),
  third: (x) => ops.mul(x, constant(x.format, 1 / 3)),
  "to the other format and back": (x) => ops.cast(ops.cast(x, x.format === "f16" ? "f32" : "f16"), x.format as "f16"),
};

const operands = (format: FormatName): Record<string, Tensor> => {
  const random = stream(16, "chain");
  const values = () => Array.from({ length: 256 }, () => random.normal() * 2 ** (random.integer(9) - 4));
  // f16 numbers in either format
  const [x, y] = [values(), values()].map((numbers) => tensor("f16", numbers));
  return { x: wrap(format, x!.data, [256]), y: wrap(format, y!.data, [256]) };
};

/** A chain of operations on two vectors; each step sees the last result and the second vector. */
function chain(names: readonly string[], format: FormatName): Graph {
  const [x, y] = ["x", "y"].map((name) => input(name, format, [256])) as [Value, Value];
  const last = names.reduce((value, name) => steps[name]!(value, y), ops.add(x, y));
  return graph({ y: ops.cast(last, "f16") }, names.join(" "));
}

describe("half precision", () => {
  const chains = fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 20, maxLength: 20 });

  it("chains of 20 operations in half precision are rounded after every node, as by definition", async () => {
    await fc.assert(
      fc.asyncProperty(chains, async (names) => {
        const compiled = chain(names, "f16");
        const expected = await run(reference, compiled, operands("f16"));
        expect(await run(engine, compiled, operands("f16"))).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("half precision differs from a single rounding at the end", async () => {
    const names = Array.from({ length: 20 }, (_, i) => ["mul", "third", "sub", "div", "add"][i % 5]!);
    const each = await run(engine, chain(names, "f16"), operands("f16"));
    const end = await run(engine, chain(names, "f32"), operands("f32"));
    const differing = each.data.filter((v, i) => !Object.is(v, end.data[i])).length;
    expect(differing).toBeGreaterThan(64);
  });

  it("constants in half precision are rounded before they are used", async () => {
    const compiled = graph({ y: ops.mul(input("x", "f16", [3]), constant("f16", 0.1)) });
    const feeds = { x: tensor("f16", [1, 3, 2048]) };
    const expected = await run(reference, compiled, feeds);
    expect([...expected.data].slice(0, 1)).toEqual([0.0999755859375]);
    expect(await run(engine, compiled, feeds)).toEqual(expected);
  });
});

describe("single precision", () => {
  const chains = fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 20, maxLength: 20 });

  it("chains of 20 operations in single precision have the bits of the definition", async () => {
    await fc.assert(
      fc.asyncProperty(chains, async (names) => {
        const compiled = chain(names, "f32");
        const expected = await run(reference, compiled, operands("f32"));
        expect(await run(engine, compiled, operands("f32"))).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});

/** Normally distributed numbers in a format. */
function matrix(format: FormatName, rows: number, columns: number, name: string): Tensor {
  const random = stream(16, "matrix", name);
  return tensor(
    format,
    Float64Array.from({ length: rows * columns }, () => random.normal()),
    [rows, columns],
  );
}

/** x·Wᵀ */
function layer(format: FormatName, batch: number, inputs: number, outputs: number): Graph {
  const w = input("w", format, [outputs, inputs]);
  return graph({ y: ops.matmul(input("x", format, [batch, inputs]), w, { transposeB: true }) });
}

describe.each(formatNames)("a product of matrices in %s", (format) => {
  it("a product has the same bits from run to run and from session to session", async () => {
    const feeds = { x: matrix(format, 64, 784, "x"), w: matrix(format, 256, 784, "w") };
    const program = await engine.compile(layer(format, 64, 784, 256));
    const first = (await program.run(feeds)).y!;
    for (let i = 0; i < 5; i++) expect((await program.run(feeds)).y!.data).toEqual(first.data);
    const other = createEngine("onnx-cpu");
    expect((await run(other, layer(format, 64, 784, 256), feeds)).data).toEqual(first.data);
    await other.dispose();
    await program.dispose();
  });

  it.each([784, 256])(
    "a row of a product has the same bits for every batch size, with the inner length %i",
    async (inner) => {
      const w = matrix(format, 256, inner, "w");
      const x = matrix(format, 1024, inner, "x");
      const all = (await run(engine, layer(format, 1024, inner, 256), { x, w })).data;
      for (const batch of [16, 64, 256]) {
        const part = wrap(format, x.data.slice(0, batch * inner), [batch, inner]);
        const { data } = await run(engine, layer(format, batch, inner, 256), { x: part, w });
        expect(data, `batch ${batch}`).toEqual(all.slice(0, data.length));
      }
    },
  );
});
