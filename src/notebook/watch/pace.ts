/** When the next picture is due: not too often, and so that drawing takes a small share of the time. */
import { fail } from "../../util";

/** Share of the time that drawing may take. */
const SHARE = 0.05;
/** In seconds: people see no more, and pages need time as well. */
const SHORTEST = 0.5;

export class DrawingPace {
  private next = Number.NEGATIVE_INFINITY;
  private drawn = 0;
  private spent = 0;

  /**
   * @param every seconds between two pictures, 0.5 at least
   * @param clock in milliseconds
   */
  constructor(
    private readonly every: number,
    private readonly clock: () => number,
  ) {
    const fits = every >= SHORTEST && every < Number.POSITIVE_INFINITY;
    if (!fits) fail("every", `must be seconds, ${SHORTEST} or more`, every);
  }

  get due(): boolean {
    return this.clock() >= this.next;
  }

  /** Seconds that drawing took. */
  get seconds(): number {
    return this.spent / 1000;
  }

  /** Draws, whether it is due or not. */
  draw(action: () => void): void {
    const drawn = this.begin();
    action();
    drawn();
  }

  /** Begins to draw; the result is called at the end. */
  begin(): () => void {
    const begun = this.clock();
    // until it is drawn, no other one is due
    this.next = Number.POSITIVE_INFINITY;
    return () => {
      const took = this.clock() - begun;
      this.spent += took;
      // the first picture loads what draws: it says nothing about the others
      const wait = this.drawn++ === 0 ? 0 : took / SHARE;
      this.next = begun + Math.max(this.every * 1000, wait);
    };
  }
}
