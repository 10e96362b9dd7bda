/** A curve with few enough points to be drawn quickly, however long it grows. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A point that stands for some steps in a row. */
interface Bucket {
  /** Of the steps, and of their values. */
  x: number;
  y: number;
  steps: number;
  /** How many of the values are finite: only these count. */
  values: number;
}

export class Thinned {
  private buckets: Bucket[] = [];
  private size = 1;

  /** @param limit at most so many points; even */
  constructor(private readonly limit: number) {}

  /** How many steps each point is the mean of. */
  get width(): number {
    return this.size;
  }

  /** The means. A point comes once it has all of its steps; there is none where no value is finite. */
  get points(): Point[] {
    return this.buckets
      .filter(({ steps, values }) => steps === this.size && values > 0)
      .map(({ x, y, steps, values }) => ({ x: x / steps, y: y / values }));
  }

  add(x: number, y: number): void {
    const own = { x, steps: 1, ...(Number.isFinite(y) ? { y, values: 1 } : { y: 0, values: 0 }) };
    const last = this.buckets.at(-1);
    if (last && last.steps < this.size) {
      this.buckets[this.buckets.length - 1] = joined(last, own);
      return;
    }
    if (this.buckets.length === this.limit) this.halve();
    this.buckets.push(own);
  }

  private halve(): void {
    const pairs = this.buckets.filter((_, i) => i % 2 === 0);
    this.buckets = pairs.map((bucket, i) => joined(bucket, this.buckets[2 * i + 1]!));
    this.size *= 2;
  }
}

const joined = (a: Bucket, b: Bucket): Bucket => ({
  x: a.x + b.x,
  y: a.y + b.y,
  steps: a.steps + b.steps,
  values: a.values + b.values,
});
