/** What one initialisation has seen, mini-batch by mini-batch. */
import type { Difference } from "../gradient-pairs/difference";
import type { Job } from "./cells";
import { type BifurcationRow, rows } from "./rows";

/** What a run has seen so far. It is decided when no further mini-batch can change its row. */
export class Tally {
  decided = false;
  private batches = 0;
  private readonly hitsByLayer: number[];
  private firstHit: number | null = null;
  private firstBifurcation: number | null = null;
  private firstBifurcationFirstLayer: number | null = null;
  private notANumber = false;
  private size: Partial<Difference> = {};
  private failure: string | undefined;

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

  /** Ends this run alone: nothing that it has seen counts. */
  fail(reason: string): void {
    this.failure = reason;
    this.decided = true;
  }

  row(given: Job & { readonly dataset: string }): BifurcationRow {
    if (this.failure !== undefined) return rows.failed(given, this.failure);
    const different = this.firstBifurcation !== null;
    const differentFirstLayer = this.firstBifurcationFirstLayer !== null;
    const { relativeL1, relativeL2, relativeL1FirstLayer, relativeL2FirstLayer } = this.size;
    return {
      ...given,
      outcome: this.notANumber ? "not-a-number" : different ? "different" : "same",
      batches: this.batches,
      firstHit: this.firstHit,
      firstBifurcation: this.firstBifurcation,
      firstBifurcationFirstLayer: this.firstBifurcationFirstLayer,
      hits: this.hitsByLayer.reduce((sum, n) => sum + n, 0),
      hitsByLayer: this.hitsByLayer,
      relativeL1: relativeL1 ?? null,
      relativeL2: relativeL2 ?? null,
      relativeL1FirstLayer: differentFirstLayer ? relativeL1FirstLayer! : null,
      relativeL2FirstLayer: differentFirstLayer ? relativeL2FirstLayer! : null,
      reason: null,
    };
  }
}

const firstLayerSize = ({ relativeL1FirstLayer, relativeL2FirstLayer }: Difference) => ({
  relativeL1FirstLayer,
  relativeL2FirstLayer,
});
