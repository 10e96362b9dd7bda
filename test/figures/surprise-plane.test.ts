import { describe, expect, it } from "vitest";
import { makeConfig, type PlaneRow, zonePlane } from "../../src/experiments";
import { drawZonePlane } from "../../src/figures";

const config = makeConfig(zonePlane, { set: { dataset: "glyphs", widths: [4], points: 4 } });
const manifest = { environment: { dataset: { description: "made-up digits" } } };
const place = { trial: 0, iteration: 3, layer: 1, sample: 1, neuron: 2 };

/** Made-up rows: a valley along x = −y, exactly 0 in 32 bits and 1e-10 in 64. */
const axis = [-5e-6, -2.5e-6, 0, 2.5e-6];
const rows = axis.flatMap((y) =>
  axis.map((x): PlaneRow => {
    const z = Math.abs(x + y);
    return { dataset: "glyphs", ...place, x, y, z64: z + 1e-10, z32: z };
  }),
);
const figure = drawZonePlane({ rows, config, manifest });

describe("the figure", () => {
  it("the figure's specification matches the snapshot", () => {
    const rounded = JSON.parse(JSON.stringify({ ...figure, table: figure.table.slice(0, 3) }), (_, v) =>
      typeof v === "number" ? Number(v.toPrecision(6)) : v,
    );
    expect(rounded).toMatchSnapshot();
  });

  it("both precisions have one scale, and the exact zeros of 32 bits are marked", () => {
    const [f64, f32] = figure.data as unknown as { z: (number | null)[][]; zmin: number; zmax: number }[];
    expect([f64!.zmin, f64!.zmax]).toEqual([f32!.zmin, f32!.zmax]);
    expect(f64!.z[2]![2]).toBeCloseTo(-10, 9);
    expect(f32!.z[2]![2]).toBeNull();
    const marks = figure.data.filter(({ name }) => name === "exactly 0 in 32 bits");
    expect(marks).toHaveLength(2);
    expect(marks[1]!.x).toEqual([2.5, 0, -2.5]);
    expect(marks[1]!.y).toEqual([-2.5, 0, 2.5]);
  });

  it("the caption says where the bifurcation was and how many zeros there are", () => {
    expect(figure.caption).toContain("hidden layer 1, neuron 2, image 1 of mini-batch 3 (run 1)");
    expect(figure.caption).toContain("exactly 0 at 3 in 32 bits, at 0 in 64.");
    expect(figure.table).toHaveLength(16);
  });
});
