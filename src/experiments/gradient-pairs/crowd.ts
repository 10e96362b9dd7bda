/**
 * Networks that go through one program at a time, their parameters held where the engine computes.
 *
 * A GPU's kernels may sum in another order for another number of networks, and zeros would come and go. So the sweeps after a hit run on the same
 * number of networks as the screening, or, on an engine that promises the same bits for two or more networks (`atOnce`), on the
 * few that were hit. Only the gradients of the networks that are asked for leave the engine.
 */
import type { ChainRule } from "../../autodiff";
import { disposeAll, type Feeds, type Held, type Results } from "../../engines";
import { tensor } from "../../ir";
import { pause, type Stream } from "../../util";
import { compareGradients, type Difference, otherZeros } from "./difference";
import { drawNetworks } from "./networks";
import type { MiniBatch, Pass } from "./pass";
import { type CellPrograms, gradientNames, valuesAtKink } from "./programs";

/** A network, by the stream that it is drawn from. */
export interface Member {
  /** A new stream, at its beginning. */
  stream(): Stream;
}

/** How the gradients of a mini-batch are compared. */
interface Comparison {
  /** The two values of ReLU'(0). */
  readonly pair: readonly [number, number];
  readonly chainRule: ChainRule;
  /** Whether the backward sweeps run only after a hit; default true. */
  readonly screening?: boolean;
  readonly signal?: AbortSignal;
}

interface Screened {
  /** Exact zeros of each hidden layer's pre-activation. */
  readonly hits: readonly number[];
  /** A hit, or something that is not finite. */
  readonly suspicious: boolean;
}

/** A mini-batch of a pass, and what its forward passes found, place by place. */
interface ScreenedBatch extends MiniBatch {
  /** From 0. */
  readonly index: number;
  readonly screened: readonly Screened[];
}

/** What the backward sweeps of one network say. */
interface Compared {
  readonly difference?: Difference;
  /** Why they say nothing: they met other zeros than the screening. */
  readonly failure?: string;
}

/** What one network meets in a mini-batch. Where no sweeps ran, its gradients are the same bits. */
interface Examined<M> extends Compared {
  readonly member: M;
  readonly hits: readonly number[];
}

interface Swept {
  readonly place: number;
  readonly hits: readonly number[];
  /** `a …` and `b …` of each parameter. */
  readonly gradients: Results;
}

type Parameters = Readonly<Record<string, Held>>;

export class Crowd<M extends Member> {
  private constructor(
    private readonly members: readonly M[],
    private readonly places: number,
    private readonly programs: CellPrograms,
    private readonly parameters: Parameters,
  ) {}

  /** Draws the networks where the engine computes, into a number of places; places left over are filled with the last network. */
  static async gather<M extends Member>(
    members: readonly M[],
    places: number,
    programs: CellPrograms,
  ): Promise<Crowd<M>> {
    const { engine, network, format } = programs;
    const streams = filled(members, places).map((member) => member.stream());
    return new Crowd(members, places, programs, await drawNetworks(engine, network, format, streams));
  }

  /** Only these networks, if half of the places are enough for them; then this crowd is disposed of. */
  async only(wanted: (member: M) => boolean): Promise<Crowd<M>> {
    const left = this.members.filter(wanted);
    const places = placesFor(left.length, this.places);
    if (places === this.places) return this;
    const smaller = await Crowd.gather(left, places, this.programs);
    this.dispose();
    return smaller;
  }

  /** The forward passes on the next mini-batches of a pass, as many at once as is best. */
  async screen(pass: Pass, from: number): Promise<ScreenedBatch[]> {
    const count = blockAt(from, pass.batches, this.programs.engine.atOnce?.batches);
    const batches: MiniBatch[] = [];
    for (let k = 0; k < count; k++) batches.push(await pass.at(from + k));
    const screen = await this.programs.screen(this.places, count);
    const images = Object.fromEntries(batches.map(({ x }, k) => [`x ${k}`, x]));
    const results = await screen.run({ ...this.parameters, ...images });
    return batches.map((batch, k) => ({ ...batch, index: from + k, screened: this.screened(results, k) }));
  }

  /**
   * What the open networks meet in a mini-batch.
   *
   * Without an exact zero the same operations run on the same numbers for every value of ReLU'(0), and the gradients are the same
   * bits: so the backward sweeps run only after a hit. A network whose sweeps meet other zeros than its screening fails alone.
   */
  async examine(
    batch: ScreenedBatch,
    open: (member: M) => boolean,
    comparison: Comparison,
  ): Promise<readonly Examined<M>[]> {
    const { screening = true } = comparison;
    const places = [...this.members.keys()].filter((place) => open(this.members[place]!));
    const wanted = places.filter((place) => batch.screened[place]!.suspicious || !screening);
    const compared = await this.compare(batch, wanted, comparison);
    return places.map((place) => {
      return { member: this.members[place]!, hits: batch.screened[place]!.hits, ...compared.get(place) };
    });
  }

