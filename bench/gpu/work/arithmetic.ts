/** How exact an engine's arithmetic is on the device that is there, beside results that are rounded once. */
import {
  createEngine,
  type Engine,
  type FormatName,
  graph,
  input,
  ops,
  type Stream,
  stream,
  tensor,
  type Value,
} from "nonsmooth";
import { formatOf } from "../library";
import type { Prepared } from "../types";

export interface ArithmeticOptions {
  readonly engine: string;
  readonly format: FormatName;
}

export interface ArithmeticFacts {
  /** By operation: the largest distance from the correctly rounded result, in units in the last place. */
  readonly ulps: Readonly<Record<string, number | "not finite">>;
  /** Whether a subnormal operand, and a subnormal result, are taken for zero. */
  readonly flushes: { readonly operand: boolean; readonly result: boolean };
  /** Whether a NaN comes out where one goes in. */
  readonly passesNaN: { readonly relu: boolean; readonly maxPool: boolean };
}

interface Trial {
  readonly operands: readonly { readonly values: Float64Array; readonly shape: readonly number[] }[];
  readonly build: (...operands: Value[]) => Value;
  /** The result before rounding, at a place. */
  readonly exact: (operands: readonly Float64Array[], place: number) => number;
  /** In units of which number's last place; default the result's own. */
  readonly unit?: number;
}

const COUNT = 2 ** 15;
const SIDE = 64;
const TERMS = 256;
/** Binary digits behind the point of a number from 1/4 to 1, in every format. */
const DIGITS = 54;

const integerOf = (x: number) => BigInt(x * 2 ** DIGITS);

export async function prepareArithmetic({ engine: id, format }: ArithmeticOptions): Promise<Prepared<ArithmeticFacts>> {
  const engine = createEngine(id);
  const ulps: Record<string, number | "not finite"> = {};
  for (const [name, trial] of Object.entries(trialsOf(format))) ulps[name] = await worst(engine, format, trial);
  const facts = { ulps, flushes: await flushesOf(engine, format), passesNaN: await passesOf(engine, format) };
  return { facts, dispose: () => engine.dispose() };
}

/** Normal operands whose results are normal numbers, too. */
function trialsOf(format: FormatName): Readonly<Record<string, Trial>> {
  const { round, maxExponent } = formatOf(format);
  const random = stream(1, "bench", "arithmetic", format);
  const vector = (draw: (random: Stream) => number) => ({
    values: Float64Array.from({ length: COUNT }, () => round(draw(random))),
    shape: [COUNT],
  });
  const wide = (most: number) => (r: Stream) => 2 ** r.uniformIn(-most, most);
  const matrix = () => ({
    values: Float64Array.from({ length: SIDE * TERMS }, () => round(random.uniformIn(0.25, 1))),
    shape: [SIDE, TERMS],
  });
  const exponents = maxExponent - 2;
  const furthest = exponents * Math.LN2;
  return {
    div: {
      operands: [vector(wide(exponents / 2)), vector(wide(exponents / 2))],
      build: (a, b) => ops.div(a!, b!),
      exact: ([a, b], i) => a![i]! / b![i]!,
    },
    sqrt: { operands: [vector(wide(exponents))], build: (a) => ops.sqrt(a!), exact: ([a], i) => Math.sqrt(a![i]!) },
    exp: {
      operands: [vector((r) => r.uniformIn(-furthest, furthest))],
      build: (a) => ops.exp(a!),
      exact: ([a], i) => Math.exp(a![i]!),
    },
    log: {
      operands: [vector((r) => 2 ** ((r.uniform() < 0.5 ? -1 : 1) * r.uniformIn(1, exponents)))],
      build: (a) => ops.log(a!),
      exact: ([a], i) => Math.log(a![i]!),
    },
    // the result may be as near to zero as one likes
    "log from 1/2 to 2, in units of the last place of 1": {
      operands: [vector(wide(1))],
      build: (a) => ops.log(a!),
      exact: ([a], i) => Math.log(a![i]!),
      unit: 1,
    },
    [`matmul, sums of ${TERMS} positive terms`]: {
      operands: [matrix(), matrix()],
      build: (a, b) => ops.matmul(a!, ops.transpose(b!, [1, 0])),
      exact: ([a, b], place) => {
        const [row, column] = [Math.floor(place / SIDE) * TERMS, (place % SIDE) * TERMS];
        let sum = 0n;
        for (let k = 0; k < TERMS; k++) sum += integerOf(a![row + k]!) * integerOf(b![column + k]!);
        return Number(sum) / 2 ** (2 * DIGITS);
      },
    },
  };
}

async function worst(
  engine: Engine,
  format: FormatName,
  { operands, build, exact, unit }: Trial,
): Promise<number | "not finite"> {
  const found = await compute(engine, format, operands, build);
  const { round, ulp } = formatOf(format);
  const values = operands.map(({ values }) => values);
  let most = 0;
  for (const [i, x] of found.entries()) {
    const expected = round(exact(values, i));
    const distance = Math.abs(x - expected) / ulp(unit ?? expected);
    if (!Number.isFinite(distance)) return "not finite";
    most = Math.max(most, distance);
  }
  return most;
}

/** The result of one operation; operands are inputs, so that nothing is computed ahead. */
async function compute(
  engine: Engine,
  format: FormatName,
  operands: readonly { readonly values: ArrayLike<number>; readonly shape: readonly number[] }[],
  build: (...operands: Value[]) => Value,
): Promise<ArrayLike<number> & Iterable<number> & { entries(): Iterable<[number, number]> }> {
  const names = operands.map((_, i) => `operand ${i + 1}`);
  const y = build(...operands.map(({ shape }, i) => input(names[i]!, format, shape)));
  const program = await engine.compile(graph({ y }, "arithmetic"));
  const feeds = operands.map(({ values, shape }, i) => [names[i]!, tensor(format, values, shape)]);
  const { y: result } = await program.run(Object.fromEntries(feeds));
  await program.dispose();
  return result!.data;
}

async function flushesOf(engine: Engine, format: FormatName): Promise<ArithmeticFacts["flushes"]> {
  const { smallestNormal } = formatOf(format);
  const product = async (a: number, b: number) => {
    const operands = [a, b].map((x) => ({ values: [x], shape: [1] }));
    const [result] = await compute(engine, format, operands, (x, y) => ops.mul(x!, y!));
    return result;
  };
  // 2^-k · 2^10 is normal again
  return {
    operand: (await product(smallestNormal / 2, 1024)) === 0,
    result: (await product(smallestNormal, 0.5)) === 0,
  };
}

async function passesOf(engine: Engine, format: FormatName): Promise<ArithmeticFacts["passesNaN"]> {
  const values = [Number.NaN, 1, 2, 3];
  const window = [{ values, shape: [1, 2, 2, 1] }];
  const [relu] = await compute(engine, format, [{ values, shape: [4] }], (x) => ops.relu(x!));
  const [pool] = await compute(engine, format, window, (x) => ops.maxPool(x!, { kernel: 2 }));
  return { relu: Number.isNaN(relu), maxPool: Number.isNaN(pool) };
}
