import { describe, expect, it } from "vitest";
import { type BifurcationRow, bifurcationFrequency, makeConfig } from "../../src/experiments";
import { cells } from "../../src/experiments/bifurcation-frequency/cells";
import { rows as schema } from "../../src/experiments/bifurcation-frequency/rows";
import { drawBifurcationFrequency, published } from "../../src/figures";

const config = makeConfig(bifurcationFrequency, { preset: "paper", set: { runs: 4, dataset: "glyphs" } });
/** Made-up rows: the trial's number and the precision decide. */
const rows = cells(config).flatMap((cell) =>
  Array.from({ length: 4 }, (_, trial): BifurcationRow => {
    const given = { dataset: "glyphs", ...cell, trial };
    if (cell.width === 16 && trial === 3) return schema.failed(given, "no memory");
    const first = cell.precision === 64 || trial >= cell.depth ? null : trial * Number(cell.precision);
    const hits = first === null ? 0 : 1;
    const [relativeL1, relativeL2] = first === null ? [null, null] : [0.1, 0.2];
    return {
      ...given,
      outcome: first === null ? "same" : "different",
      batches: 234,
      ...{ firstHit: first, firstBifurcation: first, firstBifurcationFirstLayer: first },
      ...{ hits, hitsByLayer: Array.from({ length: cell.depth }, (_, layer) => (layer === 0 ? hits : 0)) },
      ...{ relativeL1, relativeL2, relativeL1FirstLayer: relativeL1, relativeL2FirstLayer: relativeL2 },
      reason: null,
    };
  }),
);
const manifest = { environment: { dataset: { description: "made-up digits" } } };
const figure = drawBifurcationFrequency({ rows, config, manifest });

describe("the figure", () => {
  it("the figure's specification matches the snapshot", () => {
    const rounded = JSON.parse(JSON.stringify({ ...figure, table: figure.table.slice(0, 3) }), (_, v) =>
      typeof v === "number" ? Number(v.toPrecision(6)) : v,
    );
    expect(rounded).toMatchSnapshot();
  });

  it("the caption names the data, the number of runs and the number of failed runs", () => {
    expect(figure.caption).toContain("Data: made-up digits.");
    expect(figure.caption).toContain("Failed: 3;");
    expect(figure.caption).toContain(
      "Initialisations in each cell: 16 bits: 3 to 4; 32 bits: 3 to 4; 64 bits: 3 to 4.",
    );
  });

  it("a published 0 that was not measured has a note and no marker", () => {
    const marked = figure.data.filter((trace) => /^published: (16|32) bits/.test(String(trace.name)));
    const layers = marked.filter((trace) => trace.xaxis === "x3");
    expect(layers.flatMap(({ y }) => y as number[])).toHaveLength(10);
    expect(figure.data.some(({ name, xaxis }) => name === "published: 64 bits" && xaxis === "x3")).toBe(false);
    expect(
      (figure.layout.annotations as { text: string }[]).filter(({ text }) =>
        text.includes("the paper states 0 without a run"),
      ),
    ).toHaveLength(3);
  });
});

it("a sweep that finds nothing says what that means, and one that failed says so", () => {
  const few = makeConfig(bifurcationFrequency, { preset: "smoke", set: { dataset: "glyphs" } });
  const of = (rowOf: (given: Parameters<typeof schema.failed>[0]) => BifurcationRow) => {
    const all = cells(few).flatMap((cell) => [0, 1, 2, 3].map((trial) => rowOf({ dataset: "glyphs", ...cell, trial })));
    return drawBifurcationFrequency({ rows: all, config: few, manifest });
  };
  const same = rows.find((row) => row.outcome === "same")!;
  expect(of((given) => ({ ...same, ...given }) as BifurcationRow).caption).toContain(
    "No cell has a difference: with so few initialisations (4 in a cell) 0 is to be expected. The intervals reach up to 49.0 %.",
  );
  const { layout } = of((given) => schema.failed(given, "no memory"));
  const notes = (layout.annotations as { text: string }[]).filter(({ text }) => text === "<b>every run failed</b>");
  expect(notes).toHaveLength(4);
  expect(figure.caption).not.toContain("No cell has a difference");
});

it("each published fraction is its count divided by its runs", () => {
  const counted = published("bifurcation-frequency").filter(({ how }) => how === "counted");
  expect(counted).toHaveLength(10 + 15 + 10);
  for (const { different, runs, fraction } of counted) expect(different! / runs!).toBeCloseTo(fraction!, 3);
});

it("published numbers are shown only where the other settings are those of the paper", () => {
  const other = makeConfig(bifurcationFrequency, { preset: "smoke", set: { dataset: "glyphs" } });
  const drawn = drawBifurcationFrequency({ rows: [], config: other, manifest });
  expect(
    drawn.data.filter((trace) => (trace.x as unknown[]).length > 0 && /published/.test(String(trace.name))),
  ).toEqual([]);
  expect(drawn.caption).not.toContain("Published");
  expect(figure.caption).toContain("Published (black, to the right of ours): Bertoin et al. 2021");
  expect(drawn.caption).toContain(
    "Held fixed unless a panel varies it: 2 hidden layers of 16 neurons, mini-batches of 256, one pass over 10,240 images",
  );
});
