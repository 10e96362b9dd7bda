import { describe, expect, it } from "vitest";
import { type LawRow, law, makeConfig } from "../../src/experiments";
import { rows as schema } from "../../src/experiments/law/rows";
import { drawLaw, drawLawLayers, drawLawOrders, drawLawPrecision, type Figure } from "../../src/figures";

const mlp = { network: "mlp", widths: [64, 64, 64], batchNorm: false } as const;
const networks = [
  { ...mlp, precisions: [16, 32, "e8p7", "e8p7-sums"], orders: ["in-turn"] },
  { ...mlp, precisions: [32], orders: ["engine", "parts-16"] },
  { network: "resnet18", batchNorm: true, precisions: ["bf16"], orders: ["engine"] },
];
const config = makeConfig(law, {
  set: { dataset: "mnist", networks, precisions: [16, 32, "bf16", "e8p7", "e8p7-sums"], runs: 4 },
});
/** Made-up rows: zeros at 16 bits and in bfloat16, none at 32 bits; the last run of parts-16 fails. */
const rows = config.networks.flatMap((own) =>
  own.precisions!.flatMap((precision) =>
    own.orders!.flatMap((order) =>
      [0, 1, 2, 3].map((trial): LawRow => {
        const widths = (own.widths ?? []).join("-");
        const given = {
          dataset: "mnist",
          network: own.network,
          widths,
          batchNorm: own.batchNorm,
          precision,
          order,
          trial,
        };
        if (order === "parts-16" && trial === 3) return schema.failed(given, "no memory");
        const hits = precision === 32 ? [0, 0] : [trial, 5];
        return {
          ...given,
          outcome: "done",
          images: 1000,
          madeBy: ["matmul", own.network === "mlp" ? "matmul" : "add"],
          calls: [64, 64],
          hitsByLayer: hits,
          forcedByLayer: [0, precision === "bf16" ? 2 : 0],
          predictedByLayer: trial < 2 ? [1, precision === 64 ? 1e-9 : 4] : [],
          errorByLayer: trial < 2 ? [0.1, 0.1] : [],
          samplesByLayer: trial < 2 ? [100, 100] : [],
          reason: null,
        };
      }),
    ),
  ),
);
const manifest = { environment: { dataset: { description: "made-up digits", count: 1000 } } };
const run = { rows, config, manifest };
const drawn: Record<string, Figure> = {
  law: drawLaw(run),
  "law-precision": drawLawPrecision(run),
  "law-orders": drawLawOrders(run),
  "law-layers": drawLawLayers(run),
};

describe.each(Object.entries(drawn))("%s", (name, figure) => {
  it("the figure's specification matches the snapshot", () => {
    const rounded = JSON.parse(JSON.stringify({ ...figure, table: figure.table.slice(0, 2) }), (_, v) =>
      typeof v === "number" ? Number(v.toPrecision(6)) : v,
    );
    expect(rounded).toMatchSnapshot();
  });

  it("the caption names the data and counts failures", () => {
    expect(figure.name).toBe(name);
    expect(figure.caption).toContain("failed: 1.");
    expect(figure.caption).toContain("Data: made-up digits.");
  });
});

describe("the summary", () => {
  const { cells, compared } = law.summarize(rows, config);
  const cell = (label: string) => cells.find((one) => one.label === label)!;

  it("forced zeros are left out, and only predicted initialisations predict", () => {
    const { observed, predicted, predictions, done, forced, met } = cell("ResNet18 + BN, bfloat16");
    expect({ observed, predicted, predictions, done, forced, met }).toEqual({
      observed: 4.5,
      predicted: 5,
      predictions: 2,
      done: 4,
      forced: 8,
      met: 4,
    });
  });

  it("the interval of no zero in 4 initialisations reaches up to 1.96²/4", () => {
    const { observed, observedLow, observedHigh, ratio } = cell("3 × 64, 32 bits");
    expect({ observed, observedLow, ratio }).toEqual({ observed: 0, observedLow: 0, ratio: 0 });
    expect(observedHigh).toBeCloseTo(1.96 ** 2 / 4, 12);
  });

  it("the median is over the cells with zeros", () => {
    expect(compared).toBe(cells.filter(({ counted }) => counted > 0).length);
  });
});

it("cells without any row are drawn as empty panels", () => {
  for (const draw of [drawLaw, drawLawPrecision, drawLawOrders, drawLawLayers])
    expect(JSON.stringify(draw({ rows: [], config, manifest }).layout)).toContain("no run yet");
});

it("law-precision draws one network, and formats with another exponent by their names", () => {
  const formats = ["e5p8", "e8p7"] as const;
  const own = [
    { ...mlp, precisions: [...formats], orders: ["engine"] },
    { ...mlp, widths: [16], precisions: [16 as const], orders: ["engine"] },
  ];
  const other = makeConfig(law, { set: { dataset: "mnist", networks: own, precisions: [16, ...formats], runs: 4 } });
  const [one] = rows.filter(({ precision, outcome }) => precision === "e8p7" && outcome === "done");
  const made = own.flatMap(({ widths, precisions }) =>
    precisions.map((precision): LawRow => ({ ...one!, widths: widths.join("-"), precision, order: "engine" })),
  );
  const figure = drawLawPrecision({ rows: made, config: other, manifest });
  const marks = figure.data.filter(({ mode, showlegend }) => mode === "markers" && showlegend !== false);
  expect(marks.map(({ name }) => name)).toEqual(["e8, p bits", "p = 8, e5", "predicted, by name"]);
  expect(figure.caption).toContain("Network: 3 × 64. 1 cell of other networks are not drawn.");
});

it("law-orders draws 32 bits only, as its title says", () => {
  const table = drawLawOrders(run).table as readonly { precision: unknown }[];
  expect(new Set(table.map(({ precision }) => precision))).toEqual(new Set([32]));
});
