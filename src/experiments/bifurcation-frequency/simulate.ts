import type { Feeds, Results } from "../../engines";
import { formatOfBits } from "../../formats";
import { type Tensor, tensor } from "../../ir";
import { initialise } from "../../nn";
import type { Row } from "../../runs";
import { NonsmoothError, stream } from "../../util";
import type { Job } from "./cells";
import type { BifurcationConfig } from "./config";
import { compareGradients, type Difference } from "./difference";
import type { CellPrograms } from "./programs";

/** The mini-batches of one pass, in order, as tensors of a cell's format. */
export interface Pass {
  /** Full batches among the first images: floor(images / batchSize). */
  readonly batches: number;
  at(batch: number): { readonly x: Tensor; readonly labels: Tensor };
}

/**
 * One pass of one freshly drawn network over the data, up to the first mini-batch at which the gradient of the first
 * layer's weights differs between the two values of ReLU'(0).
 *
 * A mini-batch without an exact zero runs the same operations on the same numbers for every value, so its gradients
 * are the same bits: the backward sweeps run behind a hit only. `screening: false` runs them always, to check just that.
 */
export async function simulate(
  job: Job,
  { dataset, seed, pair }: Pick<BifurcationConfig, "dataset" | "seed" | "pair">,
  programs: CellPrograms,
  pass: Pass,
  { screening = true } = {},
): Promise<Row> {
  const format = formatOfBits(job.precision);
  const random = stream(seed, "initialisation", job.width, job.depth, job.trial);
  const parameters = initialise(programs.network, format, random);
  const slopes = { "s.a": tensor(format, pair[0]), "s.b": tensor(format, pair[1]) };
  const tally = new Tally(programs.layers);
  for (let batch = 0; batch < pass.batches && !tally.decided; batch++) {
    const { x, labels } = pass.at(batch);
    const feeds: Feeds = { ...parameters, x };
    const screened = await programs.screen.run(feeds);
    const found = hits(screened, programs.layers);
    const suspicious = found.some((n) => n > 0) || !Number.isFinite(screened.check!.data[0]!);
    let difference: Difference | undefined;
    if (suspicious || !screening) {
      const results = await programs.sweeps.run({ ...feeds, ...slopes, labels });
      sameHits(found, hits(results, programs.layers));
      difference = compareGradients(results, Object.keys(parameters));
    }
    tally.count(batch, found, difference);
  }
  return { dataset, ...job, ...tally.result() };
}

const hits = (results: Results, layers: number) =>
  Array.from({ length: layers }, (_, i) => results[`hits ${i + 1}`]!.data[0]!);

function sameHits(screened: readonly number[], swept: readonly number[]): void {
  if (screened.every((n, i) => n === swept[i])) return;
  throw new NonsmoothError("screening", `must count the same zeros as the sweeps (${swept})`, { got: screened });
}

/** What a run has seen so far. */
class Tally {
  decided = false;
  private batches = 0;
  private readonly hitsByLayer: number[];
  private firstHit: number | null = null;
  private firstBifurcation: number | null = null;
  private firstBifurcationFirstLayer: number | null = null;
  private notANumber = false;
  private size: Partial<Difference> = {};

  constructor(layers: number) {
    this.hitsByLayer = new Array<number>(layers).fill(0);
  }

  count(batch: number, found: readonly number[], difference: Difference | undefined): void {
    this.batches = batch + 1;
    for (const [layer, n] of found.entries()) this.hitsByLayer[layer]! += n;
    if (found.some((n) => n > 0)) this.firstHit ??= batch;
    if (!difference) return;
    if (difference.notANumber) {
      this.notANumber = true;
      this.decided = true;
      return;
    }
    if (difference.anyParameter && this.firstBifurcation === null) {
      this.firstBifurcation = batch;
      this.size = difference;
    }
    if (difference.firstLayer) {
      this.firstBifurcationFirstLayer = batch;
      this.size = { ...this.size, ...firstLayerSize(difference) };
      this.decided = true;
    }
  }

  result(): Row {
    const different = this.firstBifurcation !== null;
    return {
      outcome: this.notANumber ? "not-a-number" : different ? "different" : "same",
      batches: this.batches,
      firstHit: this.firstHit,
      firstBifurcation: this.firstBifurcation,
      firstBifurcationFirstLayer: this.firstBifurcationFirstLayer,
      hits: this.hitsByLayer.reduce((sum, n) => sum + n, 0),
      hitsByLayer: this.hitsByLayer,
      relativeL1: this.size.relativeL1 ?? null,
      relativeL2: this.size.relativeL2 ?? null,
      relativeL1FirstLayer: this.firstBifurcationFirstLayer === null ? null : this.size.relativeL1FirstLayer!,
      relativeL2FirstLayer: this.firstBifurcationFirstLayer === null ? null : this.size.relativeL2FirstLayer!,
      reason: null,
    };
  }
}

const firstLayerSize = ({ relativeL1FirstLayer, relativeL2FirstLayer }: Difference) => ({
  relativeL1FirstLayer,
  relativeL2FirstLayer,
});
