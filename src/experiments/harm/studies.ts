/** The trainings of the notebook, in sizes from the smallest that shows that it works up to full width. */
import { settingsOf } from "../common/arms";
import type { Preset } from "../types";
import type { HarmConfig } from "./config";

type Settings = Partial<HarmConfig>;

const images = {
  smoke: { dataset: "auto-colour", images: 100, testImages: 100, epochs: 1, runs: 2, batchSize: 50 },
  laptop: { dataset: "auto-colour", images: 1500, testImages: 2000, epochs: 4, batchSize: 64 },
  paper: { dataset: "cifar10", epochs: 30, runs: 8 },
} satisfies Record<Preset, Settings>;

/** @param narrow widths for a laptop; @param runs pairs there: below eight, only ranges are given */
const convolutional = (settings: Settings, narrow: number[], runs: number): Record<Preset, Settings> => ({
  smoke: { ...images.smoke, ...settings, widths: narrow.map(() => 4) },
  laptop: { ...images.laptop, ...settings, widths: narrow, runs },
  paper: { ...images.paper, ...settings },
});

/** With other steps on a laptop. */
const steps = (study: Record<Preset, Settings>, laptop: Settings): Record<Preset, Settings> => ({
  ...study,
  laptop: { ...study.laptop, ...laptop },
});

const resnet18 = { network: "resnet18", learningRate: 0.05 } satisfies Settings;
/** As in the notebooks that count zeros: images as pixel/255; and several doses. */
const mlp = { preprocessing: "none", learningRate: 0.05, overwrite: ["1/batch", 0.01, 0.1, 1, 10] } satisfies Settings;

const studies = {
  mlp: {
    smoke: {
      ...mlp,
      dataset: "auto",
      images: 400,
      testImages: 200,
      widths: [32, 32],
      epochs: 1,
      runs: 2,
      batchSize: 50,
    },
    laptop: { ...mlp, dataset: "auto", images: 30_000, widths: [256, 256, 256], epochs: 2, runs: 8 },
    paper: {
      ...mlp,
      dataset: "mnist",
      images: null,
      network: "mlp",
      batchNorm: [false],
      widths: [256, 256, 256],
      epochs: 30,
      runs: 8,
    },
  },
  resnet18: convolutional({ ...resnet18, batchNorm: [true] }, [8, 16, 32, 64], 8),
  // without batch normalisation it learns slowly
  "resnet18-plain": steps(convolutional({ ...resnet18, batchNorm: [false] }, [8, 16, 32, 64], 3), {
    batchSize: 32,
    epochs: 5,
  }),
  vgg11: convolutional({ network: "vgg11", learningRate: 0.05, batchNorm: [true] }, [16, 32, 64, 64, 64], 8),
} satisfies Readonly<Record<string, Readonly<Record<Preset, Settings>>>>;

/** What the notebook trains, by name. */
export type HarmStudy = keyof typeof studies;

/**
 * The names of the studies of the notebook: `harmStudy` has their settings.
 *
 * @example
 * ```ts
 * import { harmStudies } from "nonsmooth";
 *
 * console.log(harmStudies); // [ 'mlp', 'resnet18', 'resnet18-plain', 'vgg11' ]
 * ```
 */
export const harmStudies = Object.keys(studies) as readonly HarmStudy[];

/**
 * The settings of a study, for `runExperiment(harm, { preset, set })`.
 * @param preset smoke, laptop or paper
 * @throws NonsmoothError for an unknown name or preset, with the nearest known one as a hint
 * @example
 * ```ts
 * import { harm, harmStudy, makeConfig } from "nonsmooth";
 *
 * const set = harmStudy("vgg11", "smoke");
 * console.log(set.network, makeConfig(harm, { preset: "smoke", set }).batchNorm); // vgg11 [ true ]
 * ```
 */
export function harmStudy(name: HarmStudy, preset: Preset | (string & {})): Settings {
  return settingsOf<Settings>("study", studies, name, preset);
}
