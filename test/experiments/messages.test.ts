/** What a wrong value of any key of any experiment gets: one line in the form of all errors, not the schema library's own words. */
import { describe, expect, it } from "vitest";
import { configKeys, experiments, makeConfig } from "../../src/experiments";
import { NonsmoothError } from "../../src/util";

const nested = (depth: number): unknown => (depth === 0 ? [] : [nested(depth - 1)]);

const wrong: readonly unknown[] = [
  null,
  undefined,
  [],
  {},
  "",
  "x",
  "1",
  -1,
  -0,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e300,
  1e15,
  2 ** 53,
  10n,
  true,
  "y".repeat(100_000),
  nested(50),
  [[]],
  [null],
  [Number.POSITIVE_INFINITY],
  [Number.NaN, 0],
  ["x"],
  [{}],
  [true, true],
  [1, 2, 3],
  { x: 1 },
  { sgd: Number.POSITIVE_INFINITY },
  { sgd: null, x: 2 },
  { 32: Number.POSITIVE_INFINITY },
  { 128: 3 },
  { kind: null },
  { vgg11: [Number.POSITIVE_INFINITY] },
  { vgg11: null },
  [{ activation: "relu", kinks: {} }],
  [{ activation: "relu", kinks: { "relu.zero": [Number.POSITIVE_INFINITY, 0] } }],
  [{ activation: "relu", kinks: { "relu.zero": [0] } }],
  [{ activation: "relu", kinks: null }],
  [{ activation: "relu", kinks: { "relu.zero": [0, 1] }, more: 1 }],
  () => 1,
  Symbol("s"),
  new Date(Number.NaN),
  new Float32Array(2),
];

describe.each(experiments.map((one) => [one.name, one] as const))("%s", (_, experiment) => {
  it.each(configKeys(experiment))("%s: every wrong value is refused in one line", (key) => {
    const complaints = wrong.flatMap((value) => {
      try {
        makeConfig(experiment, { set: { [key]: value } });
        return [];
      } catch (error) {
        expect(error).toBeInstanceOf(NonsmoothError);
        return [(error as Error).message];
      }
    });
    expect(complaints.length).toBeGreaterThan(0);
    for (const message of complaints) {
      const [line = "", hint = "Hint: "] = message.split("\n", 2);
      expect(line).toMatch(new RegExp(`^${key}(\\.[\\w. -]+)?: must .+, got .+$`));
      expect(hint).toMatch(/^Hint: /);
      expect(message.split("\n").length).toBeLessThanOrEqual(2);
      expect(line.length).toBeLessThan(400);
      expect(line).not.toMatch(
        /invalid|expected|received|unrecognized|too (big|small)|[Nn]on-optional|description says/,
      );
    }
  });
});
