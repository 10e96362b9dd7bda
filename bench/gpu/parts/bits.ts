/** Whether a network's numbers depend on how many networks go through the program with it. */
import { FULL, PIXELS, SMALL } from "../problem";
import type { Column, Part, Row } from "../types";
import type { BitsFacts, BitsOptions } from "../work/bits";
import { eachEngine } from "./each-engine";

export interface BitsRow extends Row {
  /** Share of the elements that differ, and exact zeros, layer by layer. */
  readonly differ?: readonly number[];
  /** The same beside the numbers that they have as one of two. */
  readonly differFromFirst?: readonly number[];
  readonly zeros?: readonly number[];
}

/** Networks whose numbers are compared. */
const COMPARED = 2;
const REPLICAS = [2, 4, 16, 64, 256];
/** Mini-batches on which their zeros are counted: a few in ten million numbers of f16 are zero. */
const BATCHES = 40;

const percent = (share: number) => `${Number((100 * share).toPrecision(3))} %`;
const columns: readonly Column<BitsRow>[] = [
  { head: "network", cell: ({ what }) => what },
  { head: "engine", cell: ({ engine }) => engine },
  {
    head: "other bits than alone, by layer",
    cell: ({ differ, missing }) => differ?.map(percent).join(", ") ?? missing!,
  },
  {
    head: "other bits than as one of 2",
    cell: ({ differFromFirst }) => differFromFirst?.map(percent).join(", ") ?? "",
  },
  { head: "exact zeros, by layer", cell: ({ zeros }) => zeros?.join(", ") ?? "" },
];

export const bits: Part<BitsRow> = {
  name: "bits",
  title: `Whether results depend on R: pre-activations of the same ${COMPARED} networks on glyphs, alone and as the first of R (R = 1: alone once more); bits on one mini-batch, zeros on ${BATCHES}. For the engine cuda they must be the same from R = 2 on; alone another product may be taken`,
  columns,
  share: 2,
  async run(setting, add) {
    const { hidden, rows } = setting.small ? SMALL : FULL;
    const widths = [PIXELS, ...hidden, 10];
    await eachEngine(
      setting,
      "bits",
      async ({ partner, engine, format }) => {
        const batches = setting.small ? 2 : BATCHES;
        const options: BitsOptions = {
          engine,
          format,
          widths,
          batch: rows,
          batches,
          compared: COMPARED,
          replicas: setting.small ? [2, 4] : REPLICAS,
        };
        const { found } = await partner.prepare<BitsFacts>(options);
        for (const { replicas, ...facts } of found)
          add({ what: `${widths.join("-")}, ${format}, batch ${rows}, R = ${replicas}`, engine, ...facts });
      },
      add,
    );
  },
};
