/**
 * The rows and manifests in data/results/, which nothing may change; and the README's table of results against those rows, from
 * which each of its numbers is worked out again here.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  bifurcationFrequencyNetworks,
  type Experiment,
  experiment,
  gradientDifference,
  type HarmSummary,
  harm,
  type NetworksSummary,
  poolZeros,
  reluFamily,
  surprise,
  type TrainingSummary,
  training,
  zeros,
} from "../src/experiments";
import { encode, type Row, readRows } from "../src/runs";
import { encodeRow } from "../src/runs/encoding";
import { pairedMean, projectRoot, wilson } from "../src/util";
import { committedRun, manifestOf, results } from "./helpers/rows";

const committed = readdirSync(results).filter((name) => existsSync(join(results, name, "manifest.json")));

describe.each(committed)("data/results/%s", (name) => {
  const file = join(results, name, "rows.jsonl");

  it("the rows are those of the experiment, byte for byte as they would be written now", () => {
    const { rows: schema } = experiment(manifestOf(name).experiment);
    const { rows } = readRows(file);
    expect(rows).toHaveLength(manifestOf(name).rows);
    const inOrder = Object.keys(schema.columns).join();
    expect([...new Set(rows.map((row) => Object.keys(row).join()))]).toEqual([inOrder]);
    const written = rows.map((row) => `${encodeRow(schema.check(row))}\n`).join("");
    expect(written === readFileSync(file, "utf8")).toBe(true);
  });

  it("each row is there once, in the order of the experiment", () => {
    const { rows: schema } = experiment(manifestOf(name).experiment);
    const keys = readRows(file).rows.map((row) => schema.key(row));
    expect(new Set(keys).size).toBe(keys.length);
    const sorted = readRows(file).rows.toSorted(schema.order);
    expect(sorted.map((row) => schema.key(row))).toEqual(keys);
  });

  it("nothing of the manifest is lost when it is read", () => {
    const { earlierCode, ...rest } = manifestOf(name);
    const written = `${JSON.stringify(JSON.parse(encode(rest)), null, 2)}\n`;
    expect(written).toBe(readFileSync(join(results, name, "manifest.json"), "utf8"));
  });
});

it("earlier code is read from the notes of the runs that have such a note, and from no others", () => {
  const commit = "3432661f9428eb5b74f8721f493676bf4160a655";
  const earlier = committed.map((name) => [name, manifestOf(name).earlierCode]);
  expect(earlier.filter(([, code]) => code !== undefined)).toEqual([
    ["training-cifar10", [{ rows: 10, commit, dirty: null }]],
    ["training-mnist", [{ rows: 18, commit, dirty: null }]],
  ]);
});

const readme = readFileSync(join(projectRoot, "README.md"), "utf8");

/** The cells of the README's rows that begin so. */
function row(question: string): readonly string[] {
  const line = readme.split("\n").find((text) => text.startsWith(`| ${question}`));
  return line!.split("|").map((cell) => cell.trim());
}
const ours = (question: string) => row(question)[3]!;
const n = (question: string) => row(question)[4]!;

const summaryOf = <C extends object, S, R extends Row>(of: Experiment<C, S, R>, name?: string): S =>
  committedRun(of, name).summary;

/** Ties are rounded up, as in the figures: 15 / 400 is 0.038, though the binary number is just below 0.0375. */
function fixed(x: number, digits: number): string {
  const units = Math.round(Number((Math.abs(x) * 10 ** digits).toPrecision(12)));
  return ((Math.sign(x) * units) / 10 ** digits).toFixed(digits).replace("-", "−");
}
const points = (x: number) => fixed(100 * x, 2);
const between = (low: number | null, high: number | null) => `[${points(low!)}, ${points(high!)}]`;
const few = (x: number) => x.toExponential(1);

it("the README's distances between trainings, notebook 01, follow from the rows", () => {
  const runs = (bits: number) => summaryOf(surprise).filter(({ precision }) => precision === bits);
  for (const { finalDifference, largestControl } of runs(64)) expect([finalDifference, largestControl]).toEqual([0, 0]);
  expect(ours("distance between two trainings")).toBe(`0 in ${runs(64).length} of ${runs(64).length}; control 0`);
  const first = runs(32).map(({ firstZero }) => firstZero);
  expect(first.filter((at) => at === null)).toHaveLength(1);
  expect(runs(32).every(({ largestControl }) => largestControl === 0)).toBe(true);
  const met = first.filter((at) => at !== null).join(", ");
  expect(ours("the same at 32 bits")).toBe(`${met}, and none within ${runs(32)[0]!.iterations}; control 0`);
});

