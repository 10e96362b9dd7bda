/** One training step of a network for images, again and again, its images and its state held on the device. */
import { createEngine, type Engine, type FormatName, scalarFeeds, sgd, tensor } from "nonsmooth";
import { floats, stateFrom } from "../../state";
import { kinkInput, Programs } from "../library";
import { imageNetwork, type Step, whole } from "../problem";
import type { Prepared } from "../types";
import { rateOf } from "./measured";
import { Trainee } from "./state";

export interface StepOptions extends Step {
  readonly engine: string;
  readonly format: FormatName;
}

export async function prepareStep(options: StepOptions): Promise<Prepared> {
  const engine = createEngine(options.engine);
  const { program, feeds, state } = await trainingStep(engine, options);
  const trainee = await Trainee.on(engine, program, feeds, state);
  return {
    facts: { losses: await trainee.firstLosses() },
    measure: (seconds) => rateOf(() => trainee.step(), seconds, options.batch),
    dispose: async () => {
      trainee.dispose();
      await engine.dispose();
    },
  };
}

/** The program, what it is fed with every step, and the state of the start. */
export async function trainingStep(engine: Engine, { format, batch, ...step }: Omit<StepOptions, "engine">) {
  const network = imageNetwork(step);
  const optimizer = sgd({ lr: step.lr, momentum: step.momentum });
  const shape = [32, 32, 3];
  // as in an experiment, the values at kinks are fed: PyTorch's own
  const kinks = ["relu.zero", "maxPool.tie"];
  const programs = new Programs(engine, { network, precision: format, optimizer, kinks, chainRule: "multiply", shape });
  const state = stateFrom(step.parameters, network, format, optimizer);
  const feeds = {
    images: tensor(format, floats(step.images), [batch, ...shape]),
    rows: tensor(
      "i32",
      Int32Array.from({ length: batch }, (_, i) => i),
    ),
    "all labels": tensor("i32", whole(step.labels)),
    ...scalarFeeds(optimizer, format, { step: 1 }),
    ...Object.fromEntries(kinks.map((name) => [kinkInput(name), tensor(format, 0)])),
  };
  return { program: await programs.step(batch, batch), feeds, state, network };
}
