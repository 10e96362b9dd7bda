/** How numbers of each format are stored in the device's memory, and computed with in kernels. */
import { type ElementFormat, type Format, type FormatName, formatOf, isFloat } from "../../../formats";

export interface Stored {
  /** The C type in memory. */
  readonly type: string;
  readonly bytes: number;
  /** The C type in registers. */
  readonly carrier: "float" | "double" | "int";
  /** A stored number in its carrier. */
  load(x: string): string;
  /** A number that the format can represent, as it is stored. */
  store(x: string): string;
  /** The nearest number of the format, ties to even. */
  round(x: string): string;
}

const same = (x: string) => x;

const plain = (type: "float" | "double", bytes: number): Stored => ({
  type,
  bytes,
  carrier: type,
  load: same,
  store: same,
  round: same,
});

/** 16 bits in memory, f32 in registers; the functions are in the prelude. */
const half = (name: "f16" | "bf16"): Stored => ({
  type: "unsigned short",
  bytes: 2,
  carrier: "float",
  load: (x) => `${name}_load(${x})`,
  store: (x) => `${name}_store(${x})`,
  round: (x) => `${name}_load(${name}_store(${x}))`,
});

const whole = (type: "int" | "unsigned char", bytes: number): Stored => ({
  type,
  bytes,
  carrier: "int",
  load: same,
  store: same,
  round: same,
});

const known: Partial<Record<ElementFormat, Stored>> = {
  f16: half("f16"),
  bf16: half("bf16"),
  f32: plain("float", 4),
  f64: plain("double", 8),
  i32: whole("int", 4),
  bool: whole("unsigned char", 1),
};

/**
 * Formats that the device does not have are stored as numbers of their carrier, and rounded by arithmetic; in registers they are numbers of the
 * format in which one operation rounds once.
 */
export function storedAs(format: ElementFormat): Stored {
  const native = known[format];
  if (native) return native;
  const own = formatOf(format as FormatName);
  const [memory, register] = [known[own.carrier]!, known[own.arithmetic]!];
  const converted = memory === register ? same : undefined;
  return {
    ...memory,
    carrier: register.carrier,
    load: converted ?? ((x) => `(${register.type})${x}`),
    store: converted ?? ((x) => `(${memory.type})${x}`),
    round: (x) => `(${register.type})${rounding(own)}(${x}, ${limits(own)})`,
  };
}

const rounding = ({ precision, minExponent, smallestNormal, smallestSubnormal }: Format): string =>
  `round_to<${precision}, ${minExponent}, ${smallestSubnormal < smallestNormal}>`;

const limits = ({ largest, infinite }: Format): string =>
  [largest, infinite ? Number.POSITIVE_INFINITY : Number.NaN].map((x) => literal("f64", x)).join(", ");

/** Whether elements of the format have the same bits in memory as on the host. */
export const isStoredPlainly = (format: ElementFormat): boolean => !(isFloat(format) && storedAs(format).bytes === 2);

const view = new DataView(new ArrayBuffer(8));

/** A number of a format as a C expression of its carrier, exact to the bit. */
export function literal(format: ElementFormat, x: number): string {
  if (!isFloat(format)) return String(x);
  if (storedAs(format).carrier === "float") {
    view.setFloat32(0, x);
    return `f32_bits(0x${view.getUint32(0).toString(16)}u)`;
  }
  view.setFloat64(0, x);
  return `f64_bits(0x${view.getBigUint64(0).toString(16)}ull)`;
}
