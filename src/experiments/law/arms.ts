/** What the notebook runs, each part in sizes from the smallest that shows that it works up to the published protocol. */
import { settingsOf } from "../common/arms";
import type { Preset } from "../types";
import type { LawConfig } from "./config";

type Settings = Partial<LawConfig>;
type Arm = Readonly<Record<Preset, Settings>>;
type Network = LawConfig["networks"][number];

/** A perceptron with equal layers. */
const perceptron = (depth: number, width: number, own: Partial<Network> = {}): Network => ({
  network: "mlp",
  widths: new Array<number>(depth).fill(width),
  batchNorm: false,
  ...own,
});

type Shape = readonly [depth: number, width: number];
const of = (shapes: readonly Shape[], own: Partial<Network>): Network[] =>
  shapes.map(([depth, width]) => perceptron(depth, width, own));

/** The published architectures; the pass over all of MNIST takes the large ones seconds. */
const SMALL: readonly Shape[] = [
  [3, 16],
  [3, 64],
  [1, 256],
];
const MIDDLE: readonly Shape[] = [
  [2, 256],
  [3, 256],
];
const LARGE: readonly Shape[] = [
  [5, 256],
  [6, 256],
  [3, 512],
];
const LARGEST: readonly Shape[] = [[3, 1024]];
const ALL = [...SMALL, ...MIDDLE, ...LARGE, ...LARGEST];
const named = (network: Network["network"], own: Partial<Network> = {}): Network => ({
  network,
  batchNorm: false,
  ...own,
});

const narrow = { precisions: ["e5m2", "tf32"], images: 20_480, runs: 60 } satisfies Partial<Network>;
const three = [16, "bf16", 32] satisfies Network["precisions"];

/** The published perceptrons on MNIST, at 16 and 32 bits. At 16 bits the large ones meet zeros within a few thousand images. */
const published: Arm = {
  smoke: {
    networks: [perceptron(2, 16), perceptron(1, 64)],
    precisions: [16, 32],
    images: 2048,
    runs: 3,
    predictedRuns: 2,
    predictedImages: 512,
  },
  laptop: {
    networks: [
      ...of([...SMALL, ...MIDDLE, ...LARGE], { precisions: [32] }),
      ...of(LARGEST, { precisions: [32], images: 20_480 }),
      ...of(SMALL, { precisions: [16] }),
      ...of([...MIDDLE, ...LARGE, ...LARGEST], { precisions: [16], images: 5120 }),
    ],
    precisions: [16, 32],
    images: 59_904,
    runs: 300,
    predictedRuns: 30,
  },
  paper: { networks: of(ALL, {}), precisions: [16, 32], runs: 1000, predictedRuns: 100 },
};

/** The same perceptrons in other formats, perceptrons with batch-norm, and LeNet-5. */
const perceptrons: Arm = {
  smoke: {
    networks: [
      perceptron(2, 16, { precisions: [16, 32] }),
      perceptron(1, 64, { precisions: [16, 32] }),
      perceptron(1, 16, { batchNorm: true, precisions: ["bf16"] }),
    ],
    precisions: [16, "bf16", 32],
    images: 2048,
    runs: 3,
    predictedRuns: 2,
    predictedImages: 512,
  },
  laptop: {
    networks: [
      ...of([...SMALL, ...MIDDLE], { precisions: ["bf16"] }),
      ...of([...LARGE, ...LARGEST], { precisions: ["bf16"], images: 5120 }),
      ...of(
        [
          [3, 64],
          [3, 256],
        ],
        narrow,
      ),
      ...of(
        [
          [3, 64],
          [3, 256],
        ],
        { precisions: [64], images: 20_480, runs: 20 },
      ),
      ...of(
        [
          [3, 64],
          [3, 256],
        ],
        { batchNorm: true, precisions: three, runs: 60 },
      ),
      ...[false, true].map((batchNorm) => named("lenet5", { batchNorm, precisions: three, images: 10_240, runs: 60 })),
    ],
    precisions: ["e5m2", 16, "bf16", "tf32", 32, 64],
    images: 59_904,
    runs: 300,
    predictedRuns: 30,
  },
  paper: { networks: of(ALL, {}), precisions: ["bf16", 64], runs: 1000, predictedRuns: 100 },
};

const significands = (ps: readonly number[], sums: "" | "-sums"): NonNullable<Network["precisions"]> =>
  ps.map((p) => `e8p${p}${sums}` as const);
const from5to24 = Array.from({ length: 20 }, (_, i) => 5 + i);

