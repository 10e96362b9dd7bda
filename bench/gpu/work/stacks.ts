/** The bits of two perceptrons after some steps of training, as the first two of R. */
import {
  createEngine,
  type FormatName,
  graph,
  initialise,
  initialState,
  input,
  ops,
  scalarFeeds,
  sgd,
  stream,
  type Tensor,
  tensor,
} from "nonsmooth";
import { floats } from "../../state";
import { stackFeeds } from "../library";
import { perceptron, type Replicas, whole } from "../problem";
import type { Prepared } from "../types";
import { stepGraph } from "./replicas";
import { Trainee } from "./state";
import { digest } from "./training";

export interface StacksOptions extends Replicas {
  readonly engine: string;
  readonly format: FormatName;
  readonly steps: number;
}

export interface StacksFacts {
  /** Of the parameters and momentum of the first two networks. */
  readonly sha256: string;
}

const COMPARED = 2;
/** Drawing takes a while. */
const DIFFERENT = 4;

export async function prepareStacks(options: StacksOptions): Promise<Prepared<StacksFacts>> {
  const { format, batch, widths, replicas, steps, lr, momentum } = options;
  const engine = createEngine(options.engine);
  const optimizer = sgd({ lr, momentum });
  const networks = Array.from({ length: DIFFERENT }, (_, i) => startOf(options, i));
  const state = stackFeeds(Array.from({ length: replicas }, (_, i) => networks[i % DIFFERENT]!));
  const names = Object.keys(state);
  const program = await engine.compile(stepGraph(options, optimizer, names));
  const feeds = {
    x: tensor(format, floats(options.images), [batch, widths[0]!]),
    labels: tensor("i32", whole(options.labels)),
    ...scalarFeeds(optimizer, format, { step: 1 }),
  };
  const trainee = await Trainee.on(engine, program, feeds, state);
  for (let i = 0; i < steps; i++) await trainee.step();
  // two networks are few bytes, all of them many
  const rows = tensor(
    "i32",
    Int32Array.from({ length: COMPARED }, (_, i) => i),
  );
  const first = names.map((name) => {
    const { shape } = trainee.tensors[name]!;
    return [name, ops.take(input(name, format, shape), input("rows", "i32", [COMPARED]))] as const;
  });
  const taking = await engine.compile(graph(Object.fromEntries(first), "the first networks"));
  const sha256 = digest(await taking.run({ ...trainee.tensors, rows }));
  trainee.dispose();
  await engine.dispose();
  return { facts: { sha256 }, dispose: async () => {} };
}

/** Another network in each place. */
function startOf({ format, widths, lr, momentum }: StacksOptions, place: number): Record<string, Tensor> {
  const network = perceptron(widths);
  const drawn = initialise(network, format, stream(1, "bench", "stack", place));
  const parameters = new Map(network.parameters.map(({ name }) => [name, drawn[name]!]));
  return { ...drawn, ...initialState(sgd({ lr, momentum }), parameters) };
}
