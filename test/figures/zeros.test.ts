import { describe, expect, it } from "vitest";
import { makeConfig, type ZerosRow, zeros } from "../../src/experiments";
import { rows as schema } from "../../src/experiments/zeros/rows";
import { drawZeros, published } from "../../src/figures";
import { wilson } from "../../src/util";
import { cellsOf } from "../helpers/rows";

const set = { dataset: "glyphs", widths: [16, 64], depths: [1, 2], images: 1000, epochs: 2 };
const config = makeConfig(zeros, { set });
/** Made-up rows: zeros at 16 bits only; 2 × 64 diverges at 32 bits in its second epoch, 1 × 16 fails at 64. */
const rows = ([16, 32, 64] as const).flatMap((precision) =>
  [16, 64].flatMap((width) =>
    [1, 2].flatMap((depth): ZerosRow[] => {
      const cell = { dataset: "glyphs", precision, width, depth, trial: 0 };
      if (precision === 64 && width === 16 && depth === 1) return [schema.failed(cell, "no memory")];
      return [1, 2].flatMap((epoch) =>
        Array.from({ length: depth }, (_, i): ZerosRow => {
          const diverged = precision === 32 && width === 64 && depth === 2 && epoch === 2;
          const samples = diverged ? 256 : 1000;
          const found = { zeros: precision === 16 ? width : 0, structural: precision === 16 ? 1 : 0 };
          const outcome = diverged ? "diverged" : epoch === 2 ? "finished" : "running";
          return {
            ...cell,
            epoch,
            layer: i + 1,
            samples,
            calls: samples * width,
            ...found,
            trainLoss: 1,
            testAccuracy: 0.9,
            outcome,
            reason: null,
          };
        }),
      );
    }),
  ),
);
const manifest = { environment: { dataset: { description: "made-up digits", count: 1000 } } };
const figure = drawZeros({ rows, config, manifest });
const panel = (axis: string, name: string) => figure.data.find((t) => t.xaxis === axis && t.name === name)!;

describe("the figure", () => {
  it("the figure's specification matches the snapshot", () => {
    const rounded = JSON.parse(JSON.stringify({ ...figure, table: figure.table.slice(0, 3) }), (_, v) =>
      typeof v === "number" ? Number(v.toPrecision(6)) : v,
    );
    expect(rounded).toMatchSnapshot();
  });

  it("the caption names the data, and counts trainings that diverged or failed", () => {
    expect(figure.caption).toContain("Finished: 10; diverged, counted until then: 1; failed, not counted: 1.");
    expect(figure.caption).toContain("Data: made-up digits.");
    expect(figure.caption).toContain("Of 480 zeros 12 are structural");
  });

  it("the ratio as published is the share times the 1000 images", () => {
    const [published, corrected] = ["x", "x2"].map((axis) => panel(axis, "16 bits").y as number[]);
    expect(corrected).toHaveLength(4);
    for (const [i, share] of corrected!.entries()) expect(published![i]! / share).toBeCloseTo(1000, 9);
  });

  it("a share of 0 is drawn in the strip, with a bar to the end of its interval, and failed trainings are not drawn", () => {
    const { tickvals, ticktext, range } = figure.layout.yaxis2 as Record<string, number[]>;
    expect([ticktext![0], tickvals![0]! > 10 ** range![0]!]).toEqual(["exactly 0", true]);
    const strip = (bits: number) => (panel("x2", `${bits} bits`).y as number[]).filter((y) => y === tickvals![0]);
    expect([strip(16).length, strip(32).length, strip(64).length]).toEqual([0, 4, 3]);
    const { array, arrayminus } = panel("x2", "64 bits").error_y as { array: number[]; arrayminus: null[] };
    const high = wilson(0, 2 * 2 * 64 * 1000).high;
    expect(array.some((up) => Math.abs(tickvals![0]! + up - high) < 1e-12 * high)).toBe(true);
    expect(arrayminus).toEqual([null, null, null]);
  });

  it("only the deepest networks are compared layer by layer", () => {
    // 2 × 16 and 2 × 64 at 16 bits: 2 epochs of 1000 images
    expect(panel("x4", "16 bits").x as number[]).toHaveLength(2);
    for (const share of panel("x4", "16 bits").y as number[]) expect(share).toBeCloseTo((2 * 80) / (2 * 1000 * 80), 12);
  });

  it("published counts of MNIST stand beside ours, with the same denominators", () => {
    const { data, table, caption } = drawZeros({ rows, config: { ...config, dataset: "mnist", epochs: 30 }, manifest });
    const theirs = (axis: string) => data.find((t) => t.xaxis === axis && t.name === "16 bits, published")!;
    expect([theirs("x").x, theirs("x2").x].map((x) => (x as number[]).length)).toEqual([20, 20]);
    expect(theirs("x2").y).toContain(2283 / (6 * 512 * 60_000 * 100));
    // 1 and 2 layers of 16 and 64, epoch by epoch of 60,000 images
    const own = published("zeros-by-epoch").filter(
      (one) => one.precision === 16 && one.layers <= 2 && one.neurons <= 64 && one.epoch <= 30,
    );
    const shares = theirs("x3").y as number[];
    expect(shares).toHaveLength(30);
    for (const [i, share] of shares.entries()) {
      const found = own.filter(({ epoch }) => epoch === i + 1).reduce((sum, one) => sum + one.zeros, 0);
      if (found > 0) expect(share * 60_000 * (16 + 64 + 32 + 128)).toBeCloseTo(found, 9);
    }
    expect(own.some(({ zeros: found }) => found > 0)).toBe(true);
    expect(data.some((t) => t.xaxis === "x4" && /published/.test(String(t.name)))).toBe(false);
    const rowsOfTheirs = table.map(cellsOf).filter(({ source }) => source === "published");
    expect(rowsOfTheirs.filter(({ epoch }) => epoch === undefined)).toHaveLength(40);
    expect(rowsOfTheirs.filter(({ epoch }) => epoch !== undefined)).toHaveLength(2 * 4 * 30);
    expect(caption).toContain("Published (black, open): Bertoin et al. 2021, code repository, 100 epochs");
    expect(figure.data.some((t) => /published/.test(String(t.name)))).toBe(false);
  });
});
