/** Captions and alternative texts, made of sentences. */
import type { RunRecord } from "../definition";

/** A sentence, or nothing where it does not apply. */
export type Sentence = string | false | undefined;

/** Sentences one after another. */
export const paragraph = (...sentences: readonly Sentence[]): string => sentences.filter(Boolean).join(" ");

/** Paragraphs, a line each; empty ones are left out. */
export const captionOf = (...paragraphs: readonly string[]): string => paragraphs.filter(Boolean).join("\n");

/** "1,664" */
export const whole = (n: number): string => n.toLocaleString("en");

/** "1 run", "1,664 runs" */
export const counted = (n: number, thing: string, things = `${thing}s`): string =>
  `${whole(n)} ${n === 1 ? thing : things}`;

/** "12.3 %"; "unknown" for null. */
export const percent = (share: number | null, digits = 1): string =>
  share === null ? "unknown" : `${(100 * share).toFixed(digits)} %`;

/** "8", "8 to 60" */
export function spread(counts: readonly number[]): string {
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  return low === high ? whole(low) : `${whole(low)} to ${whole(high)}`;
}

/** "a", "a and b", "a, b and c" */
export const listed = (things: readonly string[]): string =>
  things.length < 2 ? things.join() : `${things.slice(0, -1).join(", ")} and ${things.at(-1)}`;

/** What a dataset says of itself, else its name. */
export const datasetOf = ({ environment }: RunRecord["manifest"], { dataset }: { readonly dataset: string }): string =>
  environment?.dataset?.description ?? dataset;

interface Source {
  readonly data: string;
  readonly engine: string;
  readonly threads?: number;
  readonly seed: number;
}

/** "Data: MNIST. Engine: onnx-cpu, 1 thread; seed 1." */
export const sourceSentence = ({ data, engine, threads, seed }: Source): string =>
  `Data: ${data}. Engine: ${engine}${threads === undefined ? "" : `, ${counted(threads, "thread")}`}; seed ${seed}.`;
