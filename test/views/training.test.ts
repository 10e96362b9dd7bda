/** Tables of trainings, of the committed rows: the numbers stand in the outputs of the committed notebooks 04, 05, 07 and 10. */
import { describe, expect, it } from "vitest";
import { training } from "../../src/experiments";
import { published } from "../../src/figures";
import {
  bufferingTable,
  configTable,
  differencesTable,
  dropoutSlipTable,
  finalsTable,
  labelled,
  publishedAccuracyTable,
  publishedChangesTable,
  publishedCurvesTable,
  ruleDifferencesTable,
  ruleFailuresTable,
  ruleValuesTable,
  trainingRunsTable,
} from "../../src/views";
import { committedRun } from "../helpers/rows";
import { shown } from "./shown";

const run = (name: string) => committedRun(training, `final-accuracy-${name}`);

describe("notebook 04", () => {
  const runs = ["mlp", "vgg11", "resnet18"].map((name) => labelled(run(name)));

  it("the table of runs says what was run, and on which copy of CIFAR-10", () => {
    expect(shown(trainingRunsTable(runs))).toEqual([
      ["mlp", "mnist", 10000, [256, 256, 256], 5, 128, "0.01", 3, 2],
      ["vgg11", "CIFAR-10, JPEG copy", 3000, [16, 32, 64, 64, 64], 3, 64, "0.05", 3, 2],
      ["resnet18", "CIFAR-10, JPEG copy", 3000, [8, 16, 32, 64], 3, 64, "0.05", 3, 2],
    ]);
  });

  it("the table of finals has the last epochs of each kind of run", () => {
    const finals = finalsTable(runs, ["network", "batchNorm", "precision", "value"]);
    expect(Object.keys(finals[0]!)).toEqual(
      ["network", "batchNorm", "precision", "value", "outcome"].concat([
        "runs",
        "training loss",
        "test accuracy",
        "lowest",
        "highest",
      ]),
    );
    expect(shown(finals)).toHaveLength(12);
    expect(shown(finals)[0]).toEqual(["mlp", false, 16, 0, "finished", 3, 0.3051, 0.8843, 0.881, 0.89]);
    expect(shown(finals)[5]).toEqual(["resnet18", true, 16, 1, "finished", 3, 1.8, 0.3447, 0.319, 0.371]);
    expect(shown(finals)[11]).toEqual(["vgg11", true, 32, 1, "finished", 3, 1.698, 0.3673, 0.356, 0.373]);
  });

  it("the table of differences has paired differences in percentage points", () => {
    const rows = differencesTable(runs, ["network", "batch-norm", "bits"]);
    expect(Object.keys(rows[0]!)).toEqual([
      "network",
      "batch-norm",
      "bits",
      "ReLU'(0)",
      "pairs",
      "equal",
      "difference",
      "low",
      "high",
      "interval",
      "effect size",
    ]);
    const few = "range of 3 pairs";
    expect(shown(rows)).toEqual([
      ["mlp", false, 16, 1, 3, 1, 0.06667, 0, 0.1, few, 1.155],
      ["mlp", false, 32, 1, 3, 3, 0, 0, 0, few, null],
      ["vgg11", true, 16, 1, 3, 0, 0.2667, -0.1, 0.8, few, 0.5643],
      ["vgg11", true, 32, 1, 3, 3, 0, 0, 0, few, null],
      ["resnet18", true, 16, 1, 3, 0, -1.733, -3.4, 0.5, few, -0.862],
      ["resnet18", true, 32, 1, 3, 1, -0.1333, -0.6, 0.2, few, -0.3203],
    ]);
  });

  it("the published tables have final accuracies and curves", () => {
    const theirs = published("training-final-accuracy").filter(
      (one) => one.experiment === "training" && one.optimizer === "sgd" && one.network === "resnet18",
    );
    const rows = publishedAccuracyTable(theirs, ["network", "batch-norm"]);
    expect(shown(rows)).toContainEqual(["resnet18", true, 1, 200, 10, 0, 0.8981, 0.00266, 0.8981, "counted"]);
    expect(shown(rows)).toContainEqual([
      "resnet18",
      false,
      0.3,
      200,
      10,
      10,
      undefined,
      undefined,
      undefined,
      "counted",
    ]);
    const epochs = published("training-curves").filter((one) => one.network === "resnet18" && one.epoch === 51);
    expect(shown(publishedCurvesTable(epochs))).toContainEqual([true, 1, 51, 10, 0, 0.3434, 0.835]);
  });
});

it("only the unofficial copy of CIFAR-10 gets a label", () => {
  for (const name of ["mlp", "dropout"]) expect(labelled(run(name)).config.label).toBeNull();
  const copy = run("vgg11");
  const official = { ...copy, manifest: { environment: { dataset: { description: "CIFAR-10, train split" } } } };
  expect(labelled(official).config.label).toBeNull();
  expect(labelled({ ...copy, config: { ...copy.config, label: null } }).config.label).toBe("CIFAR-10, JPEG copy");
});