  dispose(): void {
    disposeAll(this.parameters);
  }

  private async compare(
    { x, labels, screened }: ScreenedBatch,
    wanted: readonly number[],
    { pair, chainRule, signal }: Comparison,
  ): Promise<ReadonlyMap<number, Compared>> {
    const { format, parameters } = this.programs;
    const compared = new Map<number, Compared>();
    if (wanted.length === 0) return compared;
    const feeds = { x, labels, ...valuesAtKink(format, pair) };
    // one after another: the gradients of many networks would fill the host's memory
    for await (const { place, hits, gradients } of this.sweep(chainRule, feeds, wanted)) {
      await pause(signal);
      const failure = otherZeros(screened[place]!.hits, hits)?.message;
      compared.set(
        place,
        failure === undefined ? { difference: compareGradients(gradients, parameters) } : { failure },
      );
    }
    return compared;
  }

  /** The hits again, and the gradients, of the networks at some places. */
  private async *sweep(chainRule: ChainRule, feeds: Feeds, wanted: readonly number[]): AsyncGenerator<Swept> {
    const { atOnce } = this.programs.engine;
    const places = atOnce ? fewPlaces(wanted.length, this.places) : this.places;
    if (places === this.places) {
      yield* this.sweepAll(chainRule, feeds, wanted);
      return;
    }
    const few = await this.choose(wanted, places);
    try {
      for await (const swept of few.sweepAll(chainRule, feeds, [...wanted.keys()])) {
        yield { ...swept, place: wanted[swept.place]! };
      }
    } finally {
      few.dispose();
    }
  }

  private async *sweepAll(chainRule: ChainRule, feeds: Feeds, wanted: readonly number[]): AsyncGenerator<Swept> {
    const sweeps = await this.programs.sweeps(this.places, chainRule);
    const fed = { ...this.parameters, ...feeds };
    if (this.places === 1) {
      const gradients = await sweeps.run(fed);
      yield { place: 0, hits: this.hits(gradients, 0), gradients };
      return;
    }
    const { results, held } = await sweeps.runHolding(fed, gradientNames(this.programs.parameters));
    try {
      const pick = await this.programs.pick(this.places);
      for (const place of wanted) {
        const gradients = await pick.run({ ...held, place: tensor("i32", [place]) });
        yield { place, hits: this.hits(results, place), gradients };
      }
    } finally {
      disposeAll(held);
    }
  }

  /** The networks at some places, in a crowd of their own. */
  private async choose(wanted: readonly number[], places: number): Promise<Crowd<M>> {
    const choose = await this.programs.choose(this.places, places);
    const chosen = { ...this.parameters, places: tensor("i32", filled(wanted, places)) };
    const { held } = await choose.runHolding(chosen, Object.keys(this.parameters));
    const members = wanted.map((place) => this.members[place]!);
    return new Crowd(members, places, this.programs, held);
  }

  private screened(results: Results, batch: number): Screened[] {
    return this.members.map((_, place) => {
      const hits = this.hits(results, place, ` of ${batch}`);
      const suspicious = hits.some((n) => n > 0) || !Number.isFinite(results[`check of ${batch}`]!.data[place]!);
      return { hits, suspicious };
    });
  }

  private hits(results: Results, place: number, batch = ""): number[] {
    return Array.from({ length: this.programs.layers }, (_, i) => results[`hits ${i + 1}${batch}`]!.data[place]!);
  }
}

/** A list of this length; what is left over is filled with the last item. */
const filled = <T>(items: readonly T[], length: number): T[] =>
  Array.from({ length }, (_, i) => items[Math.min(i, items.length - 1)]!);

/** As many places as there were, or the smallest half, quarter, … of them that holds so many networks. */
export function placesFor(networks: number, most: number): number {
  const half = Math.ceil(most / 2);
  return most > 1 && networks <= half ? placesFor(networks, half) : most;
}

/** The smallest power of two that holds so many networks: at least 2, at most all. */
const fewPlaces = (networks: number, all: number): number =>
  Math.min(all, 2 ** Math.max(1, Math.ceil(Math.log2(networks))));

/**
 * How many of the next mini-batches to screen at once: few at first, since many networks are decided early, and always the same for a
 * place in the pass, so that programs and their graphs are used again.
 * @param most of the engine; default 1
 */
export function blockAt(batch: number, batches: number, most = 1): number {
  return BLOCKS.find(({ size, from }) => size <= most && batch >= from && batch + size <= batches)!.size;
}

/** Sizes, and the mini-batch from which on each is used. */
const BLOCKS = [
  { size: 64, from: 9 },
  { size: 8, from: 1 },
  { size: 1, from: 0 },
];
