/** Durations as a person reads them. */

const units = [
  { name: "d", word: "day", seconds: 86_400 },
  { name: "h", word: "hour", seconds: 3_600 },
  { name: "min", word: "minute", seconds: 60 },
  { name: "s", word: "second", seconds: 1 },
] as const;

/**
 * A duration in seconds in its two largest units: "0.42 s", "7.3 s", "12 s", "3 min 5 s", "2 h", "1 d 3 h"; "?" if it is not a duration.
 *
 * @example
 * ```ts
 * import { formatDuration } from "nonsmooth";
 *
 * console.log(formatDuration(185), "and", formatDuration(7200)); // 3 min 5 s and 2 h
 * ```
 */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "?";
  if (seconds < 1) return `${Number(seconds.toFixed(2))} s`;
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  return twoUnits(seconds, (count, unit) => `${count} ${unit.name}`);
}

/** At least and at most. */
export type Range = readonly [low: number, high: number];

/** An estimate in seconds, given as a range and no more precise than is justified: "35 min to 1 h 5 min", "3 s", "2 d to 9 d". */
export function formatRange([low, high]: Range): string {
  const [first, last] = [low, high].map((seconds) => {
    const step = stepOf(seconds);
    return formatDuration(step === undefined ? seconds : Math.round(seconds / step) * step);
  });
  return first === last ? first! : `${first} to ${last}`;
}

/** The largest step that is small compared with the estimate: a day from 5 days on, an hour from 10 hours on. */
const STEPS = [
  { from: 432_000, step: 86_400 },
  { from: 36_000, step: 3_600 },
  { from: 1_200, step: 300 },
  { from: 120, step: 60 },
  { from: 20, step: 5 },
  { from: 1, step: 1 },
] as const;

const stepOf = (seconds: number) => STEPS.find(({ from }) => seconds > from)?.step;

/** An estimate in words: "about 20 seconds left", "about 1 hour 20 minutes left"; the empty string while it is unknown. */
export function timeLeft(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds) || seconds < 0) return "";
  if (seconds < 5) return "a few seconds left";
  // as precise as is justified: 5 seconds, then minutes
  const step = seconds < 57.5 ? 5 : 60;
  const rounded = Math.round(seconds / step) * step;
  return `about ${twoUnits(rounded, (count, unit) => `${count} ${unit.word}${count === 1 ? "" : "s"}`)} left`;
}

/** The time of day, local: "14:03:12". */
export function clockTime(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
}

/** The time of day at which work ends that takes this many more seconds, as precise as is justified: "14:03:27", "16:20", "2026-03-01 02:10". */
export function endTime(now: Date, secondsLeft: number | undefined): string {
  if (secondsLeft === undefined || !Number.isFinite(secondsLeft) || secondsLeft < 0) return "";
  const end = new Date(now.getTime() + secondsLeft * 1000);
  if (secondsLeft < 600) return clockTime(end);
  const time = clockTime(end).slice(0, "14:03".length);
  if (end.toDateString() === now.toDateString()) return time;
  return `${end.getFullYear()}-${twoDigits(end.getMonth() + 1)}-${twoDigits(end.getDate())} ${time}`;
}

const twoDigits = (count: number) => String(count).padStart(2, "0");

function twoUnits(seconds: number, write: (count: number, unit: (typeof units)[number]) => string): string {
  const largest = units.findIndex((unit) => seconds >= unit.seconds);
  const pair = units.slice(largest, largest + 2);
  const finest = pair.at(-1)!.seconds;
  const rounded = Math.round(seconds / finest) * finest;
  // rounded up into a larger unit: 59 min 59.7 s are 1 h
  if (units.findIndex((unit) => rounded >= unit.seconds) !== largest) return twoUnits(rounded, write);
  const parts: string[] = [];
  let rest = rounded;
  for (const unit of pair) {
    const count = Math.floor(rest / unit.seconds);
    if (count > 0) parts.push(write(count, unit));
    rest -= count * unit.seconds;
  }
  return parts.join(" ");
}
