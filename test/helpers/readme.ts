/** The README's table of results, for tests that work out each of its numbers again from the rows in data/results/. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Experiment } from "../../src/experiments";
import type { Row } from "../../src/runs";
import { projectRoot } from "../../src/util";
import { committedRun } from "./rows";

export const readme = readFileSync(join(projectRoot, "README.md"), "utf8");

/** The cells of the README's rows that begin so. */
export function row(question: string): readonly string[] {
  const line = readme.split("\n").find((text) => text.startsWith(`| ${question}`));
  return line!.split("|").map((cell) => cell.trim());
}
export const ours = (question: string) => row(question)[3]!;
export const n = (question: string) => row(question)[4]!;

export const summaryOf = <C extends object, S, R extends Row>(of: Experiment<C, S, R>, name?: string): S =>
  committedRun(of, name).summary;

/** Ties are rounded up, as in the figures: 15 / 400 is 0.038, though the binary number is just below 0.0375. */
export function fixed(x: number, digits: number): string {
  const units = Math.round(Number((Math.abs(x) * 10 ** digits).toPrecision(12)));
  return ((Math.sign(x) * units) / 10 ** digits).toFixed(digits).replace("-", "−");
}
export const points = (x: number) => fixed(100 * x, 2);
export const between = (low: number | null, high: number | null) => `[${points(low!)}, ${points(high!)}]`;
export const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
export const few = (x: number) => x.toExponential(1);
