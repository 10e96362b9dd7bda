/**
 * TensorFlow.js in WebAssembly and in plain JavaScript: our engine and the same by hand, in turns in one process. Inputs,
 * parameters and gradients stay in the backend on both sides; the loss is read.
 */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { createEngine, type Tensor } from "nonsmooth";
import type { Answer, Answers } from "../mlp-gradient";
import { mlpProgram, norm } from "../mlp-program";
import { handWritten } from "../peers/tfjs-mlp-gradient";
import type { Problem } from "../problem";
import { moduleOptions } from "../processes";
import { medianTimes } from "../turns";

interface Options extends Problem {
  readonly seconds: number;
}

async function main(options: Options): Promise<void> {
  tf.enableProdMode();
  const answers: Record<string, Answer> = {};
  for (const backend of ["wasm", "cpu"]) {
    await tf.setBackend(backend);
    if (tf.getBackend() !== backend) throw new Error(`TensorFlow.js has no backend ${backend} here`);
    const automatic = handWritten(options, "valueAndGrads");
    const manual = handWritten(options, "backpropagation");
    const ours = await engineStep(backend, options);
    const times = await medianTimes([ours.step, automatic.step, manual.step], options.seconds);
    answers[`engine, ${backend}`] = { ms: times[0]!, ...(await ours.result()) };
    answers[backend] = { ms: times[1]!, ...automatic.result() };
    answers[`backpropagation, ${backend}`] = { ms: times[2]!, ...manual.result() };
  }
  process.stdout.write(`${JSON.stringify(answers satisfies Answers)}\n`);
}

async function engineStep(backend: string, options: Options) {
  const engine = createEngine("tfjs", { backend });
  const { program, feeds } = await mlpProgram(engine, "f32", options);
  const hold = async ([name, x]: [string, Tensor]) => [name, await engine.hold(x)] as const;
  const held = Object.fromEntries(await Promise.all(Object.entries(feeds).map(hold)));
  const gradients = [...program.graph.outputs.keys()].filter((name) => name !== "loss");
  return {
    async step() {
      const { held: found } = await program.runHolding(held, gradients);
      for (const gradient of Object.values(found)) gradient.dispose();
    },
    async result() {
      const { loss, ...found } = await program.run(held);
      return { loss: loss!.data[0]!, norm: norm(found) };
    },
  };
}

void main(moduleOptions<Options>());
