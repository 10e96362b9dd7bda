/** What other libraries call the formats: for hints, since a format has one name in files and graphs. */
const OTHER_NAMES = {
  f16: ["16", "float16", "fp16", "half"],
  bf16: ["bfloat16"],
  f32: ["32", "float32", "fp32", "float", "single"],
  f64: ["64", "float64", "fp64", "double", "number"],
  i32: ["int32", "int", "integer"],
  bool: ["boolean"],
} as const;

/** Our name of a format that another library or a precision's number of bits names. */
export function ownName(given: unknown): string | undefined {
  if (typeof given !== "string" && typeof given !== "number") return undefined;
  const text = String(given).toLowerCase();
  const found = Object.entries(OTHER_NAMES).find(([, others]) => (others as readonly string[]).includes(text));
  return found?.[0];
}

export function formatHint(given: unknown): string | undefined {
  const own = ownName(given);
  return own && `did you mean "${own}"?`;
}
