/**
 * The safetensors format (https://github.com/huggingface/safetensors#format):
 *
 *     file    ::= N header padding data          N: length of header and padding, u64; padding: spaces, to 8 bytes
 *     header  ::= {"__metadata__": {"key": "text", …}, "name": {"dtype": …, "shape": […], "data_offsets": [begin, end]}, …}
 *
 * Data is row-major and little-endian (like every machine that ONNX Runtime is built for), without gaps or overlaps. As in
 * the reference implementation, wide types come first, so that every tensor is aligned, and names are sorted: equal content
 * gives equal bytes.
 */
import { createHash } from "node:crypto";
import { closeSync, readSync } from "node:fs";
import {
  allocate,
  type ElementFormat,
  type FormatName,
  formatOf,
  isFloat,
  isNarrow,
  type NumberArray,
} from "../formats";
import { size, type Tensor } from "../ir";
import { fail, NonsmoothError, openRegularFileSync, readRegularFileSync, writeNamed } from "../util";
import {
  FORMATS,
  formatOfType,
  formatsText,
  order,
  parsedFormats,
  requireNumbers,
  storedAs,
  typeFormat,
} from "./stored-types";

export type Tensors = Readonly<Record<string, Tensor>>;
export type Metadata = Readonly<Record<string, string>>;

/** What is in a safetensors file. */
export interface SafetensorsContent {
  readonly tensors: Tensors;
  readonly metadata: Metadata;
  /** Tensors of types that the library does not compute with, by name: "I64 []". They are checked, and left out. */
  readonly skipped: Readonly<Record<string, string>>;
}

export interface WriteOptions {
  /**
   * Whether the metadata hold a SHA-256 of everything else, which reading then checks; default false. Reading takes files with and
   * without it.
   */
  readonly hashed?: boolean;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** The format's other types, with their bits for each element. */
const OTHERS: Readonly<Record<string, number>> = {
  ...{ U64: 64, I64: 64, C64: 64, U32: 32, U16: 16, I16: 16, U8: 8, I8: 8 },
  ...{ F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8, F6_E2M3: 6, F6_E3M2: 6, F4: 4 },
};
const METADATA = "__metadata__";
/** The key of the hash in the metadata. */
const HASH = "nonsmooth.sha256";
const LENGTH_BYTES = 8;
/** The reference implementation's limit: no header of a real file comes near it, and a broken length does. */
const MAX_HEADER = 100_000_000;
const CUT_OFF = "the file is cut off: copy or download it again";

/**
 * Tensors as the bytes of a safetensors file. Narrow numbers are stored in their own bits, without loss.
 * @param metadata texts by key, for everything that the tensors do not say
 */
export function encodeSafetensors(
  tensors: Tensors,
  metadata: Metadata = {},
  { hashed = false }: WriteOptions = {},
): Uint8Array {
  const names = Object.keys(tensors).sort((a, b) => placeOf(tensors[a]!) - placeOf(tensors[b]!) || compare(a, b));
  const described = { ...metadata, ...formatsText(names, tensors) };
  const entries: [string, Entry | Metadata][] = [];
  if (Object.keys(described).length > 0) entries.push([METADATA, checkedMetadata("metadata", described)]);
  let end = 0;
  for (const name of names) {
    const begin = end;
    end += byteLength(name, tensors[name]!);
    const { format, shape } = tensors[name]!;
    entries.push([name, { dtype: storedAs(format).dtype, shape, data_offsets: [begin, end] }]);
  }
  const all = names.map((name) => toBytes(name, tensors[name]!));
  const header = Object.fromEntries(entries);
  const json = new TextEncoder().encode(
    JSON.stringify(hashed ? withMetadata(header, { ...described, [HASH]: hashOf(header, all) }) : header),
  );
  const length = Math.ceil(json.length / 8) * 8;
  if (length > MAX_HEADER) fail("safetensors", `header must have at most ${MAX_HEADER} bytes`, length);
  const file = new Uint8Array(LENGTH_BYTES + length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + length);
  file.set(json, LENGTH_BYTES);
  let position = LENGTH_BYTES + length;
  for (const bytes of all) {
    file.set(bytes, position);
    position += bytes.length;
  }
  return file;
}

/**
 * The tensors and the metadata of a safetensors file.
 * @param bytes the whole file
 * @param what names it in errors
 * @throws NonsmoothError unless it is a complete, well-formed file, whose content has the hash that it was written with, if it has one
 */
export function decodeSafetensors(bytes: Uint8Array, what: string): SafetensorsContent {
  const length = headerLength(bytes, what);
  const data = bytes.subarray(LENGTH_BYTES + length);
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length), what);
  const { [METADATA]: _, ...rest } = header;
  const entries = Object.entries(rest).map(([name, entry]) => checkedEntry(`${what}, tensor ${name}`, name, entry));
  requireTiling(what, entries, data.length);
  const { [HASH]: hash, ...described } = metadataOf(header, what);
  if (hash !== undefined) checkHash(hash, withMetadata(header, described), data, what);
  const { [FORMATS]: named, ...metadata } = described;
  const formatsByName = named === undefined ? {} : parsedFormats(`${what}, ${FORMATS}`, named);
  const tensors: [string, Tensor][] = [];
  const skipped: [string, string][] = [];
  for (const { name, dtype, format, shape, begin, end } of entries) {
    if (format === undefined) skipped.push([name, `${dtype} [${shape.join(",")}]`]);
    else {
      const values = fromBytes(`${what}, tensor ${name}`, format, data.subarray(begin, end));
      const own = Object.hasOwn(formatsByName, name) ? formatsByName[name]! : format;
      requireNumbers(`${what}, tensor ${name}`, own, format, values);
      tensors.push([name, { format: own, shape, data: values }]);
    }
  }
  return { tensors: Object.fromEntries(tensors), metadata, skipped: Object.fromEntries(skipped) };
}

