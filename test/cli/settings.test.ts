import { describe, expect, it } from "vitest";
import { parseSettings } from "../../src/cli/settings";
import { bifurcationFrequency, makeConfig, training } from "../../src/experiments";

const parse = (...texts: string[]) => parseSettings(texts, bifurcationFrequency);

describe("--set", () => {
  it.each([
    ["seed=7", { seed: 7 }],
    ["firstActivation=false", { firstActivation: false }],
    ["dataset=glyphs", { dataset: "glyphs" }],
    ['dataset="glyphs"', { dataset: "glyphs" }],
    ["widths=256", { widths: [256] }],
    ["widths=16,64", { widths: [16, 64] }],
    ["widths=16, 64", { widths: [16, 64] }],
    ["widths=[16,64]", { widths: [16, 64] }],
    ["pair=0,0.5", { pair: [0, 0.5] }],
    ["runs.64=10", { "runs.64": 10 }],
    ['runs={"16":1,"32":2,"64":3}', { runs: { 16: 1, 32: 2, 64: 3 } }],
    ["dataset=a=b", { dataset: "a=b" }],
    ["widths=", { widths: [""] }],
    ["nosuch=1,2", { nosuch: "1,2" }],
  ])("the setting %s is parsed by the type of its key", (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it.each([
    ["widths=64", { widths: [64] }],
    ["widths=16,64", { widths: [16, 64] }],
    ["widths=null", { widths: null }],
    ["learningRates=0.1", { learningRates: 0.1 }],
    ["learningRates.adam=0.1", { "learningRates.adam": 0.1 }],
    ["precisions=32,mixed", { precisions: [32, "mixed"] }],
    ['schedule={"kind":"constant"}', { schedule: { kind: "constant" } }],
  ])("the setting %s of a training is parsed by the type of its key", (text, expected) => {
    expect(parseSettings([text], training)).toEqual(expected);
  });

  it("the last of two values is taken, and a setting changes one field of a preset", () => {
    expect(parse("seed=1", "seed=2")).toEqual({ seed: 2 });
    const config = makeConfig(bifurcationFrequency, { preset: "laptop", set: parse("runs.64=3", "widths=32") });
    const { runs } = bifurcationFrequency.presets.laptop;
    expect(config).toMatchObject({ runs: { ...(runs as object), 64: 3 }, widths: [32] });
  });

  it.each(["runs", "=3", ""])("the setting %j is refused", (text) => {
    expect(() => parse(text)).toThrow(`--set: must be key=value, got ${JSON.stringify(text)}`);
  });
});
