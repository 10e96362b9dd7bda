import type { Loader } from "../data";
import type { Tensor } from "../ir";
import type { Programs } from "./programs";

/** How a network does on data. */
export interface Evaluation {
  /** Mean over the images of the cross-entropy. */
  readonly loss: number;
  /** Share of the images whose largest logit, the first of equal ones, is that of their class. */
  readonly accuracy: number;
  readonly correct: number;
  readonly count: number;
}

/** Feeds of a batch: images [B, H, W, C] and labels [B]. */
export type BatchFeeds = (batch: { inputs: Float32Array; labels: Int32Array; size: number }) => {
  readonly x: Tensor;
  readonly labels: Tensor;
};

/** Evaluates a network on all batches of a loader's first epoch. */
export async function evaluate(
  programs: Programs,
  feedsOf: BatchFeeds,
  network: Readonly<Record<string, Tensor>>,
  loader: Loader,
  signal?: AbortSignal,
): Promise<Evaluation> {
  let [loss, correct, count] = [0, 0, 0];
  for await (const batch of loader.epoch(0, { signal })) {
    const program = await programs.evaluation(batch.size);
    const results = await program.run({ ...only(program.graph.inputs, network), ...feedsOf(batch) });
    loss += results.loss!.data[0]! * batch.size;
    correct += countCorrect(results.logits!, batch.labels);
    count += batch.size;
  }
  return { loss: loss / count, accuracy: correct / count, correct, count };
}

/** The tensors that are inputs of a graph: buffers and parameters that an evaluation does not use are left out. */
export function only(
  inputs: ReadonlyMap<string, unknown>,
  tensors: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => inputs.has(name)));
}

function countCorrect({ data, shape }: Tensor, labels: Int32Array): number {
  const classes = shape[1]!;
  return labels.reduce((sum, label, i) => {
    let best = 0;
    for (let k = 1; k < classes; k++) if (data[i * classes + k]! > data[i * classes + best]!) best = k;
    return sum + Number(best === label);
  }, 0);
}
