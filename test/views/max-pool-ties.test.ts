/** Tables of trainings by the value at ties, and of tied windows: the rows of notebook 12. */
import { expect, it } from "vitest";
import { maxPoolTieCounts, maxPoolTies } from "../../src/experiments";
import { poolControlTable, poolCountsTable, poolTiesTable } from "../../src/views";
import { answered, committedRun } from "../helpers/rows";
import { shown } from "./shown";

const run = committedRun(maxPoolTies, "max-pool-ties-lenet5");
const counts = committedRun(maxPoolTieCounts, "max-pool-tie-counts-lenet5");

it("each kind of training has its ends and its range", () => {
  const rows = poolTiesTable([run]);
  expect(rows).toHaveLength(2 * 3 * 6);
  for (const row of rows) {
    const own = run.rows.filter(
      (one) => one.precision === row.bits && one.tie === row.β && one.pooling === row.pooling,
    );
    const accuracies: number[] = [];
    let [diverged, tied, windows] = [0, 0, 0];
    for (const one of answered(own)) {
      tied += one.tied;
      windows += one.windows;
      if (one.outcome === "diverged") diverged++;
      if (one.outcome === "finished") accuracies.push(one.testAccuracy!);
    }
    expect([row.runs, row.diverged]).toEqual([accuracies.length + diverged, diverged]);
    expect(row["tied windows"]).toBe(tied / windows);
    if (accuracies.length === 0) expect([row.accuracy, row.lowest, row.highest]).toEqual([null, null, null]);
    else expect([row.lowest, row.highest]).toEqual([Math.min(...accuracies), Math.max(...accuracies)]);
  }
});

it("the control holds: at β = 0 all ways of pooling gave the same losses", () => {
  expect(shown(poolControlTable([run, committedRun(maxPoolTies, "max-pool-ties-vgg11")]))).toEqual([
    ["lenet5", 16, 3, 3],
    ["lenet5", 32, 3, 3],
    ["vgg11 + BN", 16, 3, 3],
    ["vgg11 + BN", 32, 3, 3],
  ]);
  const changed = run.rows.map((row, i) => (i === 0 ? { ...row, trainLoss: 0 } : row));
  expect(poolControlTable([{ ...run, rows: changed as typeof run.rows }])[0]!.equal).toBe(2);
});

it("tied windows are added up over initialisations, and rounding makes those that 64 bits does not have", () => {
  const rows = poolCountsTable([counts]);
  for (const row of rows) {
    const own = answered(counts.rows).filter((one) => one.precision === row.bits && one.layer === row.pool);
    let [rounded, expected] = [0, 0];
    for (const one of own) {
      rounded += one.tiedElsewhere - one.same;
      expected += one.byRounding;
    }
    expect(row.n).toBe(3);
    expect(row["by rounding: counted"]).toBe(rounded);
    expect(row["counted / predicted"]).toBeCloseTo(rounded / expected, 12);
  }
});
