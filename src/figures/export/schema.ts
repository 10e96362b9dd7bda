/** Plotly ignores what it does not know and draws an unknown type of trace as a scatter plot: here both are errors. */
import { fail, nearest } from "../../util";

/** A node of `Plotly.PlotSchema.get()`: an attribute if it has a `valType`, else a container of further nodes. */
type SchemaNode = Readonly<Record<string, unknown>>;

export interface PlotSchema {
  readonly traces: Readonly<
    Record<string, { readonly attributes: SchemaNode; readonly layoutAttributes?: SchemaNode } | undefined>
  >;
  readonly layout: { readonly layoutAttributes: SchemaNode };
}

type Json = Readonly<Record<string, unknown>>;

/** Throws for the first trace type or attribute that is not part of plotly's schema. Values are plotly's to judge. */
export function checkAttributes(what: string, schema: PlotSchema, data: readonly unknown[], layout: Json): void {
  for (const [i, trace] of data.entries()) {
    const place = `${what}, data[${i}]`;
    if (!isRecord(trace)) fail(place, "must be a plotly trace", trace);
    const type = trace.type ?? "scatter";
    const known = schema.traces[String(type)];
    if (!known) fail(`${place}.type`, "must be a trace type of plotly", type, suggest(String(type), schema.traces));
    checkRecord(place, trace, { ...known.attributes, type: {} });
  }
  // barmode, boxmode and the like belong to trace types
  const ofTraces = Object.values(schema.traces).map((trace) => trace?.layoutAttributes);
  checkRecord(`${what}, layout`, layout, Object.assign({}, ...ofTraces, schema.layout.layoutAttributes));
}

function checkRecord(what: string, record: Json, schema: SchemaNode): void {
  for (const [key, value] of Object.entries(record)) {
    const node = nodeOf(schema, key) ?? fail(what, "must have attributes that plotly knows", key, suggest(key, schema));
    const place = `${what}.${key}`;
    if ("valType" in node) continue;
    if (isRecord(value)) checkRecord(place, value, node);
    else if (isRecord(node.items) && Array.isArray(value)) checkItems(place, value, node.items);
    else if (node.role === "object" && value !== null) {
      fail(place, isRecord(node.items) ? "must be an array" : "must be an object", value);
    }
  }
}

// a list of annotations, say, is described as { annotation: schema of one }
function checkItems(what: string, items: readonly unknown[], schema: SchemaNode): void {
  const [node] = Object.values(schema).filter(isRecord);
  for (const [i, item] of items.entries()) {
    if (node && isRecord(item)) checkRecord(`${what}[${i}]`, item, node);
  }
}

/** The schema of a key; `xaxis2` and its like have that of `xaxis`. */
function nodeOf(schema: SchemaNode, key: string): SchemaNode | undefined {
  if (Object.hasOwn(schema, key)) return isRecord(schema[key]) ? schema[key] : undefined;
  const subplot = schema[key.replace(/\d+$/, "")];
  return isRecord(subplot) && subplot._isSubplotObj === true ? subplot : undefined;
}

function suggest(name: string, known: object): string | undefined {
  const near = nearest(name, Object.keys(known));
  return near && `did you mean ${near}?`;
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
