/** Which types of a safetensors file hold the numbers of which formats. */
import { type ElementFormat, type FormatName, formatNames, formatOf, isFloat, type NumberArray } from "../formats";
import type { Tensor } from "../ir";
import { fail, NonsmoothError } from "../util";

/** The key, in the metadata, of the formats that have no type of their own: a JSON object of names of formats by tensor. */
export const FORMATS = "nonsmooth.formats";
/** A type of the file: its name there, and its bytes for each element. */
interface Stored {
  readonly dtype: string;
  readonly bytes: number;
}

/** How a format is stored. */
export const storedAs = (format: ElementFormat): Stored => {
  if (!isFloat(format)) return format === "i32" ? { dtype: "I32", bytes: 4 } : { dtype: "BOOL", bytes: 1 };
  const { safetensors: dtype, bytes } = formatOf(format).encoding;
  return { dtype, bytes };
};

/** Every format that has a type of its own in the file, wide ones first; the others are stored as their carriers. */
export const order: readonly ElementFormat[] = [...formatNames.toReversed(), "i32" as const, "bool" as const]
  .filter((format) => !isFloat(format) || isOwn(format))
  .sort((a, b) => storedAs(b).bytes - storedAs(a).bytes);

function isOwn(format: FormatName): boolean {
  const { carrier, encoding } = formatOf(format);
  return carrier === format || encoding !== formatOf(carrier).encoding;
}

/** The format whose numbers a type of the file has. */
export const formatOfType = (dtype: string): ElementFormat | undefined =>
  order.find((known) => storedAs(known).dtype === dtype);
/** The format as which the file knows it. */
export const typeFormat = (format: ElementFormat): ElementFormat => formatOfType(storedAs(format).dtype)!;

/** The formats that the types of the file do not tell. */
export function formatsText(
  names: readonly string[],
  tensors: Readonly<Record<string, Tensor>>,
): Readonly<Record<string, string>> {
  const told = names.map((name) => [name, tensors[name]!.format] as const);
  const untold = told.filter(([, format]) => typeFormat(format) !== format);
  return untold.length > 0 ? { [FORMATS]: JSON.stringify(Object.fromEntries(untold)) } : {};
}

export function parsedFormats(what: string, text: string): Readonly<Record<string, ElementFormat>> {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (cause) {
    throw new NonsmoothError(what, "must be JSON", { got: (cause as Error).message, cause });
  }
  if (typeof found !== "object" || found === null || Array.isArray(found))
    return fail(what, "must be an object of formats", found);
  for (const format of Object.values(found)) {
    if (typeof format !== "string" || !isFloat(format)) fail(what, "must name floating-point formats", format);
  }
  return found as Record<string, FormatName>;
}

/** Throws unless numbers of a type of the file are numbers of the format that they are said to have. */
export function requireNumbers(what: string, format: ElementFormat, stored: ElementFormat, values: NumberArray): void {
  if (format === stored) return;
  if (typeFormat(format) !== stored) fail(what, `${format} must be stored as ${typeFormat(format)}`, stored);
  const { round } = formatOf(format as FormatName);
  const wrong = values.find((x) => !Object.is(round(x), x));
  if (wrong !== undefined) fail(what, `numbers must be of ${format}`, wrong);
}
