/**
 * Every operation × engine × format × case against the definition, and every kink convention of every operation with kinks.
 * Engines whose platform promises less are held to what it promises.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradient, knownKinks } from "../../src/autodiff";
import { createEngine, type Engine } from "../../src/engines";
import { type FormatName, formatNames, formats, isFloat } from "../../src/formats";
import { apply, type Graph, graph, input, type Tensor, tensor, type Value } from "../../src/ir";
import { type Case, type Op, type OpName, opNames, ops, recordOf } from "../../src/ops";
import { disagreement, flush, isAllowed } from "../helpers/agreement";
import { enginesIn, missingEngines, webgpuOnCpu } from "../helpers/engines";
import { preload } from "../software-cuda/preload";

const reference = createEngine("reference");
const CHAIN_RULES = ["multiply", "overwrite"] as const;

function asGraph(
  record: Op<never>,
  { inputs, attributes }: Case<never>,
): { graph: Graph; feeds: Record<string, Tensor> } {
  const operands = inputs.map((x, i) => input(`x${i}`, x.format, x.shape));
  const feeds: Record<string, Tensor> = Object.fromEntries(inputs.map((x, i) => [`x${i}`, x]));
  return { graph: graph({ y: apply(record, operands, attributes) }, record.name), feeds };
}

async function runOn(engine: Engine, compiled: Graph, feeds: Record<string, Tensor>) {
  const program = await engine.compile(compiled);
  const result = await program.run(feeds);
  await program.dispose();
  return result;
}

/** Every graph of this suite in a format. */
const graphsIn = (format: FormatName): Graph[] =>
  opNames.flatMap((name) => {
    const record = recordOf(name)! as Op<never>;
    return record.cases(formats[format]).flatMap((example) => {
      const kinked = record.pieces ? CHAIN_RULES.map((rule) => kinkGraph(record, example, rule)) : [];
      return [asGraph(record, example).graph, ...kinked];
    });
  });

const flushed = (feeds: Record<string, Tensor>) =>
  Object.fromEntries(Object.entries(feeds).map(([name, x]) => [name, flush(x)]));

/** Whether all floating-point values of a graph are in formats that an engine has. */
const computes = ({ formats: own }: Engine, { nodes }: Graph) =>
  nodes.every(({ format }) => !isFloat(format) || own.includes(format));

for (const { title } of missingEngines) it.skip(`${title} agrees with the definition in every operation`);

for (const { id, formats: tested, create } of [...enginesIn("f32"), webgpuOnCpu]) {
  if (id === "reference") continue;
  const engine = create();
  const { latitude } = engine;
  afterAll(() => engine.dispose());

  describe.each(formatNames)(`${id}, %s`, (format) => {
    const supported = tested.includes(format);
    if (id === "cuda" && supported) beforeAll(() => preload(graphsIn(format)), 120_000);

    it.skipIf(!supported).each(opNames)("%s agrees with the definition", async (name) => {
      const record = recordOf(name)! as Op<never>;
      for (const example of record.cases(formats[format])) {
        const { graph: g, feeds } = asGraph(record, example);
        if (!computes(engine, g)) continue;
        const expected = (await runOn(reference, g, feeds)).y!;
        const actual = (await runOn(engine, g, feeds)).y!;
        const allowance = latitude && { latitude, flushed: (await runOn(reference, g, flushed(feeds))).y! };
        const found = disagreement(record, example.inputs, example.attributes, expected, actual, allowance);
        expect(found, example.name).toBe(undefined);
      }
    });

    const kinked = opNames.filter((name) => recordOf(name)!.pieces);
    const conventions = kinked.flatMap((name) => CHAIN_RULES.map((rule) => [name, rule] as const));
    it.skipIf(!supported).each(conventions)(
      "the gradient of %s agrees with the definition at special values, with the rule %s",
      async (name, chainRule) => {
        const record = recordOf(name)! as Op<never>;
        for (const example of record.cases(formats[format])) {
          const feeds = kinkFeeds(example.inputs[0]!, format);
          const g = kinkGraph(record, example, chainRule);
          for (const s of [-1, 0, 0.5, 1, 3]) {
            const fed = { ...feeds, s: tensor(format, s) };
            const expected = (await runOn(reference, g, fed)).dx!;
            const actual = (await runOn(engine, g, fed)).dx!;
            const alternative = latitude && (await runOn(reference, g, flushed(fed))).dx!;
            const wrong = [...actual.data].flatMap((got, i) => {
              const want = expected.data[i]!;
              if (Object.is(got, want)) return [];
              const operand = feeds.x!.data[i]!;
              const other = alternative?.data[i] ?? want;
              if (latitude && isAllowed(name as OpName, operand, got, [want, other], expected, latitude)) return [];
              return [{ x: operand, got, want }];
            });
            expect(wrong, `${example.name}, value ${s}`).toEqual([]);
          }
        }
      },
    );
  });
}

/** Σ g·f(x), so that the gradient that arrives at f is g, element by element. */
function kinkGraph(
  record: Op<never>,
  { inputs: [x], attributes }: Case<never>,
  chainRule: (typeof CHAIN_RULES)[number],
): Graph {
  const operand = input("x", x!.format, x!.shape);
  const weight = input("g", x!.format, x!.shape);
  const scalar: Value = ops.reduceSum(ops.mul(weight, apply(record, [operand], attributes)));
  const s = input("s", x!.format, []);
  const kinks = Object.fromEntries(
    Object.keys(knownKinks())
      .filter((kink) => kink.startsWith(`${record.name}.`))
      .map((kink) => [kink, s]),
  );
  const [dx] = gradient(scalar, [operand], { kinks, chainRule });
  return graph({ dx: dx! }, `gradient of ${record.name}`);
}

function kinkFeeds(x: Tensor, format: FormatName): Record<string, Tensor> {
  const g = tensor(
    format,
    Float64Array.from(x.data, (_, i) => ((i % 5) - 2) * 0.75),
    x.shape,
  );
  return { x, g };
}
