/** Tables of mini-batches: the rows of notebook 02's second half. */
import { expect, it } from "vitest";
import { gradientDifference } from "../../src/experiments";
import { rows as schema } from "../../src/experiments/gradient-difference/rows";
import { gradientPlacesTable, gradientSharesTable, gradientSizesTable } from "../../src/views";
import { answered, committedRun } from "../helpers/rows";
import { shown } from "./shown";

const run = committedRun(gradientDifference);

it("the share of mini-batches is given as it is and as the published script divides", () => {
  const rows = gradientSharesTable(run.summary);
  expect(Object.keys(rows[0]!).slice(7).join()).toBe(
    "first layer differs,any parameter,share,low,high,as the published script divides, %",
  );
  expect(shown(rows)).toEqual([
    [16, "multiply", 80, 0, 18720, 0, 1041, 1041, 1041, 0.05561, 0.05242, 0.05898, 0.06951],
    [16, "overwrite", 80, 0, 18720, 0, 1041, 1041, 1041, 0.05561, 0.05242, 0.05898, 0.06951],
    [32, "multiply", 300, 0, 70200, 0, 152, 152, 152, 0.002165, 0.001848, 0.002537, 0.0007217],
    [32, "overwrite", 300, 0, 70200, 0, 152, 152, 152, 0.002165, 0.001848, 0.002537, 0.0007217],
    [64, "multiply", 20, 0, 4680, 0, 0, 0, 0, 0, 0, 0.0008202, 0],
    [64, "overwrite", 20, 0, 4680, 0, 0, 0, 0, 0, 0, 0.0008202, 0],
  ]);
  for (const row of rows) {
    let [batches, different] = [0, 0];
    for (const one of answered(run.rows)) {
      if (one.precision !== row.bits || one.chainRule !== row.rule) continue;
      batches += one.batches;
      different += one.where.length;
    }
    expect([row["mini-batches"], row["any parameter"]]).toEqual([batches, different]);
  }
});

it("sizes are listed where there are differences", () => {
  const rows = gradientSizesTable(run.summary);
  expect(rows).toHaveLength(4 * 4);
  expect(Object.keys(rows[0]!)).toEqual(["size", "bits", "rule", "min", "q1", "median", "mean", "q3", "max"]);
  expect(shown([rows[4]!], 3)).toEqual([
    ["relativeL2FirstLayer", 16, "multiply", 4.48e-5, 0.001, 0.00208, 0.00238, 0.00349, 0.0125],
  ]);
  for (const row of rows) {
    let [sum, n, max] = [0, 0, 0];
    for (const one of answered(run.rows)) {
      if (one.precision !== row.bits || one.chainRule !== row.rule) continue;
      for (const size of one[row.size]) {
        if (size === null) continue;
        sum += size;
        n++;
        if (size > max) max = size;
      }
    }
    expect(row.max).toBe(max);
    expect(row.mean).toBeCloseTo(sum / n, 12);
  }
});

it("each mini-batch with a difference has a row", () => {
  const rows = gradientPlacesTable(run.rows);
  expect(rows).toHaveLength(2 * (1041 + 152));
  expect(shown(rows.slice(0, 3))).toEqual([
    [16, "multiply", 0, 20, 0.001394],
    [16, "multiply", 0, 74, 0.0006256],
    [16, "multiply", 0, 92, 0.006138],
  ]);
  // rules find their differences on the same mini-batches
  const places = (rule: string) => rows.filter((row) => row.chainRule === rule).map(place);
  const place = ({ precision, trial, where }: (typeof rows)[number]) => [precision, trial, where].join("/");
  expect(places("overwrite")).toEqual(places("multiply"));
  const given = { dataset: "glyphs", width: 16, depth: 2, precision: 16, chainRule: "multiply", trial: 0 } as const;
  expect(gradientPlacesTable([schema.failed(given, "no memory")])).toEqual([]);
});
