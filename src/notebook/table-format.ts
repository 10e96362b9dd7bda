/** One format for the numbers of a column, so that they can be compared by eye. */
import { show } from "../util";

/**
 * A number is unreadable with so many more decimals, or so many more digits before and after the point, than the significant
 * digits asked for. Beyond these limits all numbers of the column are written as 1.234e-5.
 */
const MORE_DECIMALS = 3;
const MORE_DIGITS = 6;

/**
 * The cells of a column as text. In a column of integers numbers are written as they are. Otherwise all numbers have the same
 * number of decimals, no more than needed for `digits` significant digits of each, or all have a power of ten. An absent value is
 * empty; NaN and infinities are written out.
 */
export function formatColumn(values: readonly unknown[], digits: number): { cells: string[]; numeric: boolean } {
  const present = values.filter((value) => value !== null && value !== undefined);
  const numeric = present.length > 0 && present.every((value) => ["number", "bigint"].includes(typeof value));
  const write = numberFormat(
    present.filter((value): value is number => Number.isFinite(value)),
    digits,
  );
  return { cells: values.map((value) => formatCell(value, digits, write)), numeric };
}

type Format = (value: number) => string;

function numberFormat(numbers: readonly number[], digits: number): Format {
  const sizes = numbers.filter((value) => value !== 0).map((value) => exponent(value, digits));
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  if (numbers.every(Number.isInteger) && most < 21) return String;
  const decimals = Math.max(0, digits - 1 - least);
  const before = Math.max(0, most) + 1;
  if (decimals > digits + MORE_DECIMALS || before + decimals > digits + MORE_DIGITS) {
    const needed = Math.max(...numbers.map((value) => decimalsOf(value.toExponential(digits - 1).split("e")[0]!)));
    return (value) => (value === 0 ? "0" : value.toExponential(needed));
  }
  const needed = Math.max(...numbers.map((value) => decimalsOf(value.toFixed(decimals))));
  return (value) => value.toFixed(needed);
}

/** The power of ten of a number rounded to `digits` digits. */
const exponent = (value: number, digits: number): number => Number(value.toExponential(digits - 1).split("e")[1]);

const decimalsOf = (text: string): number => (text.split(".")[1] ?? "").replace(/0+$/, "").length;

function formatCell(value: unknown, digits: number, write: Format): string {
  if (value === null || value === undefined) return "";
  // JavaScript never writes the sign of -0
  if (Object.is(value, -0)) return `-${write(0)}`;
  if (typeof value === "number") return Number.isFinite(value) ? write(value) : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (Array.isArray(value) || isNumbers(value)) return formatColumn(Array.from(value), digits).cells.join(", ");
  return typeof value === "object" ? show(value) : String(value);
}

const isNumbers = (value: unknown): value is Float64Array => ArrayBuffer.isView(value) && !(value instanceof DataView);
