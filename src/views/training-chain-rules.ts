/** The derivative as defined (multiply) and the released code's (overwrite), in pairs of trainings. */
import type { TrainingCell } from "../experiments";
import type { PublishedAccuracy } from "../figures";
import { holm, intervalWords, pairedMean, signTest, smallestSignTest } from "../util";
import {
  allPoints,
  type DifferenceRow,
  differencesTable,
  isAtChance,
  readingOf,
  type TrainingKind,
  type TrainingRun,
} from "./training";

type Run = Pick<TrainingRun, "config" | "summary">;
type Kind = Pick<TrainingKind, "network" | "batch-norm" | "bits"> & { readonly "ReLU'(0)": number };

/** What the rule changes at one value of ReLU'(0), in percentage points. */
export interface RuleDifferenceRow extends Kind {
  readonly pairs: number;
  readonly equal: number;
  readonly "overwrite minus multiply": number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** What low and high are: "range of 6 pairs"; of 8 pairs and more a 95 % interval. */
  readonly interval: string;
  readonly "effect size": number | null;
  readonly "diverged (overwrite, multiply)": readonly [number, number];
}

/**
 * A row for each kind of training: the test accuracy with `overwrite` minus that with `multiply`, run by run, at the same ReLU'(0).
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { ruleDifferencesTable, runExperiment, training } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const chainRules = ["multiply", "overwrite"];
 * const set = { images: 200, testImages: 100, widths: [16], epochs: 1, chainRules, precisions: [16], runs: 2 };
 * const run = await runExperiment(training, { preset: "smoke", set, runs, workers: 0 });
 * for (const row of ruleDifferencesTable([run])) console.log(row["ReLU'(0)"], row.pairs, row["overwrite minus multiply"]);
 * ```
 */
export function ruleDifferencesTable(runs: readonly Run[]): RuleDifferenceRow[] {
  return bothRules(runs).map(({ kind, overwrite, multiply }) => {
    const pairs = pairedMean(allPoints(overwrite.accuracies), allPoints(multiply.accuracies));
    return {
      ...kind,
      pairs: pairs.n,
      equal: pairs.equal,
      "overwrite minus multiply": pairs.estimate,
      low: pairs.low,
      high: pairs.high,
      interval: intervalWords(pairs.n, "pairs"),
      "effect size": pairs.effectSize,
      "diverged (overwrite, multiply)": [overwrite.diverged, multiply.diverged],
    };
  });
}

/** How many trainings failed under each rule, and which rule ended better. */
export interface RuleFailuresRow extends Kind {
  readonly runs: number;
  readonly "multiply: diverged, at chance": readonly [number, number];
  readonly "overwrite: diverged, at chance": readonly [number, number];
  readonly "overwrite worse": number;
  readonly better: number;
  /** Of the sign test of overwrite against multiply, pairs without a difference left out. */
  readonly p: number;
  /** The smallest that so many pairs could give. */
  readonly "smallest p": number;
  /** Corrected for all rows of the table (Holm). */
  readonly "p (Holm)": number;
}

/**
 * A row for each kind of training with ReLU'(0) ≠ 0: the runs that diverged or ended at chance under each rule, and in how many pairs
 * `overwrite` ended worse or better. A run that diverged counts as below every accuracy. The tests compare the rules at one value of
 * ReLU'(0), not its values; Holm's correction is over the rows.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { ruleFailuresTable, runExperiment, training } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const chainRules = ["multiply", "overwrite"];
 * const set = { images: 200, testImages: 100, widths: [16], epochs: 1, chainRules, precisions: [16], runs: 2 };
 * const run = await runExperiment(training, { preset: "smoke", set, runs, workers: 0 });
 * for (const row of ruleFailuresTable([run])) console.log(row["ReLU'(0)"], row["overwrite worse"], row.better, row.p);
 * ```
 */
export function ruleFailuresTable(runs: readonly Run[]): RuleFailuresRow[] {
  const rows = bothRules(runs)
    .filter(({ kind }) => kind["ReLU'(0)"] !== 0)
    .map(({ kind, overwrite, multiply }) => {
      const signs = overwrite.accuracies.map((x, trial) => Math.sign(rank(x) - rank(multiply.accuracies[trial]!)));
      const [worse, better] = [-1, 1].map((sign) => signs.filter((one) => one === sign).length) as [number, number];
      return {
        ...kind,
        runs: overwrite.runs,
        "multiply: diverged, at chance": failed(multiply),
        "overwrite: diverged, at chance": failed(overwrite),
        "overwrite worse": worse,
        better,
        p: signTest(worse, better),
        "smallest p": smallestSignTest(worse + better),
      };
    });
  const corrected = holm(rows.map(({ p }) => p));
  return rows.map((row, i) => ({ ...row, "p (Holm)": corrected[i]! }));
}

