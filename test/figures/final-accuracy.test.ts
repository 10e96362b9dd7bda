import { describe, expect, it } from "vitest";
import { makeConfig, type TrainingRow, training } from "../../src/experiments";
import { drawFinalAccuracy, published } from "../../src/figures";
import { cellsOf } from "../helpers/rows";

const manifest = { environment: { dataset: { description: "made-up digits", count: 60 }, test: { count: 50 } } };
const configOf = (set: object) =>
  makeConfig(training, { set: { dataset: "glyphs", runs: 3, epochs: 2, threads: 1, values: [0, 1, -1], ...set } });

/** Made-up last rows: the third run at ReLU'(0) = −1 with batch-norm diverges. */
const rowsOf = (set: object, lost = 0.02): TrainingRow[] => {
  const { dataset, network, batchNorm, values, runs, chainRules } = configOf(set);
  const trials = Array.from({ length: runs }, (_, trial) => trial);
  const cells = batchNorm.flatMap((on) => values.flatMap((value) => chainRules.map((rule) => ({ on, value, rule }))));
  return cells.flatMap(({ on, value, rule }) =>
    trials.map((trial): TrainingRow => {
      const diverged = on && value === -1 && trial === 2;
      return {
        ...{ dataset, label: null, network, batchNorm: on, dropout: 0 },
        optimizer: "sgd",
        learningRate: 0.01,
        precision: 32,
        ...{ value, chainRule: rule, trial, epoch: 2, trainLoss: 1, testLoss: 1, testCount: 50 },
        testAccuracy: diverged ? Number.NaN : 0.9 + 0.01 * trial - (value === 1 ? lost : 0),
        outcome: diverged ? "diverged" : "finished",
        reason: null,
      };
    }),
  );
};
const draw = (set: object, lost?: number) =>
  drawFinalAccuracy({ rows: rowsOf(set, lost), config: configOf(set), manifest });
const both = { batchNorm: [false, true] };

interface Marks {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly yaxis: string;
  readonly marker: { readonly symbol: string; readonly color: string };
}
const marks = (figure: { data: readonly object[] }, name: string, yaxis = "y") =>
  (figure.data as readonly Marks[]).find((trace) => trace.name === name && trace.yaxis === yaxis)!;

describe("the figure", () => {
  const figure = draw(both);

  it("the figure's specification matches the snapshot", () => {
    const rounded = JSON.parse(JSON.stringify(figure), (_, v) =>
      typeof v === "number" ? Number(v.toPrecision(6)) : v,
    );
    expect(rounded).toMatchSnapshot();
  });

  it("the figure has a point for every finished run, and values in the order of the axis", () => {
    expect(marks(figure, "no batch-norm, runs").y).toHaveLength(9);
    expect(marks(figure, "batch-norm, runs").y).toHaveLength(8);
    expect(figure.layout.xaxis).toMatchObject({ ticktext: ["-1", "0", "1"] });
    const [zero, one, minus] = marks(figure, "batch-norm").x as [number, number, number];
    expect([minus, zero, one].map(Math.round)).toEqual([0, 1, 2]);
  });

  it("runs that diverged are counted, and marked on the axis below every accuracy", () => {
    const cross = marks(figure, "diverged: batch-norm");
    expect(cross).toMatchObject({ text: ["1"], marker: { symbol: "x-thin-open" } });
    expect(cross.y[0]).toBe((figure.layout.yaxis as { range: number[] }).range[0]);
    expect(cross.y[0]).toBeLessThan(0.88);
    expect(figure.caption).toContain("3 runs per setting. Of 18 runs, 17 finished and 1 diverged.");
  });

  it("differences are those of pairs of runs, in percentage points", () => {
    expect(marks(figure, "no batch-norm", "y2").y).toEqual([expect.closeTo(-2, 9), expect.closeTo(0, 9)]);
    // the means differ by −0.5 points, as the best run has diverged; the pairs do not
    expect(marks(figure, "batch-norm", "y2").y[1]).toBeCloseTo(0, 9);
    const row = figure.table.map(cellsOf).find(({ arm, value }) => arm === "batch-norm" && value === -1);
    expect(row).toMatchObject({ runs: 3, finished: 2, diverged: 1, pairs: 2, equalPairs: 2, effectSize: null });
    expect(figure.caption).toContain("Pairs per difference, both runs finished: 3; 2 of 3 for batch-norm at -1.");
  });

  it("arms differ in colour and in marker, and a single value gets a single panel", () => {
    const [a, b] = ["no batch-norm", "batch-norm"].map((name) => marks(figure, name).marker);
    expect(a!.color).not.toBe(b!.color);
    expect(a!.symbol).not.toBe(b!.symbol);
    expect(draw({ values: [0] }).layout).not.toHaveProperty("xaxis2");
  });

  it("the caption says whether the network has batch-norm", () => {
    const network = (batchNorm: boolean[]) => /Network: [^,]*/.exec(draw({ batchNorm }).caption)![0];
    expect([[false], [true], [false, true]].map(network)).toEqual([
      "Network: perceptron without batch-norm",
      "Network: perceptron with batch-norm",
      "Network: perceptron with and without batch-norm",
    ]);
  });

  it("the caption says how many runs are not done", () => {
    const config = configOf({});
    const { caption, alt } = drawFinalAccuracy({ rows: [], config, manifest });
    expect(caption).toContain("Of 9 runs, 0 finished and 0 diverged; 9 are not done.");
    expect(alt).toContain("no run finished at 0");
  });
});