const placeOf = ({ format }: Tensor) => order.indexOf(typeFormat(format));

/** The header with these metadata in place of its own, if it has or gets any. */
function withMetadata(header: Readonly<Record<string, unknown>>, metadata: Metadata): Record<string, unknown> {
  const { [METADATA]: _, ...rest } = header;
  const sorted = checkedMetadata("metadata", metadata);
  return Object.keys(sorted).length > 0 ? { [METADATA]: sorted, ...rest } : rest;
}

/** SHA-256 of a header, in the form that it is written in, and the data. */
function hashOf(header: Readonly<Record<string, unknown>>, data: readonly Uint8Array[]): string {
  const hash = createHash("sha256").update(JSON.stringify(header));
  for (const bytes of data) hash.update(bytes);
  return hash.digest("hex");
}

function checkHash(expected: string, header: Record<string, unknown>, data: Uint8Array, what: string): void {
  const found = hashOf(header, [data]);
  if (found === expected) return;
  fail(
    what,
    `content must have the SHA-256 ${expected}`,
    found,
    "the file was changed or damaged after it was written",
  );
}

/**
 * Reads a safetensors file; errors name its path.
 * @throws as `decodeSafetensors`
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { readSafetensors, tensor, writeSafetensors } from "nonsmooth";
 *
 * const file = join(mkdtempSync(join(tmpdir(), "weights-")), "w.safetensors");
 * writeSafetensors(file, { w: tensor("f16", [1, 2, 3, 0.1], [2, 2]) }, { dataset: "glyphs" });
 * const { tensors, metadata } = readSafetensors(file);
 * console.log(tensors.w?.shape, tensors.w?.data[3], metadata); // [ 2, 2 ] 0.0999755859375 { dataset: 'glyphs' }
 * ```
 */
export const readSafetensors = (path: string): SafetensorsContent => decodeSafetensors(readRegularFileSync(path), path);

/** Only the metadata of a safetensors file: its tensors are neither read nor checked. */
export function readMetadata(path: string): Metadata {
  const bytes = readHead(path);
  const length = headerLength(bytes, path);
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length), path);
  const { [HASH]: _, [FORMATS]: __, ...metadata } = metadataOf(header, path);
  return metadata;
}

/** Absent and null are none, as in the reference implementation. */
const metadataOf = ({ [METADATA]: metadata }: Readonly<Record<string, unknown>>, what: string): Metadata =>
  checkedMetadata(`${what}, metadata`, metadata ?? {});

/** The length and the header, as far as they are present. */
function readHead(path: string): Uint8Array {
  const file = openRegularFileSync(path);
  try {
    const first = new Uint8Array(LENGTH_BYTES);
    readSync(file, first);
    const length = Math.min(Number(new DataView(first.buffer).getBigUint64(0, true)), MAX_HEADER);
    const head = new Uint8Array(LENGTH_BYTES + length);
    return head.subarray(0, readSync(file, head, 0, head.length, 0));
  } catch (cause) {
    throw new NonsmoothError(path, "must be a readable file", { got: (cause as Error).message, cause });
  } finally {
    closeSync(file);
  }
}

/**
 * Writes a safetensors file in one step: a reader sees either the old content or the new, even after a crash.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { readSafetensors, tensor, writeSafetensors } from "nonsmooth";
 *
 * const file = join(mkdtempSync(join(tmpdir(), "weights-")), "w.safetensors");
 * writeSafetensors(file, { w: tensor("f32", [1, 2, 3]), b: tensor("f64", 0.1) }, { seed: "1" });
 * console.log(Object.keys(readSafetensors(file).tensors)); // [ 'b', 'w' ]
 * ```
 */
export function writeSafetensors(
  path: string,
  tensors: Tensors,
  metadata: Metadata = {},
  options: WriteOptions = {},
): void {
  writeNamed(path, encodeSafetensors(tensors, metadata, options));
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function byteLength(name: string, { format, shape, data }: Tensor): number {
  if (name === METADATA) fail("safetensors", `${METADATA} must not be the name of a tensor`, name);
  if (data.constructor !== allocate(format, 0).constructor || size(shape) !== data.length) {
    const got = `${data.constructor.name} of ${data.length}`;
    fail(`tensor ${name}`, `data must be ${size(shape)} numbers of ${format}`, got);
  }
  return data.length * storedAs(format).bytes;
}

function headerLength(bytes: Uint8Array, what: string): number {
  if (bytes.length < LENGTH_BYTES) fail(what, `must begin with ${LENGTH_BYTES} bytes of length`, bytes.length, CUT_OFF);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER) {
    fail(what, `header must have at most ${MAX_HEADER} bytes`, length, "it is not a safetensors file");
  }
  const there = bytes.length - LENGTH_BYTES;
  if (length > there) fail(what, `must hold its header of ${length} bytes`, there, CUT_OFF);
  return Number(length);
}

