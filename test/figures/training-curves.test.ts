import { describe, expect, it } from "vitest";
import { makeConfig, type TrainingRow, training } from "../../src/experiments";
import { drawTrainingCurves } from "../../src/figures";
import { cellsOf } from "../helpers/rows";

const config = makeConfig(training, {
  set: { dataset: "glyphs", precisions: [16, 32], values: [0, 1], runs: 3, epochs: 2, threads: 1 },
});
const manifest = { environment: { dataset: { description: "made-up digits" } } };

/** Made-up rows: the third run at 16 bits with ReLU'(0) = 1 diverges in its second epoch. */
const rows = ([16, 32] as const).flatMap((precision) =>
  [0, 1].flatMap((value) =>
    [0, 1, 2].flatMap((trial) =>
      [1, 2].map((epoch): TrainingRow => {
        const diverged = precision === 16 && value === 1 && trial === 2 && epoch === 2;
        return {
          dataset: "glyphs",
          label: null,
          network: "mlp",
          batchNorm: false,
          dropout: 0,
          optimizer: "sgd",
          learningRate: 0.01,
          chainRule: "multiply",
          precision,
          value,
          trial,
          epoch,
          // no two kinds of runs are equal
          trainLoss: diverged
            ? Number.NaN
            : 1 / (epoch + trial + 1) + 1e-4 * ((precision === 32 ? 2 : 0) + (value === 0 ? 1 : 0)),
          testLoss: diverged ? Number.NaN : 0.5,
          testAccuracy: diverged ? Number.NaN : 0.9 + 0.01 * trial + 0.02 * epoch,
          testCount: diverged ? 0 : 50,
          outcome: diverged ? "diverged" : epoch === 2 ? "finished" : "running",
          reason: null,
        };
      }),
    ),
  ),
);
const figure = drawTrainingCurves({ rows, config, manifest });

