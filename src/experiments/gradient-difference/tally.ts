import type { Difference } from "../gradient-pairs/difference";

/** What one initialisation has seen under one chain rule, mini-batch by mini-batch. */
export class Tally {
  private batches = 0;
  private withHit = 0;
  private hits = 0;
  private notANumber = 0;
  private firstLayer = 0;
  private readonly where: number[] = [];
  private readonly sizes: Difference[] = [];

  /** @param difference undefined where the gradients are known to be the same bits */
  count(batch: number, hits: readonly number[], difference?: Difference): void {
    const zeros = hits.reduce((sum, n) => sum + n, 0);
    this.batches += 1;
    this.hits += zeros;
    if (difference?.notANumber) {
      this.notANumber += 1;
      return;
    }
    this.withHit += Number(zeros > 0);
    if (difference?.anyParameter) {
      this.where.push(batch);
      this.sizes.push(difference);
      this.firstLayer += Number(difference.firstLayer);
    }
  }

  /** Lists have an entry for each mini-batch with a difference; the sizes of the first layer are null where it has none. */
  result() {
    const { sizes } = this;
    const firstLayer = (of: (size: Difference) => number) => sizes.map((size) => (size.firstLayer ? of(size) : null));
    return {
      outcome: "finished",
      batches: this.batches,
      withHit: this.withHit,
      hits: this.hits,
      notANumber: this.notANumber,
      different: sizes.length,
      differentFirstLayer: this.firstLayer,
      where: this.where,
      relativeL1: sizes.map((size) => size.relativeL1),
      relativeL2: sizes.map((size) => size.relativeL2),
      relativeL1FirstLayer: firstLayer((size) => size.relativeL1FirstLayer),
      relativeL2FirstLayer: firstLayer((size) => size.relativeL2FirstLayer),
      reason: null,
    } as const;
  }
}