function parseHeader(bytes: Uint8Array, what: string): Record<string, unknown> {
  if (bytes[0] !== "{".charCodeAt(0))
    fail(what, "header must begin with {", String.fromCharCode(...bytes.subarray(0, 1)));
  let text: string;
  let header: Record<string, unknown>;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (cause) {
    throw new NonsmoothError(what, "header must be JSON in UTF-8", { got: (cause as Error).message, cause });
  }
  const repeated = repeatedKey(text);
  if (repeated !== undefined) fail(what, "names in the header must differ", repeated);
  return header;
}

/** A key that occurs twice in an object of valid JSON; JSON.parse would keep the last value. */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  // in runs, not one by one: a text of megabytes would take all of the stack
  for (const [token, text, colon] of json.matchAll(/("(?:[^"\\]+|\\.)*")(\s*:)?|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (colon) {
      const key = JSON.parse(text!) as string;
      const keys = open.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isLengths = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);

function checkedMetadata(what: string, metadata: unknown): Metadata {
  if (!isObject(metadata)) return fail(what, "must be an object of texts", metadata);
  const keys = Object.keys(metadata).sort(compare);
  for (const key of keys) {
    if (typeof metadata[key] !== "string") fail(`${what} ${key}`, "must be a text", metadata[key]);
  }
  return Object.fromEntries(keys.map((key) => [key, metadata[key] as string]));
}

interface CheckedEntry {
  readonly name: string;
  readonly dtype: string;
  /** Absent for a type that the library does not compute with. */
  readonly format?: ElementFormat;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function checkedEntry(what: string, name: string, entry: unknown): CheckedEntry {
  if (!isObject(entry)) return fail(what, "must be an object of dtype, shape and data_offsets", entry);
  const { dtype, shape, data_offsets: offsets } = entry as unknown as Entry;
  const format = formatOfType(dtype);
  const bits = format
    ? 8 * storedAs(format).bytes
    : typeof dtype === "string" && Object.hasOwn(OTHERS, dtype)
      ? OTHERS[dtype]
      : undefined;
  if (bits === undefined) {
    const known = [...order.map((name) => storedAs(name).dtype), ...Object.keys(OTHERS)].join(", ");
    return fail(what, `dtype must be one of ${known}`, dtype);
  }
  if (!isLengths(shape)) return fail(what, "shape must be a list of lengths", shape);
  if (!isLengths(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    return fail(what, "data_offsets must be two positions, begin and end", offsets);
  }
  const [begin, end] = offsets as [number, number];
  const expected = (size(shape) * bits) / 8;
  if (end - begin !== expected) {
    fail(what, `${dtype} of shape [${shape.join(",")}] must have ${expected} bytes`, end - begin);
  }
  return { name, dtype, format, shape, begin, end };
}

/** Throws unless the tensors cover each byte of the data once. */
function requireTiling(what: string, entries: readonly CheckedEntry[], available: number): void {
  let position = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position) {
      const rule = `must begin where the one before ends, at ${position}`;
      fail(`${what}, tensor ${name}`, begin > position ? `${rule}, without a gap` : `${rule}, without overlap`, begin);
    }
    position = end;
  }
  if (position === available) return;
  fail(what, `must hold ${position} bytes of data`, available, available < position ? CUT_OFF : undefined);
}

function toBytes(name: string, { format, data }: Tensor): Uint8Array {
  const stored = isNarrow(format) ? toBits(name, format, data as Float32Array) : data;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

function fromBytes(what: string, format: ElementFormat, bytes: Uint8Array): NumberArray {
  // a copy: the tensor may begin anywhere in the file, and typed arrays only at multiples of their width
  const { buffer } = new Uint8Array(bytes);
  if (isFloat(format)) return formatOf(format).encoding.fromBits(buffer);
  if (format === "i32") return new Int32Array(buffer);
  const truths = new Uint8Array(buffer);
  const wrong = truths.find((x) => x > 1);
  if (wrong !== undefined) fail(what, "truth values must be 0 or 1", wrong);
  return truths;
}

/** Throws if a number is not a number of the format: nothing is lost silently. */
function toBits(name: string, format: FormatName, values: Float32Array) {
  const { encoding } = formatOf(format);
  const bits = encoding.toBits(values);
  const back = encoding.fromBits(bits.buffer);
  const lost = values.findIndex((x, i) => !Object.is(x, back[i]));
  if (lost >= 0) fail(`tensor ${name}`, `numbers must be of ${format}`, values[lost]);
  return bits;
}
