/** An activation that was defined outside the library, beside its own slopes and on every engine. */
import { checkGradient, gradient } from "../autodiff";
import { type FormatName, isFloat, requireFormat } from "../formats";
import { graph, input, tensor } from "../ir";
import { type Activation, type OpName, ops, slopeAt } from "../ops";
import { fail, NonsmoothError } from "../util";
import { computes, examine, kinkTrials, operationTrials, type Trial } from "./conformance";
import type { Engine, Latitude } from "./engine";
import { referenceEngine } from "./reference";
import { engineRecord, records } from "./registry";

/** What was found for one engine and format. */
export interface ActivationCheck {
  /** "slopes" for the comparison of the slopes with difference quotients of the value. */
  readonly engine: string;
  readonly format: FormatName;
  /** How many graphs were computed: the value at special numbers, and the gradient with several values at the kinks and both chain rules. */
  readonly trials: number;
  /** Whether all results are those of the definition, within `ulps`; null if the engine cannot be had here. */
  readonly agrees: boolean | null;
  /** Whether all bits are the same. */
  readonly sameBits: boolean;
  /** The first result that is wrong, or why the engine cannot be had. */
  readonly note: string;
}

export interface ActivationCheckOptions {
  /** Ids of engines; default: all. */
  readonly engines?: readonly string[];
  /** Default: all that have names of their own; each engine is asked for those that it has. */
  readonly formats?: readonly FormatName[];
}

/**
 * Compares the slopes of an activation with difference quotients of its value, kinks included, and its value and gradient on each engine with
 * the definition, at signed zeros, subnormal numbers, infinities, NaN and the kinks. A row for each; nothing is thrown for what disagrees. The slopes
 * are looked at up to 30 beyond the outer kinks.
 *
 *     showTable(await checkActivation(bump));
 *
 * @example
 * ```ts
 * import { checkActivation, defineActivation } from "nonsmooth";
 *
 * const fold = defineActivation({
 *   name: "fold",
 *   kinks: [{ name: "zero", at: 0 }],
 *   slopes: [-1, 1],
 *   value: (x, { abs }) => abs(x),
 * });
 * const checks = await checkActivation(fold, { engines: ["onnx-cpu"], formats: ["f32"] });
 * console.log(checks.every(({ agrees }) => agrees)); // true
 * ```
 */
export async function checkActivation(
  activation: Activation,
  { engines = records.map(({ id }) => id), formats }: ActivationCheckOptions = {},
): Promise<ActivationCheck[]> {
  if (typeof activation?.record?.expand !== "function") {
    fail("checkActivation", "must get what defineActivation returns", activation);
  }
  for (const format of formats ?? []) {
    requireFormat("checkActivation format", format);
    if (!isFloat(format)) fail("checkActivation format", "must be a floating-point format", format);
  }
  const rows = [await checkSlopes(activation)];
  for (const id of engines) {
    const engine = engineIfThere(id);
    if (engine instanceof NonsmoothError) {
      rows.push({ ...none(id, "f32"), note: engine.detail });
      continue;
    }
    const wanted = formats?.filter((format) => engine.hasFormat(format)) ?? engine.formats;
    for (const format of wanted) rows.push(await checkOn(engine, activation, format));
    for (const format of formats ?? [])
      if (!(wanted as readonly FormatName[]).includes(format))
        rows.push({ ...none(id, format), note: `${id} has no ${format}` });
    await engine.dispose();
  }
  return rows;
}

/** What is said of a format that could not be tried. */
const none = (engine: string, format: FormatName) =>
  ({ engine, format, trials: 0, agrees: null, sameBits: false }) as const;

function engineIfThere(id: string): Engine | NonsmoothError {
  const { create } = engineRecord(id);
  try {
    return create({}, () => []);
  } catch (error) {
    if (error instanceof NonsmoothError) return error;
    throw error;
  }
}

async function checkOn(engine: Engine, { record }: Activation, format: FormatName): Promise<ActivationCheck> {
  const all = [
    ...operationTrials(record, format),
    ...kinkTrials(record, format, "multiply"),
    ...kinkTrials(record, format, "overwrite"),
  ];
  const trials = all.filter((trial) => computes(engine, trial.graph));
  let sameBits = true;
  for (const trial of trials) {
    const verdict = await examine(
      { compile: engine.compile, latitude: latitudeFor(engine, trial, record.name) },
      trial,
    );
    sameBits &&= verdict.sameBits;
    if (verdict.wrong === undefined) continue;
    const note = `${trial.title}: ${verdict.wrong}`;
    return { engine: engine.id, format, trials: trials.length, agrees: false, sameBits: false, note };
  }
  return { engine: engine.id, format, trials: trials.length, agrees: true, sameBits, note: "" };
}

/** Where an operation is undefined for an operand that is not finite, what is made of it is, too. */
function latitudeFor({ latitude }: Engine, { graph: { nodes } }: Trial, name: string): Latitude | undefined {
  if (!latitude || !nodes.some(({ op }) => (latitude.finiteOnly as readonly string[]).includes(op.name)))
    return latitude;
  return { ...latitude, finiteOnly: [...latitude.finiteOnly, name as OpName] };
}

/** The value at a kink is the slope below it and then the one above, so that the quotient of that side is the derivative. */
async function checkSlopes(activation: Activation): Promise<ActivationCheck> {
  const { record } = activation;
  const points = Float64Array.from(record.gradientCases!()[0]!.inputs[0]!.data);
  const { kinks, slopes } = record.pieces!({});
  const engine = referenceEngine();
  const row = { engine: "slopes", format: "f64", trials: 2, sameBits: false } as const;
  try {
    for (const side of [0, 1]) {
      const at = kinks.map(({ name, at: z }, i) => [`${record.name}.${name}`, slopeAt(slopes[i + side]!, z)] as const);
      const x = input("x", "f64", [points.length]);
      const sum = ops.reduceSum(activation(x));
      const [dx] = gradient(sum, [x], { kinks: Object.fromEntries(at) });
      const program = await engine.compile(graph({ sum, dx: dx! }));
      const run = (z: Float64Array) => program.run({ x: tensor("f64", z) });
      const f = async (z: Float64Array) => (await run(z)).sum!.data[0]!;
      await checkGradient(f, points, (await run(points)).dx!.data, { mixture: side });
    }
    return { ...row, agrees: true, note: "" };
  } catch (error) {
    if (!(error instanceof NonsmoothError)) throw error;
    const place = /^gradient at (\d+)/.exec(error.what);
    const where = place ? `at x = ${points[Number(place[1])]}: ` : "";
    return { ...row, agrees: false, note: `${where}${error.detail}` };
  } finally {
    await engine.dispose();
  }
}
