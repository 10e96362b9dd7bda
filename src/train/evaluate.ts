import { type Held, inputsOf } from "../engines";
import type { Tensor } from "../ir";
import { fail } from "../util";
import type { BatchSource } from "./batches";
import type { Programs } from "./programs";

/** The loss and accuracy of a network on data. */
export interface Evaluation {
  /** Mean over the images of the cross-entropy. */
  readonly loss: number;
  /** Share of the images whose largest logit (the first, if several are equal) is that of their class. */
  readonly accuracy: number;
  readonly correct: number;
  readonly count: number;
}

/** Evaluates a network on all batches of the first epoch. @throws NonsmoothError if they hold no image */
export async function evaluate(
  programs: Programs,
  network: Readonly<Record<string, Tensor | Held>>,
  source: BatchSource,
  signal?: AbortSignal,
): Promise<Evaluation> {
  let [loss, correct, count] = [0, 0, 0];
  for await (const batch of source.epoch(0, { signal })) {
    const program = await programs.evaluation(batch.size, source.images);
    const results = await program.run({ ...inputsOf(program.graph, network), ...batch.feeds });
    loss += results.loss!.data[0]! * batch.size;
    correct += countCorrect(results.logits!, batch.labels);
    count += batch.size;
  }
  if (count === 0) fail("evaluation", "must have at least one image", count);
  return { loss: loss / count, accuracy: correct / count, correct, count };
}

function countCorrect({ data, shape }: Tensor, labels: Int32Array): number {
  const classes = shape[1]!;
  return labels.reduce((sum, label, i) => {
    let best = 0;
    for (let k = 1; k < classes; k++) if (data[i * classes + k]! > data[i * classes + best]!) best = k;
    return sum + Number(best === label);
  }, 0);
}
