import type { Area } from "./bad-input";

/** Tried within the process, one line an area. */
export const areas: readonly Area[] = [];
