/** Seconds between two checkpoints of one piece of work. */
export const CHECKPOINT_SECONDS = 10;
/** Share of the time that writing checkpoints may take. */
const SHARE = 0.05;

/** Says when the next checkpoint is due: after the given seconds, or later if writing one takes longer than a twentieth of that. */
export class CheckpointPace {
  private last = performance.now();
  private stretch = 1;

  constructor(private readonly seconds: number = CHECKPOINT_SECONDS) {}

  get due(): boolean {
    return performance.now() - this.last >= this.seconds * 1000 * this.stretch;
  }

  /** Writes a checkpoint. */
  async write(action: () => void | Promise<void>): Promise<void> {
    const begun = performance.now();
    await action();
    this.last = performance.now();
    this.stretch = Math.max(1, (this.last - begun) / (SHARE * CHECKPOINT_SECONDS * 1000));
  }
}
