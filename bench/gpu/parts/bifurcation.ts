/** The experiment bifurcation-frequency with many initialisations at a time, beside its usual way: a process for each core. */
import { compare, type Side } from "../compare";
import type { Partner } from "../partner";
import { TIMED } from "../tables";
import type { Part, Setting, TimedRow } from "../types";
import type { BifurcationOptions } from "../work/bifurcation";
import { whyNot } from "./sides";

const FULL = { width: 256, depth: 3, batchSize: 256, images: 60_000, replicas: [16, 64, 256] };
const SMALL = { width: 8, depth: 2, batchSize: 16, images: 64, replicas: [2, 4] };

export const bifurcation: Part<TimedRow> = {
  name: "bifurcation",
  title:
    "Bifurcation frequency: initialisations a second, each up to its first difference or the end of a pass, R at a time; " +
    "beside them onnx-cpu on all cores of the same machine, one at a time in a process for each",
  columns: TIMED,
  async run(setting, add) {
    for (const precision of [32, 16] as const) await comparePrecision(setting, precision, add);
  },
};

/** A process that draws networks of its own. */
function seeded(partner: Partner, seed: number): Side["partners"][number] {
  return {
    prepare: (options) => partner.prepare({ ...options, seed }),
    measure: (seconds) => partner.measure(seconds),
  };
}

/** All R at once, so that one measurement of the peer in a round serves them all. */
async function comparePrecision(setting: Setting, precision: 16 | 32, add: (row: TimedRow) => void): Promise<void> {
  const { replicas, ...sizes } = setting.small ? SMALL : FULL;
  const started: Partner[] = [];
  const start = (): Partner => {
    started.push(setting.ours("bifurcation"));
    return started.at(-1)!;
  };
  const told = { ...sizes, precision, seed: 1, data: setting.data };
  const sideOf = (engine: string, R: number): Side => {
    const options: BifurcationOptions = { ...told, engine, replicas: R };
    const failure = whyNot(setting, engine, precision === 16 ? "f16" : "f32");
    return { name: `${engine}, R = ${R}`, partners: [start()], options, ...(failure && { failure }) };
  };
  const ours = [...setting.engines.keys()].flatMap((engine) => replicas.map((R) => sideOf(engine, R)));
  const peer: Side = {
    name: `onnx-cpu, ${setting.cores} of one thread`,
    partners: Array.from({ length: setting.cores }, (_, i) => seeded(start(), 1 + i)),
    options: { ...told, engine: "onnx-cpu", replicas: 1 },
  };
  const dataset = setting.data === undefined ? "glyphs" : "MNIST where it is there, else glyphs";
  const what = `${sizes.depth} × ${sizes.width}, ${precision} bits, batch ${sizes.batchSize}, ${sizes.images} of ${dataset}`;
  try {
    await compare(setting, { what, unit: "initialisations/s", ours, peer }, add);
  } finally {
    for (const partner of started) partner.close();
  }
}
