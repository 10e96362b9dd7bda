import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { alternate } from "../../bench/alternate";
import { FORWARD_FLOPS } from "../../bench/problem";
import { findPython, NO_TORCH } from "../../bench/python";
import { line, speedRatios, spread } from "../../bench/statistics";

describe("spread", () => {
  it("the spread of numbers is their median and their range", () => {
    expect(spread([5, 1, 3])).toEqual({ median: 3, low: 1, high: 5, n: 3 });
    expect(spread([4, 1])).toEqual({ median: 2.5, low: 1, high: 4, n: 2 });
    expect(spread([7])).toEqual({ median: 7, low: 7, high: 7, n: 1 });
  });

  it("the spread of no numbers is refused", () => {
    expect(() => spread([])).toThrow("quantile: needs at least one value, got []");
  });
});

describe("speed ratios", () => {
  it("a speed ratio is above 1 for less time or for more operations", () => {
    expect(speedRatios([2, 4], [6, 4], "ms")).toEqual([3, 1]);
    expect(speedRatios([2, 4], [4, 1], "GFLOP/s")).toEqual([0.5, 4]);
  });

  it("speed ratios are taken round by round, not from the medians", () => {
    // the machine was ten times slower in the second round, for both
    const { ratio, ours, theirs } = line({
      benchmark: "b",
      what: "w",
      against: "x",
      unit: "ms",
      ours: [1, 10, 1],
      theirs: [2, 20, 2],
    });
    expect(ratio).toEqual({ median: 2, low: 2, high: 2, n: 3 });
    expect([ours!.high, theirs!.high]).toEqual([10, 20]);
  });

  it("speed ratios of unequal numbers of rounds are refused", () => {
    expect(() => speedRatios([1, 2], [1], "ms")).toThrow("speed ratio: must have 2 rounds on both sides, got 1");
  });
});

describe("a line without a partner", () => {
  it("a line without a partner says why and has no ratio", () => {
    const found = line({ benchmark: "b", what: "w", against: "PyTorch", unit: "ms", ours: [1], missing: NO_TORCH });
    expect(found.missing).toMatch(/^not measured: no Python with PyTorch found/);
    expect(found.ratio).toBeUndefined();
    expect(found.theirs).toBeUndefined();
  });

  it("a line that has its partner or needs none says nothing of a missing one", () => {
    expect(
      line({ benchmark: "b", what: "w", against: "x", unit: "ms", ours: [1], theirs: [1], missing: NO_TORCH }),
    ).not.toHaveProperty("missing");
    expect(line({ benchmark: "b", what: "w", unit: "ms", ours: [1] })).not.toHaveProperty("missing");
  });
});

describe("alternate", () => {
  it("the order is reversed in every second round, and missing sides are left out", async () => {
    const order: string[] = [];
    const notes: string[] = [];
    const measure = (name: string) => async () => order.push(name);
    const results = await alternate(
      3,
      { a: measure("a"), b: undefined, c: measure("c") },
      (note) => void notes.push(note),
    );
    expect(order).toEqual(["a", "c", "c", "a", "a", "c"]);
    expect(results).toEqual({ a: [1, 4, 5], c: [2, 3, 6] });
    expect(notes[0]).toBe("round 1 of 3: a");
  });
});

describe("findPython", () => {
  // neither has PyTorch: one is missing, the other reads the script as JavaScript
  const others = ["/nowhere/python3", process.execPath];

  it("no Python is found where no program imports torch", async () => {
    expect(await findPython(others)).toBeUndefined();
  });

  it.skipIf(process.platform === "win32")(
    "the first program that imports torch is taken, with its versions",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "bench-"));
      const program = join(folder, "python");
      writeFileSync(program, `#!/bin/sh\ntest -f "$1" && echo '{"torch": "9.9", "blas": "BLAS 1"}'\n`, { mode: 0o755 });
      try {
        expect(await findPython([...others, program, "/nowhere/else"])).toEqual({
          program,
          torch: "9.9",
          blas: "BLAS 1",
        });
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

it("FORWARD_FLOPS counts two operations for each weight and image", () => {
  expect(FORWARD_FLOPS).toBe(2 * 256 * (784 * 256 + 256 * 256 + 256 * 256 + 256 * 10));
});
