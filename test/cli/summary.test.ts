import { describe, expect, it } from "vitest";
import { failedText, summaryText } from "../../src/cli/summary";
import { integer, number } from "../../src/runs";

const items = [
  { width: 16, depth: 3, share: 0.25, low: 0.1, high: 0.41234, note: null },
  { width: 256, depth: 3, share: null, low: null, high: null, note: null },
];

it("columns of one value stand above the table, and intervals after their estimates", () => {
  expect(summaryText(items, 120)).toBe(
    ["depth: 3", "", "width  share, 95 % interval", "   16     0.25 [0.1, 0.412]", "  256                      "].join(
      "\n",
    ),
  );
});

it("columns that do not fit are named below the table", () => {
  expect(summaryText(items, 10)).toBe(
    ["depth: 3", "", "width", "   16", "  256", "further", "columns,", "shown by", "--json:", "share"].join("\n"),
  );
});

it("single values and nested lists of records are written out", () => {
  expect(summaryText({ loss: 0.123456, ratio: Number.NaN, cells: items.slice(0, 1), names: ["a", "b"] }, 80)).toBe(
    [
      "loss: 0.123",
      "ratio: NaN",
      "",
      "cells",
      "width: 16, depth: 3",
      "",
      "share, 95 % interval",
      "   0.25 [0.1, 0.412]",
      "names: [a, b]",
    ].join("\n"),
  );
  expect(summaryText(3, 80)).toBe("3");
});

describe("a table that is too wide", () => {
  const cell = { precision: 16, width: 64, sampleSize: 2560, different: 2, frequency: 0.5, low: 0.15, high: 0.85 };
  const frequencies = [
    { ...cell, differentFirstLayer: 1 },
    {
      ...cell,
      precision: 32,
      width: 16,
      sampleSize: 10240,
      different: 0,
      frequency: 0,
      low: 0,
      differentFirstLayer: 0,
    },
  ];

  it("a table that is too wide keeps its estimate, breaks names and lists what it leaves out", () => {
    expect(summaryText(frequencies, 50)).toBe(
      [
        "                  sample   frequency, 95 %",
        "precision  width    size          interval",
        "       16     64    2560  0.5 [0.15, 0.85]",
        "       32     16   10240       0 [0, 0.85]",
        "further columns, shown by --json: different,",
        "differentFirstLayer",
      ].join("\n"),
    );
  });

  it("the name of a column is split into words, in no more lines than it needs", () => {
    const one = { key: "a", shareOfFirstLayer: "0.123456789", n: 1 };
    const items = [one, { key: "b", shareOfFirstLayer: "0.12345", n: 2 }];
    expect(summaryText(items, 20)).toBe(
      ["        share of", "key  first layer  n", "  a  0.123456789  1", "  b      0.12345  2"].join("\n"),
    );
  });

  it("no line is wider than the given width", () => {
    for (let width = 30; width < 120; width++) {
      for (const line of summaryText(frequencies, width).split("\n")) expect(line.length).toBeLessThanOrEqual(width);
    }
  });
});

describe("what the columns of an experiment's rows say", () => {
  const declared = {
    width: integer("neurons in each hidden layer", "neurons"),
    depth: integer("hidden layers", "layers"),
    batches: integer("mini-batches looked at", "mini-batches"),
    loss: number("mean loss; NaN: diverged before", "nats"),
    zeros: integer("", "zeros"),
  };

  it("a column has its unit in its head, a single value behind it, in the singular for one, and meanings follow", () => {
    const cells = [16, 64].map((width) => ({ width, depth: 1, batches: 1, zeros: width / 8, notANumber: 0 }));
    expect(summaryText({ loss: 2, cells }, 80, declared)).toBe(
      [
        "loss: 2 nats",
        "",
        "cells",
        "depth: 1 layer, batches: 1 mini-batch, not a number: 0",
        "",
        "width (neurons)  zeros",
        "             16      2",
        "             64      8",
        "",
        "where",
        "  loss: mean loss",
        "  depth: hidden layers",
        "  batches: mini-batches looked at",
        "  width: neurons in each hidden layer",
      ].join("\n"),
    );
  });

  it("no line breaks between a name and its value", () => {
    const cells = [1, 2].map((width) => ({ depth: 1, planned: 4, runs: 4, failed: 0, width }));
    for (let width = 20; width < 60; width++) {
      const [above = ""] = summaryText(cells, width).split("\n\n");
      expect(above.replaceAll("\n", " ")).toBe("depth: 1, planned: 4, runs: 4, failed: 0");
      for (const line of above.split("\n")) expect(line).not.toMatch(/:$/);
    }
  });

  it("columns that are left out are not explained", () => {
    const cells = [16, 64].map((width) => ({ width, batches: width }));
    expect(summaryText(cells, 12, declared)).toContain("batches\n\nwhere\n  width:");
    expect(summaryText(cells, 12, declared)).not.toContain("looked at");
  });
});

