/** What crosses the bus in training steps on CUDA: every call of the driver that copies or launches is counted. */
import { createEngine, type FormatName, formatOf } from "nonsmooth";
import { type CudaDriver, cudaDevice } from "../library";
import type { Step } from "../problem";
import type { Prepared } from "../types";
import { Trainee } from "./state";
import { trainingStep } from "./step";

export interface CopiesOptions extends Step {
  readonly format: FormatName;
  readonly steps: number;
}

/** Of one step, the mean of some that come after the first ones. */
export interface CopiesFacts {
  readonly bytesToHost: number;
  readonly bytesToDevice: number;
  readonly graphs: number;
  /** Launched one by one, outside a graph. */
  readonly kernels: number;
  /** Parameters, momentum and running statistics, which stay on the device. */
  readonly stateBytes: number;
}

export async function prepareCopies({ steps, ...step }: CopiesOptions): Promise<Prepared<CopiesFacts>> {
  const engine = createEngine("cuda");
  const { program, feeds, state } = await trainingStep(engine, step);
  const trainee = await Trainee.on(engine, program, feeds, state);
  await trainee.firstLosses();
  const counts = counting(cudaDevice().libraries.driver);
  for (let i = 0; i < steps; i++) await trainee.step();
  counts.stop();
  const elements = Object.values(state).reduce((sum, { data }) => sum + data.length, 0);
  const facts = {
    bytesToHost: counts.bytesToHost / steps,
    bytesToDevice: counts.bytesToDevice / steps,
    graphs: counts.graphs / steps,
    kernels: counts.kernels / steps,
    stateBytes: elements * formatOf(step.format).encoding.bytes,
  };
  return {
    facts,
    dispose: async () => {
      trainee.dispose();
      await engine.dispose();
    },
  };
}

/** Counts the driver's calls from now on. The engine has no other way to the device than these functions. */
function counting(driver: CudaDriver) {
  const { toHost, toDevice, launch, launchGraph } = driver;
  const counts = {
    bytesToHost: 0,
    bytesToDevice: 0,
    graphs: 0,
    kernels: 0,
    stop: () => Object.assign(driver, { toHost, toDevice, launch, launchGraph }),
  };
  type Call = typeof toHost;
  const watched = (call: Call, note: (bytes: number) => void): Call => {
    return (...values) => {
      note(Number(values[2]));
      call(...values);
    };
  };
  driver.toHost = watched(toHost, (bytes) => {
    counts.bytesToHost += bytes;
  });
  driver.toDevice = watched(toDevice, (bytes) => {
    counts.bytesToDevice += bytes;
  });
  driver.launch = watched(launch, () => {
    counts.kernels++;
  });
  driver.launchGraph = watched(launchGraph, () => {
    counts.graphs++;
  });
  return counts;
}
