/** Every operation on the device, in every format, beside the definition. */
import type { Column, Part, Row } from "../types";
import type { ConformanceFacts, ConformanceOptions } from "../work/conformance";
import { eachEngine } from "./each-engine";

export type ConformanceRow = Row & Partial<ConformanceFacts>;

const verdictOf = ({ wrong, missing }: ConformanceRow) =>
  wrong === undefined ? (missing ?? "") : wrong.length === 0 ? "none" : wrong.slice(0, 3).join("; ");

const columns: readonly Column<ConformanceRow>[] = [
  { head: "format", cell: ({ what }) => what },
  { head: "engine", cell: ({ engine }) => engine },
  { head: "operations", cell: ({ operations }) => String(operations ?? "") },
  { head: "cases", cell: ({ cases }) => String(cases ?? "") },
  { head: "with the definition's bits", cell: ({ same }) => String(same ?? "") },
  { head: "within the bound of a sum or function", cell: ({ within }) => String(within ?? "") },
  { head: "wrong", cell: ({ wrong }) => String(wrong?.length ?? "") },
  { head: "the first of these", cell: verdictOf },
];

export const conformance: Part<ConformanceRow> = {
  name: "conformance",
  title:
    "Every operation's cases, and the gradient of every operation with kinks at special values, beside the engine reference. " +
    "What is elementwise must have its bits; sums and functions have bounds",
  columns,
  share: 6,
  run: (setting, add) =>
    eachEngine(
      setting,
      "conformance",
      async ({ partner, engine, format }) => {
        const options: ConformanceOptions = { engine, format };
        add({ what: format, engine, ...(await partner.prepare<ConformanceFacts>(options)) });
      },
      add,
    ),
};
