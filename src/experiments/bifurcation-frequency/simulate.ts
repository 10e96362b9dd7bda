import type { Held } from "../../engines";
import { formatOfBits } from "../../formats";
import { type Tensor, tensor } from "../../ir";
import { initialise } from "../../nn";
import type { Row } from "../../runs";
import { NonsmoothError, stream } from "../../util";
import { type Chunk, type Job, jobsOf } from "./cells";
import type { BifurcationConfig } from "./config";
import { Crowd, placesFor, type Screened } from "./crowd";
import { compareGradients, type Difference } from "./difference";
import type { CellPrograms } from "./programs";

/** The mini-batches of one pass, in order, in a cell's format. */
export interface Pass {
  /** Full batches among the first images: floor(images / batchSize). */
  readonly batches: number;
  at(batch: number): Promise<MiniBatch>;
}

export interface MiniBatch {
  readonly x: Tensor | Held;
  readonly labels: Tensor | Held;
}

type Settings = Pick<BifurcationConfig, "dataset" | "seed" | "pair" | "replicas">;

/** A freshly drawn network, and what happened to it. */
interface Network {
  readonly job: Job;
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly tally: Tally;
}

/**
 * One pass of freshly drawn networks of one cell over the data, each up to the first mini-batch at which the gradient of the
 * first layer's weights differs between the two values of ReLU'(0). A row for each, in the order of the trials.
 *
 * A mini-batch without an exact zero runs the same operations on the same numbers for every value, so its gradients
 * are the same bits: the backward sweeps run behind a hit only. `screening: false` runs them always, to check just that.
 * Networks that are decided keep their place until half of the places are enough for the others.
 */
export async function simulate(
  chunk: Chunk,
  settings: Settings,
  programs: CellPrograms,
  pass: Pass,
  { screening = true } = {},
): Promise<Row[]> {
  const networks = jobsOf(chunk).map((job) => draw(job, settings, programs));
  const places = placesFor(networks.length, settings.replicas ?? networks.length);
  let crowd = await Crowd.gather(networks, places, programs);
  try {
    for (let batch = 0; batch < pass.batches; batch++) {
      if (networks.every(({ tally }) => tally.decided)) break;
      crowd = await crowd.without(({ tally }) => tally.decided);
      await examine(crowd, batch, await pass.at(batch), settings, screening);
    }
  } finally {
    crowd.dispose();
  }
  return networks.map(({ job, tally }) => ({ dataset: settings.dataset, ...job, ...tally.result() }));
}

function draw(job: Job, { seed }: Settings, { network, layers }: CellPrograms): Network {
  const random = stream(seed, "initialisation", job.width, job.depth, job.trial);
  const parameters = initialise(network, formatOfBits(job.precision), random);
  return { job, parameters, tally: new Tally(layers) };
}

/** Shows one mini-batch to the networks that are not decided. */
async function examine(
  crowd: Crowd<Network>,
  batch: number,
  { x, labels }: MiniBatch,
  { pair }: Settings,
  screening: boolean,
): Promise<void> {
  const screened = await crowd.screen(x);
  const open = [...crowd.members.keys()].filter((place) => !crowd.members[place]!.tally.decided);
  const wanted = open.filter((place) => screened[place]!.suspicious || !screening);
  const differences = new Map<number, Difference>();
  if (wanted.length > 0) {
    const format = formatOfBits(crowd.members[0]!.job.precision);
    const slopes = { "s.a": tensor(format, pair[0]), "s.b": tensor(format, pair[1]) };
    const swept = await crowd.sweep({ x, labels, ...slopes }, wanted);
    for (const [i, place] of wanted.entries()) {
      sameHits(screened[place]!, swept[i]!.hits);
      const names = Object.keys(crowd.members[place]!.parameters);
      differences.set(place, compareGradients(swept[i]!.gradients, names));
    }
  }
  for (const place of open) crowd.members[place]!.tally.count(batch, screened[place]!.hits, differences.get(place));
}

function sameHits({ hits }: Screened, swept: readonly number[]): void {
  if (hits.every((n, i) => n === swept[i])) return;
  throw new NonsmoothError("screening", `must count the same zeros as the sweeps (${swept})`, { got: hits });
}

/** What a run has seen so far. */
class Tally {
  decided = false;
  private batches = 0;
  private readonly hitsByLayer: number[];
  private firstHit: number | null = null;
  private firstBifurcation: number | null = null;
  private firstBifurcationFirstLayer: number | null = null;
  private notANumber = false;
  private size: Partial<Difference> = {};

  constructor(layers: number) {
    this.hitsByLayer = new Array<number>(layers).fill(0);
  }

  count(batch: number, found: readonly number[], difference: Difference | undefined): void {
    this.batches = batch + 1;
    for (const [layer, n] of found.entries()) this.hitsByLayer[layer]! += n;
    if (found.some((n) => n > 0)) this.firstHit ??= batch;
    if (!difference) return;
    if (difference.notANumber) {
      this.notANumber = true;
      this.decided = true;
      return;
    }
    if (difference.anyParameter && this.firstBifurcation === null) {
      this.firstBifurcation = batch;
      this.size = difference;
    }
    if (difference.firstLayer) {
      this.firstBifurcationFirstLayer = batch;
      this.size = { ...this.size, ...firstLayerSize(difference) };
      this.decided = true;
    }
  }

  result(): Row {
    const different = this.firstBifurcation !== null;
    return {
      outcome: this.notANumber ? "not-a-number" : different ? "different" : "same",
      batches: this.batches,
      firstHit: this.firstHit,
      firstBifurcation: this.firstBifurcation,
      firstBifurcationFirstLayer: this.firstBifurcationFirstLayer,
      hits: this.hitsByLayer.reduce((sum, n) => sum + n, 0),
      hitsByLayer: this.hitsByLayer,
      relativeL1: this.size.relativeL1 ?? null,
      relativeL2: this.size.relativeL2 ?? null,
      relativeL1FirstLayer: this.firstBifurcationFirstLayer === null ? null : this.size.relativeL1FirstLayer!,
      relativeL2FirstLayer: this.firstBifurcationFirstLayer === null ? null : this.size.relativeL2FirstLayer!,
      reason: null,
    };
  }
}

const firstLayerSize = ({ relativeL1FirstLayer, relativeL2FirstLayer }: Difference) => ({
  relativeL1FirstLayer,
  relativeL2FirstLayer,
});
