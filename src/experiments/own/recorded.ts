/** What the manifest of a run says about its rows, for processes that do not know its experiment. */
import { anyRows, type Column, type Columns, type Manifest, type RowSchema } from "../../runs";

/** For the manifest: the key, and what columns mean. */
export const rowFacts = ({ keyColumns, columns }: Pick<RowSchema, "keyColumns" | "columns">) => ({
  rows: {
    key: keyColumns,
    columns: Object.fromEntries(
      Object.entries(columns).map(([name, { meaning, unit }]) => [name, unit ? { meaning, unit } : { meaning }]),
    ),
  },
});

/** The rows of a manifest with such facts. A cell may hold anything: the process that wrote it has checked it. */
export function recordedRows(manifest: Pick<Manifest, "environment"> | undefined): RowSchema | undefined {
  const { key, columns = {} } = (manifest?.environment.rows ?? {}) as { key?: unknown; columns?: object };
  if (!Array.isArray(key) || !key.every((name) => typeof name === "string")) return undefined;
  const entries = Object.entries(columns).map(([name, facts]): [string, Column] => [name, columnOf(facts)]);
  return { ...anyRows(...key), columns: Object.fromEntries(entries) satisfies Columns };
}

function columnOf(facts: unknown): Column {
  const { meaning, unit } = (facts ?? {}) as { readonly meaning?: unknown; readonly unit?: unknown };
  return {
    kind: "empty",
    meaning: String(meaning ?? ""),
    ...(typeof unit === "string" && { unit }),
    rule: "any cell",
    holds: (cell): cell is typeof cell => cell !== undefined,
  };
}
