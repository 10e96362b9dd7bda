/** The trainings of the notebooks, each in sizes from the smallest that shows that it works up to the published protocol. */
import { settingsOf } from "../common/arms";
import type { Preset } from "../types";
import type { TrainingConfig } from "./config";

type Settings = Partial<TrainingConfig>;
type Arm = Readonly<Record<Preset, Settings>>;

const smoke = { runs: 2, batchSize: 50 };
const laptop = { runs: 3, testImages: 1000, batchSize: 64 };
const paper = { runs: 10, epochs: 200, images: null, testImages: null, batchSize: 128, widths: null };

const tenths = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
/** The values of ReLU'(0) that were published for each network with SGD; the first is what the others are compared with. */
const publishedValues = {
  mlp: [
    ...[0, -50, -10, -8, -6, -5, -4, -2, -1, -0.9, -0.8, -0.7, -0.6, -0.5, -0.4, -0.3, -0.2, -0.1],
    ...[...tenths, 2, 3, 4, 5, 6, 7, 8, 9, 10, 50],
  ],
  vgg11: [0, -1, -0.5, -0.1, ...tenths, 5],
  resnet18: [0, ...tenths],
};

/** Drawn images stand in for MNIST or CIFAR-10 where those are not there; the published protocol has no stand-in. */
const grey = { smoke: { dataset: "auto" }, laptop: { dataset: "auto" }, paper: { dataset: "mnist" } };
const colour = { smoke: { dataset: "auto-colour" }, laptop: { dataset: "auto-colour" }, paper: { dataset: "cifar10" } };

/** A narrow network in place of the published one. */
const narrow = (widths: number[], smokeWidths = widths): Arm => ({
  smoke: { widths: smokeWidths },
  laptop: { widths },
  paper: {},
});
const narrowMlp = narrow([256, 256, 256]);
const narrowVgg = narrow([16, 32, 64, 64, 64]);
const narrowResnet = narrow([8, 16, 32, 64]);

/** What holds for every preset, and what each adds to it; later parts override earlier ones. */
function arm(common: Settings, ...presets: readonly Arm[]): Arm {
  const of = (preset: Preset) => Object.assign({}, common, ...presets.map((one) => one[preset])) as Settings;
  return { smoke: of("smoke"), laptop: of("laptop"), paper: of("paper") };
}

const sgd = { optimizers: ["sgd"], learningRates: 0.01 } satisfies Settings;
const mlp = { ...sgd, network: "mlp", batchNorm: [false] } satisfies Settings;
const vgg11 = { ...sgd, network: "vgg11", learningRates: 0.05 } satisfies Settings;
const resnet18 = { ...sgd, network: "resnet18", learningRates: 0.05 } satisfies Settings;
const onlyNormalised = {
  smoke: { batchNorm: [true] },
  laptop: { batchNorm: [true] },
  paper: { batchNorm: [false, true] },
};

/** One network of section 4.3 at the published values of ReLU'(0); small ones at 0 and 1. */
const curves = (network: keyof typeof publishedValues): Arm => ({
  smoke: { ...smoke, epochs: 2, images: 100, testImages: 100, precisions: [32], values: [0, 1] },
  laptop: { ...laptop, epochs: 3, images: 3000, precisions: [16, 32], values: [0, 1] },
  paper: { ...paper, precisions: [32], values: publishedValues[network] },
});

const batchNormAndAdam: Arm = {
  smoke: { ...smoke, epochs: 1, images: 150, testImages: 100, precisions: ["mixed"], values: [0, 10] },
  laptop: { ...laptop, epochs: 4, images: 2000, precisions: ["mixed"], values: [0, 10] },
  paper: { ...paper, precisions: [32], values: [0, 1, 2, 4, 5, 6, 8, 10, 50] },
};
const sgdAndAdam = {
  network: "vgg11",
  batchNorm: [false, true],
  optimizers: ["sgd", "adam"],
  learningRates: { sgd: 0.05, adam: 0.001, adamw: 0.001 },
} satisfies Settings;
const narrowerVgg = narrow([16, 32, 64, 64, 64], [4, 8, 8, 8, 8]);

