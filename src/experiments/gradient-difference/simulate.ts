/** One initialisation against every mini-batch of a pass, under each chain rule. */
import type { ChainRule } from "../../autodiff";
import type { Feeds } from "../../engines";
import { precisionOf } from "../../formats";
import { fail, pause, stream } from "../../util";
import { Crowd, type Member } from "../gradient-pairs/crowd";
import { compareGradients } from "../gradient-pairs/difference";
import type { MiniBatch, Pass } from "../gradient-pairs/pass";
import { type CellPrograms, valuesAtKink } from "../gradient-pairs/programs";
import type { GradientDifferenceConfig } from "./config";
import type { GradientDifferenceRow } from "./rows";
import type { Job } from "./runs";
import { Tally } from "./tally";

type Settings = Pick<GradientDifferenceConfig, "dataset" | "seed" | "pair" | "width" | "depth">;
/** A network with the programs of one chain rule, and what was found. */
interface Arm {
  readonly chainRule: ChainRule;
  readonly crowd: Crowd<Member>;
  readonly parameters: readonly string[];
  readonly tally: Tally;
}

/**
 * The gradients for two values of ReLU'(0) on each mini-batch of a pass, of one network that stays as it was drawn. A row for each
 * chain rule.
 *
 * Each mini-batch has gradients of its own: nothing is accumulated from one to the next. Without an exact zero the gradients are the
 * same bits (see bifurcation-frequency), so the backward sweeps run only after a hit; `screening: false` always runs them.
 */
export async function simulate(
  { precision, trial }: Job,
  settings: Settings,
  programs: ReadonlyMap<ChainRule, CellPrograms>,
  pass: Pass,
  { screening = true, signal }: { screening?: boolean; signal?: AbortSignal } = {},
): Promise<GradientDifferenceRow[]> {
  const { dataset, seed, pair, width, depth } = settings;
  const format = precisionOf(precision).format;
  // the networks of bifurcation-frequency
  const member: Member = { stream: () => stream(seed, "initialisation", width, depth, trial) };
  const arms: Arm[] = [];
  for (const [chainRule, own] of programs) {
    const crowd = await Crowd.gather([member], 1, own);
    arms.push({ chainRule, crowd, parameters: own.parameters, tally: new Tally() });
  }
  const values = valuesAtKink(format, pair);
  try {
    for (let batch = 0; batch < pass.batches; batch++) {
      await pause(signal);
      await examine(arms, batch, await pass.at(batch), values, screening);
    }
  } finally {
    for (const { crowd } of arms) crowd.dispose();
  }
  return arms.map(({ chainRule, tally }) => ({
    dataset,
    width,
    depth,
    precision,
    chainRule,
    trial,
    ...tally.result(),
  }));
}

async function examine(
  arms: readonly Arm[],
  batch: number,
  { x, labels }: MiniBatch,
  values: Feeds,
  screening: boolean,
): Promise<void> {
  // the forward pass knows no chain rule
  const { hits, suspicious } = (await arms[0]!.crowd.screen([x]))[0]![0]!;
  for (const { crowd, parameters, tally } of arms) {
    if (screening && !suspicious) {
      tally.count(batch, hits);
      continue;
    }
    const [swept] = await crowd.sweep({ x, labels, ...values }, [0]);
    if (hits.some((n, i) => n !== swept!.hits[i])) {
      fail("screening", `must count the same zeros as the sweeps (${swept!.hits})`, hits);
    }
    tally.count(batch, hits, compareGradients(swept!.gradients, parameters));
  }
}
