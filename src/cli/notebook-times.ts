/** How long notebooks take: their last time on this machine, or else their time on a machine of known speed, scaled to this one. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bestRate } from "../experiments";
import { jupyterFolder } from "../notebook";
import { isUnwritable, makeFolder, type Range, writeAtomically } from "../util";

type Times = Record<string, number>;

/** The machine on which the seconds below were measured: operations per second in f32 matrix products, on both of its cores. */
const REFERENCE_RATE = 200e9;

/** Seconds of a notebook on that machine with nothing done before, by preset and by the number in its name. */
const REFERENCE: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  laptop: {
    "00": 30,
    "01": 240,
    "02": 600,
    "03": 240,
    "04": 360,
    "05": 360,
    "06": 420,
    "07": 160,
    "08": 30,
    "09": 120,
    "10": 420,
    "11": 4500,
    "12": 1300,
    "13": 2400,
    "14": 10,
    "15": 7,
    "16": 7,
    "17": 7,
    "18": 10,
  },
};

/** A notebook does more than matrix products: its time lies in this range around what their speed predicts. */
const SPREAD = [0.75, 1.5] as const;
/** A notebook that took less than this share of its expected time was partly done before, and says nothing about the speed. */
const RESUMED = 0.25;

/** Estimates for a list of notebooks; they are corrected as notebooks finish. */
export interface Clock {
  /** Whether a notebook's time is known from an earlier execution here. */
  remembers(name: string): boolean;
  /** Undefined if nothing is known about the notebook and the preset. */
  estimate(name: string): Range | undefined;
  /** Records how long a successful execution took, for the next time and for the estimates of the notebooks that follow. */
  took(name: string, seconds: number, options: { readonly remember: boolean }): void;
}

/** Measures the machine for a few seconds if one of the notebooks has not been executed here before. */
export async function clockFor(names: readonly string[], preset: string): Promise<Clock> {
  const known = readTimes();
  const key = (name: string) => `${name} ${preset}`;
  const reference = (name: string) => REFERENCE[preset]?.[name.split("-")[0]!];
  const isNew = (name: string) => known[key(name)] === undefined && reference(name) !== undefined;
  const slowness = names.some(isNew) ? REFERENCE_RATE / (await bestRate()) : 1;
  const executed: { expected: number; seconds: number }[] = [];
  /** How many times the expected time notebooks have taken so far. */
  const correction = () => {
    const sum = (pick: "expected" | "seconds") => executed.reduce((total, one) => total + one[pick], 0);
    return executed.length === 0 ? 1 : sum("seconds") / sum("expected");
  };
  const expected = (name: string) => {
    const there = reference(name);
    return known[key(name)] ?? (there === undefined ? undefined : there * slowness);
  };
  return {
    remembers: (name) => known[key(name)] !== undefined,
    estimate(name) {
      const seconds = expected(name);
      if (seconds === undefined) return undefined;
      const spread = executed.length === 0 && isNew(name) ? SPREAD : [0.9, 1.2];
      return [seconds * correction() * spread[0]!, seconds * correction() * spread[1]!];
    },
    took(name, seconds, { remember }) {
      const before = expected(name);
      if (before !== undefined && seconds > RESUMED * before) executed.push({ expected: before, seconds });
      if (remember) writeTimes({ ...readTimes(), [key(name)]: Math.round(seconds * 10) / 10 });
    },
  };
}

export function sumOfRanges(ranges: readonly Range[]): Range {
  return [0, 1].map((i) => ranges.reduce((sum, range) => sum + range[i]!, 0)) as [number, number];
}

const path = () => join(jupyterFolder(), "notebook-seconds.json");

function writeTimes(times: Times): void {
  try {
    makeFolder(dirname(path()));
    writeAtomically(path(), `${JSON.stringify(times, null, 2)}\n`);
  } catch (error) {
    // a checkout that cannot be written keeps no times: they are only a convenience
    if (!isUnwritable(error)) throw error;
  }
}

function readTimes(): Times {
  if (!existsSync(path())) return {};
  try {
    return JSON.parse(readFileSync(path(), "utf8")) as Times;
  } catch {
    return {}; // a damaged file is replaced: it is only a convenience
  }
}
