/** Our program of the loss and all gradients of the network, with what it is fed. */
import {
  applyNetwork,
  type createEngine,
  crossEntropy,
  type FormatName,
  gradient,
  graph,
  input,
  mlp,
  type Results,
  tensor,
} from "nonsmooth";
import { BATCH, NETWORK, type Problem, readBatch } from "./problem";

type Engine = ReturnType<typeof createEngine>;

/** Compiles it for an engine. Its outputs are `loss` and, for each parameter, `d <name>`. */
export async function mlpProgram(engine: Engine, format: FormatName, problem: Problem) {
  const network = mlp(NETWORK);
  const { output: logits, parameters } = applyNetwork(network, input("x", format, [BATCH, NETWORK.inputs]));
  const loss = crossEntropy(logits, input("labels", "i32", [BATCH]));
  const names = [...parameters.keys()];
  const gradients = gradient(loss, [...parameters.values()]);
  const outputs = Object.fromEntries(names.map((name, i) => [`d ${name}`, gradients[i]!]));
  const program = await engine.compile(graph({ loss, ...outputs }, "mlp gradient"));

  const batch = readBatch(problem);
  const feeds = {
    x: tensor(format, batch.x, [BATCH, NETWORK.inputs]),
    labels: tensor("i32", batch.labels, [BATCH]),
    ...Object.fromEntries(
      network.parameters.map(({ name, shape }, i) => [name, tensor(format, batch.parameters[i]!, shape)]),
    ),
  };
  return { program, feeds };
}

/** Euclidean norm of all of them together. */
export function norm(gradients: Results): number {
  let sum = 0;
  for (const { data } of Object.values(gradients)) for (const x of data) sum += x * x;
  return Math.sqrt(sum);
}
