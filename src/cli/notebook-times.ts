/** How long notebooks took on this machine, by preset: beside the kernelspec, which is not committed either. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { jupyterFolder } from "../notebook";

type Times = Record<string, number>;

const path = () => join(jupyterFolder(), "notebook-seconds.json");
const key = (name: string, preset: string | undefined) => (preset === undefined ? name : `${name} ${preset}`);

/** Seconds of the last execution that succeeded; undefined where there was none. */
export function lastSeconds(name: string, preset: string | undefined): number | undefined {
  return readTimes()[key(name, preset)];
}

export function rememberSeconds(name: string, preset: string | undefined, seconds: number): void {
  const times = { ...readTimes(), [key(name, preset)]: Math.round(seconds * 10) / 10 };
  mkdirSync(dirname(path()), { recursive: true });
  writeFileSync(`${path()}.tmp`, `${JSON.stringify(times, null, 2)}\n`);
  renameSync(`${path()}.tmp`, path());
}

function readTimes(): Times {
  if (!existsSync(path())) return {};
  try {
    return JSON.parse(readFileSync(path(), "utf8")) as Times;
  } catch {
    return {}; // a convenience: a damaged file is written anew
  }
}
