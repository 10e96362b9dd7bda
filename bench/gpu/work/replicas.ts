/** Training steps of R perceptrons at once, on the same mini-batch, their state held on the device. */
import {
  applyNetwork,
  applyOptimizer,
  createEngine,
  crossEntropy,
  type FormatName,
  gradient,
  graph,
  initialState,
  input,
  scalarFeeds,
  sgd,
  type Tensor,
  tensor,
} from "nonsmooth";
import { floats } from "../../state";
import { replicate, size, stackFeeds } from "../library";
import { perceptron, type Replicas, whole } from "../problem";
import type { Prepared } from "../types";
import { rateOf } from "./measured";
import { Trainee } from "./state";

export interface ReplicasOptions extends Replicas {
  readonly engine: string;
  readonly format: FormatName;
}

export async function prepareReplicas(options: ReplicasOptions): Promise<Prepared> {
  const { format, batch, replicas } = options;
  const engine = createEngine(options.engine);
  const optimizer = sgd({ lr: options.lr, momentum: options.momentum });
  const state = startOf(options, optimizer);
  const program = await engine.compile(stepGraph(options, optimizer, Object.keys(state)));
  const feeds = {
    x: tensor(format, floats(options.images), [batch, options.widths[0]!]),
    labels: tensor("i32", whole(options.labels)),
    ...scalarFeeds(optimizer, format, { step: 1 }),
  };
  const many = replicas === 1 ? state : stackFeeds(new Array(replicas).fill(state));
  const trainee = await Trainee.on(engine, program, feeds, many);
  return {
    facts: { losses: await trainee.firstLosses() },
    measure: (seconds) => rateOf(() => trainee.step(), seconds, replicas),
    dispose: async () => {
      trainee.dispose();
      await engine.dispose();
    },
  };
}

type Sgd = ReturnType<typeof sgd>;
type Form = Pick<ReplicasOptions, "format" | "batch" | "widths" | "replicas">;

/** @param own names of what differs by network */
export function stepGraph({ format, batch, widths, replicas }: Form, optimizer: Sgd, own: readonly string[]) {
  const { output, parameters } = applyNetwork(perceptron(widths), input("x", format, [batch, widths[0]!]));
  const loss = crossEntropy(output, input("labels", "i32", [batch]));
  const slopes = gradient(loss, [...parameters.values()]);
  const gradients = new Map([...parameters.keys()].map((name, i) => [name, slopes[i]!]));
  const update = applyOptimizer(optimizer, parameters, gradients);
  const outputs = { loss, ...Object.fromEntries([...update.parameters, ...update.state]) };
  return graph(replicas === 1 ? outputs : replicate(outputs, { replicas, inputs: own }), "step of many networks");
}

function startOf({ format, widths, parameters }: ReplicasOptions, optimizer: Sgd): Record<string, Tensor> {
  const values = floats(parameters);
  let from = 0;
  const drawn = perceptron(widths).parameters.map(({ name, shape }) => {
    from += size(shape);
    return [name, tensor(format, values.subarray(from - size(shape), from), shape)] as const;
  });
  return { ...Object.fromEntries(drawn), ...initialState(optimizer, new Map(drawn)) };
}
