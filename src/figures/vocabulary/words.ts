/** Captions and alternative texts, made of sentences. */
import type { RunRecord } from "../definition";

/** A sentence, or nothing where it does not apply. */
export type Sentence = string | false | undefined;

/** Sentences one after another. */
export const paragraph = (...sentences: readonly Sentence[]): string => sentences.filter(Boolean).join(" ");

/** Paragraphs, a line each; empty ones are left out. */
export const captionOf = (...paragraphs: readonly string[]): string => paragraphs.filter(Boolean).join("\n");

/** A text that begins a sentence. */
export const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

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

/** Fewer than these say little about a small share. */
const FEW = 50;

interface Found {
  readonly differences: number;
  /** On how many each share rests, and what they are: "initialisations". */
  readonly counts: readonly number[];
  readonly things: string;
  /** The upper ends of the intervals. */
  readonly highs: readonly (number | null)[];
}

/** What a sweep without any difference says: that its shares may be above 0 all the same. Nothing where it has found one. */
export function nothingFound({ differences, counts, things, highs }: Found): Sentence {
  const most = Math.max(0, ...counts);
  if (differences > 0 || most === 0) return false;
  const expected = most < FEW ? `: with so few ${things} (${spread(counts)} in a cell) 0 is to be expected` : "";
  const high = Math.max(...highs.filter((one) => one !== null));
  return `No cell has a difference${expected}. The intervals reach up to ${percent(high)}.`;
}

/** "a", "a and b", "a, b and c" */
export const listed = (things: readonly string[]): string =>
  things.length < 2 ? things.join() : `${things.slice(0, -1).join(", ")} and ${things.at(-1)}`;

/**
 * What a dataset says of itself, else its name; counts of images as captions write them: "MNIST, the first 3,000 images"; and how many
 * were left out because they could not be decoded.
 */
export const datasetOf = ({ environment }: RunRecord["manifest"], { dataset }: { readonly dataset: string }): string =>
  (environment?.dataset?.description ?? dataset)
    .replace(/, the first (\d+)(?! images)\b/g, ", the first $1 images")
    .replace(/\b\d+(?= images\b)/g, (count) => whole(Number(count)))
    .concat(skippedWords(environment?.skippedFiles?.length ?? 0));

const skippedWords = (count: number): string =>
  count === 0 ? "" : `; without ${counted(count, "image")} that could not be decoded`;

interface Source {
  readonly data: string;
  readonly engine: string;
  readonly threads?: number;
  readonly seed: number;
}

/** "Data: MNIST. Engine: onnx-cpu, 1 thread; seed 1." */
export const sourceSentence = ({ data, engine, threads, seed }: Source): string =>
  `Data: ${data}. Engine: ${engine}${threads === undefined ? "" : `, ${counted(threads, "thread")}`}; seed ${seed}.`;
