/** How long notebooks take: what they took on this machine, kept beside the kernelspec and not committed, else their share. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { jupyterFolder } from "../notebook";

type Times = Record<string, number>;

/** Minutes that a notebook may take on two cores with the preset laptop, by the number in its name. */
const SHARES: Readonly<Record<string, number>> = {
  "00": 0.5,
  "01": 4,
  "02": 8,
  "03": 4,
  "04": 6,
  "05": 6,
  "06": 7,
  "07": 2,
  "08": 0.5,
  "09": 2,
  "10": 7,
};

/** The preset that a notebook takes where the command names none. */
const presetOf = (preset = process.env.NONSMOOTH_PRESET ?? "laptop") => preset;

/** How long a notebook is going to take, and where that is known from. */
export interface Estimate {
  readonly seconds: number;
  readonly source: "last time" | "its share";
}

/** Seconds of the last execution, else the share of the preset laptop; undefined where neither is known. */
export function estimate(name: string, preset: string | undefined): Estimate | undefined {
  const last = readTimes()[key(name, preset)];
  if (last !== undefined) return { seconds: last, source: "last time" };
  const share = presetOf(preset) === "laptop" ? SHARES[name.split("-")[0]!] : undefined;
  return share === undefined ? undefined : { seconds: 60 * share, source: "its share" };
}

const path = () => join(jupyterFolder(), "notebook-seconds.json");
const key = (name: string, preset: string | undefined) => `${name} ${presetOf(preset)}`;

/** Keeps how long an execution took that succeeded. */
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
