/** Settings by the name of what a notebook runs, and by its size. */
import { requireName } from "../../util";
import type { Preset } from "../types";

/**
 * A copy of the settings of an arm.
 * @param what a name is of: "law arm"
 * @throws NonsmoothError for an unknown name or preset, with the nearest known one as a hint
 */
export function settingsOf<S extends object>(
  what: string,
  arms: Readonly<Record<string, Readonly<Record<Preset, S>>>>,
  name: string,
  preset: string,
): S {
  const own = arms[requireName(what, Object.keys(arms), name)]!;
  return { ...own[requireName("preset", Object.keys(own), preset) as Preset] };
}
