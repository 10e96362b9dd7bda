/**
 * Learning-rate schedules: plain data in a configuration, a pure function of time in a training. Factors of the optimizer's
 * learning rate, as PyTorch's closed forms (torch.optim.lr_scheduler) give them.
 */
import { fail, nearest } from "../util";

export type Schedule = ConstantSchedule | CosineSchedule | StepSchedule | WarmupSchedule;

export interface ConstantSchedule {
  readonly kind: "constant";
}

/** CosineAnnealingLR, epoch by epoch: floor + (1 − floor)·(1 + cos(π·epoch / epochs)) / 2. Beyond `epochs` it rises again. */
export interface CosineSchedule {
  readonly kind: "cosine";
  /** T_max: epochs until the factor is `floor`; usually those of the training. */
  readonly epochs: number;
  /** eta_min, as a factor; default 0. */
  readonly floor?: number;
}

/** StepLR: gamma^⌊epoch / every⌋. */
export interface StepSchedule {
  readonly kind: "step";
  /** Epochs between two steps. */
  readonly every: number;
  /** Default 0.1. */
  readonly gamma?: number;
}

/**
 * LinearLR, step by step, on top of another schedule: the factor start + (1 − start)·t / epochs, where t is the time in
 * epochs, and 1 afterwards, times the other's factor (as in PyTorch's ChainedScheduler: the other schedule does not start again).
 */
export interface WarmupSchedule {
  readonly kind: "warmup";
  readonly epochs: number;
  /** Factor at the very beginning; default 1/3. */
  readonly start?: number;
  readonly schedule: Schedule;
}

type Kind = Schedule["kind"];
type Check = (value: unknown, what: string) => void;

const number = (rule: string, holds: (x: number) => boolean): Check => {
  return (value, what) => {
    if (typeof value !== "number" || !Number.isFinite(value) || !holds(value)) fail(what, rule, value);
  };
};
const epochs = number("must be a positive integer", (x) => Number.isInteger(x) && x >= 1);
const share = number("must be in [0, 1]", (x) => x >= 0 && x <= 1);
const positiveShare = number("must be in (0, 1]", (x) => x > 0 && x <= 1);
const optional =
  (check: Check): Check =>
  (value, what) => {
    if (value !== undefined) check(value, what);
  };

/** The keys of each kind, with their rules. */
const keys: { readonly [K in Kind]: Readonly<Record<string, Check>> } = {
  constant: {},
  cosine: { epochs, floor: optional(share) },
  step: { every: epochs, gamma: optional(positiveShare) },
  warmup: { epochs, start: optional(positiveShare), schedule: (value, what) => void checkSchedule(value, what) },
};

/** What each kind gives at a time: the epoch, from 0 on, and the share of its steps that are done. */
const factors: {
  readonly [K in Kind]: (s: Extract<Schedule, { kind: K }>, epoch: number, fraction: number) => number;
} = {
  constant: () => 1,
  cosine: ({ epochs, floor = 0 }, epoch) => floor + ((1 - floor) * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2,
  step: ({ every, gamma = 0.1 }, epoch) => gamma ** Math.floor(epoch / every),
  warmup: ({ epochs, start = 1 / 3, schedule }, epoch, fraction) => {
    const ramp = start + (1 - start) * Math.min(1, (epoch + fraction) / epochs);
    return ramp * factorOf(schedule, epoch, fraction);
  },
};

const factorOf = (schedule: Schedule, epoch: number, fraction: number): number =>
  (factors[schedule.kind] as (s: Schedule, epoch: number, fraction: number) => number)(schedule, epoch, fraction);

/**
 * The factor of the learning rate at a given time.
 * @param epoch from 0 on
 * @param fraction share of the epoch's steps that are done, in [0, 1): step / steps; default 0. Only a warm-up uses it.
 * @throws NonsmoothError for a schedule or a time that breaks its rules
 *
 * @example
 * ```ts
 * import { scheduleFactor } from "nonsmooth";
 *
 * console.log(scheduleFactor({ kind: "step", every: 30, gamma: 0.5 }, 60)); // 0.25
 * console.log(scheduleFactor({ kind: "cosine", epochs: 100 }, 50)); // 0.5
 * ```
 */
export function scheduleFactor(schedule: Schedule, epoch: number, fraction = 0): number {
  if (!Number.isInteger(epoch) || epoch < 0) fail("epoch", "must be an integer, at least 0", epoch);
  if (!(fraction >= 0 && fraction < 1)) fail("fraction of the epoch", "must be in [0, 1)", fraction);
  return factorOf(checkSchedule(schedule), epoch, fraction);
}

/**
 * Checks a schedule from a configuration; gives it back.
 * @param what names it in errors; default `schedule`
 * @throws NonsmoothError for an unknown kind or key, with the nearest known one as a hint, and for a value that breaks its rule
 */
export function checkSchedule(value: unknown, what = "schedule"): Schedule {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return fail(what, 'must be an object, as { kind: "constant" }', value);
  }
  const { kind, ...rest } = value as Record<string, unknown>;
  if (typeof kind !== "string" || !Object.hasOwn(keys, kind)) {
    fail(`${what}, kind`, `must be one of ${Object.keys(keys).join(", ")}`, kind, near(kind, Object.keys(keys)));
  }
  const checks = keys[kind as Kind];
  for (const key of Object.keys(rest)) {
    if (Object.hasOwn(checks, key)) continue;
    const known = ["kind", ...Object.keys(checks)];
    fail(`${what} ${kind}`, `keys must be among ${known.join(", ")}`, key, near(key, known));
  }
  for (const [key, check] of Object.entries(checks)) check(rest[key], `${what} ${kind}, ${key}`);
  return value as Schedule;
}

function near(name: unknown, known: readonly string[]): string | undefined {
  const found = typeof name === "string" ? nearest(name, known) : undefined;
  return found && `did you mean ${found}?`;
}
