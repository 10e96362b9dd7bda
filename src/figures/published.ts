import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../util";

/** One published number: see data/paper/README.md. */
export interface Published {
  readonly panel: string;
  readonly precision: number;
  readonly x: number;
  readonly different?: number;
  readonly runs?: number;
  readonly fraction?: number;
  readonly how: "counted" | "read from figure" | "not run";
}

/** The published numbers of a table in data/paper/; plain comma-separated values without quotes. */
export function published(name: string): Published[] {
  const text = readFileSync(join(projectRoot, "data", "paper", `${name}.csv`), "utf8");
  const [header, ...lines] = text.trim().split("\n");
  const columns = header!.split(",");
  return lines.map((line) => {
    const cells = line.split(",").map((cell, i) => [columns[i]!, value(cell)] as const);
    return Object.fromEntries(cells.filter(([, cell]) => cell !== undefined)) as unknown as Published;
  });
}

const value = (cell: string) => (cell === "" ? undefined : Number.isNaN(Number(cell)) ? cell : Number(cell));
