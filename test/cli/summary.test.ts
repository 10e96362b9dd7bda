import { describe, expect, it } from "vitest";
import { failedText, summaryText } from "../../src/cli/summary";

const items = [
  { width: 16, depth: 3, share: 0.25, low: 0.1, high: 0.41234, note: null },
  { width: 256, depth: 3, share: null, low: null, high: null, note: null },
];

it("columns of one value stand above the table, and intervals after their estimates", () => {
  expect(summaryText(items, 120)).toBe(
    ["depth 3", "", "width              share", "   16  0.25 [0.1, 0.412]", "  256                   "].join("\n"),
  );
});

it("columns that do not fit are named below the table", () => {
  expect(summaryText(items, 10)).toBe(
    ["depth 3", "", "width", "   16", "  256", "further", "columns,", "shown by", "--json:", "share"].join("\n"),
  );
});

it("single values and nested lists of records are written out", () => {
  expect(summaryText({ loss: 0.123456, ratio: Number.NaN, cells: items.slice(0, 1), names: ["a", "b"] }, 80)).toBe(
    [
      "loss: 0.123",
      "ratio: NaN",
      "",
      "cells",
      "width 16, depth 3",
      "",
      "            share",
      "0.25 [0.1, 0.412]",
      'names: ["a","b"]',
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
        "                  sample",
        "precision  width    size         frequency",
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
