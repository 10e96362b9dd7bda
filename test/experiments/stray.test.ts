/** Rows that are of no run of their configuration. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { experiment, experiments, makeConfig } from "../../src/experiments";
import { tellStray } from "../../src/experiments/stray";
import { type Row, readRows } from "../../src/runs";
import { manifestOf, results } from "../helpers/rows";

const committed = readdirSync(results).filter((name) => existsSync(join(results, name, "manifest.json")));

/** What nobody asked for, by the column that says so. */
const elsewhere = (row: Row): Row[] => [
  ...("trial" in row && !("z64" in row) ? [{ ...row, trial: 100_000 }] : []),
  ...("epoch" in row && "value" in row ? [{ ...row, epoch: 100_000 }] : []),
  ...("z64" in row ? [{ ...row, x: 0.123 }] : []),
];

describe.each(committed)("data/results/%s", (name) => {
  const { experiment: of, config: kept } = manifestOf(name);
  const chosen = experiment(of);
  const config = chosen.schema.parse(kept);
  const { rows } = readRows(join(results, name, "rows.jsonl"));

  it("every row is of a run that its configuration asks for", () => {
    expect(chosen.stray(rows, config)).toEqual([]);
  });

  it("a row of a run that it does not ask for is found among the others", () => {
    const strangers = elsewhere(rows.at(-1)!);
    expect(strangers.length).toBeGreaterThan(0);
    expect(chosen.stray([rows[0]!, ...strangers, ...rows.slice(1)], config)).toEqual(strangers);
  });
});

it("every other experiment has committed rows here", () => {
  const others = experiments.map(({ name }) => name).filter((name) => name !== "learning-rate-search");
  expect(new Set(committed.map((name) => manifestOf(name).experiment))).toEqual(new Set(others));
});

it("a search asks for each of its learning rates, and for no other", () => {
  const search = experiment("learning-rate-search");
  const set = { learningRates: [0.1, 0.01], runs: 1, epochs: 2, values: [0, 1], precisions: [32] };
  const config = makeConfig(search, { set: { ...set, optimizers: ["sgd"], batchNorm: [false], dropout: [0] } });
  const cell = { batchNorm: false, dropout: 0, optimizer: "sgd", precision: 32, chainRule: "multiply" };
  const row = (learningRate: number, value: number, trial: number, epoch: number): Row => ({
    ...cell,
    learningRate,
    value,
    trial,
    epoch,
  });
  const asked = [0.1, 0.01].flatMap((rate) => [1, 2].flatMap((epoch) => [0, 1].map((s) => row(rate, s, 0, epoch))));
  const strangers = [row(0.3, 0, 0, 1), row(0.1, 0.5, 0, 1), row(0.1, 0, 1, 1), row(0.1, 0, 0, 3)];
  expect(search.stray([...asked, ...strangers], config)).toEqual(strangers);
});

it("strays are told in one line, with their number and the key of the first", () => {
  const chosen = experiment("zeros");
  const config = chosen.schema.parse(manifestOf("zeros").config);
  const { rows } = readRows(join(results, "zeros", "rows.jsonl"));
  const told = (some: readonly Row[]) => {
    const lines: string[] = [];
    tellStray(chosen, config, some, (line) => lines.push(line));
    return lines;
  };
  const [first] = rows;
  const strays = [7000, 7001].map((trial) => ({ ...first!, trial }));
  expect(told(rows)).toEqual([]);
  const key = (trial: number) => chosen.rows.key({ ...first!, trial });
  expect(told([...rows, strays[0]!])).toEqual([
    `rows.jsonl: 1 of ${rows.length + 1} rows is of no run that the configuration asks for, the first with the key ${key(7000)}; a run sets it aside in stray.jsonl`,
  ]);
  expect(told([...strays, ...rows])).toEqual([
    `rows.jsonl: 2 of ${rows.length + 2} rows are of no run that the configuration asks for, the first with the key ${key(7000)}; a run sets them aside in stray.jsonl`,
  ]);
});
