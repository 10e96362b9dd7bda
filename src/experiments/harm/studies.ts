/** The trainings of the notebook, in sizes from the smallest that shows that it works up to full width. */
import { requireName } from "../../util";
import type { Preset } from "../types";
import type { HarmConfig } from "./config";

type Settings = Partial<HarmConfig>;

const common = {
  smoke: { images: 100, testImages: 100, epochs: 1, runs: 2, batchSize: 50, dataset: "auto-colour" },
  laptop: { images: 2000, testImages: 2000, epochs: 4, runs: 8, batchSize: 64, dataset: "auto-colour" },
  paper: { images: null, testImages: null, epochs: 30, runs: 8, batchSize: 128, dataset: "cifar10" },
} satisfies Record<Preset, Settings>;

const doses = [0.01, 0.1, 1, 10, "1/batch"] as const;

const convolutional = (settings: Settings, narrow: number[], narrower: number[]): Record<Preset, Settings> => ({
  smoke: { ...common.smoke, ...settings, widths: narrower },
  laptop: { ...common.laptop, ...settings, widths: narrow },
  paper: { ...common.paper, ...settings },
});

const studies = {
  mlp: {
    smoke: {
      dataset: "auto",
      images: 400,
      testImages: 200,
      widths: [32, 32],
      epochs: 1,
      runs: 2,
      batchSize: 50,
      overwrite: [...doses],
    },
    laptop: { dataset: "auto", images: 20_000, widths: [256, 256, 256], epochs: 4, runs: 8, overwrite: [...doses] },
    paper: { dataset: "mnist", images: null, widths: [256, 256, 256], epochs: 30, runs: 8, overwrite: [...doses] },
  },
  vgg11: convolutional(
    { network: "vgg11", batchNorm: [true], learningRate: 0.05 },
    [16, 32, 64, 64, 64],
    [4, 8, 8, 8, 8],
  ),
  resnet18: convolutional(
    { network: "resnet18", batchNorm: [true, false], learningRate: 0.05 },
    [8, 16, 32, 64],
    [4, 4, 4, 4],
  ),
} satisfies Readonly<Record<string, Readonly<Record<Preset, Settings>>>>;

/** What the notebook trains, by name. */
export type HarmStudy = keyof typeof studies;

export const harmStudies = Object.keys(studies) as readonly HarmStudy[];

/**
 * The settings of a study, for `runExperiment(harm, { preset, set })`.
 * @param preset smoke, laptop or paper
 * @throws NonsmoothError for an unknown name or preset, with the nearest known one as a hint
 */
export function harmStudy(name: HarmStudy, preset: Preset | (string & {})): Settings {
  const own = studies[requireName("study", harmStudies, name) as HarmStudy];
  return { ...own[requireName("preset", Object.keys(own), preset) as Preset] };
}
