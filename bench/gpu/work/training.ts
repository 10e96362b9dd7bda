/** The bits of a whole training, with the library's own loop: from its start, stopped on the way, or from its checkpoint. */
import { createHash } from "node:crypto";
import { createEngine, createLoader, type FormatName, loadDataset, runTraining, sgd, type Tensor } from "nonsmooth";
import { imageNetwork, type Step } from "../problem";
import type { Prepared } from "../types";

export interface TrainingOptions extends Pick<Step, "network" | "batchNorm" | "widths" | "batch" | "lr" | "momentum"> {
  readonly engine: string;
  readonly format: FormatName;
  readonly steps: number;
  /** File of the checkpoint; without it, nothing is saved and nothing continued. */
  readonly checkpoint?: string;
  /** Ends the training after so many steps. */
  readonly stopAfter?: number;
}

export interface TrainingFacts {
  readonly outcome: string;
  /** Steps that this process took. */
  readonly taken: number;
  /** Of all tensors: parameters, running statistics, momentum. */
  readonly sha256: string;
}

export async function prepareTraining(options: TrainingOptions): Promise<Prepared<TrainingFacts>> {
  const { network, batchNorm, widths, batch, steps, checkpoint, stopAfter = Number.POSITIVE_INFINITY } = options;
  const engine = createEngine(options.engine);
  const dataset = await loadDataset("colour-glyphs", { split: "train", count: batch * steps });
  const loader = () => createLoader({ dataset, batchSize: batch, shuffle: true, worker: false });
  const stop = new AbortController();
  let taken = 0;
  const { outcome, state } = await runTraining(
    {
      network: imageNetwork({ network, batchNorm, widths }),
      engine,
      precision: options.format,
      optimizer: sgd({ lr: options.lr, momentum: options.momentum }),
      kinks: { "relu.zero": 0.5 },
      epochs: 1,
      seed: 1,
      data: loader(),
      test: loader(),
      signal: stop.signal,
      ...(checkpoint && { checkpoint: { path: checkpoint, identity: "bits" } }),
    },
    ({ kind }) => {
      if (kind === "step" && ++taken === stopAfter) stop.abort();
    },
  );
  await engine.dispose();
  return { facts: { outcome, taken, sha256: digest(state.tensors) }, dispose: async () => {} };
}

/** Of the numbers' bits, in the order of their names. */
export function digest(tensors: Readonly<Record<string, Tensor>>): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(tensors).sort()) {
    const { buffer, byteOffset, byteLength } = tensors[name]!.data;
    hash.update(name).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}
