import { describe, expect, it } from "vitest";
import { bifurcationFrequency, experiment, makeConfig } from "../../src/experiments";
import { cells, jobs } from "../../src/experiments/bifurcation-frequency/cells";
import { precisionRule, uniformIds } from "../../src/formats";

const make = (set: Record<string, unknown>, preset?: string) => makeConfig(bifurcationFrequency, { set, preset });

describe("configuration", () => {
  it("the default configuration is the paper's network in three precisions", () => {
    expect(cells(make({}))).toEqual(
      [16, 32, 64].map((precision) => ({ precision, width: 256, depth: 3, batchSize: 256 })),
    );
  });

  it.each([
    [{ widths: [0] }, "widths.0: must be a positive integer, got 0"],
    [{ widths: [-3] }, "widths.0: must be a positive integer, got -3"],
    [{ widths: [16, 1.5] }, "widths.1: must be a positive integer, got 1.5"],
    [{ widths: [] }, "widths: must not be empty, got []"],
    [{ precisions: [31] }, `precisions.0: ${precisionRule(uniformIds)}, got 31`],
    [{ precisions: ["e4p99"] }, `precisions.0: ${precisionRule(uniformIds)}, got "e4p99"`],
    [{ precisions: ["f16"] }, `got "f16"\nHint: did you mean 16?`],
    [{ precisions: ["float64"] }, `got "float64"\nHint: did you mean 64?`],
    [{ runs: 0 }, "runs: must be a positive integer, got 0"],
    [{ pair: [0] }, "pair: must be two numbers, got [0]"],
    [{ pair: [0, "one"] }, 'pair.1: must be a finite number, got "one"'],
    [{ chainRule: "divide" }, 'chainRule: must be multiply or overwrite, got "divide"'],
    [{ seed: 0.5 }, "seed: must be an integer, got 0.5"],
    [{ width: [16] }, /^bifurcation-frequency: keys must be among .*, got "width"\nHint: did you mean widths\?$/],
    [{ "seed.64": 3 }, "seed.64: seed must be an object for its keys to be set, got 1\nHint: set seed as a whole"],
  ])("a configuration with %j is refused", (set, message) => {
    expect(() => make(set)).toThrow(message);
  });

  it("an unknown preset or experiment is refused, and the error names the known ones", () => {
    expect(() => make({}, "labtop")).toThrow(
      'preset: must be one of smoke, laptop, paper, got "labtop"\nHint: did you mean laptop?',
    );
    expect(() => experiment("bifurcation")).toThrow(
      'experiment: must be one of bifurcation-frequency, training, learning-rate-search, surprise, zone-plane, gradient-difference, zeros, bifurcation-frequency-networks, relu-family, max-pool-ties, max-pool-tie-counts, harm, law, got "bifurcation"',
    );
  });

  it("a dotted key sets one key of a preset's object", () => {
    const config = make({ "runs.64": 3 }, "laptop");
    expect(config.runs).toMatchObject({ 64: 3 });
    expect((config.runs as { 16: number })[16]).toBeGreaterThan(3);
  });

  it("every preset has the precisions 16, 32 and 64", () => {
    for (const preset of ["smoke", "laptop", "paper"]) expect(make({}, preset).precisions).toEqual([16, 32, 64]);
  });
});

describe("cells", () => {
  it("the cells are the product of the lists", () => {
    const config = make({ widths: [16, 64], depths: [1, 2, 3], batchSizes: [32, 256], precisions: [32] });
    expect(cells(config)).toHaveLength(12);
    expect(new Set(cells(config).map((cell) => JSON.stringify(cell))).size).toBe(12);
  });

  it("preset paper varies one list at a time around the paper's network, and has each cell once", () => {
    const config = make({}, "paper");
    const found = cells(config).filter((cell) => cell.precision === 32);
    expect(found).toHaveLength(5 + 4 + 4);
    expect(found.filter((cell) => cell.width !== 256)).toEqual(
      [16, 64, 512, 1024].map((width) => ({ precision: 32, width, depth: 3, batchSize: 256 })),
    );
  });

  it("each precision has as many jobs as runs were asked for", () => {
    const config = make({ runs: { 16: 1, 32: 2, 64: 3 } });
    expect(jobs(config).map((job) => job.precision)).toEqual([16, 32, 32, 64, 64, 64]);
  });
});
