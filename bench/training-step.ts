/**
 * One training step (forward, backward, SGD with momentum) of the networks of Bertoin, Bolte, Gerchinovitz and Pauwels (2021),
 * section 4, beside PyTorch's on the same cores; and where the time of ours goes, layer by layer.
 */
import { NonsmoothError } from "nonsmooth";
import { alternate } from "./alternate";
import { runModule } from "./processes";
import { NO_TORCH, runPeer, type Waiting } from "./python";
import { line, spread } from "./statistics";
import { COLUMNS, type Profile } from "./step-parts";
import { stepOf, type Trained, type Training, writeTraining } from "./training";
import type { Benchmark, Breakdown, Line, Setting } from "./types";

export interface StepAnswer {
  /** Median time of a step. */
  readonly ms: number;
  /** Of the first steps. */
  readonly losses: readonly number[];
  /** The most memory that the process has held. */
  readonly megabytes: number;
}

export const trainingStep: Benchmark = {
  name: "training-step",
  summary: "one step of SGD of VGG11 and ResNet18 against PyTorch, its memory, and its time by layers",
  run,
  breakdown,
};

interface Case {
  readonly network: Trained;
  readonly format: keyof typeof TOLERANCES;
  /** Of PyTorch's time, at most. */
  readonly share?: number;
}

const CASES: readonly Case[] = [
  { network: "vgg11", format: "f32", share: 0.9 },
  { network: "vgg11", format: "f64", share: 0.3 },
  { network: "vgg11", format: "f16" },
  { network: "resnet18", format: "f32", share: 1 },
];
/** Of the time of our own f32, at most. */
const HALF_SHARE = 1.1;
const MEGABYTES = 2000;
const TITLES = { vgg11: "VGG11", resnet18: "ResNet18 with batch-norm" };
const WAITING = { passive: "PyTorch, its threads waiting passively", active: "PyTorch as it comes" };

const keyOf = ({ network, format }: Case, program: "ours" | Waiting) => `${network} ${format}, ${program}`;
const titleOf = ({ network, format }: Case) => `${format}, a step of ${TITLES[network]}, batch 128`;
const timesOf = (answers: readonly StepAnswer[]) => answers.map(({ ms }) => ms);

type Answers = Readonly<Record<string, readonly StepAnswer[] | undefined>>;

async function run(setting: Setting): Promise<Line[]> {
  const files = writeTraining(setting.folder);
  const answers: Answers = await alternate(setting.rounds, measurements(setting, files), (text) =>
    setting.note(`training-step, ${text}`),
  );
  requireAgreement(answers);
  const [f32, , f16] = CASES as [Case, Case, Case];
  const ours = (one: Case) => answers[keyOf(one, "ours")]!;
  const memory = (all: readonly StepAnswer[]) => all.map(({ megabytes }) => megabytes);
  return [
    ...CASES.filter(({ share }) => share !== undefined).flatMap((one) => besideTorch(one, answers)),
    line({
      benchmark: trainingStep.name,
      what: titleOf(f16),
      against: "our own f32",
      unit: "ms",
      goal: 1 / HALF_SHARE,
      ours: timesOf(ours(f16)),
      theirs: timesOf(ours(f32)),
    }),
    line({
      benchmark: trainingStep.name,
      what: `${titleOf(f32)}, peak memory of the process`,
      unit: "MB",
      limit: MEGABYTES,
      ours: memory(ours(f32)),
    }),
  ];
}

function measurements({ python, cores: threads, seconds }: Setting, files: Training) {
  const all: Record<string, (() => Promise<StepAnswer>) | undefined> = {};
  for (const one of CASES) {
    const options = { ...stepOf(one.network, one.format, files), threads, seconds };
    all[keyOf(one, "ours")] = () => runModule("workers/training-step", options);
    if (one.share === undefined) continue;
    // with two cores, PyTorch's threads waiting actively take minutes for a step in f64
    for (const waiting of one.format === "f64" ? (["passive"] as const) : (["passive", "active"] as const))
      all[keyOf(one, waiting)] = python && (() => runPeer(python, "training_step", options, waiting));
  }
  return all;
}

/** Beside PyTorch as it comes and with threads that wait passively; the goal is for the faster of the two, which comes first. */
function besideTorch(one: Case, answers: Answers): Line[] {
  const common = { benchmark: trainingStep.name, what: titleOf(one), unit: "ms" } as const;
  const goal = 1 / one.share!;
  const ours = timesOf(answers[keyOf(one, "ours")]!);
  const peers = (["passive", "active"] as const).flatMap((waiting) => {
    const found = answers[keyOf(one, waiting)];
    return found ? [{ against: WAITING[waiting], theirs: timesOf(found) }] : [];
  });
  if (peers.length === 0) return [line({ ...common, against: "PyTorch", goal, ours, missing: NO_TORCH })];
  peers.sort((a, b) => spread(a.theirs).median - spread(b.theirs).median);
  return peers.map((peer, i) => line({ ...common, ...peer, ours, ...(i === 0 && { goal }) }));
}

/** Of the first losses, relative: the formats' own, amplified by some steps. */
const TOLERANCES = { f64: 1e-9, f32: 1e-3, f16: 3e-2 };

/** A program that computes something else is not to be compared with. */
function requireAgreement(answers: Answers): void {
  for (const one of CASES) {
    const reference = one.network === "vgg11" ? CASES[1]! : one;
    const expected = answers[keyOf(reference, "ours")]![0]!.losses;
    for (const program of ["ours", "passive", "active"] as const) {
      for (const { losses } of answers[keyOf(one, program)] ?? []) {
        const agree = losses.every((loss, i) => Math.abs(loss / expected[i]! - 1) <= TOLERANCES[one.format]);
        if (agree) continue;
        throw new NonsmoothError(keyOf(one, program), `its first losses must be ${expected}`, { got: losses });
      }
    }
  }
}

/** Shares of our step in f32, from ONNX Runtime's profile. */
async function breakdown({ cores: threads, rounds, folder, note }: Setting): Promise<Breakdown> {
  note("training-step: profile of the layers");
  const step = stepOf("vgg11", "f32", writeTraining(folder));
  const profile = await runModule<Profile>("workers/step-profile", { ...step, threads, steps: 4 * rounds, folder });
  return {
    benchmark: trainingStep.name,
    title: "Where the time of our step of VGG11 goes, f32, batch 128: percent of the step, by ONNX Runtime's profile",
    columns: ["layer", ...COLUMNS],
    rows: profile.map(({ layer, shares }) => ({
      name: layer,
      percent: COLUMNS.map((column) => (shares[column] ? spread(shares[column]) : undefined)),
    })),
  };
}
