import type { Area } from "./bad-input";
import { configuration } from "./configuration";
import { data } from "./data";
import { runs } from "./runs";

/** Tried within the process, one line an area. */
export const areas: readonly Area[] = [data, configuration, runs];
