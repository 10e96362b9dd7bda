import { describe, expect, it } from "vitest";
import {
  bifurcationFrequencyNetworks,
  makeConfig,
  type NetworksConfig,
  type NetworksRow,
  reluFamily,
} from "../../src/experiments";
import { cells } from "../../src/experiments/bifurcation-frequency-networks/cells";
import type { Observation } from "../../src/experiments/bifurcation-frequency-networks/programs";
import { rows as schema } from "../../src/experiments/bifurcation-frequency-networks/rows";
import { tally } from "../../src/experiments/bifurcation-frequency-networks/tally";
import { drawBifurcationFrequencyNetworks, drawReluFamily } from "../../src/figures";
import { cellsOf } from "../helpers/rows";

const manifest = { environment: { dataset: { description: "made-up images" } } };

/** Made-up rows: the numbers of the trial, the batch and the precision decide. */
function rowsOf(config: NetworksConfig): NetworksRow[] {
  const { dataset, label } = config;
  return cells(config).flatMap(({ pairs: _, ...cell }) =>
    Array.from({ length: config.runs }, (_, trial): NetworksRow => {
      const seen = Array.from({ length: config.batches }, (_, batch): Observation => {
        const forced = cell.network === "resnet18" && !cell.batchNorm ? 3 : 0;
        const differs = cell.precision !== 64 && (batch + trial) % (Number(cell.precision) / 8) === 0;
        const size = { relativeL2FirstLayer: 0.25 };
        return {
          hits: [forced + Number(differs)],
          forced: [forced],
          notANumber: false,
          anyParameter: differs,
          firstLayer: differs,
          ...size,
        };
      });
      const broken = cell.network === "vgg11" && cell.batchNorm && trial === 3;
      const given = { dataset, label, ...cell, trial };
      return broken ? schema.failed(given, "no memory") : { ...given, ...tally(seen, ["relu.zero"], 1000) };
    }),
  );
}

const config = makeConfig(bifurcationFrequencyNetworks, {
  preset: "laptop",
  set: { runs: 4, dataset: "cifar10", label: "a label" },
});
const figure = drawBifurcationFrequencyNetworks({
  rows: rowsOf(config),
  config,
  manifest,
});

describe("the figure of networks", () => {
  it("the figure's specification matches the snapshot", () => {
    const rounded = JSON.parse(JSON.stringify({ ...figure, table: figure.table.slice(0, 2) }), (_, v) =>
      typeof v === "number" ? Number(v.toPrecision(6)) : v,
    );
    expect(rounded).toMatchSnapshot();
  });

  it("published frequencies stand beside ours for CIFAR-10, and for no other data", () => {
    const theirs = figure.data.filter(({ name }) => String(name).startsWith("published"));
    expect(theirs.map(({ name }) => name)).toEqual(["published: 16 bits", "published: 32 bits"]);
    const read = theirs.flatMap(({ hovertext, y }) =>
      (hovertext as string[]).map((text, i) => [text, (y as number[])[i]]),
    );
    expect(read).toHaveLength(8);
    expect(read).toContainEqual(["published, VGG11 + BN, 32 bits: 1000 of 3728 mini-batches", 1000 / 3728]);
    expect(figure.caption).toContain(
      "Published (black, to the left of ours): Bertoin et al. 2021, code repository; 1000 initialisations of full width",
    );
    const glyphs = { ...config, dataset: "colour-glyphs" };
    const other = { rows: rowsOf(glyphs), config: glyphs, manifest };
    expect(drawBifurcationFrequencyNetworks(other).data.some(({ name }) => /published/.test(String(name)))).toBe(false);
  });

  it("equal curves are one line, and different ones are two", () => {
    const lines = figure.data.filter(({ xaxis, x }) => xaxis === "x2" && (x as unknown[]).length > 1);
    // vgg11 + BN has an initialisation less; the others are made up equal
    expect(lines).toHaveLength(6);
    expect(figure.caption).toContain(
      "Equal curves are one line: VGG11, ResNet18 and ResNet18 + BN at 16 bits, 32 bits and 64 bits.",
    );
  });

  it("the caption gives n, the failed runs, the data, the widths and the forced hits", () => {
    expect(figure.caption).toContain("Initialisations in each cell: 3 to 4; mini-batches: 30 to 40, of 128 images.");
    expect(figure.caption).toContain("Failed initialisations: 3;");
    expect(figure.caption).toContain("Data: a label (made-up images)");
    expect(figure.caption).toContain("VGG11 16, 32, 64, 128, 128; ResNet18 16, 32, 64, 128.");
    expect(figure.caption).toContain(
      "Hits that no precision avoids, because all terms of the sum are 0: in ResNet18, 3 of 12 cells.",
    );
  });

  it("the table has every cell of both panels", () => {
    const table = figure.table.map(cellsOf);
    const batches = table.filter(({ panel }) => panel === "mini-batches");
    expect(batches.filter(({ source }) => source === undefined)).toHaveLength(12);
    expect(batches.filter(({ source }) => source === "published")).toHaveLength(8);
    expect(table.filter(({ panel }) => panel === "initialisations")).toHaveLength(12 * 4);
  });
});

it("the figure of relu-family names its groups by the kinks that are compared", () => {
  const own = makeConfig(reluFamily, { preset: "smoke", set: { dataset: "glyphs" } });
  const drawn = drawReluFamily({ rows: rowsOf(own), config: own, manifest });
  expect(drawn.name).toBe("relu-family");
  expect((drawn.layout.xaxis as { ticktext: string[] }).ticktext[4]).toBe("relu6.zero<br>0 | 1<br>relu6.six<br>0 | 1");
});

it("a figure without rows can be drawn, and its alternative text says unknown", () => {
  const drawn = drawBifurcationFrequencyNetworks({ rows: [], config, manifest });
  expect(drawn.alt).toContain("ResNet18 + BN at 64 bits unknown");
});
