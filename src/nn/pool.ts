/** The window of a pooling layer. */
export interface PoolOptions {
  /** Rows and columns of a window. */
  readonly kernel: number;
  /** Step between windows; default: the kernel. */
  readonly stride?: number;
  /** Rows and columns around the image; default 0, at most half the kernel. */
  readonly padding?: number;
}
