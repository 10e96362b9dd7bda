/**
 * Loss and all gradients of the paper's network on one mini-batch, on all cores: ours, PyTorch, TensorFlow.js; and our engine on
 * TensorFlow.js beside TensorFlow.js by hand.
 */
import { NonsmoothError } from "nonsmooth";
import { alternate } from "./alternate";
import { BATCH, type Problem, writeProblem } from "./problem";
import { runModule } from "./processes";
import { NO_TORCH, runPeer } from "./python";
import { line } from "./statistics";
import type { Benchmark, Line, Setting } from "./types";

/** What each program answers, by format or backend. */
export type Answers = Readonly<Record<string, Answer>>;

export interface Answer {
  /** Median time of a gradient. */
  readonly ms: number;
  readonly loss: number;
  /** Euclidean norm of all gradients together. */
  readonly norm: number;
}

export const mlpGradient: Benchmark = {
  name: "mlp-gradient",
  summary: "loss and all gradients of a perceptron against PyTorch and TensorFlow.js",
  run,
};

/** Of the time of TensorFlow.js by hand, at most, that our engine on it takes. */
const TFJS_SHARE = 1.2;

async function run({ rounds, seconds, cores, python, data, folder, note }: Setting): Promise<Line[]> {
  const problem = await writeProblem(folder, { data, note });
  const { images, labels, parameters } = problem;
  const options = { images, labels, parameters, threads: cores, seconds };
  const measured = await alternate(
    rounds,
    {
      nonsmooth: () => runModule<Answers>("workers/mlp-gradient", options),
      PyTorch: python && (() => runPeer<Answers>(python, "mlp_gradient", options)),
      "TensorFlow.js": () => runModule<Answers>("workers/tfjs-mlp-gradient", options),
    },
    (text) => note(`mlp-gradient, ${text}`),
  );
  const { nonsmooth: ours, PyTorch: torch, "TensorFlow.js": tfjs } = measured;
  for (const answers of [...ours, ...(torch ?? []), ...tfjs]) requireAgreement(answers, ours[0]!.f64!);

  const times = (all: readonly Answers[], name: string) => all.map((answers) => answers[name]!.ms);
  const compare = (format: string, against: string, theirs: readonly number[] | undefined) =>
    line({
      benchmark: "mlp-gradient",
      what: `${format}, ${describe(problem)}`,
      against,
      unit: "ms",
      ours: times(ours, format),
      theirs,
      missing: NO_TORCH,
    });
  const engineOnTfjs = (backend: string) =>
    line({
      benchmark: "mlp-gradient",
      what: `tfjs engine, ${describe(problem)}`,
      against: `TensorFlow.js by hand, backpropagation as formulas, ${backend}`,
      unit: "ms",
      goal: 1 / TFJS_SHARE,
      ours: times(tfjs, `engine, ${backend}`),
      theirs: times(tfjs, `backpropagation, ${backend}`),
    });
  return [
    compare("f32", "PyTorch", torch && times(torch, "f32")),
    compare("f64", "PyTorch", torch && times(torch, "f64")),
    compare("f16", "our own f32", times(ours, "f32")),
    compare("f32", "TensorFlow.js, wasm (one thread)", times(tfjs, "wasm")),
    compare("f32", "TensorFlow.js, cpu", times(tfjs, "cpu")),
    engineOnTfjs("wasm"),
    engineOnTfjs("cpu"),
  ];
}

const describe = ({ dataset }: Problem) => `forward and backward, batch ${BATCH} of ${dataset}`;

/** A program that computes something else is not to be compared with. */
function requireAgreement(answers: Answers, reference: Answer): void {
  for (const [name, { loss, norm }] of Object.entries(answers)) {
    const tolerance = name === "f16" ? 1e-2 : 1e-4;
    for (const [what, value, expected] of [
      ["loss", loss, reference.loss],
      ["gradient norm", norm, reference.norm],
    ] as const) {
      if (Math.abs(value - expected) <= tolerance * expected) continue;
      throw new NonsmoothError(`mlp-gradient ${name}`, `its ${what} must be ${expected}`, { got: value });
    }
  }
}
