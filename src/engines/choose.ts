/** The engine that `auto` stands for: a GPU engine if a GPU supports all of the formats, otherwise the default. */
import { type FormatName, formatOf } from "../formats";
import { graph, input, tensor } from "../ir";
import { ops } from "../ops";
import { type Machine, thisMachine } from "./machine";
import { defaultEngine, engineRecord, enginesWith, records } from "./registry";

export interface EngineChoice {
  readonly id: string;
  /** Why this one, as part of a sentence. */
  readonly reason: string;
}

/**
 * The first engine of the registry whose device is present and computes in all of the formats, otherwise the default. Never a software
 * adapter, whatever NONSMOOTH_SOFTWARE_GPU says.
 * @param formats the formats that are needed; default f32
 * @param without ids of engines that are left out; default none
 * @param machine default: this one
 * @throws NonsmoothError for a format or an engine that is unknown
 *
 * @example
 * ```ts
 * import { chooseEngine } from "nonsmooth";
 *
 * const { id, reason } = chooseEngine(["f16", "f32"]);
 * console.log(`${id}, ${reason}`);
 * console.log(chooseEngine(["f64"], ["cuda"]).id); // onnx-cpu
 * ```
 */
export function chooseEngine(
  formats: readonly FormatName[] = ["f32"],
  without: readonly string[] = [],
  machine: Machine = thisMachine(),
): EngineChoice {
  formats.forEach(formatOf);
  without.forEach(engineRecord);
  const obstacles: string[] = [];
  for (const { id, suits } of records) {
    const found = without.includes(id) ? { obstacle: `${id} is left out` } : suits?.(formats, machine);
    if (found === undefined) continue;
    if ("device" in found) return { id, reason: `since it finds ${found.device}` };
    if (found.obstacle !== undefined) obstacles.push(found.obstacle);
  }
  return { id: defaultEngine, reason: `since ${obstacles.join(", and ")}` };
}

/** The same, but an engine that may be installed without working is tried on one node, and left out if that fails. */
export async function chooseWorkingEngine(
  formats: readonly FormatName[],
  log: (line: string) => void,
): Promise<EngineChoice> {
  const failed: string[] = [];
  for (;;) {
    const choice = chooseEngine(formats, failed);
    const { uncertain = false, create } = records.find(({ id }) => id === choice.id)!;
    if (!uncertain) return choice;
    const engine = create({}, enginesWith);
    try {
      const program = await engine.compile(graph({ y: ops.neg(input("x", "f32", [1])) }, "trial"));
      await program.run({ x: tensor("f32", [1]) });
      return choice;
    } catch (error) {
      log(`engine auto: not ${choice.id}, ${(error as Error).message}`);
      failed.push(choice.id);
    } finally {
      await engine.dispose();
    }
  }
}
