/** The engine of a run: which one, what it says about itself, and whether it has the precisions. */
import { isDeepStrictEqual } from "node:util";
import { chooseWorkingEngine, type Engine, engineRecord, engines } from "../../engines";
import { type FormatName, type PrecisionId, precisionOf } from "../../formats";
import { type RunStore, readManifest } from "../../runs";
import { fail } from "../../util";

interface Wanted {
  readonly precisions: readonly PrecisionId[];
  readonly log: (line: string) => void;
}

/**
 * Turns `auto` into an available engine, and says in one line through `log` which one and why. Other engines are checked.
 * @returns the engine's id
 * @throws NonsmoothError for an unknown engine, one that is not available here, and one that lacks a precision
 */
export async function resolveEngine(id: string, { precisions, log }: Wanted): Promise<string> {
  if (id === "auto") {
    const choice = await chooseWorkingEngine(precisions.map(networkFormat), log);
    log(`engine auto: ${choice.id}, ${choice.reason}`);
    return choice.id;
  }
  const requireAll = ({ hasFormat }: Pick<Engine, "hasFormat">) => {
    const missing = precisions.find((precision) => !hasFormat(networkFormat(precision)));
    if (missing !== undefined) refuse(id, missing);
  };
  const record = engineRecord(id);
  requireAll(record);
  const present = record.describe({});
  // a device may have fewer formats than its engine
  requireAll(present);
  const { memory, settings } = present;
  if (memory === "device") log(`engine ${id}: ${inWords(settings)}`);
  return id;
}

/**
 * The configuration with the number of networks that go through one program: by default as many as the engine computes best. Where
 * that is one, a configuration with 1 has no such key: it is the same as before the key existed, and keeps its hash.
 */
export function completeReplicas<C extends { engine: string; replicas?: number }>(config: C): C {
  const best = engineRecord(config.engine).describe({}).atOnce?.networks;
  const completed: C = { ...config, replicas: config.replicas ?? best ?? 1 };
  if (completed.replicas === 1 && best === undefined) delete completed.replicas;
  return completed;
}

const networkFormat = (precision: PrecisionId): FormatName => precisionOf(precision).format;

/** "device NVIDIA H200, driver CUDA 13.0, …" */
const inWords = (settings: Engine["settings"]): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");

function refuse(id: string, precision: PrecisionId): never {
  const format = networkFormat(precision);
  const others = engines.filter((other) => other.id !== id && other.hasFormat(format)).map((other) => other.id);
  const { formats: own, hasFormat } = engineRecord(id);
  // such an engine has all of these, or none
  const more = hasFormat("e5p10-flush") ? ", e<E>p<P> or e<E>p<P>-flush" : "";
  const hint = `engines that compute in ${format}: ${others.join(", ")}`;
  return fail(`engine ${id}`, `precision must be one of its formats, ${own.join(", ")}${more}`, precision, hint);
}

/**
 * Puts what the engine says about itself into the manifest, as `engineSettings`: its device, its driver. If the run began with other
 * settings, `earlierEngineSettings` lists those, each with the number of rows at the time of the change.
 */
export function recordEngine(store: RunStore, engineSettings: Engine["settings"], log: (line: string) => void): void {
  const { engineSettings: before, earlierEngineSettings: earlier = [] } =
    readManifest(store.directory)?.environment ?? {};
  if (before === undefined || isDeepStrictEqual(before, engineSettings)) {
    store.record({ engineSettings });
    return;
  }
  const rows = store.rows.length;
  log(`the engine was ${JSON.stringify(before)} up to row ${rows}, and is ${JSON.stringify(engineSettings)} now`);
  store.record({ engineSettings, earlierEngineSettings: [...earlier, { rows, settings: before }] });
}