/** One perceptron with 5 to 24 significand bits: stored in them and summed in f32, or with every partial sum rounded to them. */
const precision = (shape: Shape, ps: readonly number[], sizes: Settings & { readonly own: number }): Settings => {
  const { own, ...settings } = sizes;
  const others = ["e4m3", "e5m2", 16, "bf16", "tf32", 32, 64] satisfies Network["precisions"];
  const [summed, rounded] = [significands(ps, ""), significands(ps, "-sums")];
  return {
    networks: [
      perceptron(...shape, { precisions: [...summed, ...others] }),
      perceptron(...shape, { precisions: rounded, orders: ["in-turn"], images: own }),
    ],
    precisions: [...summed, ...rounded, ...others],
    ...settings,
  };
};

/** One perceptron at 32 bits, its sums added in several orders. */
const orders = (shapes: readonly (readonly [Shape, number])[], settings: Settings): Settings => ({
  networks: shapes.flatMap(([shape, runs]) => [
    perceptron(...shape, { runs, orders: ["engine", "bias-first", "parts-64", "parts-16", "pairwise-16"] }),
    ...(shape[1] <= 64 ? [perceptron(...shape, { runs: Math.ceil(runs / 5), orders: ["in-turn"] })] : []),
  ]),
  precisions: [32],
  ...settings,
});

/** Convolutional networks on CIFAR-10, without and with batch-norm. */
const convolutional = (widths: Readonly<Record<"vgg11" | "resnet18", number[]>>, settings: Settings): Settings => ({
  preprocessing: "cifar10",
  precisions: [16, "bf16", 32, 64],
  networks: (["vgg11", "resnet18"] as const).flatMap((name) =>
    [false, true].map((batchNorm) => named(name, { batchNorm, widths: widths[name] })),
  ),
  ...settings,
});

const arms = {
  published,
  perceptrons,
  precision: {
    smoke: precision([1, 16], [6, 11], { own: 256, images: 1024, runs: 2, predictedRuns: 2, predictedImages: 256 }),
    laptop: precision([3, 64], from5to24, { own: 5120, images: 59_904, runs: 60, predictedRuns: 20 }),
    paper: precision([3, 256], from5to24, { own: 10_240, images: 59_904, runs: 1000, predictedRuns: 100 }),
  },
  orders: {
    smoke: orders([[[2, 16], 2]], { images: 1024, predictedRuns: 1, predictedImages: 256 }),
    laptop: orders(
      [
        [[3, 64], 300],
        [[3, 256], 200],
      ],
      { images: 59_904, predictedRuns: 30 },
    ),
    paper: orders(
      [
        [[3, 64], 1000],
        [[3, 256], 1000],
      ],
      { predictedRuns: 100 },
    ),
  },
  networks: {
    smoke: convolutional(
      { vgg11: [4, 4, 4, 4, 4], resnet18: [4, 4, 4, 4] },
      {
        dataset: "auto-colour",
        precisions: ["bf16"],
        images: 64,
        batchSize: 32,
        runs: 1,
        predictedRuns: 1,
        predictedImages: 32,
      },
    ),
    laptop: convolutional(
      { vgg11: [16, 32, 64, 64, 64], resnet18: [8, 16, 32, 64] },
      { dataset: "auto-colour", images: 2048, batchSize: 128, runs: 30, predictedRuns: 15, predictedImages: 256 },
    ),
    paper: convolutional(
      { vgg11: [64, 128, 256, 512, 512], resnet18: [64, 128, 256, 512] },
      { dataset: "cifar10", images: 49_920, batchSize: 128, runs: 100, predictedRuns: 20, predictedImages: 256 },
    ),
  },
} satisfies Readonly<Record<string, Arm>>;

/** The parts of the notebook, by name. */
export type LawArm = keyof typeof arms;
/**
 * The names of the parts of the notebook: `lawArm` has their settings.
 *
 * @example
 * ```ts
 * import { lawArm, lawArms } from "nonsmooth";
 *
 * for (const arm of lawArms) console.log(arm, lawArm(arm, "laptop").networks?.length); // published 18
 * // perceptrons 17
 * // precision 2
 * // orders 3
 * // networks 4
 * ```
 */
export const lawArms = Object.keys(arms) as readonly LawArm[];

/**
 * The settings of a part of the notebook, for `runExperiment(law, { preset, set })`.
 * @throws NonsmoothError for an unknown name or preset, with the nearest known one as a hint
 * @example
 * ```ts
 * import { lawArm } from "nonsmooth";
 *
 * const { networks, images } = lawArm("precision", "smoke");
 * console.log(networks?.map(({ network }) => network), images); // [ 'mlp', 'mlp' ] 1024
 * ```
 */
export function lawArm(name: LawArm, preset: Preset | (string & {})): Settings {
  return settingsOf<Settings>("law arm", arms, name, preset);
}
