/** Runs that nobody computed, in the form of trainings. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configHash, encode, type Row } from "../../src/runs";

export interface MadeUp {
  readonly experiment?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly rows: readonly Row[];
  readonly status?: string;
}

/** Writes a run below a folder of runs; returns its own folder. */
export function writeRun(
  runs: string,
  { experiment = "training", config = {}, rows, status = "done" }: MadeUp,
): string {
  const hash = configHash(experiment, config);
  const folder = join(runs, experiment, hash.slice(0, 12));
  mkdirSync(folder, { recursive: true });
  const manifest = {
    ...{ experiment, config, hash, status, preset: "smoke", rows: rows.length, files: ["rows.jsonl"], notes: [] },
    ...{ provenance: { commit: "0".repeat(40) }, environment: { engine: "reference" } },
    ...{ sessions: 1, started: "2026-01-01T00:00:00.000Z", seconds: 1 },
  };
  writeFileSync(join(folder, "manifest.json"), encode(manifest));
  writeFileSync(join(folder, "rows.jsonl"), rows.map((row) => `${encode(row)}\n`).join(""));
  return folder;
}

const VALUES = [0, 0.5, 1, 10, 100];

/** 50 rows of a training: five values of ReLU'(0), ten epochs each. */
export function trainingRows(seed: number, epochs = 10): Row[] {
  return VALUES.flatMap((value) =>
    Array.from({ length: epochs }, (_, i) => ({
      ...{ dataset: "glyphs", label: null, network: "mlp", batchNorm: false, dropout: 0, optimizer: "sgd" },
      ...{ learningRate: 0.1, precision: seed % 2 === 0 ? 16 : 32, value, chainRule: "multiply", trial: seed % 5 },
      epoch: i + 1,
      trainLoss: 2 / (i + 1),
      testLoss: value === 100 && i === 9 ? Number.NaN : 2.2 / (i + 1),
      testAccuracy: (1 - 1 / (i + 2)) * (1 - value / 1000) - (seed % 7) / 100,
      ...{ testCount: 1000, outcome: i === 9 ? "finished" : "running", reason: null },
    })),
  );
}

/** As many trainings as asked for, of 50 rows each. */
export function writeTrainings(runs: string, count: number): void {
  for (let seed = 0; seed < count; seed++) {
    writeRun(runs, { config: { dataset: "glyphs", seed, epochs: 10 }, rows: trainingRows(seed) });
  }
}