it("a nested interval is an interval, the same in all items or alone", () => {
  const [any, same] = [
    { share: 0.25, low: 0.1, high: 0.41234 },
    { share: 0, low: 0, high: 0.49 },
  ];
  expect(summaryText({ any, sizes: { min: 0.123456, max: 2 } }, 80)).toBe(
    "any: 0.25, 95 % interval [0.1, 0.412]\nsizes: min 0.123, max 2",
  );
  expect(
    summaryText(
      [
        { any, same },
        { any: same, same },
      ],
      80,
    ).split("\n"),
  ).toEqual([
    "any, 95 % interval  same, 95 % interval",
    " 0.25 [0.1, 0.412]          0 [0, 0.49]",
    "       0 [0, 0.49]          0 [0, 0.49]",
  ]);
});

it("an interval belongs to its estimate even where counts stand between them, and a head without intervals promises none", () => {
  const differences = [0, 1].map((value) => ({ value, difference: 0.5, n: 2, equal: value, low: 0.25, high: 0.75 }));
  expect(summaryText(differences, 80).split("\n")).toEqual([
    "n: 2",
    "",
    "value  difference, 95 % interval  equal",
    "    0           0.5 [0.25, 0.75]      0",
    "    1           0.5 [0.25, 0.75]      1",
  ]);
  const single = [1, 2].map((rate) => ({ rate, validationAccuracy: 0.5, low: null, high: null }));
  expect(summaryText(single, 80)).toBe(
    "rate  validation accuracy\n   1                  0.5\n   2                  0.5",
  );
});

it("the ends of the mean of a few values are a range, not an interval", () => {
  const headsOf = (...items: readonly object[]) => summaryText(items, 120).split("\n")[0];
  const few = { rate: 1, testAccuracy: 0.5, low: 0.4, high: 0.6, isRange: true };
  const many = { ...few, rate: 2, isRange: false };
  expect(headsOf(few, { ...few, rate: 2 })).toBe("rate  test accuracy, range");
  expect(headsOf(many, few)).toBe("rate  test accuracy, 95 % interval or range");
  const extremes = [1, 2].map((tie) => ({ tie, testAccuracy: 0.5, lowest: 0.4, highest: 0.6 }));
  expect(headsOf(...extremes)).toBe("tie  test accuracy, range");
});

it.each([
  ["batchSize", "batch size"],
  ["notANumber", "not a number"],
  ["medianRelativeL2FirstLayer", "median relative L2 first layer"],
])("the column %s has the head %s", (name, head) => {
  expect(summaryText([{ [name]: 1 }, { [name]: 2 }], 80).split("\n")[0]).toBe(head);
});

it("says how many runs broke off, and why the first one did", () => {
  const [good, bad] = [
    { trial: 0, outcome: "finished", reason: null },
    { trial: 1, outcome: "failed", reason: "graph step: feeds must be inputs" },
  ];
  expect(failedText([])).toBeUndefined();
  expect(failedText([good, { trial: 2 }])).toBeUndefined();
  expect(failedText([good, bad, { ...bad, reason: "another" }])).toBe(
    "Broken off: 2 of 3 rows (--fresh begins anew). The first reason: graph step: feeds must be inputs",
  );
});
