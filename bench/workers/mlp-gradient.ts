/** Ours: loss and gradients in f32, f64 and f16 on the default engine. */
import { createEngine, type FormatName } from "nonsmooth";
import type { Answer, Answers } from "../mlp-gradient";
import { mlpProgram, norm } from "../mlp-program";
import type { Problem } from "../problem";
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
  const { program, feeds } = await mlpProgram(engine, format, options);
  const ms = await medianTime(() => program.run(feeds), options.seconds);
  const { loss, ...gradients } = await program.run(feeds);
  await engine.dispose();
  return { ms, loss: loss!.data[0]!, norm: norm(gradients) };
}

void main(moduleOptions<Options>());
