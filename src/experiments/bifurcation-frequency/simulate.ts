import { pause, type Stream, stream } from "../../util";
import { Crowd, placesFor } from "../gradient-pairs/crowd";
import type { Pass } from "../gradient-pairs/pass";
import type { CellPrograms } from "../gradient-pairs/programs";
import type { Job } from "./cells";
import type { BifurcationConfig } from "./config";
import type { BifurcationRow } from "./rows";
import { Tally } from "./tally";

type Settings = Pick<BifurcationConfig, "dataset" | "seed" | "pair" | "chainRule" | "replicas">;

/** A freshly drawn network, and what happened to it. */
interface Network {
  readonly job: Job;
  readonly stream: () => Stream;
  readonly tally: Tally;
}

/**
 * One pass of freshly drawn networks of one cell over the data, each up to the first mini-batch at which the gradient of the
 * first layer's weights differs between the two values of ReLU'(0). A row for each.
 *
 * The backward sweeps run only after an exact zero; `screening: false` always runs them, to check that this loses nothing.
 * Networks that are decided keep their place until half of the places are enough for the others.
 */
export async function simulate(
  jobs: readonly Job[],
  settings: Settings,
  programs: CellPrograms,
  pass: Pass,
  { screening, signal }: { screening?: boolean; signal?: AbortSignal } = {},
): Promise<BifurcationRow[]> {
  const { dataset, pair, chainRule, replicas } = settings;
  const networks = jobs.map((job) => networkOf(job, settings, programs));
  const undecided = ({ tally }: Network) => !tally.decided;
  let crowd = await Crowd.gather(networks, placesFor(networks.length, replicas ?? networks.length), programs);
  try {
    let from = 0;
    while (from < pass.batches && networks.some(undecided)) {
      await pause(signal);
      crowd = await crowd.only(undecided);
      const batches = await crowd.screen(pass, from);
      for (const batch of batches) {
        const examined = await crowd.examine(batch, undecided, { pair, chainRule, screening, signal });
        for (const { member, hits, difference, failure } of examined) {
          if (failure !== undefined) member.tally.fail(failure);
          else member.tally.count(batch.index, hits, difference);
        }
      }
      from += batches.length;
    }
  } finally {
    crowd.dispose();
  }
  return networks.map(({ job, tally }) => tally.row({ dataset, ...job }));
}

const networkOf = (job: Job, { seed }: Settings, { layers }: CellPrograms): Network => ({
  job,
  stream: () => stream(seed, "initialisation", job.width, job.depth, job.trial),
  tally: new Tally(layers),
});
