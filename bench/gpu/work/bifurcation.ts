/** The experiment bifurcation-frequency, as one of its worker processes does it: R initialisations at a time. */
import { schema, worker } from "../library";
import type { Prepared, Rate } from "../types";

export interface BifurcationOptions {
  readonly engine: string;
  readonly precision: 16 | 32 | 64;
  readonly width: number;
  readonly depth: number;
  readonly batchSize: number;
  /** Images of a pass. */
  readonly images: number;
  readonly replicas: number;
  /** Of the initialisations; other processes have others. */
  readonly seed: number;
  readonly dataset: string;
  readonly data?: string;
}

export async function prepareBifurcation(options: BifurcationOptions): Promise<Prepared> {
  const { engine, precision, width, depth, batchSize, images, replicas, seed, dataset, data } = options;
  const config = schema.parse({ dataset, engine, sampleSizes: [images], replicas, seed });
  const simulator = await worker({ config, dataDirectory: data }, new AbortController().signal);
  let trial = 0;
  const chunk = async () => {
    const cell = { precision, width, depth, batchSize };
    await simulator.do(Array.from({ length: replicas }, () => ({ ...cell, trial: trial++ })));
  };
  // compiles for fewer networks too, as they are decided
  await chunk();
  return {
    facts: {},
    measure: (seconds) => chunksPerSecond(chunk, seconds, replicas),
    dispose: () => simulator.close(),
  };
}

/** Runs differ in length, so what counts is how many were done, not a median. */
async function chunksPerSecond(chunk: () => Promise<void>, seconds: number, each: number): Promise<Rate> {
  const start = performance.now();
  let done = 0;
  do {
    await chunk();
    done += each;
  } while (performance.now() - start < seconds * 1000);
  return { rate: (done * 1000) / (performance.now() - start) };
}