describe("the figure", () => {
  it("the figure's specification matches the snapshot", () => {
    const rounded = JSON.parse(JSON.stringify({ ...figure, table: figure.table.slice(0, 3) }), (_, v) =>
      typeof v === "number" ? Number(v.toPrecision(6)) : v,
    );
    expect(rounded).toMatchSnapshot();
  });

  it("runs that diverged are counted and marked, and no epoch is left out", () => {
    expect(figure.caption).toContain("3 runs per setting. Of 12 runs, 11 finished and 1 diverged.");
    const mark = figure.data.find(({ name }) => name === "diverged, and how many")!;
    expect([mark.x, mark.y, mark.text]).toEqual([[expect.closeTo(2, 0)], [expect.closeTo(0.92, 3)], ["1"]]);
    const curve = figure.table
      .map(cellsOf)
      .filter(({ curve, column }) => curve === "16 bits, ReLU'(0) = 1" && column === "trainLoss");
    expect(curve.map(({ n }) => n)).toEqual([3, 2]);
    expect(curve[1]!.mean).toBeCloseTo((1 / 3 + 1 / 4) / 2, 12);
  });

  it("the figure marks means of the runs that are left, and counts runs that are not done", () => {
    const [loss] = figure.data.filter(({ name }) => name === "16 bits, ReLU'(0) = 1") as unknown as {
      marker: { symbol: string[] };
    }[];
    expect(loss!.marker.symbol).toEqual(["square", "square-open"]);
    expect(figure.caption).toContain("Empty markers: means of the runs that are left.");
    expect(figure.alt).toContain("16 bits, ReLU'(0) = 1: 94.50 % after epoch 2 (2 of 3 runs)");
    const begun = { rows: rows.filter(({ trial }) => trial !== 1), config, manifest };
    expect(drawTrainingCurves(begun).caption).toContain("Of 12 runs, 7 finished and 1 diverged; 4 are not done.");
  });

  it("crosses that would overlap stand beside each other, each with its count", () => {
    const all = rows.map(
      (row): TrainingRow => (row.epoch === 2 ? { ...row, outcome: "diverged", testAccuracy: Number.NaN } : row),
    );
    const mark = drawTrainingCurves({ rows: all, config, manifest }).data.find(
      ({ name }) => name === "diverged, and how many",
    )!;
    expect(mark.text).toEqual(["3", "3", "3", "3"]);
    expect(new Set(mark.x as number[]).size).toBe(4);
  });

  it("crosses of many kinds of runs lie within the axis", () => {
    const rates = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const all = rates.flatMap((learningRate) =>
      rows
        .filter(({ epoch, value }) => epoch === 1 && value === 0)
        .map((row): TrainingRow => ({ ...row, learningRate, outcome: "diverged", testAccuracy: Number.NaN })),
    );
    const { data, layout } = drawTrainingCurves({ rows: all, config, manifest });
    const places = data.find(({ name }) => name === "diverged, and how many")!.x as number[];
    expect(places).toHaveLength(18);
    const [low, high] = (layout.xaxis2 as { range: [number, number] }).range;
    for (const x of places) expect(low < x && x < high).toBe(true);
  });

  it("mean losses of 0, which the axis cannot show, are counted in the caption", () => {
    const none = rows.map(
      (row): TrainingRow => (row.epoch === 2 && row.precision === 32 ? { ...row, trainLoss: 0 } : row),
    );
    const { caption, layout } = drawTrainingCurves({ rows: none, config, manifest });
    expect(caption).toContain("Mean losses of exactly 0, which a logarithmic axis cannot show: 2.");
    expect(layout.yaxis).toMatchObject({ type: "log" });
    expect(figure.caption).not.toContain("exactly 0");
  });

  it("published curves of the same kind of run are shown for the epochs that ours reach", () => {
    const set = {
      dataset: "cifar10",
      network: "resnet18",
      batchNorm: [true],
      values: [0, 1],
      runs: 1,
      epochs: 2,
      threads: 1,
    };
    const resnet = makeConfig(training, { set: { ...set, precisions: [16, 32] } });
    const own = rows
      .filter(({ trial }) => trial === 0)
      .map((row): TrainingRow => {
        const near = { trainLoss: 2 / row.epoch + 0.01 * row.trainLoss, testAccuracy: 0.3 + 0.2 * row.epoch };
        return { ...row, ...near, dataset: "cifar10", network: "resnet18", batchNorm: true };
      });
    const { data, table, caption } = drawTrainingCurves({ rows: own, config: resnet, manifest });
    const theirs = data.filter(({ name }) => String(name).startsWith("published"));
    expect(theirs.map(({ name, x, xaxis, showlegend }) => [name, x, xaxis, showlegend])).toEqual([
      ["published: ReLU'(0) = 0", [1, 2], "x", true],
      ["published: ReLU'(0) = 1", [1, 2], "x", true],
      ["published: ReLU'(0) = 0", [1, 2], "x2", false],
      ["published: ReLU'(0) = 1", [1, 2], "x2", false],
    ]);
    expect(theirs[2]!.y).toEqual([0.5506, expect.any(Number)]);
    expect(table.map(cellsOf).filter(({ source }) => source === "published")).toHaveLength(8);
    expect(caption).toContain("Published (thin and black): Bertoin et al. 2021");
    expect(figure.data.some(({ name }) => String(name).startsWith("published"))).toBe(false);
  });

  it("published curves that would crush ours are not drawn, and a line says between what they lie", () => {
    const set = {
      dataset: "cifar10",
      network: "resnet18",
      batchNorm: [true],
      values: [0, 1],
      runs: 3,
      epochs: 2,
      threads: 1,
    };
    const resnet = makeConfig(training, { set: { ...set, precisions: [16, 32] } });
    const own = rows.map(
      (row): TrainingRow => ({ ...row, ...{ dataset: "cifar10", network: "resnet18", batchNorm: true } }),
    );
    const { data, layout, table } = drawTrainingCurves({ rows: own, config: resnet, manifest });
    expect(data.filter(({ name, xaxis }) => /^published/.test(String(name)) && xaxis === "x2")).toEqual([]);
    const notes = (layout.annotations as { text: string }[]).map(({ text }) => text);
    // the accuracies of two published epochs at ReLU'(0) = 0 and 1; ours are from 92 % to 96 %
    expect(notes).toContain("published, not drawn here: 43.3 % to 63.3 %");
    expect((layout.yaxis2 as { range: [number, number] }).range[0]).toBeGreaterThan(0.9);
    expect(table.map(cellsOf).filter(({ source }) => source === "published")).toHaveLength(8);
  });

  it("kinds of runs that are equal in every number are one curve, which says so; one different number makes two", () => {
    const equal = rows.map(
      (row): TrainingRow => (row.precision === 32 ? { ...row, trainLoss: 1 / (row.epoch + row.trial + 1) } : row),
    );
    const names = (own: readonly TrainingRow[]) =>
      drawTrainingCurves({ rows: own, config, manifest })
        .data.filter(({ showlegend }) => showlegend === true)
        .map(({ name }) => name);
    const others = ["16 bits, ReLU'(0) = 0", "16 bits, ReLU'(0) = 1"];
    expect(names(equal)).toEqual([...others, "32 bits, ReLU'(0) = 0 and 1: equal"]);
    const { caption, table } = drawTrainingCurves({ rows: equal, config, manifest });
    expect(caption).toContain("so there is one curve");
    expect(table).toHaveLength(figure.table.length);
    const one = equal.map((row, i): TrainingRow => (i === equal.length - 1 ? { ...row, testAccuracy: 0.9 } : row));
    expect(names(one)).toEqual([...others, "32 bits, ReLU'(0) = 0", "32 bits, ReLU'(0) = 1"]);
  });

  it("each run is a point, so that no mean hides two groups; lines are not shifted, and few runs have no bars", () => {
    const own = figure.data.filter(({ xaxis }) => xaxis === "x2");
    const runs = own.filter(({ name }) => /, runs$/.test(String(name)));
    expect(runs.flatMap(({ y }) => y as number[])).toHaveLength(23);
    const lines = own.filter(({ name }) => /= [01]$/.test(String(name)));
    expect(lines.map(({ x }) => x)).toEqual(Array.from({ length: 4 }, () => [1, 2]));
    expect(lines.every(({ error_y }) => error_y === undefined)).toBe(true);
  });

  it("the scale of losses and an axis of accuracies that is cut off are declared, and no accuracy above 100 % has a place", () => {
    expect(figure.layout.yaxis).toMatchObject({ type: "log", title: { text: expect.stringContaining("logarithmic") } });
    const { title, range } = figure.layout.yaxis2 as { title: { text: string }; range: [number, number] };
    expect([range[0] > 0, title.text]).toEqual([true, "test accuracy (axis does not begin at 0)"]);
    const perfect = rows.map((row): TrainingRow => ({ ...row, testAccuracy: 1 }));
    const { layout } = drawTrainingCurves({ rows: perfect, config, manifest });
    expect((layout.yaxis2 as { range: [number, number] }).range[1]).toBeLessThan(1.001);
  });

  it("a line says where chance is if accuracies come near it", () => {
    const lines = (accuracy: number) => {
      const near = rows.map((row): TrainingRow => ({ ...row, testAccuracy: accuracy }));
      const { shapes = [] } = drawTrainingCurves({ rows: near, config, manifest }).layout as { shapes?: object[] };
      return shapes;
    };
    expect(lines(0.12)).toEqual([expect.objectContaining({ y0: 0.1, y1: 0.1, yref: "y2" })]);
    expect(lines(0.9)).toEqual([]);
  });

  it("where two things differ besides the precision, the colour says the value and the marker the other", () => {
    const sweep = makeConfig(training, {
      set: { dataset: "glyphs", values: [0, 0.5, 1], dropout: [0, 0.2, 0.5, 0.8], runs: 1, epochs: 1, threads: 1 },
    });
    const own = sweep.dropout.flatMap((dropout) =>
      sweep.values.map(
        (value): TrainingRow => ({
          ...rows[0]!,
          ...{ precision: 32, trial: 0, dropout, value, trainLoss: 1 + value + 10 * dropout },
        }),
      ),
    );
    const { data } = drawTrainingCurves({ rows: own, config: sweep, manifest });
    const curves = (data as unknown as { name: string; xaxis: string; marker: { color: string; symbol: string[] } }[])
      .filter(({ xaxis }) => xaxis === "x")
      .map(({ name, marker }) => ({ name, color: marker.color, symbol: marker.symbol[0]! }));
    expect(curves).toHaveLength(12);
    const lookOf = (end: string, what: "color" | "symbol") =>
      new Set(curves.filter(({ name }) => new RegExp(end).test(name)).map((one) => one[what]));
    for (const value of sweep.values) expect(lookOf(`= ${value}$`, "color").size).toBe(1);
    for (const rate of sweep.dropout) expect(lookOf(`^dropout ${rate},`, "symbol").size).toBe(1);
    expect(new Set(curves.map(({ color, symbol }) => `${color} ${symbol}`)).size).toBe(12);
    const named = data.filter(({ showlegend }) => showlegend !== false).map(({ name }) => name);
    expect(named).toEqual([
      ...sweep.values.map((value) => `ReLU'(0) = ${value}`),
      ...sweep.dropout.map((rate) => `dropout ${rate}`),
    ]);
  });

  it("a figure whose every run diverged says so", () => {
    const all = rows.map(
      (row): TrainingRow => ({ ...row, outcome: "diverged", trainLoss: Number.NaN, testAccuracy: Number.NaN }),
    );
    const notes = (drawn: readonly TrainingRow[]) =>
      (drawTrainingCurves({ rows: drawn, config, manifest }).layout.annotations as { text: string }[])
        .map(({ text }) => text)
        .filter((text) => /every run|no run/.test(text));
    expect(notes(all)).toEqual(["<b>every run diverged</b>", "<b>every run diverged</b>"]);
    expect(notes([])).toEqual(["<b>no run yet</b>", "<b>no run yet</b>"]);
    expect(notes(rows)).toEqual([]);
  });

  it("curves differ in colour or dash", () => {
    const curves = figure.data.filter(({ showlegend }) => showlegend === true) as unknown as {
      name: string;
      line: { color: string; dash: string };
    }[];
    expect(curves.map(({ name }) => name)).toEqual([
      "16 bits, ReLU'(0) = 0",
      "16 bits, ReLU'(0) = 1",
      "32 bits, ReLU'(0) = 0",
      "32 bits, ReLU'(0) = 1",
    ]);
    expect(new Set(curves.map(({ line }) => `${line.color} ${line.dash}`)).size).toBe(4);
  });
});
