/** How exact the arithmetic of an engine is on this device. */
import type { Column, Part, Row } from "../types";
import type { ArithmeticFacts } from "../work/arithmetic";
import { eachEngine } from "./each-engine";

export type ArithmeticRow = Row & Partial<ArithmeticFacts>;

const ulpsOf = ({ ulps, missing }: ArithmeticRow) =>
  ulps
    ? Object.entries(ulps)
        .map(([name, most]) => `${name}: ${most}`)
        .join("; ")
    : missing!;
const yes = (truth: boolean | undefined) => (truth === undefined ? "" : truth ? "yes" : "no");

const columns: readonly Column<ArithmeticRow>[] = [
  { head: "format", cell: ({ what }) => what },
  { head: "engine", cell: ({ engine }) => engine },
  { head: "most units in the last place off", cell: ulpsOf },
  { head: "subnormal operand is 0", cell: ({ flushes }) => yes(flushes?.operand) },
  { head: "subnormal result is 0", cell: ({ flushes }) => yes(flushes?.result) },
  { head: "relu passes NaN", cell: ({ passesNaN }) => yes(passesNaN?.relu) },
  { head: "max-pool passes NaN", cell: ({ passesNaN }) => yes(passesNaN?.maxPool) },
];

export const arithmetic: Part<ArithmeticRow> = {
  name: "arithmetic",
  title:
    "Arithmetic on this device: distance from the correctly rounded result, normal operands and results; exp and log in f64 beside " +
    "JavaScript's, which may be off by one themselves",
  columns,
  share: 1,
  run: (setting, add) =>
    eachEngine(
      setting,
      "arithmetic",
      async ({ partner, engine, format }) => {
        add({ what: format, engine, ...(await partner.prepare<ArithmeticFacts>({ engine, format })) });
      },
      add,
    ),
};
