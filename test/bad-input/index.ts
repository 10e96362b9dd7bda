import type { Area } from "./bad-input";
import { data } from "./data";

/** Tried within the process, one line an area. */
export const areas: readonly Area[] = [data];
