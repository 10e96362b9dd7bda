/** The README's table of results against the rows in data/results/, from which each of its numbers is worked out again here. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  bifurcationFrequency,
  bifurcationFrequencyNetworks,
  gradientDifference,
  type HarmSummary,
  harm,
  type MaxPoolTiesCell,
  maxPoolTies,
  type NetworksSummary,
  poolZeros,
  reluFamily,
  surprise,
  training,
  zeros,
} from "../src/experiments";
import { published } from "../src/figures";
import { readRows } from "../src/runs";
import { FEWEST_FOR_AN_INTERVAL, holm, pairedMean, projectRoot, signTest, smallestSignTest, wilson } from "../src/util";
import { ruleFailuresTable } from "../src/views";
import { between, few, fixed, n, ours, points, readme, row, sum, summaryOf } from "./helpers/readme";
import { committedRun, results } from "./helpers/rows";

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

it("the README's zeros of each epoch, notebook 03, follow from the rows and from the published epochs", () => {
  const cells = summaryOf(zeros);
  const networks = cells.map(({ depth, width }) => `${depth} ${width}`);
  const epochs = [1, 2, 3];
  const oursAt = (bits: number) =>
    epochs.map((epoch) => {
      const own = cells.filter(({ precision }) => precision === bits);
      return poolZeros(own.map(({ byEpoch }) => byEpoch.find((one) => one.epoch === epoch)!)).zeros;
    });
  const theirsAt = (bits: number) =>
    epochs.map((epoch) => {
      const own = published("zeros-by-epoch").filter(
        (one) => one.precision === bits && one.epoch === epoch && networks.includes(`${one.layers} ${one.neurons}`),
      );
      expect(own).toHaveLength(12);
      return own.reduce((sum, one) => sum + one.zeros, 0);
    });
  const question = "exact zeros in each of the first three epochs";
  const words = (at: (bits: number) => number[], all: readonly number[]) =>
    all.map((bits) => `${bits} bits: ${at(bits).join(", ")}`).join("; ");
  expect(row(question)[2]).toBe(words(theirsAt, [16, 32]));
  expect(ours(question)).toBe(words(oursAt, [16, 32, 64]));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  const [half, single] = [16, 32].map((bits) => [sum(theirsAt(bits)), sum(oursAt(bits))]);
  expect(row(question)[5]).toBe(
    `yes: in three epochs ${half![0]} published and ${half![1]} of ours at 16 bits, ${single!.join(" and ")} at 32`,
  );
  expect(n(question)).toMatch(/^12 trainings each/);
});

it("the README's frequencies of initialisations, notebook 02, follow from the rows", () => {
  const cells = summaryOf(gradientDifference).filter(({ chainRule }) => chainRule === "multiply");
  const at = readme.split("\n").findIndex((text) => text.startsWith("| initialisations whose gradient depends"));
  const words = (share: number, low: number, high: number) => {
    const said = (x: number) => (x === 0 ? "0" : fixed(x, 3));
    return `${said(share)} [${said(low)}, ${fixed(high, 3)}]`;
  };
  for (const [bits, line] of [
    [16, 0],
    [32, 2],
    [64, 3],
  ] as const) {
    const { ofRuns, runs } = cells.find(({ precision }) => precision === bits)!;
    const found = readme
      .split("\n")
      [at + line]!.split("|")
      .map((cell) => cell.trim());
    expect([found[3], found[4]]).toEqual([words(ofRuns.share!, ofRuns.low!, ofRuns.high!), String(runs)]);
  }
  const [bf16] = summaryOf(bifurcationFrequency, "bifurcation-frequency-bf16").filter(
    ({ precision, width, depth, batchSize, sampleSize }) =>
      precision === "bf16" && [width, depth, batchSize, sampleSize].join() === "256,3,256,60000",
  );
  const [share, low, high] = [bf16!.frequencyFirstLayer!, bf16!.lowFirstLayer!, bf16!.highFirstLayer!];
  const found = readme
    .split("\n")
    [at + 1]!.split("|")
    .map((cell) => cell.trim());
  expect([found[3], found[4]]).toEqual([
    `${fixed(share, 2)} [${fixed(low, 2)}, ${fixed(high, 2)}]`,
    String(bf16!.runs),
  ]);
});

it("the README's four estimates of ResNet18, notebooks 04 and 10, follow from the rows", () => {
  const words = (bits: number, name: string) => {
    const { differences } = summaryOf(training, name);
    const one = differences.find((all) => all.precision === bits && all.chainRule === "multiply")!;
    expect(one.n).toBeLessThan(FEWEST_FOR_AN_INTERVAL);
    return { estimate: points(one.difference!), ends: `${between(one.low, one.high)} (range of ${one.n} pairs)` };
  };
  const [a, b, c, d] = [32, 16].flatMap((bits) =>
    ["final-accuracy-resnet18", "final-accuracy-chain-rule-resnet18"].map((name) => words(bits, name)),
  );
  expect(ours("accuracy at ReLU'(0) = 1 minus")).toBe(
    `32 bits: ${a!.estimate} points ${a!.ends} and ${b!.estimate} ${b!.ends}; ` +
      `16 bits: ${c!.estimate} ${c!.ends} and ${d!.estimate} ${d!.ends}`,
  );
  const [three, six] = ["final-accuracy-resnet18", "final-accuracy-chain-rule-resnet18"].map(
    (name) => committedRun(training, name).config,
  );
  const images = (count: number | null) => count!.toLocaleString("en");
  expect(n("accuracy at ReLU'(0) = 1 minus")).toBe(
    `${three!.runs} pairs with ${images(three!.images)} images (notebook 04), ${six!.runs} pairs with ${images(six!.images)} (notebook 10); ${three!.epochs} epochs`,
  );
});

it("the README's changes of accuracy with dropout, notebook 07, follow from the rows", () => {
  const { cells } = summaryOf(training, "final-accuracy-dropout");
  const accuracies = (rate: number, value: number) =>
    cells.find((cell) => cell.dropout === rate && cell.value === value)!.accuracies;
  const rates = [0, 0.2, 0.5];
  const pairs = cells
    .filter(({ dropout, value }) => rates.includes(dropout) && value !== 0)
    .flatMap(({ dropout, accuracies: own }) => own.map((one, i) => one! - accuracies(dropout, 0)[i]!));
  expect(new Set(pairs)).toEqual(new Set([0]));
  const learnt = cells.find(({ dropout, value }) => dropout === 0.8 && value === 0)!.testAccuracy!;
  expect(ours("dropout")).toBe(
    `0 in all ${pairs.length} pairs at rates 0, 0.2 and 0.5; rate 0.8: cannot tell, the network has hardly learnt (accuracy ${fixed(learnt, 2)}); 16 bits`,
  );
});

it("the README's effects of batch-norm and Adam, notebook 05, follow from the rows", () => {
  const { cells } = summaryOf(training, "final-accuracy-batch-norm-and-adam-cifar10");
  const arm = (optimizer: string, batchNorm: boolean, value: number) =>
    cells.find((cell) => cell.optimizer === optimizer && cell.batchNorm === batchNorm && cell.value === value)!;
  const changes = (batchNorm: boolean) =>
    arm("adam", batchNorm, 10).accuracies.map((one, i) => one! - arm("adam", batchNorm, 0).accuracies[i]!);
  const { estimate, low, high, n: pairs } = pairedMean(changes(false), changes(true));
  const chance = arm("sgd", false, 0).testAccuracy!;
  expect(chance).toBeLessThan(0.15);
  expect(ours("do batch-norm and Adam buffer the influence?")).toBe(
    `SGD: cannot tell, without batch-norm the network is at chance (accuracy ${fixed(chance, 3)}); ` +
      `Adam: ${points(estimate!)} points ${between(low, high)} (range of ${pairs} pairs)`,
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
  const runs = ["mlp", "resnet18"].map((name) => committedRun(training, `final-accuracy-chain-rule-${name}`));
  const { cells } = runs[1]!.summary;
  const of = (bits: number, rule: string) =>
    cells.find((one) => one.precision === bits && one.value === 1 && one.chainRule === rule)!;
  // null: diverged
  const failed = (bits: number, rule: string) =>
    of(bits, rule).accuracies.filter((accuracy) => accuracy === null || accuracy < 0.15).length;
  const signs = (bits: number) =>
    of(bits, "overwrite").accuracies.map((one, i) =>
      Math.sign((one ?? -1) - (of(bits, "multiply").accuracies[i] ?? -1)),
    );
  const count = (bits: number, sign: number) => signs(bits).filter((one) => one === sign).length;
  const [worse, better] = [count(16, -1), count(16, 1)];
  const p = signTest(worse, better);
  expect(p).toBe(smallestSignTest(worse + better));
  const table = ruleFailuresTable(runs);
  const family = table.map((one) => one.p);
  const corrected = Math.min(...holm(family));
  expect(corrected).toBe(family.length * p);
  const all = of(16, "overwrite").runs;
  expect(ours("ResNet18 with batch-norm, 16 bits")).toBe(
    `*overwritten*: ${failed(16, "overwrite")} of ${all} runs at chance or diverged; *as defined*: ${failed(16, "multiply")} of ${all}. ` +
      `Overwritten is worse in ${worse} of ${all} pairs: sign test p = ${fixed(p, 2)}, the smallest that ${all} pairs can give; ` +
      `${fixed(corrected, 2)} with Holm's correction for the ${family.length} tests of the notebook`,
  );
  expect(row("ResNet18 with batch-norm, 16 bits")[5]).toContain(
    `32 bits are open: overwritten is worse in ${count(32, -1)} pair and better in ${count(32, 1)}`,
  );
});

it("the README's longer trainings follow from the rows", () => {
  const { cells } = summaryOf(training, "training-mnist");
  const accuracies = [16, 32, 64].map((bits) =>
    [0, 1].map((value) => fixed(cells.find((one) => one.precision === bits && one.value === value)!.testAccuracy!, 4)),
  );
  const [half, single, double] = accuracies.map((pair) => pair.join(" and "));
  const text = readme.replace(/\n/g, " ");
  expect(text).toContain(
    `at ReLU'(0) = 0 and 1 are ${half} at 16 bits, ${single} at 32 bits, and ${double} at 64 bits`,
  );
  const { rows, config } = committedRun(training, "training-cifar10");
  const last = rows.find(({ epoch }) => epoch === config.epochs)!;
  expect(text).toContain(`VGG11 with batch-norm reaches ${fixed(last.testAccuracy!, 3)} on CIFAR-10's test images`);
  expect(text).toContain(`within ${config.epochs} epochs on ${config.images!.toLocaleString("en")} training images`);
});

it("the README's trainings that are lost to ties of max-pooling, notebook 12, follow from the rows", () => {
  const names = ["max-pool-ties-lenet5", "max-pool-ties-vgg11"];
  const networks = names.map((name) => summaryOf(maxPoolTies, name).cells);
  const lost = ({ diverged, atChance, failed }: MaxPoolTiesCell) => diverged + atChance + failed;
  const at = (bits: number, tie: number, pooling?: string) =>
    networks.map((cells) =>
      cells.filter((cell) => cell.precision === bits && cell.tie === tie && cell.pooling === (pooling ?? cell.pooling)),
    );
  const words = (tie: number, pooling: string) =>
    at(16, tie, pooling)
      .map((cells) => `${sum(cells.map(lost))} of ${sum(cells.map(({ runs }) => runs))}`)
      .join(" and ");
  // with the gradient of the maximum and with its own
  for (const tie of [100, 1000]) expect(words(tie, "mixed-value")).toBe(words(tie, "mixed"));
  for (const tie of [0, 1, 10]) expect(sum(at(16, tie).flat().map(lost))).toBe(0);
  for (const cell of at(16, 10_000).flat()) expect(lost(cell)).toBe(cell.runs);
  expect(sum(at(16, 100, "exact").flat().map(lost))).toBe(0);
  const single = networks.flat().filter(({ precision }) => precision === 32);
  expect(sum(single.map(lost))).toBe(0);
  expect(ours("trainings that are lost")).toBe(
    `β = 1000: value rounded ${words(1000, "mixed")}, exact maximum ${words(1000, "exact")}; β = 10000: all of them; β = 100: value rounded ${words(100, "mixed")}, exact maximum none; β up to 10: none; 32 bits: none of ${sum(single.map(({ runs }) => runs))}`,
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
      `perceptron ${words("mlp", " points")}; VGG11 with batch-norm ${words("vgg11")}; ResNet18 with batch-norm ${words("resnet18")}`,
    );
    expect(arm("resnet18", 16, "multiply 1").verdict).toBe("cannot tell");
    for (const study of ["mlp", "vgg11"]) {
      expect(arm(study, 16, "multiply 1")).toMatchObject({ finished: 8, change: { n: 8 }, verdict: "equivalent" });
      expect(arm(study, 16, "multiply 1").pEquivalent).toBeLessThan(0.001);
      const [, single] = summaryOf(harm, `harm-${study}`);
      expect(single).toMatchObject({ precision: 32, withZero: 2 });
    }
    expect(row("does ReLU'(0) = 1, as defined")[5]).toContain("2 of 8 runs of the first two met an exact zero");
  });

  it("the README's differences with the gradient overwritten by 1/batch follow from the rows", () => {
    const question = "… the gradient overwritten by 1/batch";
    const scaled = (study: string, unit?: string) => change(study, "overwrite 1/batch", unit);
    expect(ours(question)).toBe(`${scaled("mlp", " points")}, ${scaled("vgg11")}, ${scaled("resnet18")}`);
    const { worse, change: of, pSign } = arm("resnet18", 16, "overwrite 1/batch");
    expect(row(question)[5]).toContain(`worse in ${worse} of ${of.n} pairs (sign test, p = ${fixed(pSign, 3)})`);
    const { rows } = readRows(join(results, "harm-resnet18", "rows.jsonl"));
    const zeros = rows.filter(({ precision, arm: own }) => precision === 16 && own === "zero");
    expect(Math.round(sum(zeros.map((one) => Number(one.zeros))) / zeros.length / 100) * 100).toBe(3500);
  });

  it("the README's difference with an overwritten gradient follows from the rows", () => {
    const { worse, change: ten, pSign, verdict } = arm("mlp", 16, "overwrite 10");
    const question = "… the gradient overwritten by 10";
    expect(ours(question)).toBe(`${change("mlp", "overwrite 10", " points")}, ${worse} of ${ten.n} pairs worse`);
    const all =
      ten.n === 8
        ? arm("mlp", 16, "overwrite 10")
            .differences.map((x) => x!)
            .sort((a, b) => a - b)
        : [];
    const median = (all[3]! + all[4]!) / 2;
    expect(row(question)[5]).toBe(
      `${verdict} (sign test, p = ${fixed(pSign, 2)}); one run at ${fixed(all[0]!, 2)} makes the mean, the median is ${fixed(median, 2)}`,
    );
  });
});

it("every notebook that the README's table names is there", () => {
  const named = [...readme.matchAll(/\]\((notebooks\/[^)]+)\)/g)].map(([, path]) => path!);
  expect(new Set(named).size).toBe(20);
  for (const path of named) expect(existsSync(join(projectRoot, path)), path).toBe(true);
});
