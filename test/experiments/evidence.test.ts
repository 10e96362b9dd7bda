import { describe, expect, it } from "vitest";
import { type Evidence, evidenceOf, refuseWeaker, sumOfEvidence } from "../../src/experiments";
import type { Manifest } from "../../src/runs";

const committed: Evidence = { preset: "laptop", datasets: ["mnist"], rows: 1664 };
const refused = (now: Evidence, before: Evidence | undefined) => () => refuseWeaker("figures/zeros", now, before);

describe("the replacement of evidence", () => {
  it("the refusal of weaker evidence names both sides and every reason in one error", () => {
    expect(refused({ preset: "smoke", datasets: ["glyphs"], rows: 24 }, committed)).toThrow(
      "figures/zeros: must not be replaced by synthetic data and a lower preset and fewer rows: it is from mnist, preset laptop, 1,664 rows, " +
        'got "glyphs, preset smoke, 24 rows"\nHint: --force (NONSMOOTH_FORCE=1 in a kernel) replaces it',
    );
  });

  it.each<[string, Evidence]>([
    ["synthetic data", { ...committed, datasets: ["glyphs"] }],
    ["synthetic data", { ...committed, datasets: ["mnist", "colour-glyphs"] }],
    ["a lower preset", { ...committed, preset: "smoke" }],
    ["fewer rows", { ...committed, rows: 1663 }],
  ])("evidence is not replaced by %s", (reason, now) => {
    expect(refused(now, committed)).toThrow(`must not be replaced by ${reason}: it is`);
  });

  it.each<[string, Evidence, Evidence | undefined]>([
    ["nothing", { preset: "smoke", datasets: ["glyphs"], rows: 1 }, undefined],
    ["the same", committed, committed],
    ["less", { preset: "paper", datasets: ["mnist"], rows: 2000 }, committed],
    ["other real data", { ...committed, datasets: ["cifar10"] }, committed],
    ["synthetic data", { ...committed, datasets: ["glyphs"] }, { ...committed, datasets: ["glyphs"] }],
    ["an unknown preset", { ...committed, preset: "smoke" }, { datasets: ["mnist"], rows: 1664 }],
    ["anything, if its rows are to be counted", { preset: "laptop", datasets: ["mnist"] }, committed],
  ])("evidence is accepted in the place of %s", (_, now, before) => {
    expect(refused(now, before)).not.toThrow();
  });
});

it("the evidence of a manifest names the data that were found, or else those asked for", () => {
  const manifest = { config: { dataset: "auto" }, environment: { dataset: { name: "mnist" } }, rows: 3 };
  expect(evidenceOf(manifest as unknown as Manifest)).toEqual({ datasets: ["mnist"], rows: 3 });
  const other = { preset: "smoke", config: { dataset: "glyphs" }, environment: {}, rows: 1 };
  expect(evidenceOf(other as unknown as Manifest)).toEqual({ preset: "smoke", datasets: ["glyphs"], rows: 1 });
  expect(sumOfEvidence([committed, { preset: "smoke", datasets: ["glyphs", "mnist"], rows: 1 }])).toEqual({
    datasets: ["glyphs", "mnist"],
    rows: 1665,
  });
});
