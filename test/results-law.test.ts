/** What README and docs/numerics.md say of the law of exact zeros, worked out again from the rows of notebook 11. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { agreementOf, type LawCell, law } from "../src/experiments";
import { projectRoot } from "../src/util";
import { fixed, n, ours, row, sum, summaryOf } from "./helpers/readme";

const numerics = readFileSync(join(projectRoot, "docs", "numerics.md"), "utf8");
const cellsOf = (name: string): readonly LawCell[] => summaryOf(law, name).cells;
const one = (name: string, label: string) => cellsOf(name).find((cell) => cell.label === label)!;
const share = ({ share, low, high }: LawCell) => `${fixed(share!, 3)} [${fixed(low!, 3)}, ${fixed(high!, 3)}]`;
const predictedShare = (cell: LawCell) => fixed(cell.predictedShare!, 3);

/** All cells, each once: where several runs have it, with the most initialisations. */
function everyCell(): LawCell[] {
  const best = new Map<string, LawCell>();
  for (const name of ["law", "law-perceptrons", "law-precision", "law-orders", "law-layers"])
    for (const cell of cellsOf(name)) {
      const key = `${cell.label} ${cell.images}`;
      if ((best.get(key)?.done ?? 0) < cell.done) best.set(key, cell);
    }
  return [...best.values()];
}

it("the README's prediction of exact zeros follows from the rows", () => {
  const { cells, compared, medianLog2, worst } = summaryOf(law);
  const ratio = (bits: number) => {
    const own = cells.filter(({ precision }) => precision === bits);
    return fixed(sum(own.map(({ observed }) => observed!)) / sum(own.map(({ predicted }) => predicted!)), 2);
  };
  expect(cells.every(({ done, failed }) => done === 300 && failed === 0)).toBe(true);
  expect(ours("exact zeros in a pass, counted")).toBe(
    `${ratio(16)} at 16 bits, ${ratio(32)} at 32 bits; the median of abs(log₂) over the ${compared} networks is ${fixed(medianLog2!, 2)}, the largest ${fixed(worst[0]!.log2, 2)} (${worst[0]!.label})`,
  );
});

it("the README's agreement over every cell, and the cells that are furthest off, follow from the rows", () => {
  const cells = everyCell();
  const { compared, inside, medianLog2, worst } = agreementOf(cells);
  const question = "… over every network, format and order of summation";
  expect(ours(question)).toBe(
    `median of abs(log₂) ${fixed(medianLog2!, 2)} over ${compared} cells with a zero; inside the interval in ${inside} of them`,
  );
  expect(n(question)).toContain(`${cells.length} cells`);
  for (const { label, log2 } of worst) expect(row(question)[5]).toContain(`${label}: ${fixed(log2, 2)}`);
});

it("the README's shares in bfloat16, by format and by order of summation, follow from the rows", () => {
  const networks = ["VGG11", "VGG11 + BN", "ResNet18", "ResNet18 + BN"];
  const convolutional = networks.map((name) => one("law-layers", `${name}, bfloat16`));
  const all = [one("law-perceptrons", "3 × 256, bfloat16"), ...convolutional];
  expect(ours("… initialisations that meet a zero in one pass in bfloat16")).toBe(all.map(share).join(", "));
  const formats = cellsOf("law-precision");
  const inside = formats.filter(({ low, high, predictedShare: p }) => p! >= low! && p! <= high!);
  expect(ours("… in formats of 3 to 53 bits")).toBe(`${inside.length} of ${formats.length} formats`);
  const ordered = cellsOf("law-orders").filter(({ widths }) => widths === "256-256-256");
  expect(ours("… by order of summation")).toBe(
    ordered.map((cell) => `${cell.order} ${fixed(cell.share!, 3)}`).join(", "),
  );
});

it.each(["3 × 256", "3 × 64"])(
  "the zeros of %s by order of summation in docs/numerics.md follow from the rows",
  (name) => {
    const cells = cellsOf("law-orders").filter(({ label }) => label.startsWith(`${name}, `));
    const lines = cells.map((cell) => {
      const layers = cell.layers.map(({ observed }) => fixed(observed!, 3)).join(" | ");
      return `| ${cell.order} | ${layers} | ${share(cell)} | ${predictedShare(cell)} |`;
    });
    expect(lines.length).toBeGreaterThan(4);
    expect(numerics).toContain(lines.join("\n"));
  },
);

it("the shares of the published networks in docs/numerics.md follow from the rows", () => {
  const names = ["3 × 16", "3 × 64", "3 × 256", "3 × 512", "3 × 1024", "1 × 256", "2 × 256", "5 × 256", "6 × 256"];
  const runs = { "16 bits": "law", bfloat16: "law-perceptrons", "32 bits": "law" };
  for (const name of names) {
    const found = numerics.split("\n").find((line) => line.startsWith(`| ${name} | `))!;
    for (const [precision, run] of Object.entries(runs)) {
      const cell = one(run, `${name}, ${precision}`);
      const images = cell.images === 59_904 ? "" : ` (${cell.images.toLocaleString("en")} images)`;
      expect(found).toContain(`| ${share(cell)}${images}; ${predictedShare(cell)} |`);
    }
  }
});
