/** The values at kinks that a training's steps are fed. */
import { type ConventionName, type KinkPlace, kinkInput, placeName, requireKinks, requireKinkValue } from "../autodiff";
import type { FormatName } from "../formats";
import { type Tensor, tensor } from "../ir";
import { fail } from "../util";

/** The place of a kink in the network, and a step of the training. */
export interface KinkMoment extends KinkPlace {
  /** From 0, through all epochs. */
  readonly step: number;
  /** From 0. */
  readonly epoch: number;
}

/** The value at a kink, or what gives it for each place and step; it must depend on these alone, for a training that goes on after a break. */
export type KinkSetting = number | ((at: KinkMoment) => number);

/** Values at kinks by name, or a convention. */
export type TrainingKinks = Readonly<Record<string, KinkSetting>> | ConventionName;

/** What is fed to each step. The graph is the same for all values, so that no step is compiled for one. */
export class KinkFeeds {
  /** Kinks with one value, whose input has its name. */
  readonly constant: readonly string[];
  /** Kinks with an input for each place. */
  readonly placed: readonly string[];
  private readonly given: Readonly<Record<string, KinkSetting>>;
  private readonly constants: Readonly<Record<string, Tensor>>;

  constructor(
    kinks: TrainingKinks,
    private readonly format: FormatName,
  ) {
    requireKinks(kinks, format);
    // the values of a convention are built in
    this.given = typeof kinks === "string" ? {} : kinks;
    const entries = Object.entries(this.given);
    const numbers = entries.filter((entry): entry is [string, number] => typeof entry[1] === "number");
    this.constant = numbers.map(([name]) => name);
    this.placed = entries.filter(([, value]) => typeof value === "function").map(([name]) => name);
    this.constants = Object.fromEntries(numbers.map(([name, value]) => [kinkInput(name), tensor(format, value)]));
  }

  /** @param places by the names of their inputs; @throws NonsmoothError for a value that is not a finite number of the format */
  at(places: ReadonlyMap<string, KinkPlace>, step: number, epoch: number): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = { ...this.constants };
    for (const [name, place] of places) {
      const value: unknown = (this.given[place.kink] as (at: KinkMoment) => number)({ ...place, step, epoch });
      requireKinkValue(`${placeName(place)}, step ${step}`, value, this.format);
      feeds[name] = tensor(this.format, value as number);
    }
    return feeds;
  }

  /** @throws NonsmoothError for a kink that the network does not have */
  requireUsed(inputs: ReadonlyMap<string, unknown>, places: ReadonlyMap<string, KinkPlace>): void {
    const placed = new Set([...places.values()].map(({ kink }) => kink));
    const stray =
      this.constant.find((name) => !inputs.has(kinkInput(name))) ?? this.placed.find((name) => !placed.has(name));
    if (stray !== undefined) fail("kinks", "must be kinks of the network", stray);
  }
}
