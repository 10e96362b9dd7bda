/** The experiment bifurcation-frequency with many initialisations at a time, beside the published protocol on the same GPU. */
import { loadDataset, resolveDataset } from "nonsmooth";
import { compare, type Side } from "../compare";
import type { Partner } from "../partner";
import { PIXELS, write } from "../problem";
import { TIMED } from "../tables";
import type { Part, Setting, TimedRow } from "../types";
import type { BifurcationOptions } from "../work/bifurcation";
import { whyNot } from "./sides";

const FULL = { width: 256, depth: 3, batchSize: 256, images: 60_000 };
const SMALL = { width: 8, depth: 2, batchSize: 16, images: 64 };
/** Initialisations at a time; what takes seconds for a few cannot be asked for many. */
const REPLICAS: Readonly<Record<string, readonly number[]>> = { cuda: [256, 64], "onnx-webgpu": [16] };
const FORMATS = { 32: "f32", 16: "f16", 64: "f64" } as const;
const CLASSES = 10;
/** Initialisations differ in length, so that many have to be counted. */
const LEAST_SECONDS = 2;
const MOST_ROUNDS = 3;

export const bifurcation: Part<TimedRow> = {
  name: "bifurcation",
  title:
    "Bifurcation frequency: initialisations a second, each up to its first difference or the end of a pass, R at a time; also on " +
    "all cores of the same machine, one at a time in a process for each. Beside them the published protocol in PyTorch on the same GPU: " +
    "two networks, two forward and two backward passes on every mini-batch",
  columns: TIMED,
  share: 4,
  async run(setting, add) {
    const data = await dataOf(setting);
    for (const precision of [32, 16, 64] as const) await comparePrecision(setting, data, precision, add);
  },
};

interface Data {
  readonly dataset: string;
  /** Files of bytes, pixels [images, 784] and labels [images]. */
  readonly images: string;
  readonly labels: string;
}

/** What the experiment reads, in files for the peer. */
async function dataOf({ data, folder, small }: Setting): Promise<Data> {
  // without a folder of data nothing is to be downloaded
  const { name } = data === undefined ? { name: "glyphs" } : await resolveDataset("auto", { directory: data });
  const count = (small ? SMALL : FULL).images;
  const { images, labels } = await loadDataset(name, { split: "train", count, ...(data && { directory: data }) });
  return {
    dataset: name,
    images: write(folder, "gpu-protocol.images", images),
    labels: write(folder, "gpu-protocol.labels", labels),
  };
}

/** A process that draws networks of its own. */
function seeded(partner: Partner, seed: number): Side["partners"][number] {
  return {
    prepare: (options) => partner.prepare({ ...options, seed }),
    measure: (seconds) => partner.measure(seconds),
  };
}

/** All R at once, so that one measurement of the peer in a round serves them all. */
async function comparePrecision(
  setting: Setting,
  { dataset, images, labels }: Data,
  precision: keyof typeof FORMATS,
  add: (row: TimedRow) => void,
): Promise<void> {
  const sizes = setting.small ? SMALL : FULL;
  const format = FORMATS[precision];
  const started: Partner[] = [];
  const start = (): Partner => {
    started.push(setting.ours("bifurcation"));
    return started.at(-1)!;
  };
  const told = { ...sizes, precision, seed: 1, dataset, data: setting.data };
  const sideOf = (engine: string, R: number): Side => {
    const options: BifurcationOptions = { ...told, engine, replicas: R };
    const failure = whyNot(setting, engine, format);
    return { name: `${engine}, R = ${R}`, partners: [start()], options, ...(failure && { failure }) };
  };
  const replicas = (engine: string) => (setting.small ? [4] : (REPLICAS[engine] ?? [1]));
  const gpu = [...setting.engines.keys()].flatMap((engine) => replicas(engine).map((R) => sideOf(engine, R)));
  const cores: Side = {
    name: `onnx-cpu, ${setting.cores} of one thread`,
    partners: Array.from({ length: setting.cores }, (_, i) => seeded(start(), 1 + i)),
    options: { ...told, engine: "onnx-cpu", replicas: 1 },
  };
  // nothing is compared with a GPU that does not compute in the format
  const works = gpu.some(({ failure }) => failure === undefined);
  const theirs = works ? setting.theirs("gpu_published_protocol") : undefined;
  const widths = [PIXELS, ...new Array<number>(sizes.depth).fill(sizes.width), CLASSES];
  const protocol = { images, labels, widths, batch: sizes.batchSize, seed: 1, format, device: setting.torch?.device };
  const peer: Side | undefined = theirs && { name: "PyTorch", partners: [theirs], options: protocol };
  const what = `${sizes.depth} × ${sizes.width}, ${format}, batch ${sizes.batchSize}, ${sizes.images} of ${dataset}`;
  const seconds = setting.small ? setting.seconds : Math.max(setting.seconds, LEAST_SECONDS);
  const rounds = Math.min(setting.rounds, MOST_ROUNDS);
  try {
    await compare(
      { ...setting, seconds, rounds },
      { what, unit: "initialisations/s", ours: works ? [...gpu, cores] : gpu, peer },
      add,
    );
  } finally {
    for (const partner of [...started, theirs]) partner?.close();
  }
}