it("the README's size of a gradient's difference, notebook 02, follows from the rows", () => {
  const cells = summaryOf(gradientDifference);
  const of = (rule: string) => cells.find(({ precision, chainRule }) => precision === 32 && chainRule === rule)!;
  const median = (rule: string) => Number(of(rule).relativeL2FirstLayer!.median.toPrecision(2));
  expect(ours("relative size of the difference")).toBe(
    `${median("multiply")} with the derivative as defined, ${median("overwrite")} with the released chain rule`,
  );
  const { differentFirstLayer, batches } = of("multiply");
  expect(n("relative size")).toBe(`${differentFirstLayer} of ${batches.toLocaleString("en")} mini-batches`);
});

it("the README's shares of exact zeros, notebook 03, follow from the rows", () => {
  const cells = summaryOf(zeros);
  const of = (bits: number) => poolZeros(cells.filter(({ precision }) => precision === bits));
  const [half, single, double] = [of(16), of(32), of(64)];
  const calls = few(double.calls).replace("+", "");
  expect(ours("exact zeros per ReLU call")).toBe(
    `${few(half.share!)}, ${few(single.share!)}; 64 bits: ${double.zeros} of ${calls}`,
  );
});

it("the README's differences of accuracy, notebooks 04 and 07, follow from the rows", () => {
  const { differences } = summaryOf(training, "final-accuracy-resnet18");
  const { difference, low, high, n: pairs } = differences.find(({ precision }) => precision === 32)!;
  expect(ours("accuracy at ReLU'(0) = 1 minus")).toBe(`${points(difference!)} points ${between(low, high)}`);
  expect(n("accuracy at ReLU'(0) = 1 minus")).toBe(`${pairs} pairs, 3 epochs`);
});

it("the README's changes of accuracy with dropout, notebook 07, follow from the rows", () => {
  const { cells, differences } = summaryOf(training, "final-accuracy-dropout");
  const largest = Math.max(...differences.map((one) => Math.abs(one.difference!)));
  const changed = differences.filter(({ difference }) => difference !== 0).map(({ dropout }) => dropout);
  const others = [...new Set(differences.map(({ dropout }) => dropout))].filter((rate) => !changed.includes(rate));
  const none = `${others.slice(0, -1).join(", ")} and ${others.at(-1)}`;
  const accuracies = (rate: number, value: number) =>
    cells.find((cell) => cell.dropout === rate && cell.value === value)!.accuracies;
  const pairs = cells.flatMap(({ dropout, accuracies: own }) =>
    own.map((accuracy, i) => Math.abs(accuracy! - accuracies(dropout, 0)[i]!)),
  );
  expect(ours("dropout")).toBe(
    `${points(largest)} points (mean of three pairs at a rate of ${changed[0]}; the largest single pair: ` +
      `${points(Math.max(...pairs))}); 0 at rates ${none}; 16 bits`,
  );
});

it("the README's effects of batch-norm and Adam, notebook 05, follow from the rows", () => {
  const { cells } = summaryOf(training, "final-accuracy-batch-norm-and-adam-cifar10");
  const changes = (optimizer: string, batchNorm: boolean) => {
    const own = cells.filter((cell) => cell.optimizer === optimizer && cell.batchNorm === batchNorm);
    const of = (value: number) => own.find((cell) => cell.value === value)!.accuracies;
    return of(10).map((accuracy, i) => accuracy! - of(0)[i]!);
  };
  const words = ["sgd", "adam"].map((optimizer) => {
    const { estimate, low, high } = pairedMean(changes(optimizer, false), changes(optimizer, true));
    return `${points(estimate!)} points ${between(low, high)}`;
  });
  expect(ours("do batch-norm and Adam buffer the influence?")).toBe(
    `SGD ${words[0]}, Adam ${words[1]}`.replace(/(Adam \S+) points/, "$1"),
  );
});

