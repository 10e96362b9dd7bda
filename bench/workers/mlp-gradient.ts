/** Ours: loss and gradients in f32, f64 and f16 on the default engine. */
import {
  applyNetwork,
  createEngine,
  crossEntropy,
  type FormatName,
  gradient,
  graph,
  input,
  mlp,
  type Results,
  tensor,
} from "nonsmooth";
import type { Answer, Answers } from "../mlp-gradient";
import { BATCH, NETWORK, type Problem, readBatch } from "../problem";
import { moduleOptions } from "../processes";
import { medianTime } from "../timing";

interface Options extends Problem {
  readonly threads: number;
  readonly seconds: number;
}

async function main(options: Options): Promise<void> {
  const answers: Record<string, Answer> = {};
  for (const format of ["f32", "f64", "f16"] as const) answers[format] = await measure(format, options);
  process.stdout.write(`${JSON.stringify(answers satisfies Answers)}\n`);
}

async function measure(format: FormatName, options: Options): Promise<Answer> {
  const engine = createEngine(undefined, { threads: options.threads });
  const network = mlp(NETWORK);
  const { output: logits, parameters } = applyNetwork(network, input("x", format, [BATCH, NETWORK.inputs]));
  const loss = crossEntropy(logits, input("labels", "i32", [BATCH]));
  const names = [...parameters.keys()];
  const gradients = gradient(loss, [...parameters.values()]);
  const outputs = Object.fromEntries(names.map((name, i) => [`d ${name}`, gradients[i]!]));
  const program = await engine.compile(graph({ loss, ...outputs }, "mlp gradient"));

  const batch = readBatch(options);
  const feeds = {
    x: tensor(format, batch.x, [BATCH, NETWORK.inputs]),
    labels: tensor("i32", batch.labels, [BATCH]),
    ...Object.fromEntries(
      network.parameters.map(({ name, shape }, i) => [name, tensor(format, batch.parameters[i]!, shape)]),
    ),
  };
  const ms = await medianTime(() => program.run(feeds), options.seconds);
  const { loss: value, ...found } = await program.run(feeds);
  await engine.dispose();
  return { ms, loss: value!.data[0]!, norm: norm(found) };
}

function norm(gradients: Results): number {
  let sum = 0;
  for (const { data } of Object.values(gradients)) for (const x of data) sum += x * x;
  return Math.sqrt(sum);
}

void main(moduleOptions<Options>());
