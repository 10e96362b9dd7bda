import type { Row } from "../../runs";
import type { Difference } from "../gradient-pairs/difference";

/** The columns of one initialisation under one chain rule, mini-batch by mini-batch. */
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
  result(): Row {
    const sizes = (column: keyof Difference) => this.sizes.map((size) => size[column] as number);
    const sizesFirstLayer = (column: keyof Difference) =>
      this.sizes.map((size) => (size.firstLayer ? (size[column] as number) : null));
    return {
      outcome: "finished",
      batches: this.batches,
      withHit: this.withHit,
      hits: this.hits,
      notANumber: this.notANumber,
      different: this.sizes.length,
      differentFirstLayer: this.firstLayer,
      where: this.where,
      relativeL1: sizes("relativeL1"),
      relativeL2: sizes("relativeL2"),
      relativeL1FirstLayer: sizesFirstLayer("relativeL1FirstLayer"),
      relativeL2FirstLayer: sizesFirstLayer("relativeL2FirstLayer"),
      reason: null,
    };
  }
}

/** Columns of a run that broke off: nothing is known of it but the reason. */
export const failed = (reason: string): Row => ({
  outcome: "failed",
  batches: 0,
  withHit: 0,
  hits: 0,
  notANumber: 0,
  different: 0,
  differentFirstLayer: 0,
  where: [],
  relativeL1: [],
  relativeL2: [],
  relativeL1FirstLayer: [],
  relativeL2FirstLayer: [],
  reason,
});
