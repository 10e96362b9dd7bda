/** Whether a training gives the same bits: once more, after a stop, and among other networks. */
import { join } from "node:path";
import { FULL, SMALL, writeReplicas, writeStep } from "../problem";
import type { Column, Part, Row, Setting } from "../types";
import type { StacksFacts, StacksOptions } from "../work/stacks";
import type { TrainingFacts, TrainingOptions } from "../work/training";
import { type Asked, eachEngine } from "./each-engine";

export interface RepeatRow extends Row {
  /** What was done once more, or in another way. */
  readonly again?: string;
  readonly same?: boolean;
  /** Of all tensors at the end, the first way and the other. */
  readonly sha256?: readonly [string, string];
}

const columns: readonly Column<RepeatRow>[] = [
  { head: "training", cell: ({ what }) => what },
  { head: "engine", cell: ({ engine }) => engine },
  { head: "beside", cell: ({ again }) => again ?? "" },
  {
    head: "the same bits",
    cell: ({ same, sha256, missing }) =>
      same === undefined ? missing! : `${same ? "yes" : "**no**"}, ${sha256![1].slice(0, 12)}`,
  },
];

type Add = (row: RepeatRow) => void;

const STEPS = 12;
const STOP = 5;
const REPLICAS = { full: [4, 16, 64, 256], small: [4] };

export const repeat: Part<RepeatRow> = {
  name: "repeat",
  title:
    "Whether a training ends with the same bits in every parameter, running statistic and momentum. Networks in a stack must not " +
    "depend on its size",
  columns,
  share: 2,
  async run(setting, add) {
    await eachEngine(setting, "training", (asked) => trainings(setting, asked, add), add);
    await eachEngine(setting, "stacks", (asked) => stacks(setting, asked, add), add);
  },
};

/** Each in a process of its own, at the same time. */
async function trainings(setting: Setting, { engine, format }: Asked, add: Add): Promise<void> {
  const sizes = setting.small ? SMALL : FULL;
  const { images, labels, parameters, ...network } = writeStep(
    setting.folder,
    { network: "vgg11", batchNorm: true },
    sizes,
  );
  const options: TrainingOptions = { ...network, engine, format, steps: STEPS };
  const what = `VGG11 with batch-norm, ${format}, batch ${sizes.batch}, ${STEPS} steps`;
  const run = async (more: Partial<TrainingOptions> = {}) => {
    const partner = setting.ours("training");
    try {
      return await partner.prepare<TrainingFacts>({ ...options, ...more });
    } finally {
      partner.close();
    }
  };
  const checkpoint = join(setting.folder, `bits-${engine}-${format}.safetensors`);
  const inTwo = async () => [await run({ checkpoint, stopAfter: STOP }), await run({ checkpoint })] as const;
  const [first, second, [stopped, rest]] = await Promise.all([run(), run(), inTwo()]);
  const row = (again: string, { sha256 }: TrainingFacts) =>
    add({ what, engine, again, same: sha256 === first.sha256, sha256: [first.sha256, sha256] });
  row("once more, in another process", second);
  row(`stopped after ${stopped.taken} steps; the other ${rest.taken} in another process`, rest);
}

async function stacks(setting: Setting, { partner, engine, format }: Asked, add: Add): Promise<void> {
  const problem = writeReplicas(setting.folder, setting.small ? SMALL : FULL);
  const options: StacksOptions = { ...problem, engine, format, replicas: 2, steps: STEPS };
  const what = `two of ${problem.widths.join("-")}, ${format}, batch ${problem.batch}, ${STEPS} steps`;
  const first = await partner.prepare<StacksFacts>(options);
  for (const replicas of setting.small ? REPLICAS.small : REPLICAS.full) {
    const { sha256 } = await partner.prepare<StacksFacts>({ ...options, replicas });
    const again = `as the first of ${replicas}, not of 2`;
    add({ what, engine, again, same: sha256 === first.sha256, sha256: [first.sha256, sha256] });
  }
}
