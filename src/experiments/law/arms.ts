/** What the notebook runs, each part in sizes from the smallest that shows that it works up to the published protocol. */
import { requireName } from "../../util";
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

const SHAPES = [
  ...[
    [3, 16],
    [3, 64],
    [1, 256],
    [2, 256],
    [3, 256],
    [5, 256],
    [6, 256],
    [3, 512],
    [3, 1024],
  ],
] as [number, number][];

const perceptrons: Arm = {
  smoke: {
    networks: [perceptron(2, 16), perceptron(1, 64)],
    precisions: [16, 32],
    images: 2048,
    runs: 3,
    predictedRuns: 2,
    predictedImages: 512,
  },
  laptop: { networks: SHAPES.map(([depth, width]) => perceptron(depth, width)), precisions: [16, 32], runs: 300 },
  paper: { networks: SHAPES.map(([depth, width]) => perceptron(depth, width)), precisions: [16, 32], runs: 1000 },
};

const arms = { perceptrons } satisfies Readonly<Record<string, Arm>>;

/** The parts of the notebook, by name. */
export type LawArm = keyof typeof arms;
export const lawArms = Object.keys(arms) as readonly LawArm[];

/**
 * The settings of a part of the notebook, for `runExperiment(law, { preset, set })`.
 * @throws NonsmoothError for an unknown name or preset, with the nearest known one as a hint
 */
export function lawArm(name: LawArm, preset: Preset | (string & {})): Settings {
  const own: Readonly<Record<string, Settings>> = known("law arm", arms, name);
  return { ...known("preset", own, preset) };
}

function known<T>(what: string, all: Readonly<Record<string, T>>, name: string): T {
  return all[requireName(what, Object.keys(all), name)]!;
}