describe("notebook 05", () => {
  const cifar = labelled(run("batch-norm-and-adam-cifar10"));

  it("the table of a configuration has each key, and the label", () => {
    const table = configTable(cifar);
    expect(table).toContainEqual({ key: "label", value: '"CIFAR-10, JPEG copy"' });
    expect(table).toContainEqual({ key: "optimizers", value: '["sgd","adam"]' });
    expect(table).toHaveLength(29);
  });

  it("the table of buffering has differences of differences", () => {
    const rows = bufferingTable([cifar]);
    expect(Object.keys(rows[0]!).slice(4)).toEqual([
      "change without",
      "change with",
      "without minus with",
      "low",
      "high",
      "interval",
      "reading",
      "effect size",
    ]);
    const [few, chance] = ["range of 3 pairs", "cannot tell: an arm is at chance"];
    expect(shown(rows)).toEqual([
      ["cifar10", "sgd", 10, 3, 0, 0, 0, -0.2, 0.1, few, chance, 0],
      ["cifar10", "adam", 10, 3, 0.1333, 0.06667, 0.06667, -0.5, 0.9, few, "range contains 0: open", 0.09044],
    ]);
  });
});

it("the dropout table of notebook 07 has what the latest released program would show", () => {
  const rows = dropoutSlipTable(run("dropout"));
  expect(shown(rows)).toHaveLength(8);
  expect(shown(rows)[3]).toEqual([0.2, 0.5, 0.7662, 0.5, 0.6453]);
  expect(shown(rows)[7]).toEqual([0.8, 0.5, 0.2292, 0.5, 0.6453]);
  const differences = differencesTable([run("dropout")], ["dropout"]);
  expect(shown(differences)[6]).toEqual([0.8, 0.5, 3, 2, 0.01667, 0, 0.05, "range of 3 pairs", 0.5774]);
});

describe("notebook 10", () => {
  const runs = ["mlp", "resnet18"].map((name) => run(`chain-rule-${name}`));

  it("runs that diverged have a row of their own, without an accuracy", () => {
    const finals = finalsTable(runs, ["network", "batchNorm", "precision", "value", "chainRule"]);
    expect(finals).toHaveLength(21);
    const overwritten = finals.filter(
      (row) => row.value === 1 && row.precision === 16 && row.chainRule === "overwrite",
    );
    expect(shown(overwritten)).toEqual([
      ["mlp", false, 16, 1, "overwrite", "finished", 6, 1.539, 0.6057, 0.546, expect.any(Number)],
      ["resnet18", true, 16, 1, "overwrite", "finished", 5, 2.335, 0.1014, 0.082, expect.any(Number)],
      ["resnet18", true, 16, 1, "overwrite", "diverged", 1, 2.408, null, null, null],
    ]);
  });

  it("the table of rules has what the chain rule changes, and a control without changes", () => {
    const rows = ruleDifferencesTable(runs);
    expect(shown(rows)).toHaveLength(10);
    expect(shown(rows)[2]).toEqual(["mlp", false, 16, 10, 6, 3, -15.65, -51.7, 0, "range of 6 pairs", -0.6451, [0, 0]]);
    expect(shown(rows)[7]).toEqual([
      "resnet18",
      true,
      16,
      1,
      5,
      0,
      -19.36,
      -20.6,
      -17.8,
      "range of 5 pairs",
      -16.64,
      [1, 0],
    ]);
    for (const row of rows.filter((one) => one["ReLU'(0)"] === 0)) expect(row.equal).toBe(row.pairs);
  });

  it("the table of failures counts runs that diverged and runs at chance", () => {
    const rows = ruleFailuresTable(runs);
    expect(shown(rows)).toHaveLength(6);
    expect(shown(rows)[1]).toEqual(["mlp", false, 16, 10, 6, [0, 0], [0, 1], 3, 0, 0.25, 0.25, 1]);
    expect(shown(rows)[4]).toEqual(["resnet18", true, 16, 1, 6, [0, 0], [1, 5], 6, 0, 0.03125, 0.03125, 0.1875]);
    expect(shown(rows)[5]).toEqual(["resnet18", true, 32, 1, 6, [0, 0], [0, 0], 1, 3, 0.625, 0.125, 1]);
  });

  it("the table of values says what ReLU'(0) changes, and what may be concluded", () => {
    const rows = shown(ruleValuesTable(runs));
    const six = "range of 6 pairs";
    expect(rows).toHaveLength(12);
    expect(rows[0]).toEqual(["mlp", false, 16, "multiply", 1, 6, 6, 0, 0, 0, six, "no pair differs"]);
    expect(rows[8]).toEqual([
      "resnet18",
      true,
      16,
      "multiply",
      1,
      6,
      0,
      1.067,
      -2.5,
      5.1,
      six,
      "range contains 0: open",
    ]);
    const few = "range without 0, too few pairs for a test";
    expect(rows[9]!.slice(6)).toEqual([0, -17.82, -22.4, -13.4, "range of 5 pairs", few]);
    expect(rows[10]!.slice(3)).toEqual(["multiply", 1, 6, 2, -1.8, -6.7, 0, six, "range contains 0: open"]);
  });

  it("our changes stand beside the published ones", () => {
    const rows = shown(publishedChangesTable(runs, published("training-final-accuracy")));
    expect(rows).toHaveLength(6);
    expect(rows[2]).toEqual(["mlp", false, 10, "multiply", 0, 6, "no pair differs", -0.19]);
    expect(rows[5]).toEqual(["resnet18", true, 1, "overwrite", -0.8667, 6, "range contains 0: open", -2.061]);
  });
});
