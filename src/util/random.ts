/**
 * Named, counter-based random streams: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw, SC 2011, section 3.4),
 * the generator behind `jax.random`. A draw depends only on the seed, the stream's name and its position, so runs can be
 * resumed, divided among processes and repeated on any engine.
 */
import { createHash } from "node:crypto";
import { fail } from "./errors";

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** Threefry-2x32-20: encrypts the counter (c0, c1) under the key (k0, k1); the two words are written to `out`. */
export function threefry2x32(k0: number, k1: number, c0: number, c1: number, out: Uint32Array): void {
  const k2 = 0x1bd11bda ^ k0 ^ k1;
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let block = 0; block < 5; block++) {
    const r = (block & 1) << 2;
    for (let i = 0; i < 4; i++) {
      const n = ROTATIONS[r + i]!;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << n) | (x1 >>> (32 - n))) ^ x0;
    }
    // after four rounds the key is injected, rotated by the number of the block
    const inject = (block + 1) % 3;
    x0 = (x0 + (inject === 0 ? k0 : inject === 1 ? k1 : k2)) | 0;
    x1 = (x1 + (inject === 0 ? k1 : inject === 1 ? k2 : k0) + block + 1) | 0;
  }
  out[0] = x0;
  out[1] = x1;
}

/**
 * A stream of random numbers; get one from `stream(seed, ...name)`.
 *
 * @example
 * ```ts
 * import { Stream, stream } from "nonsmooth";
 *
 * const throwDice = (random: Stream) => Array.from({ length: 5 }, () => random.integer(6) + 1);
 * console.log(throwDice(stream(1, "dice"))); // [ 4, 4, 6, 6, 4 ]
 * console.log([...stream(1, "shuffle").permutation(5)]); // [ 2, 1, 3, 0, 4 ]
 * ```
 */
export class Stream {
  private readonly words = new Uint32Array(2);
  private position = 0;
  private spare: number | undefined;

  constructor(
    private readonly k0: number,
    private readonly k1: number,
  ) {}

  /** What `threefry2x32` encrypts its counters under. */
  get key(): readonly [number, number] {
    return [this.k0, this.k1];
  }

  /** The next 32 random bits, as an integer in [0, 2^32). */
  uint32(): number {
    const half = this.position & 1;
    if (half === 0) {
      const block = this.position / 2;
      threefry2x32(this.k0, this.k1, block, Math.floor(block / 0x100000000), this.words);
    }
    this.position++;
    return this.words[half]!;
  }

  /** Uniform in [0, 1) on a grid of 2^-24, so that it is exact in f32 and wider. */
  uniform(): number {
    return (this.uint32() >>> 8) * 2 ** -24;
  }

  /** Uniform in [low, high); not rounded. */
  uniformIn(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Standard normal, by Box and Muller's method. */
  normal(): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    // u in (0, 1], so that the logarithm is finite
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Uniform integer in [0, n), by rejection; n at most 2^32. */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 0x100000000) fail("random integer", "n must be in 1 … 2^32", n);
    const limit = 0x100000000 - (0x100000000 % n);
    for (;;) {
      const value = this.uint32();
      if (value < limit) return value % n;
    }
  }

  /** A random permutation of 0 … n − 1 (Fisher and Yates). */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swap = order[i]!;
      order[i] = order[j]!;
      order[j] = swap;
    }
    return order;
  }
}

/**
 * The stream of a name under a seed: `stream(1, "initialisation", 17)`. Its key is the first 64 bits of the SHA-256 of
 * the JSON array `[seed, ...name]`, so different names give independent streams.
 *
 * @example
 * ```ts
 * import { stream } from "nonsmooth";
 *
 * const [a, b] = [stream(1, "weights"), stream(1, "weights")];
 * console.log(a.normal() === b.normal()); // true
 * console.log(stream(1, "weights").uniform() === stream(2, "weights").uniform()); // false
 * ```
 */
export function stream(seed: number, ...name: readonly (string | number)[]): Stream {
  if (!Number.isFinite(seed)) fail("seed", "must be a finite number", seed);
  const digest = createHash("sha256")
    .update(JSON.stringify([seed, ...name]))
    .digest();
  return new Stream(digest.readInt32LE(0), digest.readInt32LE(4));
}
