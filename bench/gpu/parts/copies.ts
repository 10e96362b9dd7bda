/** What crosses the bus with a training step on CUDA: the loss, and no parameter. */
import { FULL, SMALL, writeStep } from "../problem";
import type { Column, Part, Row } from "../types";
import type { CopiesFacts, CopiesOptions } from "../work/copies";
import { eachEngine } from "./each-engine";

export type CopiesRow = Row & Partial<CopiesFacts>;

const number = (x: number | undefined) => (x === undefined ? "" : String(x));

const columns: readonly Column<CopiesRow>[] = [
  { head: "step", cell: ({ what }) => what },
  {
    head: "bytes to the host",
    cell: ({ bytesToHost, missing }) => (bytesToHost === undefined ? missing! : number(bytesToHost)),
  },
  { head: "bytes to the device", cell: ({ bytesToDevice }) => number(bytesToDevice) },
  { head: "graphs launched", cell: ({ graphs }) => number(graphs) },
  { head: "kernels launched one by one", cell: ({ kernels }) => number(kernels) },
  { head: "bytes of the state, which stays", cell: ({ stateBytes }) => number(stateBytes) },
];

export const copies: Part<CopiesRow> = {
  name: "copies",
  title:
    "What one training step asks of the driver, counted at its functions: copies (the loss takes 256 bytes) and launches. No parameter " +
    "goes to the host",
  columns,
  share: 1,
  only: "cuda",
  run: (setting, add) =>
    eachEngine(
      setting,
      "copies",
      async ({ partner, engine, format }) => {
        const sizes = setting.small ? SMALL : FULL;
        const step = writeStep(setting.folder, { network: "vgg11", batchNorm: true }, sizes);
        const options: CopiesOptions = { ...step, format, steps: 10 };
        const what = `VGG11 with batch-norm, ${format}, batch ${sizes.batch}`;
        add({ what, engine, ...(await partner.prepare<CopiesFacts>(options)) });
      },
      add,
    ),
};
