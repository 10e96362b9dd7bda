/// <reference lib="dom" />
/** What the page knows of the runs: asked for again and again, and sent only where something has changed. */
import type { CompareAnswer, LooksAnswer, RowsAnswer, RunAnswer, RunLine, RunsAnswer } from "../types.js";
import { decode, type Row } from "./cells.mjs";

/** A run whose rows are here. */
export interface Loaded {
  readonly line: RunLine;
  /** With the column `run` in front. */
  readonly rows: readonly Row[];
  readonly file: string;
}

export type Experiment = Pick<RunAnswer, "columns" | "key">;

/** Requests at a time. */
const AT_ONCE = 6;

export class Store {
  folder = "";
  lines: readonly RunLine[] = [];
  /** Runs whose rows the server has not read yet. */
  unread = 0;
  looks!: LooksAnswer;
  readonly loaded = new Map<string, Loaded>();
  readonly experiments = new Map<string, Experiment>();
  private etag = "";

  async begin(): Promise<void> {
    this.looks = await ask<LooksAnswer>("looks");
    await this.poll();
  }

  /** Asks for the list; whether something in it has changed. @throws if the server does not answer */
  async poll(): Promise<boolean> {
    const headers: Record<string, string> = this.etag === "" ? {} : { "If-None-Match": this.etag };
    const response = await fetch("api/runs", { headers, cache: "no-store" });
    if (response.status === 304) return false;
    if (!response.ok) throw new Error(await response.text());
    this.etag = response.headers.get("ETag") ?? "";
    const answer = decode(await response.text()) as RunsAnswer;
    this.folder = answer.folder;
    this.lines = answer.runs;
    this.unread = answer.unread;
    return true;
  }

  line(id: string): RunLine | undefined {
    return this.lines.find((line) => line.id === id);
  }

  /** Brings the rows of runs up to date; whether something has changed. */
  async load(ids: readonly string[]): Promise<boolean> {
    const stale = ids.flatMap((id) => {
      const line = this.line(id);
      return line === undefined || this.loaded.get(id)?.line.stamp === line.stamp ? [] : [line];
    });
    const queue = [...stale];
    const work = async () => {
      for (let line = queue.shift(); line !== undefined; line = queue.shift()) await this.loadOne(line);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return stale.length > 0;
  }

  /** Whether the rows of all of them are here; they may have grown since. */
  has(ids: readonly string[]): boolean {
    return ids.every((id) => this.loaded.has(id) || this.line(id) === undefined);
  }

  compare(ids: readonly string[]): Promise<CompareAnswer> {
    return ask<CompareAnswer>(`compare?${new URLSearchParams({ ids: ids.join(",") })}`);
  }

  private async loadOne(line: RunLine): Promise<void> {
    const { id, experiment, run } = line;
    if (!this.experiments.has(experiment)) {
      this.experiments.set(experiment, await ask<RunAnswer>(`run?${new URLSearchParams({ id })}`));
    }
    const before = this.loaded.get(id);
    let rows = before?.rows ?? [];
    let file = before?.file ?? "";
    for (;;) {
      const words = new URLSearchParams({ id, from: String(rows.length), of: file });
      const answer = await ask<RowsAnswer>(`rows?${words}`);
      rows = [...rows.slice(0, answer.from), ...answer.rows.map((row) => ({ run, ...row }))];
      file = answer.file;
      if (rows.length >= answer.total || answer.rows.length === 0) break;
    }
    this.loaded.set(id, { line, rows, file });
  }
}

async function ask<T>(question: string): Promise<T> {
  const response = await fetch(`api/${question}`, { cache: "no-store" });
  const answer = decode(await response.text()) as T & { readonly error?: string };
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}
