/** The columns of one run, mini-batch by mini-batch. */
import type { ColumnKinds, Row } from "../../runs";
import type { Difference } from "../gradient-pairs/difference";

/** Null in a run that fails, from `firstHit` on in one that sees nothing. */
export const columns: ColumnKinds = {
  batches: "integer",
  hits: "integer",
  hitsByLayer: { list: "integer" },
  firstHit: "integer",
  firstBifurcation: "integer",
  firstBifurcationFirstLayer: "integer",
  relativeL1: "number",
  relativeL2: "number",
  relativeL1FirstLayer: "number",
  relativeL2FirstLayer: "number",
};

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

  result(): Row {
    if (this.failure !== undefined) return failed(this.failure);
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

/** Columns of a run that broke off: nothing is known of it but the reason. */
export const failed = (reason: string): Row => ({
  outcome: "failed",
  batches: null,
  firstHit: null,
  firstBifurcation: null,
  firstBifurcationFirstLayer: null,
  hits: null,
  hitsByLayer: null,
  relativeL1: null,
  relativeL2: null,
  relativeL1FirstLayer: null,
  relativeL2FirstLayer: null,
  reason,
});
