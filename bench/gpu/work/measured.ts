/** How often an action is done in a second. */
import { medianTime } from "../../timing";
import type { Rate } from "../types";

/** @param each how many things one action does */
export async function rateOf(action: () => Promise<unknown>, seconds: number, each: number): Promise<Rate> {
  return { rate: (each * 1000) / (await medianTime(action, seconds)) };
}
