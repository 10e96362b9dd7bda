/** Holds an engine to the definition, on the device that is there. */
import { createEngine, type Engine, type FormatName } from "nonsmooth";
import { computes, cudaDevice, examine, kinkTrials, operationTrials, opNames, planGraph, type Trial } from "../library";
import type { Prepared } from "../types";

export interface ConformanceOptions {
  readonly engine: string;
  readonly format: FormatName;
  /** Default: all. */
  readonly names?: readonly (typeof opNames)[number][];
}

export interface ConformanceFacts {
  readonly operations: number;
  readonly cases: number;
  /** Cases all of whose results have the definition's bits, and cases with others within their bounds. */
  readonly same: number;
  readonly within: number;
  /** One line for each of the other cases, and for each that could not be computed. */
  readonly wrong: readonly string[];
}

export async function prepareConformance(options: ConformanceOptions): Promise<Prepared<ConformanceFacts>> {
  const engine = createEngine(options.engine);
  const facts = await conformanceOf(engine, options);
  return { facts, dispose: () => engine.dispose() };
}

export async function conformanceOf(
  engine: Engine,
  { format, names = opNames }: Omit<ConformanceOptions, "engine">,
): Promise<ConformanceFacts> {
  const all = names.flatMap((name) => trialsOf(name, format).map((trial) => ({ name, trial })));
  const trials = all.filter(({ trial }) => computes(engine, trial.graph));
  if (engine.id === "cuda") compileTogether(trials.map(({ trial }) => trial));
  const wrong: string[] = [];
  let [same, within] = [0, 0];
  for (const { name, trial } of trials) {
    try {
      const verdict = await examine(engine, trial);
      if (verdict.wrong !== undefined) wrong.push(`${name}, ${trial.title}: ${verdict.wrong}`);
      else if (verdict.sameBits) same++;
      else within++;
    } catch (error) {
      wrong.push(`${name}, ${trial.title}: ${(error as Error).message}`);
    }
  }
  return { operations: new Set(trials.map(({ name }) => name)).size, cases: trials.length, same, within, wrong };
}

const trialsOf = (name: (typeof opNames)[number], format: FormatName): Trial[] => [
  ...operationTrials(name, format),
  ...kinkTrials(name, format, "multiply"),
  ...kinkTrials(name, format, "overwrite"),
];

/** One call of the compiler for all kernels. Where that fails, the kernels are compiled one by one, and their cases say which do not. */
function compileTogether(trials: readonly Trial[]): void {
  const work = trials.flatMap(({ graph }) => planGraph(graph).work);
  try {
    cudaDevice().load(work.flatMap((own) => (own.kind === "kernel" ? [own.kernel] : [])));
  } catch {
    // told by the cases
  }
}
