import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Machine } from "../../bench/machine";
import { NO_TORCH } from "../../bench/python";
import { digits, markdown, writeTable } from "../../bench/report";
import { line } from "../../bench/statistics";

const machine: Machine = {
  cpu: "Abacus",
  cores: 4,
  load: 0.1,
  platform: "linux-x64",
  node: "20.19.0",
  onnxruntime: "1.30.0",
  torch: "1.13.0",
  blas: "OpenBLAS 0.3.21",
  tfjs: "4.22.0",
  date: "2026-01-31",
  rounds: 3,
};

const compared = line({
  benchmark: "sum",
  what: "f32",
  against: "PyTorch",
  unit: "ms",
  goal: 2,
  ours: [1, 2, 4],
  theirs: [3, 4, 20],
  missing: NO_TORCH,
});
const alone = line({ benchmark: "sum", what: "f64", unit: "GFLOP/s", ours: [1234.5] });
const without = line({
  benchmark: "product",
  what: "f32",
  against: "PyTorch",
  unit: "ms",
  ours: [1],
  missing: NO_TORCH,
});

describe("markdown", () => {
  const rows = markdown([compared, alone, without], machine).split("\n");

  it("the table says which machine and which versions were measured", () => {
    expect(rows[0]).toBe(
      "2026-01-31, Abacus, 4 cores, linux-x64, load 0.1 before the start; Node 20.19.0, onnxruntime-node 1.30.0, PyTorch 1.13.0 " +
        "with OpenBLAS 0.3.21, TensorFlow.js 4.22.0; 3 alternating rounds: median (lowest – highest).",
    );
    expect(markdown([], { ...machine, torch: null, blas: null })).toContain("no PyTorch");
  });

  it("ratios come before absolute numbers, and the name of a benchmark comes once", () => {
    expect(rows.slice(-3)).toEqual([
      "| sum | f32 | PyTorch | **3** (2 – 5) | ≥ 2 | 2 ms (1 – 4) | 4 ms (3 – 20) |",
      "|  | f64 |  |  |  | 1235 GFLOP/s |  |",
      `| product | f32 | PyTorch | ${NO_TORCH} |  | 1 ms |  |`,
    ]);
    const cells = rows.filter((row) => row.startsWith("|")).map((row) => row.split(" | ").length);
    expect(new Set(cells)).toEqual(new Set([7]));
  });

  it("a goal is marked as missed where the median does not reach it, and only there", () => {
    const common = { benchmark: "sum", what: "f32", against: "PyTorch" } as const;
    const goals = [2, 4, 3, 3].map((goal, i) =>
      line({ ...common, unit: "ms", goal, ours: [1], theirs: [i === 3 ? 2.999 : 3] }),
    );
    const memory = [1999, 2000].map((ours) => line({ ...common, unit: "MB", limit: 2000, ours: [ours] }));
    const unknown = line({ ...common, unit: "ms", goal: 2, ours: [1], missing: NO_TORCH });
    const aims = markdown([...goals, ...memory, unknown], machine)
      .split("\n")
      .slice(-7)
      .map((row) => row.split(" | ")[4]);
    const expected = ["≥ 2", "missed: ≥ 4", "≥ 3", "missed: ≥ 3", "< 2000 MB", "missed: < 2000 MB", "≥ 2"];
    expect(aims).toEqual(expected);
  });

  it("the table warns of a machine that was busy", () => {
    expect(markdown([], machine)).not.toContain("Other programs ran");
    expect(markdown([], { ...machine, load: 3 })).toContain("Other programs ran at the same time.");
  });
});

it("numbers below 1000 are rounded to three digits, and none has an exponent", () => {
  expect([0, 0.012345, 1.005, 27.96, 99.96, 154.4, 123456].map(digits)).toEqual([
    "0",
    "0.0123",
    "1",
    "28",
    "100",
    "154",
    "123456",
  ]);
});

describe("writeTable", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bench-"));
    path = join(folder, "README.md");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("writeTable replaces only what is between the marks, and can do so again", () => {
    writeFileSync(path, "before\n<!-- bench:table -->\nold\n<!-- /bench:table -->\nafter\n");
    for (const table of ["| a |\n| b |", "| $& |"]) {
      expect(writeTable(path, table)).toBe(true);
      const expected = `before\n<!-- bench:table -->\n${table}\n<!-- /bench:table -->\nafter\n`;
      expect(readFileSync(path, "utf8")).toBe(expected);
    }
    expect(readdirSync(folder)).toEqual(["README.md"]);
  });

  it("a document without marks is left as it is", () => {
    expect(writeTable(path, "table")).toBe(false);
    writeFileSync(path, "text");
    expect(writeTable(path, "table")).toBe(false);
    expect(readFileSync(path, "utf8")).toBe("text");
  });

  it("a mark without its partner is refused", () => {
    writeFileSync(path, "<!-- bench:table -->\n");
    expect(() => writeTable(path, "table")).toThrow(
      `${path}: must hold <!-- bench:table --> and after it <!-- /bench:table -->, got "a <!-- bench:table -->, no`,
    );
  });
});
