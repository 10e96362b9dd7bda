import { precisionOf } from "../../formats";
import { NonsmoothError, pause, type Stream, stream } from "../../util";
import { blockAt, Crowd, placesFor, type Screened } from "../gradient-pairs/crowd";
import { compareGradients, type Difference } from "../gradient-pairs/difference";
import type { MiniBatch, Pass } from "../gradient-pairs/pass";
import { type CellPrograms, valuesAtKink } from "../gradient-pairs/programs";
import type { Job } from "./cells";
import type { BifurcationConfig } from "./config";
import type { BifurcationRow } from "./rows";
import { Tally } from "./tally";

type Settings = Pick<BifurcationConfig, "dataset" | "seed" | "pair" | "replicas">;

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
 * A mini-batch without an exact zero runs the same operations on the same numbers for every value, so its gradients
 * are the same bits: the backward sweeps run only after a hit. `screening: false` always runs them, to check exactly that.
 * Networks that are decided keep their place until half of the places are enough for the others. If the sweeps of a network meet
 * other zeros than its screening did, it alone fails.
 */
export async function simulate(
  jobs: readonly Job[],
  settings: Settings,
  programs: CellPrograms,
  pass: Pass,
  { screening = true, signal }: { screening?: boolean; signal?: AbortSignal } = {},
): Promise<BifurcationRow[]> {
  const networks = jobs.map((job) => networkOf(job, settings, programs));
  const places = placesFor(networks.length, settings.replicas ?? networks.length);
  let crowd = await Crowd.gather(networks, places, programs);
  try {
    let from = 0;
    while (from < pass.batches && !networks.every(({ tally }) => tally.decided)) {
      await pause(signal);
      crowd = await crowd.without(({ tally }) => tally.decided);
      const batches: MiniBatch[] = [];
      const end = from + blockAt(from, pass.batches, programs.engine.atOnce?.batches);
      for (let batch = from; batch < end; batch++) batches.push(await pass.at(batch));
      const screened = await crowd.screen(batches.map(({ x }) => x));
      for (const [k, batch] of batches.entries())
        await examine(crowd, from + k, { ...batch, screened: screened[k]! }, settings, screening);
      from = end;
    }
  } finally {
    crowd.dispose();
  }
  return networks.map(({ job, tally }) => tally.row({ dataset: settings.dataset, ...job }));
}

const networkOf = (job: Job, { seed }: Settings, { layers }: CellPrograms): Network => ({
  job,
  stream: () => stream(seed, "initialisation", job.width, job.depth, job.trial),
  tally: new Tally(layers),
});

/** Shows one mini-batch, which was screened, to the networks that are not yet decided. */
async function examine(
  crowd: Crowd<Network>,
  batch: number,
  { x, labels, screened }: MiniBatch & { readonly screened: readonly Screened[] },
  { pair }: Settings,
  screening: boolean,
): Promise<void> {
  const open = [...crowd.members.keys()].filter((place) => !crowd.members[place]!.tally.decided);
  const wanted = open.filter((place) => screened[place]!.suspicious || !screening);
  const differences = new Map<number, Difference>();
  if (wanted.length > 0) {
    const format = precisionOf(crowd.members[0]!.job.precision).format;
    const values = valuesAtKink(format, pair);
    const swept = await crowd.sweep({ x, labels, ...values }, wanted);
    for (const [i, place] of wanted.entries()) {
      const { tally } = crowd.members[place]!;
      const { hits, gradients } = swept[i]!;
      const other = otherHits(screened[place]!, hits);
      if (other !== undefined) tally.fail(other);
      else differences.set(place, compareGradients(gradients, crowd.parameterNames));
    }
  }
  for (const place of open) {
    const { tally } = crowd.members[place]!;
    if (!tally.decided) tally.count(batch, screened[place]!.hits, differences.get(place));
  }
}

/** Why the sweeps after a hit say nothing about what was screened; undefined where they met the same zeros. */
function otherHits({ hits }: Screened, swept: readonly number[]): string | undefined {
  if (hits.every((n, i) => n === swept[i])) return undefined;
  return new NonsmoothError("screening", `must count the same zeros as the sweeps (${swept})`, { got: hits }).message;
}
