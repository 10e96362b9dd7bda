/**
 * Networks that go through one program at a time, their parameters held where the engine computes.
 *
 * A GPU's kernels may sum in another order for another number of networks, and zeros would come and go. So the sweeps after a hit run on the same
 * number of networks as the screening, or, on an engine that promises the same bits for two or more networks (`atOnce`), on the
 * few that were hit. Only the gradients of the networks that are asked for leave the engine.
 */
import { disposeAll, type Feeds, type Held, type Results } from "../../engines";
import { type Tensor, tensor } from "../../ir";
import type { Stream } from "../../util";
import { drawNetworks } from "./networks";
import type { CellPrograms } from "./programs";

export interface Screened {
  /** Exact zeros of each hidden layer's pre-activation. */
  readonly hits: readonly number[];
  /** A hit, or something that is not finite. */
  readonly suspicious: boolean;
}

/** A network, by the stream that it is drawn from. */
export interface Member {
  /** A new stream, at its beginning. */
  stream(): Stream;
}

type Parameters = Readonly<Record<string, Held>>;

export class Crowd<M extends Member> {
  private constructor(
    readonly members: readonly M[],
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
    const streams = Array.from({ length: places }, (_, i) => members[Math.min(i, members.length - 1)]!.stream());
    return new Crowd(members, places, programs, await drawNetworks(engine, network, format, streams));
  }

  /** Only these networks, if half of the places are enough for them; then this crowd is disposed of. */
  async without(decided: (member: M) => boolean): Promise<Crowd<M>> {
    const left = this.members.filter((member) => !decided(member));
    const places = placesFor(left.length, this.places);
    if (places === this.places) return this;
    const smaller = await Crowd.gather(left, places, this.programs);
    this.dispose();
    return smaller;
  }

  /** The forward passes on some mini-batches: for each of them, member by member. */
  async screen(batches: readonly (Tensor | Held)[]): Promise<Screened[][]> {
    const screen = await this.programs.screen(this.places, batches.length);
    const images = Object.fromEntries(batches.map((x, k) => [`x ${k}`, x]));
    const results = await screen.run({ ...this.parameters, ...images });
    return batches.map((_, k) =>
      this.members.map((_, place) => {
        const hits = this.hits(results, place, ` of ${k}`);
        const suspicious = hits.some((n) => n > 0) || !Number.isFinite(results[`check of ${k}`]!.data[place]!);
        return { hits, suspicious };
      }),
    );
  }

  /** The hits again, and the gradients `a …` and `b …` of the members at some places. */
  async sweep(feeds: Feeds, wanted: readonly number[]): Promise<{ hits: readonly number[]; gradients: Results }[]> {
    const { atOnce } = this.programs.engine;
    const places = atOnce ? fewPlaces(wanted.length, this.places) : this.places;
    if (places === this.places) return this.sweepAll(this.parameters, feeds, wanted);
    // places left over are filled with the last network
    const indices = Array.from({ length: places }, (_, i) => wanted[Math.min(i, wanted.length - 1)]!);
    const choose = await this.programs.choose(this.places, places);
    const names = Object.keys(this.parameters);
    const { held } = await choose.runHolding({ ...this.parameters, places: tensor("i32", indices) }, names);
    try {
      return await new Crowd(this.members, places, this.programs, held).sweepAll(held, feeds, [...wanted.keys()]);
    } finally {
      disposeAll(held);
    }
  }

  private async sweepAll(parameters: Parameters, feeds: Feeds, wanted: readonly number[]) {
    const sweeps = await this.programs.sweeps(this.places);
    const fed = { ...parameters, ...feeds };
    if (this.places === 1) {
      const gradients = await sweeps.run(fed);
      return [{ hits: this.hits(gradients, 0), gradients }];
    }
    const names = this.programs.parameters.flatMap((name) => [`a ${name}`, `b ${name}`]);
    const { results, held } = await sweeps.runHolding(fed, names);
    try {
      const pick = await this.programs.pick(this.places);
      const found: { hits: readonly number[]; gradients: Results }[] = [];
      for (const place of wanted) {
        const gradients = await pick.run({ ...held, place: tensor("i32", [place]) });
        found.push({ hits: this.hits(results, place), gradients });
      }
      return found;
    } finally {
      disposeAll(held);
    }
  }

  /** The first layer's weights first. */
  get parameterNames(): readonly string[] {
    return this.programs.parameters;
  }

  dispose(): void {
    disposeAll(this.parameters);
  }

  private hits(results: Results, place: number, batch = ""): number[] {
    return Array.from({ length: this.programs.layers }, (_, i) => results[`hits ${i + 1}${batch}`]!.data[place]!);
  }
}

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