const rank = (accuracy: number | null) => accuracy ?? -1;

const failed = ({ diverged, accuracies }: TrainingCell): [number, number] => [
  diverged,
  accuracies.filter(isAtChance).length,
];

/** The cells of `overwrite`, each with the otherwise equal cell of `multiply`. */
function bothRules(runs: readonly Run[]): { kind: Kind; overwrite: TrainingCell; multiply: TrainingCell }[] {
  const same = ["batchNorm", "dropout", "optimizer", "learningRate", "precision", "value"] as const;
  return runs.flatMap(({ config, summary: { cells } }) =>
    cells
      .filter((cell) => cell.chainRule === "overwrite")
      .map((overwrite) => {
        const { batchNorm, precision, value } = overwrite;
        const kind = { network: config.network, "batch-norm": batchNorm, bits: precision, "ReLU'(0)": value };
        const multiply = cells.find(
          (cell) => cell.chainRule === "multiply" && same.every((column) => cell[column] === overwrite[column]),
        )!;
        return { kind, overwrite, multiply };
      }),
  );
}

/** What ReLU'(0) changes under one rule, and what the numbers can show. */
export interface RuleValuesRow extends Omit<DifferenceRow, "effect size"> {
  readonly reading: string;
}

/**
 * A row for each kind of training, rule and value of ReLU'(0) but the first: the test accuracy minus that at the first value under the
 * same rule, in percentage points, and whether the interval or a test says anything.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { ruleValuesTable, runExperiment, training } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const chainRules = ["multiply", "overwrite"];
 * const set = { images: 200, testImages: 100, widths: [16], epochs: 1, chainRules, precisions: [16], runs: 2 };
 * const run = await runExperiment(training, { preset: "smoke", set, runs, workers: 0 });
 * for (const { rule, difference, reading } of ruleValuesTable([run])) console.log(rule, difference, reading);
 * ```
 */
export function ruleValuesTable(runs: readonly Run[]): RuleValuesRow[] {
  return differencesTable(runs, ["network", "batch-norm", "bits", "rule"]).map(({ "effect size": _, ...row }) => ({
    ...row,
    reading: readingOf(row),
  }));
}

/** A change of ours beside the published one. */
export interface PublishedChangeRow
  extends Pick<RuleValuesRow, "network" | "batch-norm" | "ReLU'(0)" | "rule" | "pairs"> {
  readonly ours: number | null;
  readonly reading: string;
  readonly "published (overwrite)": number | null;
}

/**
 * A row for each kind of training in 32 bits, rule and value of ReLU'(0): our change of test accuracy against ReLU'(0) = 0 and the
 * published one (of means, or of medians where a mean is missing), both in percentage points; null where nothing was published.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { published, publishedChangesTable, runExperiment, training } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 200, testImages: 100, widths: [16], epochs: 1, values: [0, 1], precisions: [32], runs: 2 };
 * const run = await runExperiment(training, { preset: "smoke", set, runs, workers: 0 });
 * for (const row of publishedChangesTable([run], published("training-final-accuracy")))
 *   console.log(row.network, row["ReLU'(0)"], row.ours, row["published (overwrite)"]);
 * ```
 */
export function publishedChangesTable(
  runs: readonly Run[],
  published: readonly PublishedAccuracy[],
): PublishedChangeRow[] {
  const theirs = published.filter(
    ({ experiment, optimizer, dropout }) => experiment === "training" && optimizer === "sgd" && dropout === 0,
  );
  return ruleValuesTable(runs)
    .filter(({ bits }) => bits === 32)
    .map((row) => {
      const own = theirs.filter((one) => one.network === row.network && one.batchNorm === row["batch-norm"]);
      const at = (value: number) => own.find((one) => one.value === value);
      return {
        network: row.network,
        "batch-norm": row["batch-norm"],
        "ReLU'(0)": row["ReLU'(0)"],
        rule: row.rule,
        ours: row.difference,
        pairs: row.pairs,
        reading: row.reading,
        "published (overwrite)": changeOf(at(row["ReLU'(0)"]), at(0)),
      };
    });
}

/** Of the means of both, or of the medians of both. */
function changeOf(a: PublishedAccuracy | undefined, b: PublishedAccuracy | undefined): number | null {
  for (const statistic of ["mean", "median"] as const) {
    const [x, y] = [a?.[statistic], b?.[statistic]];
    if (x !== undefined && y !== undefined) return 100 * (x - y);
  }
  return null;
}
