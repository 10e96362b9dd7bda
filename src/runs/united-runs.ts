/** Tables of runs for queries: one below the other, columns united by name. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { TableWriter } from "./duckdb";
import { cellText } from "./encoding";
import { rowsOf } from "./find";
import { common } from "./kinds";
import type { RunEntry } from "./list";
import type { Kind, Row } from "./types";

/** A run without its rows. */
export interface RunColumns {
  readonly entry: RunEntry;
  readonly kinds: ReadonlyMap<string, Kind>;
}

/**
 * A table that takes in run after run, with the columns `experiment` and `run`. A column has its name from the first run that has it:
 * databases ignore case. Rows are written as they come. Only if a later run makes text of a column that is already written are the
 * runs read again, after the last one.
 */
export class UnitedRuns {
  private readonly runs: (RunColumns & { readonly count: number })[] = [];
  private readonly names = new Map<string, string>();
  // so that the table has columns where there are no rows
  private readonly kinds = new Map<string, Kind>([
    ["experiment", "string"],
    ["run", "string"],
  ]);
  private writer: TableWriter | undefined;
  /** Whether what is written so far can stay. */
  private isValid = true;

  /** @param isWanted whether the rows are; without them the table has its columns only */
  constructor(
    private readonly connection: DuckDBConnection,
    private readonly name: string,
    private readonly isWanted: boolean,
  ) {}

  async add(run: RunColumns, rows: readonly Row[]): Promise<void> {
    this.runs.push({ ...run, count: rows.length });
    const { changes, areNew } = this.unite(run.kinds);
    this.isValid &&= areNew || this.writer === undefined;
    if (!this.isWanted || !this.isValid) return;
    if (this.writer === undefined) this.writer = await this.create();
    else if (changes.size > 0) await this.writer.change(changes);
    this.append(this.writer, run, rows);
  }

  /** To be called once, after the last run. */
  async finish(): Promise<void> {
    if (this.writer !== undefined && this.isValid) return this.writer.close();
    this.writer?.close();
    const writer = await this.create();
    if (this.isWanted) for (const run of this.runs) this.append(writer, run, rowsOf(run.entry).slice(0, run.count)); // it may have grown
    writer.close();
  }

  /** Takes in the columns of a run: which ones change, and whether these were missing or all null until now. */
  private unite(columns: ReadonlyMap<string, Kind>): { changes: Map<string, Kind>; areNew: boolean } {
    const changes = new Map<string, Kind>();
    let areNew = true;
    for (const [column, kind] of columns) {
      const name = this.names.get(column.toLowerCase()) ?? column;
      this.names.set(column.toLowerCase(), name);
      const before = this.kinds.get(name);
      const after = common(before ?? "empty", kind);
      this.kinds.set(name, after);
      if (before !== undefined && areEqual(widened(before), widened(after))) continue;
      changes.set(name, widened(after));
      areNew &&= before === undefined || before === "empty";
    }
    return { changes, areNew };
  }

  private create(): Promise<TableWriter> {
    const kinds = new Map(Array.from(this.kinds, ([column, kind]) => [column, widened(kind)]));
    return TableWriter.create(this.connection, this.name, kinds, cellText);
  }

  private append(writer: TableWriter, { entry, kinds }: RunColumns, rows: readonly Row[]): void {
    const names = new Map(Array.from(kinds.keys(), (column) => [this.names.get(column.toLowerCase())!, column]));
    const { experiment, run } = entry;
    writer.append(rows, { names, constants: { experiment, run } });
  }
}

/** A query means the same whatever runs there are: a number is a double, and a column that is all null can be used as one. */
function widened(kind: Kind): Kind {
  if (typeof kind === "object") return { list: widened(kind.list) };
  return kind === "integer" || kind === "empty" ? "number" : kind;
}

const areEqual = (a: Kind, b: Kind) => JSON.stringify(a) === JSON.stringify(b);
