/**
 * What every engine is held to: each operation's cases, and for each operation with kinks its gradient at special values, both
 * beside the definition.
 */
import { type ChainRule, gradient, knownKinks } from "../autodiff";
import { type FormatName, formatOf, isFloat } from "../formats";
import { apply, type Graph, graph, input, type Operation, type Tensor, tensor, type Value } from "../ir";
import { type Case, type Op, type OpName, ops, recordOf } from "../ops";
import { type Allowance, disagreement, flush, isAllowed, sameBits } from "./agreement";
import type { Engine, Program, Results } from "./engine";
import { referenceEngine } from "./reference";

/** A graph with one output, `y`, that an engine computes for some feeds. */
export interface Trial {
  readonly title: string;
  readonly graph: Graph;
  readonly feeds: readonly Results[];
  /** What is wrong with a result; undefined if nothing is. */
  judge(feeds: Results, expected: Tensor, actual: Tensor, allowance?: Allowance): string | undefined;
}

export interface Verdict {
  /** Whether every result has the definition's bits. */
  readonly sameBits: boolean;
  /** The first result outside its bound. */
  readonly wrong?: string;
}

/** Each case of an operation, given by its name or its record. */
export const operationTrials = (op: string | Operation, format: FormatName): Trial[] =>
  casesOf(op, format).map(({ record, example }) => {
    const { inputs, attributes } = example;
    const operands = inputs.map((x, i) => input(`x${i}`, x.format, x.shape));
    return {
      title: example.name,
      graph: graph({ y: apply(record, operands, attributes) }, record.name),
      feeds: [Object.fromEntries(inputs.map((x, i) => [`x${i}`, x]))],
      judge: (_, expected, actual, allowance) => disagreement(record, inputs, attributes, expected, actual, allowance),
    };
  });

/** The gradient of each case of an operation with kinks, for several values at the kink; none for other operations. */
export const kinkTrials = (op: string | Operation, format: FormatName, chainRule: ChainRule): Trial[] =>
  casesOf(op, format)
    .filter(({ record }) => record.pieces)
    .map(({ record, example }) => ({ record, example, graph: kinkGraph(record, example, chainRule) }))
    .map(({ record, example, graph: made }) => ({
      title: `${example.name}, gradient, ${chainRule}`,
      graph: made,
      // without a kink there is no value to vary
      feeds: (made.inputs.has("s") ? [-1, 0, 0.5, 1, 3] : [undefined]).map((s) =>
        kinkFeeds(example.inputs[0]!, format, s),
      ),
      judge: (feeds, expected, actual, allowance) => kinkDisagreement(record, feeds, expected, actual, allowance),
    }));

/** Whether all floating-point values of a graph are in formats that an engine has. */
export const computes = ({ hasFormat }: Pick<Engine, "hasFormat">, { nodes }: Graph): boolean =>
  nodes.every(({ format }) => !isFloat(format) || hasFormat(format));

/** Computes a trial on an engine and on the definition. Engines whose platform promises less are held to what it promises. */
export async function examine(engine: Pick<Engine, "compile" | "latitude">, trial: Trial): Promise<Verdict> {
  const program = await engine.compile(trial.graph);
  const definition = await referenceEngine().compile(trial.graph);
  try {
    return await verdictOf(trial, program, definition, engine);
  } finally {
    await program.dispose();
    await definition.dispose();
  }
}

async function verdictOf(
  trial: Trial,
  program: Program,
  definition: Program,
  { latitude }: Pick<Engine, "latitude">,
): Promise<Verdict> {
  let same = true;
  for (const feeds of trial.feeds) {
    const expected = (await definition.run(feeds)).y!;
    const actual = (await program.run(feeds)).y!;
    const allowance = latitude && { latitude, flushed: (await definition.run(flushed(feeds))).y! };
    const wrong = trial.judge(feeds, expected, actual, allowance);
    if (wrong !== undefined) return { sameBits: false, wrong };
    same &&= expected.data.every((x, i) => sameBits(x, actual.data[i]!));
  }
  return { sameBits: same };
}

function casesOf(op: string | Operation, format: FormatName): { record: Op<never>; example: Case<never> }[] {
  const record = recordOf(op)! as Op<never>;
  return record.cases(formatOf(format)).map((example) => ({ record, example }));
}

const flushed = (feeds: Results): Results =>
  Object.fromEntries(Object.entries(feeds).map(([name, x]) => [name, flush(x)]));

/** Σ g·f(x), so that the gradient that arrives at f is g, element by element. */
function kinkGraph(record: Op<never>, { inputs: [x], attributes }: Case<never>, chainRule: ChainRule): Graph {
  const operand = input("x", x!.format, x!.shape);
  const weight = input("g", x!.format, x!.shape);
  const scalar: Value = ops.reduceSum(ops.mul(weight, apply(record, [operand], attributes)));
  const s = input("s", x!.format, []);
  const own = Object.keys(knownKinks()).filter((kink) => kink.startsWith(`${record.name}.`));
  const [y] = gradient(scalar, [operand], { kinks: Object.fromEntries(own.map((kink) => [kink, s])), chainRule });
  return graph({ y: y! }, `gradient of ${record.name}`);
}

function kinkFeeds(x: Tensor, format: FormatName, s: number | undefined): Results {
  const arriving = Float64Array.from(x.data, (_, i) => ((i % 5) - 2) * 0.75);
  return { x, g: tensor(format, arriving, x.shape), ...(s !== undefined && { s: tensor(format, s) }) };
}

/** A gradient is chosen and multiplied, so it has the definition's bits; a slope that varies is as exact as the function itself. */
function kinkDisagreement(
  { name, agreement }: Op<never>,
  feeds: Results,
  expected: Tensor,
  actual: Tensor,
  allowance?: Allowance,
): string | undefined {
  const ulps = agreement.kind === "approximate" ? agreement.ulps : 0;
  for (const [i, want] of expected.data.entries()) {
    const [got, x] = [actual.data[i]!, feeds.x!.data[i]!];
    const wanted = [want, allowance?.flushed.data[i] ?? want] as const;
    if (sameBits(got, want) || Math.abs(got - want) <= ulps * formatOf(expected.format as FormatName).ulp(want))
      continue;
    if (allowance && isAllowed(name as OpName, x, got, wanted, expected, allowance.latitude)) continue;
    return `value ${feeds.s?.data[0] ?? "none"} at the kink, x = ${x}: got ${got}, expected ${want}`;
  }
  return undefined;
}
