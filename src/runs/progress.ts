/** Counts of finished units as progress with the time that is left. */
import { fail } from "../util";
import type { Progress } from "./types";

/** Counts units; get one from `progressMeter`. */
export interface ProgressMeter {
  /** Progress as it is now. */
  current(label?: string): Progress;
  /** Counts finished units (default: one) and what they cost (default: as many), and returns the progress. */
  advance(options?: { units?: number; cost?: number; label?: string }): Progress;
}

export interface ProgressMeterOptions {
  /** What one unit is; default "runs". */
  readonly unit?: string;
  /** Cost of all units and of the done ones, in any measure, where units differ; default: their numbers. */
  readonly totalCost?: number;
  readonly doneCost?: number;
  /** Clock in milliseconds; default `performance.now`. */
  readonly now?: () => number;
}

/**
 * Starts a meter. Seconds left = seconds since the start ÷ cost done since the start × cost left; undefined before the first
 * unit of this session.
 * @param total units in all
 * @param done units found finished, at most `total`; default 0
 */
export function progressMeter(total: number, done = 0, options: ProgressMeterOptions = {}): ProgressMeter {
  if (!(total >= 0)) fail("progressMeter", "total must be 0 or more", total);
  if (!(done >= 0 && done <= total)) fail("progressMeter", `done must be from 0 to ${total}`, done);
  const { unit = "runs", totalCost = total, doneCost = done, now = () => performance.now() } = options;
  const start = now();
  let finished = done;
  let spent = 0;
  const current = (label?: string): Progress => {
    const left = Math.max(0, totalCost - doneCost - spent);
    const secondsLeft = spent > 0 ? ((now() - start) / 1000 / spent) * left : undefined;
    return {
      done: finished,
      total,
      unit,
      ...(secondsLeft === undefined ? {} : { secondsLeft }),
      ...(label ? { label } : {}),
    };
  };
  return {
    current,
    advance({ units = 1, cost = units, label } = {}) {
      finished += units;
      spent += cost;
      return current(label);
    },
  };
}
