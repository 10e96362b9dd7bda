/** Initialisations against every mini-batch of a pass, under each chain rule. */
import type { ChainRule } from "../../autodiff";
import { pause, type Stream, stream } from "../../util";
import { Crowd, placesFor } from "../gradient-pairs/crowd";
import type { Pass } from "../gradient-pairs/pass";
import type { CellPrograms } from "../gradient-pairs/programs";
import type { GradientDifferenceConfig } from "./config";
import { type GradientDifferenceRow, rows } from "./rows";
import type { Job } from "./runs";
import { Tally } from "./tally";

type Settings = Pick<
  GradientDifferenceConfig,
  "dataset" | "seed" | "pair" | "width" | "depth" | "chainRules" | "replicas"
>;

/** A freshly drawn network, and what was found. */
interface Network {
  readonly job: Job;
  readonly stream: () => Stream;
  readonly tallies: ReadonlyMap<ChainRule, Tally>;
  /** Why nothing that was found counts. */
  failure?: string;
}

/**
 * The gradients for two values of ReLU'(0) on each mini-batch of a pass, of networks of one precision that stay as they were drawn. A
 * row for each network and chain rule.
 *
 * Each mini-batch has gradients of its own: nothing is accumulated from one to the next. The backward sweeps run only after an exact
 * zero; `screening: false` always runs them, to check that this loses nothing.
 */
export async function simulate(
  jobs: readonly Job[],
  settings: Settings,
  programs: CellPrograms,
  pass: Pass,
  { screening, signal }: { screening?: boolean; signal?: AbortSignal } = {},
): Promise<GradientDifferenceRow[]> {
  const { pair, chainRules, replicas } = settings;
  const networks = jobs.map((job) => networkOf(job, settings));
  const sound = ({ failure }: Network) => failure === undefined;
  const crowd = await Crowd.gather(networks, placesFor(networks.length, replicas ?? networks.length), programs);
  try {
    let from = 0;
    while (from < pass.batches) {
      await pause(signal);
      // the forward pass knows no chain rule
      const batches = await crowd.screen(pass, from);
      for (const batch of batches) {
        for (const chainRule of chainRules) {
          const examined = await crowd.examine(batch, sound, { pair, chainRule, screening, signal });
          for (const { member, hits, difference, failure } of examined) {
            member.failure = failure;
            member.tallies.get(chainRule)!.count(batch.index, hits, difference);
          }
        }
      }
      from += batches.length;
    }
  } finally {
    crowd.dispose();
  }
  return networks.flatMap((network) => rowsOf(network, settings));
}

/** The networks of bifurcation-frequency. */
const networkOf = (job: Job, { seed, width, depth, chainRules }: Settings): Network => ({
  job,
  stream: () => stream(seed, "initialisation", width, depth, job.trial),
  tallies: new Map(chainRules.map((chainRule) => [chainRule, new Tally()])),
});

function rowsOf({ job, tallies, failure }: Network, { dataset, width, depth }: Settings): GradientDifferenceRow[] {
  return [...tallies].map(([chainRule, tally]) => {
    const given = { dataset, width, depth, chainRule, ...job };
    return failure === undefined ? { ...given, ...tally.result() } : rows.failed(given, failure);
  });
}
