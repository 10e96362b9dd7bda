/**
 * Networks that go through one program at a time, their parameters held where the engine computes.
 *
 * The sweeps after a hit run on the same number of networks as the screening: a GPU's kernels may sum in another order for
 * another number, and zeros would come and go. Only the gradients of the networks that are asked for leave the engine.
 */
import { stackFeeds } from "../../autodiff";
import type { Feeds, Held, Results } from "../../engines";
import { type Tensor, tensor } from "../../ir";
import type { CellPrograms } from "./programs";

export interface Screened {
  /** Exact zeros of each hidden layer's pre-activation. */
  readonly hits: readonly number[];
  /** A hit, or something that is not finite. */
  readonly suspicious: boolean;
}

export class Crowd<Member extends { readonly parameters: Readonly<Record<string, Tensor>> }> {
  private constructor(
    readonly members: readonly Member[],
    private readonly places: number,
    private readonly programs: CellPrograms,
    private readonly parameters: Readonly<Record<string, Held>>,
  ) {}

  /** Brings networks to the engine, into a number of places; places left over are filled with the last network. */
  static async gather<M extends { readonly parameters: Readonly<Record<string, Tensor>> }>(
    members: readonly M[],
    places: number,
    programs: CellPrograms,
  ): Promise<Crowd<M>> {
    const all = Array.from({ length: places }, (_, i) => members[Math.min(i, members.length - 1)]!.parameters);
    const tensors = places === 1 ? all[0]! : stackFeeds(all);
    const held: Record<string, Held> = {};
    for (const [name, x] of Object.entries(tensors)) held[name] = await programs.engine.hold(x);
    return new Crowd(members, places, programs, held);
  }

  /** Only these networks, if half of the places are enough for them; then this crowd is disposed of. */
  async without(decided: (member: Member) => boolean): Promise<Crowd<Member>> {
    const left = this.members.filter((member) => !decided(member));
    const places = placesFor(left.length, this.places);
    if (places === this.places) return this;
    const smaller = await Crowd.gather(left, places, this.programs);
    this.dispose();
    return smaller;
  }

  /** The forward pass on a mini-batch, member by member. */
  async screen(x: Tensor | Held): Promise<Screened[]> {
    const screen = await this.programs.screen(this.places);
    const results = await screen.run({ ...this.parameters, x });
    return this.members.map((_, place) => {
      const hits = this.hits(results, place);
      const suspicious = hits.some((n) => n > 0) || !Number.isFinite(results.check!.data[place]!);
      return { hits, suspicious };
    });
  }

  /** The hits again, and the gradients `a …` and `b …` of the members at some places. */
  async sweep(feeds: Feeds, wanted: readonly number[]): Promise<{ hits: readonly number[]; gradients: Results }[]> {
    const sweeps = await this.programs.sweeps(this.places);
    const fed = { ...this.parameters, ...feeds };
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
      for (const x of Object.values(held)) x.dispose();
    }
  }

  dispose(): void {
    for (const x of Object.values(this.parameters)) x.dispose();
  }

  private hits(results: Results, place: number): number[] {
    return Array.from({ length: this.programs.layers }, (_, i) => results[`hits ${i + 1}`]!.data[place]!);
  }
}

/** As many places as there were, or the smallest half, quarter, … of them that holds so many networks. */
export function placesFor(networks: number, most: number): number {
  const half = Math.ceil(most / 2);
  return most > 1 && networks <= half ? placesFor(networks, half) : most;
}
