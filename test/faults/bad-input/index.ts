import type { Area } from "../../bad-input/bad-input";

/** Tried with the command line or in another process, one line an area. */
export const areas: readonly Area[] = [];
