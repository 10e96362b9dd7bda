/** Time limits of Slurm's jobs. */
import { fail } from "../util";

/** Beside the matrix products, which the estimate is of, there is everything else, and other machines are slower. */
export const MARGIN = 3;
/** Starting takes a minute on a slow file system, and queues do not like shorter jobs. */
export const SHORTEST = 600;

/** Seconds before the limit at which a task is told to stop: enough to write a checkpoint to a slow file system. */
const LEAD = 120;

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/**
 * The limit for work that takes so long: with a margin, at least ten minutes, rounded up to ten minutes, from two hours on to an hour.
 * @param seconds of the matrix products
 * @returns seconds
 */
export function limitFor(seconds: number): number {
  const most = Math.max(SHORTEST, MARGIN * seconds);
  const step = most > 2 * HOUR ? HOUR : 10 * MINUTE;
  return Math.ceil(most / step) * step;
}

/** Seconds as Slurm takes them: `00:10:00`, `2-03:00:00`. */
export function limitText(seconds: number): string {
  const days = Math.floor(seconds / DAY);
  const clock = [
    Math.floor((seconds % DAY) / HOUR),
    Math.floor((seconds % HOUR) / MINUTE),
    Math.floor(seconds % MINUTE),
  ];
  const text = clock.map((count) => String(count).padStart(2, "0")).join(":");
  return days > 0 ? `${days}-${text}` : text;
}

/** How Slurm writes a time, and what its numbers count, in seconds. */
const FORMS: readonly [form: RegExp, units: readonly number[]][] = [
  [/^(\d+)$/, [MINUTE]],
  [/^(\d+):(\d+)$/, [MINUTE, 1]],
  [/^(\d+):(\d+):(\d+)$/, [HOUR, MINUTE, 1]],
  [/^(\d+)-(\d+)$/, [DAY, HOUR]],
  [/^(\d+)-(\d+):(\d+)$/, [DAY, HOUR, MINUTE]],
  [/^(\d+)-(\d+):(\d+):(\d+)$/, [DAY, HOUR, MINUTE, 1]],
];

/** The seconds of a time as Slurm takes it. @throws NonsmoothError for what is none */
export function parseLimit(text: string): number {
  const seconds = FORMS.flatMap(([form, units]) => {
    const counts = form.exec(text)?.slice(1).map(Number);
    return counts ? [counts.reduce((sum, count, i) => sum + count * units[i]!, 0)] : [];
  });
  const [found = 0] = seconds;
  if (found < MINUTE)
    fail("--time", "must be a time of at least a minute as Slurm takes it: minutes, h:mm:ss or d-hh:mm:ss", text);
  return found;
}

/** Seconds before the limit at which a task is told to stop; a short job needs the time for its work. */
export const leadOf = (limit: number): number => Math.min(LEAD, Math.floor(limit / 4));
