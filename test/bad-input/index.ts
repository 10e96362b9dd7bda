import type { Area } from "./bad-input";
import { configuration } from "./configuration";

/** Tried within the process, one line an area. */
export const areas: readonly Area[] = [configuration];