const dropout: Arm = {
  smoke: { ...smoke, epochs: 1, images: 400, testImages: 200, precisions: [16], dropout: [0, 0.5] },
  laptop: { ...laptop, epochs: 4, images: 3000, testImages: 2000, precisions: [16], dropout: [0, 0.2, 0.5, 0.8] },
  paper: { ...paper, precisions: [32], dropout: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] },
};

/** Both chain rules, in 16 and 32 bits. */
const bothRules = { chainRules: ["multiply", "overwrite"], precisions: [16, 32] } satisfies Settings;
const chainRule = (images: { smoke: number; laptop: number }): Arm => ({
  smoke: { ...smoke, epochs: 1, images: images.smoke, testImages: 200 },
  laptop: { ...laptop, runs: 6, epochs: 3, images: images.laptop },
  paper,
});
const convolutionalRules = [chainRule({ smoke: 100, laptop: 1500 }), colour, onlyNormalised];

const resnet50 = { network: "resnet50", batchNorm: [true], values: [0, 1], precisions: [32] } satisfies Settings;
const rehearsal = { learningRates: 0.01, schedule: { kind: "constant" } };
const imagenet: Arm = {
  smoke: { ...rehearsal, runs: 1, epochs: 1, images: 8, testImages: 4, batchSize: 4, testBatchSize: 4 },
  laptop: { ...rehearsal, runs: 2, epochs: 2, images: 32, testImages: 16, batchSize: 8, testBatchSize: 8 },
  paper: {
    ...paper,
    runs: 2,
    epochs: 90,
    batchSize: 256,
    testBatchSize: 100,
    learningRates: 0.1,
    weightDecay: 1e-4,
    schedule: { kind: "step", every: 30 },
  },
};

const arms = {
  mlp: arm(mlp, curves("mlp"), grey, narrowMlp, {
    smoke: {},
    laptop: { epochs: 5, images: 10_000, batchSize: 128 },
    paper: { batchNorm: [false, true] },
  }),
  vgg11: arm(vgg11, curves("vgg11"), colour, onlyNormalised, narrowVgg),
  resnet18: arm(resnet18, curves("resnet18"), colour, onlyNormalised, narrowResnet),
  "batch-norm-and-adam": arm(sgdAndAdam, batchNormAndAdam, colour, narrowerVgg),
  "batch-norm-and-adam-svhn": arm({ ...sgdAndAdam, dataset: "svhn" }, batchNormAndAdam, narrowerVgg, {
    smoke: { split: "train" },
    laptop: { split: "train" },
    paper: { split: "extra", epochs: 100 },
  }),
  dropout: arm({ ...mlp, values: [0, 0.5, 1] }, dropout, grey, narrow([256, 256, 256], [32, 32])),
  "chain-rule-mlp": arm(
    { ...mlp, ...bothRules, values: [0, 1, 10] },
    chainRule({ smoke: 400, laptop: 2000 }),
    grey,
    narrowMlp,
  ),
  "chain-rule-resnet18": arm(
    { ...resnet18, ...bothRules, values: [0, 1] },
    ...convolutionalRules,
    narrow([8, 16, 32, 64], [4, 4, 4, 4]),
  ),
  "chain-rule-vgg11": arm({ ...vgg11, ...bothRules, values: [0, 1] }, ...convolutionalRules, narrowerVgg),
  imagenet: arm({ ...sgd, ...resnet50, dataset: "imagenet" }, imagenet, narrow([4, 8, 8, 16], [2, 2, 4, 4])),
} satisfies Readonly<Record<string, Arm>>;

/** What the notebooks train, by the names that they and their figures use. */
export type TrainingArm = keyof typeof arms;

export const trainingArms = Object.keys(arms) as readonly TrainingArm[];

/**
 * The settings of a training of the notebooks, for `runExperiment(training, { preset, set })`.
 * @param preset smoke, laptop or paper; it changes the settings, not only where they start from
 * @throws NonsmoothError for an unknown name or preset, with the nearest known one as a hint
 * @example
 * ```ts
 * import { trainingArm } from "nonsmooth";
 *
 * const { network, dataset, dropout } = trainingArm("dropout", "laptop");
 * console.log(network, dataset, dropout); // mlp auto [ 0, 0.2, 0.5, 0.8 ]
 * ```
 */
export function trainingArm(name: TrainingArm, preset: Preset | (string & {})): Settings {
  return settingsOf<Settings>("training arm", arms, name, preset);
}
