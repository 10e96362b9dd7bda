/** What computes here: a line for each engine and format, and for each missing engine the command that installs it. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chooseEngine, type Engine, type EngineRecord, engines } from "../../engines";
import type { FormatName } from "../../formats";
import { NonsmoothError } from "../../util";
import { type Answer, attempt, tryHere } from "./attempt";
import { type Check, needed, optional } from "./check";

const AREA = "engines";

/** In units in the last place of a tensor's largest number: a few for the sums, and room for WebGPU's division. */
const MOST_ULPS = 32;

/** @param ids the engines that are tried; default: all */
export async function* engineChecks(ids = engines.map(({ id }) => id)): AsyncGenerator<Check> {
  for (const record of engines.filter((engine) => ids.includes(engine.id))) {
    const { id, formats, required, device, libraries } = record;
    const here = formatsHere(record);
    for (const { name, detail } of libraries?.() ?? []) yield optional(AREA, `${id}'s ${name}`, true, detail);
    if (here instanceof NonsmoothError) {
      yield missing(record, here);
      continue;
    }
    if (device) yield optional(AREA, id, true, device());
    // a driver may crash the process that it is in
    const [check, tryIt] = required ? [needed, tryHere] : [optional, attempt];
    for (const format of formats) {
      yield here.includes(format)
        ? judge(check, `${id} ${format}`, await tryIt(id, format))
        : check(AREA, `${id} ${format}`, false, `the device has no ${format}`, othersWith(format, id));
    }
  }
  yield nativeTensorflow();
  const { id, reason } = chooseEngine();
  yield optional(AREA, "auto", true, `--engine auto takes ${id} for f32, ${reason}`);
}

/** The formats of an engine, or why it is not available. */
function formatsHere({ describe }: EngineRecord): Engine["formats"] | NonsmoothError {
  try {
    return describe({}).formats;
  } catch (error) {
    if (error instanceof NonsmoothError) return error;
    throw error;
  }
}

function missing({ id, required, missing: known }: EngineRecord, error: NonsmoothError): Check {
  const check = required ? needed : optional;
  const { detail, remedy } = known?.(error) ?? {};
  return detail === undefined ? broken(check, id, error.detail, error.hint) : check(AREA, id, false, detail, remedy);
}

/** An error as a check, its hint as the remedy. */
function broken(check: typeof needed, name: string, detail: string, hint?: string): Check {
  const remedy = hint ?? (check === needed ? "npm ci" : "update the driver of the device; onnx-cpu needs none");
  return check(AREA, name, false, detail, remedy);
}

/** Exported for the tests. */
export function judge(check: typeof needed, name: string, answer: Answer): Check {
  if ("error" in answer) return broken(check, name, answer.error, answer.hint);
  const { trials } = answer;
  const wrong = trials.find(({ ulps }) => !(ulps <= MOST_ULPS));
  if (wrong) {
    const rule = `at most ${MOST_ULPS} units in the last place`;
    return broken(
      check,
      name,
      `a step of ${wrong.network} differs by ${round(wrong.ulps)} from the definition, not ${rule}`,
    );
  }
  const times = trials.map(({ network, milliseconds }) => `${network} ${round(milliseconds)} ms`).join(", ");
  const ulps = round(Math.max(...trials.map((trial) => trial.ulps)));
  return check(AREA, name, true, `a step of ${times}; within ${ulps} units in the last place of the definition`);
}

const round = (x: number) => (Number.isFinite(x) ? Number(x.toPrecision(2)) : x);

function othersWith(format: FormatName, id: string): string {
  const others = engines.filter((other) => other.id !== id && other.hasFormat(format));
  return `npx nonsmooth run … --engine ${others[0]!.id}`;
}

function nativeTensorflow(): Check {
  const name = "@tensorflow/tfjs-node-gpu";
  const folders = createRequire(__filename).resolve.paths(name) ?? [];
  const ok = folders.some((folder) => existsSync(join(folder, name, "package.json")));
  const detail = ok ? "installed" : "not installed (CUDA 11.2, Node 22 or older)";
  return optional(AREA, name, ok, detail, `npm install --no-save ${name}`);
}