describe("mini-batches, notebooks 06 and 09", () => {
  const shares = ({ cells }: NetworksSummary, bits: number) =>
    cells.filter(({ precision }) => precision === bits).map((cell) => fixed(cell.frequencyFirstLayer!, 3));

  it("the README's shares of mini-batches of convolutional networks follow from the rows", () => {
    const summary = summaryOf(bifurcationFrequencyNetworks);
    const lines = readme.split("\n");
    const at = lines.findIndex((text) => text.startsWith("| mini-batches whose gradient depends on ReLU'(0), 16 bits"));
    const [half, bfloat, single, double] = [0, 1, 2, 3].map((i) => lines[at + i]!.split("|")[3]!.trim());
    expect([half, single]).toEqual([16, 32].map((bits) => shares(summary, bits).join(", ")));
    const { cells } = summaryOf(bifurcationFrequencyNetworks, "bifurcation-frequency-networks-bf16");
    const inBfloat = cells
      .filter(({ precision }) => precision === "bf16")
      .map((cell) => {
        const [share, low, high] = [cell.frequencyFirstLayer, cell.lowFirstLayer, cell.highFirstLayer];
        return `${fixed(share!, 3)} [${fixed(low!, 3)}, ${fixed(high!, 3)}]`;
      });
    expect(bfloat).toBe(inBfloat.join(", "));
    const last = summary.cells.filter(({ precision }) => precision === 64);
    const batches = last.reduce((sum, cell) => sum + cell.batches, 0);
    expect(last.every(({ differentFirstLayer }) => differentFirstLayer === 0)).toBe(true);
    expect(double).toBe(`0 [0, ${fixed(wilson(0, batches).high, 4)}]`);
  });

  it("the README's shares of mini-batches of ReLU's relatives follow from the rows", () => {
    const summary = summaryOf(reluFamily);
    const [relu, leaky, zero, six] = summary.cells.filter(({ precision }) => precision === 16);
    const [a, b, c] = [relu, leaky, zero].map((cell) => fixed(cell!.frequencyFirstLayer!, 3));
    expect([six!.kinks, six!.differentFirstLayer]).toEqual(["relu6.six 0 | 1", 0]);
    const words = `${a}, ${b}, ${c}, 0 [0, ${fixed(six!.highFirstLayer!, 3)}]; 32 and 64 bits: 0`;
    expect(ours("mini-batches whose gradient depends on the kink")).toBe(words);
    for (const bits of [32, 64]) expect(new Set(shares(summary, bits))).toEqual(new Set(["0.000"]));
  });
});

it("the README's comparison of the two chain rules, notebook 10, follows from the rows", () => {
  const { cells, differences } = summaryOf(training, "final-accuracy-chain-rule-resnet18");
  const of = <T extends TrainingSummary["cells"][number] | TrainingSummary["differences"][number]>(
    list: readonly T[],
    rule: string,
  ) => list.find((one) => one.precision === 16 && one.value === 1 && one.chainRule === rule)!;
  const { accuracies, runs } = of(cells, "overwrite");
  // null: diverged
  const failed = accuracies.filter((accuracy) => accuracy === null || accuracy < 0.15).length;
  const { difference, low, high } = of(differences, "multiply");
  expect(ours("ResNet18 with batch-norm, 16 bits")).toBe(
    `*overwritten*, as released: ${failed} of ${runs} runs at chance or diverged; *as defined*: ${points(difference!)} points ${between(low, high)}`,
  );
});

describe("the causal test, notebook 13", () => {
  const arm = (study: string, bits: number, name: string): HarmSummary[number]["arms"][number] =>
    summaryOf(harm, `harm-${study}`)
      .find(({ precision }) => precision === bits)!
      .arms.find((one) => one.arm === name)!;
  // these differences are in percentage points
  const change = (study: string, name: string, unit = "") => {
    const { mean, low, high, isRange } = arm(study, 16, name).change;
    expect(isRange).toBe(false);
    return `${fixed(mean!, 2)}${unit} [${fixed(low!, 2)}, ${fixed(high!, 2)}]`;
  };

  it("the README's differences at ReLU'(0) = 1 and at one rounding follow from the rows", () => {
    const words = (study: string, unit = "") =>
      `${change(study, "multiply 1", unit)}, one rounding ${change(study, "null")}`;
    expect(ours("does ReLU'(0) = 1, as defined")).toBe(
      `perceptron ${words("mlp", " points")}; VGG11 with batch-norm ${words("vgg11")}`,
    );
    for (const study of ["mlp", "vgg11"]) {
      expect(arm(study, 16, "multiply 1")).toMatchObject({ finished: 8, change: { n: 8 }, verdict: "equivalent" });
      expect(arm(study, 16, "multiply 1").pEquivalent).toBeLessThan(0.001);
      const [, single] = summaryOf(harm, `harm-${study}`);
      expect(single).toMatchObject({ precision: 32, withZero: 2 });
    }
    expect(row("does ReLU'(0) = 1, as defined")[5]).toContain("2 of 8 runs of each network met an exact zero");
  });

  it("the README's difference with an overwritten gradient follows from the rows", () => {
    const { worse, change: ten, pSign, verdict } = arm("mlp", 16, "overwrite 10");
    const question = "… the gradient overwritten by 10";
    expect(ours(question)).toBe(`${change("mlp", "overwrite 10", " points")}, ${worse} of ${ten.n} pairs worse`);
    expect(row(question)[5]).toBe(
      `${verdict} (sign test, p = ${fixed(pSign, 2)}); overwritten by 1/batch ${change("mlp", "overwrite 1/batch")}`,
    );
  });
});

it("every notebook that the README's table names is there", () => {
  const named = [...readme.matchAll(/\]\((notebooks\/[^)]+)\)/g)].map(([, path]) => path!);
  expect(new Set(named).size).toBe(12);
  for (const path of named) expect(existsSync(join(projectRoot, path)), path).toBe(true);
});
