/** Ours: one training step again and again, each on what the last one left. */
import { createEngine, type Tensor } from "nonsmooth";
import { moduleOptions } from "../processes";
import { medianTime } from "../timing";
import { IMAGES, ourStep, type Step } from "../training";
import type { StepAnswer } from "../training-step";

interface Options extends Step {
  readonly threads: number;
  readonly seconds: number;
}

async function main({ threads, seconds, ...step }: Options): Promise<void> {
  const engine = createEngine(undefined, { threads });
  const { programsOn, state, batch } = ourStep(step);
  const program = await programsOn(engine).step(IMAGES[0]);
  let tensors: Readonly<Record<string, Tensor>> = state;
  const next = async () => {
    const { loss, ...left } = await program.run({ ...tensors, ...batch });
    tensors = left;
    return loss!.data[0]!;
  };
  const losses = [await next(), await next(), await next()];
  const ms = await medianTime(next, seconds);
  await engine.dispose();
  const megabytes = (process.resourceUsage().maxRSS * 1024) / 1e6;
  process.stdout.write(`${JSON.stringify({ ms, losses, megabytes } satisfies StepAnswer)}\n`);
}

void main(moduleOptions<Options>());
