/** x − ln Σ eˣ over the last axis: a thread for each row, shifted by the maximum, in the accumulator's format. */
import type { ElementFormat } from "../../../formats";
import { type Builder, sumFormat } from "../builder";
import type { Cell } from "../cells";
import { storedAs } from "../code/numbers";

export function logSoftmax(b: Builder, x: Cell, classes: number, format: ElementFormat): Cell {
  const { load, round, store } = storedAs(format);
  const { carrier } = storedAs(sumFormat(format));
  const body = [
    `const index row = t * ${classes};`,
    `${carrier} largest = ${load("x0[row]")}, sum = 0;`,
    // a maximum that is NaN stays so
    `for (int j = 1; j < ${classes}; j++) { const ${carrier} v = ${load("x0[row + j]")}; if (v > largest || v != v) largest = v; }`,
    `for (int j = 0; j < ${classes}; j++) sum += exp(${load("x0[row + j]")} - largest);`,
    `const ${carrier} normaliser = log(sum);`,
    `for (int j = 0; j < ${classes}; j++) { const ${carrier} v = ${load("x0[row + j]")} - largest - normaliser; y0[row + j] = ${store(round("v"))}; }`,
  ].join("\n");
  return b.kernel([x], [{ format, length: x.length }], { threads: x.length / classes, body })[0]!;
}