describe("published numbers", () => {
  // as much is lost at ReLU'(0) = 1 that our axis has room for the published numbers
  const WIDE = 0.3;
  const resnet = { dataset: "cifar10", network: "resnet18", values: [0, 0.5, 1], runs: 1, ...both };

  it("published numbers of the same kind of run stand beside ours, with failed runs counted", () => {
    const figure = draw(resnet, WIDE);
    expect(marks(figure, "published: batch-norm").y).toEqual([0.91867, 0.90918, 0.89806]);
    // without batch-norm all ten runs at 0.5 and at 1 failed: no mean
    expect(marks(figure, "published: no batch-norm").y).toEqual([0.90136]);
    expect(marks(figure, "published: batch-norm", "y2").y[1]).toBeCloseTo(100 * (0.89806 - 0.91867), 9);
    expect(figure.caption).toContain("Runs that failed there: 20, the black crosses.");
    expect(figure.caption).toContain("gradient overwritten at zeros, runs not paired");
  });

  it("published accuracies that would crush ours are not drawn, and a line says between what they lie", () => {
    const near = rowsOf({ ...resnet, batchNorm: [true], runs: 3 }, 0.03).map((row) => ({
      ...row,
      testAccuracy: row.testAccuracy - 0.6,
    }));
    const far = drawFinalAccuracy({
      rows: near,
      config: configOf({ ...resnet, batchNorm: [true], runs: 3 }),
      manifest,
    });
    expect(marks(far, "published", "y")).toBeUndefined();
    expect(marks(far, "published", "y2").y).toHaveLength(2);
    const notes = (far.layout.annotations as { text: string }[]).map(({ text }) => text);
    expect(notes).toContain("published, not drawn here: 89.8 % to 91.9 %");
    expect((far.layout.yaxis as { range: [number, number] }).range[1]).toBeLessThan(0.4);
  });

  it("published numbers are shown only for their own chain rule and their own data", () => {
    const figure = draw({ ...resnet, batchNorm: [true], chainRules: ["multiply", "overwrite"] }, WIDE);
    expect(marks(figure, "published: multiply")).toBeUndefined();
    expect(marks(figure, "published").y).toHaveLength(3);
    expect(draw(both).data.some((trace) => String(trace.name).startsWith("published"))).toBe(false);
  });

  it("published runs that failed are crosses with a count, whether one run is left or none", () => {
    const figure = draw({ ...resnet, batchNorm: [false], values: [0, 0.3, 0.4] });
    const cross = marks(figure, "failed, published");
    expect(cross).toMatchObject({ text: ["10 of 10", "9 of 10"], marker: { color: "#000000" } });
    expect(new Set(cross.y)).toEqual(new Set([(figure.layout.yaxis as { range: number[] }).range[0]]));
    const row = figure.table.map(cellsOf).find(({ value }) => value === 0.4);
    expect(row).toMatchObject({ published: 0.7831, publishedRuns: 10, publishedFailed: 9 });
  });

  it("published numbers beside a sweep all come from one experiment", () => {
    const perceptron = { dataset: "mnist", network: "mlp", runs: 1 };
    const of = (set: object) => marks(draw({ ...perceptron, ...set }, WIDE), "published").y;
    expect(of({ values: [0, 0.5, 1] })).toEqual([0.9847, 0.9848, 0.9847]);
    expect(of({ values: [0, 0.5, 1, 10] })).toEqual([0.9847, 0.9848, 0.9847, 0.9828]);
  });

  it("published values are compared by their medians where one of them has no mean", () => {
    const set = { dataset: "mnist", network: "mlp", runs: 1, dropout: [0.5], values: [0, 1] };
    const rows = rowsOf(set, WIDE).map((row) => ({ ...row, dropout: 0.5 }));
    const figure = drawFinalAccuracy({ rows, config: configOf(set), manifest });
    expect(marks(figure, "published").y).toEqual([0.98668, 0.9866]);
    expect(marks(figure, "published", "y2").y).toEqual([expect.closeTo(100 * (0.9866 - 0.98655), 9)]);
  });
});

describe("the tables of published trainings", () => {
  it("a published table has every kind of run once", () => {
    const keys = (name: "training-final-accuracy" | "training-curves", columns: readonly string[]) =>
      published(name).map((row) => columns.map((c) => cellsOf(row)[c]).join(" "));
    const kind = ["dataset", "network", "optimizer", "batchNorm", "dropout", "value"];
    for (const all of [
      keys("training-final-accuracy", ["experiment", ...kind]),
      keys("training-curves", [...kind, "epoch"]),
    ]) {
      expect(all.length).toBeGreaterThan(100);
      expect(new Set(all).size).toBe(all.length);
    }
  });
});
