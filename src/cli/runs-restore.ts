/** `nonsmooth runs restore`: puts committed rows into the folder of runs as finished runs, so that they are not computed again. */
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { rowsSchemaOf } from "../experiments";
import { defaultRuns, type RestoredRun, readManifest, restoreRun, runName } from "../runs";
import { fail, NonsmoothError, projectRoot } from "../util";
import { asUsage, EXIT, Exit, plural, print, printJson } from "./exit";

export interface RestoreOptions {
  readonly runs?: string;
  readonly from?: string;
  readonly json?: boolean;
}

export async function restore(names: readonly string[], options: RestoreOptions): Promise<void> {
  const from = options.from === undefined ? join(projectRoot, "data", "results") : resolve(options.from);
  const runs = options.runs ?? defaultRuns();
  const counts = { restored: 0, kept: 0 };
  for (const source of asUsage(() => sources(from, names))) {
    const result = await restored(source, runs);
    counts[result.outcome]++;
    if (options.json) printJson(result);
    else print(line(result));
  }
  if (!options.json) print(`${plural(counts.restored, "run")} restored, ${counts.kept} kept, in ${runs}`);
}

async function restored(source: string, runs: string): Promise<RestoredRun> {
  try {
    return await restoreRun(source, runs, rowsSchemaOf);
  } catch (error) {
    const isUsage = error instanceof NonsmoothError && error.code === "run-folder-unusable";
    throw isUsage ? new Exit(EXIT.usage, error) : error;
  }
}

const line = (result: RestoredRun) => `${runName(result)}: ${plural(result.rows, "row")}, ${result.outcome}`;

/** The folders of finished runs, one for each run: several figures may show the same run. */
function sources(from: string, names: readonly string[]): string[] {
  const known = existsSync(from)
    ? readdirSync(from).filter((name) => existsSync(join(from, name, "manifest.json")))
    : [];
  if (known.length === 0) fail("runs to restore", "must be in a folder of folders with manifest.json", from);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) fail("run to restore", `must be one of ${known.join(", ")}`, unknown);
  const byRun = new Map<string, string>();
  for (const name of names.length > 0 ? names : known) {
    const source = join(from, name);
    const { experiment, hash } = readManifest(source)!;
    byRun.set(`${experiment}/${hash}`, source);
  }
  return [...byRun.values()];
}
