import type { Area } from "../../bad-input/bad-input";
import { commandLine } from "./command-line";

/** Tried with the command line or in another process, one line an area. */
export const areas: readonly Area[] = [commandLine];
