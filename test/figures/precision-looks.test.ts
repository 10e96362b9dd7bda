/** A precision has one colour and one marker in every committed figure, and no other series has its colour. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { precisionStyle } from "../../src/figures";
import { precisionIds } from "../../src/formats";
import { projectRoot } from "../../src/util";

interface Drawn {
  readonly name?: string;
  readonly mode?: string;
  readonly marker?: { readonly color?: string | string[]; readonly symbol?: string | string[] };
  readonly line?: { readonly color?: string };
}

const folder = join(projectRoot, "figures");
const styles = precisionIds.map(precisionStyle);

/** The precision that a series is named by: "16 bits, multiply", "ours, 16 bits". */
const precisionIn = (name: string) => styles.find(({ label }) => name.split(/[,:] /).includes(label));

describe.each(readdirSync(folder).filter((file) => file.endsWith(".json")))("%s", (file) => {
  const { data } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { data: readonly Drawn[] };
  const ours = data.filter(({ name = "" }) => !/published/.test(name));

  it("each precision is drawn in its own colour and marker", () => {
    for (const { name = "", mode, marker, line } of ours) {
      const style = precisionIn(name);
      if (!style) continue;
      const colours = [marker?.color, ...(mode?.includes("lines") ? [line?.color] : [])].flat().filter(Boolean);
      expect([name, new Set(colours)]).toEqual([name, new Set([style.color])]);
      const symbols = /zero|^diverged|: (mean|outside)$/.test(name) ? [] : [marker?.symbol].flat().filter(Boolean);
      for (const symbol of symbols)
        expect(`${name}: ${symbol}`).toBe(`${name}: ${style.symbol}${symbol!.slice(style.symbol.length)}`);
    }
  });

  it("nothing else is drawn in a precision's colour", () => {
    for (const { name = "", marker, line } of ours) {
      if (precisionIn(name)) continue;
      for (const { color, label } of styles) {
        const used = [marker?.color, line?.color].flat();
        // marks of runs that diverged are in the colour of their series
        if (!name.startsWith("diverged"))
          expect(`${name}: ${label} ${used.includes(color)}`).toBe(`${name}: ${label} false`);
      }
    }
  });
});
