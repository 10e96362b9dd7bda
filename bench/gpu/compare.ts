/** Rates of several programs in alternating rounds, a row for each of ours. */
import { spread } from "../statistics";
import type { Partner } from "./partner";
import type { Facts, Setting, TimedRow, Unit } from "./types";

export interface Side {
  /** The engine, or what the peer is. */
  readonly name: string;
  /** Processes that measure at the same time; their rates add up. */
  readonly partners: readonly Pick<Partner, "prepare" | "measure">[];
  readonly options: object;
  /** Why it cannot take part. */
  readonly failure?: string;
}

interface Comparison {
  readonly what: string;
  readonly unit: Unit;
  readonly ours: readonly Side[];
  readonly peer?: Side;
  /** How far the first losses of ours may be from the peer's, relative; default: they are not compared. */
  readonly tolerance?: number;
}

/** A side on its way: its rates, and what ended them. */
interface Runner extends Omit<Side, "failure"> {
  readonly rates: number[];
  facts?: Facts;
  failure?: string;
}

export const NO_TIME = "no time was left";

/**
 * Prepares every side, then measures them in turns, the order reversed from round to round, as long as there is time. A side
 * that fails is left out from there on, and its row says why.
 */
export async function compare(
  setting: Pick<Setting, "rounds" | "seconds" | "note" | "left">,
  { ours, peer, ...what }: Comparison,
  add: (row: TimedRow) => void,
): Promise<void> {
  const mine = ours.map((side): Runner => ({ ...side, rates: [] }));
  const other: Runner | undefined = peer && { ...peer, rates: [] };
  for (const side of mine) await prepare(side, what.what, setting);
  const present = mine.filter(({ failure }) => failure === undefined);
  if (other && present.length > 0) await prepare(other, what.what, setting);
  const all = other ? [...present, other] : present;
  for (let round = 0; round < setting.rounds && (round === 0 || setting.left() > 0); round++) {
    for (const side of round % 2 === 0 ? all : all.toReversed()) {
      await unlessFailed(side, async () => {
        const found = await Promise.all(side.partners.map((partner) => partner.measure(setting.seconds)));
        side.rates.push(found.reduce((sum, { rate }) => sum + rate, 0));
      });
    }
  }
  for (const side of mine) add(rowOf(side, other, what));
}

async function prepare(side: Runner, what: string, { note, left }: Pick<Setting, "note" | "left">): Promise<void> {
  if (left() <= 0) side.failure ??= NO_TIME;
  if (side.failure === undefined) note(`${what}: ${side.name}`);
  await unlessFailed(side, async () => {
    const facts = await Promise.all(side.partners.map((partner) => partner.prepare(side.options)));
    side.facts = facts[0]!;
  });
}

async function unlessFailed(side: Runner, action: () => Promise<void>): Promise<void> {
  if (side.failure !== undefined) return;
  try {
    await action();
  } catch (error) {
    side.failure = (error as Error).message;
  }
}

/** What was measured before a failure counts. */
function rowOf(side: Runner, other: Runner | undefined, { what, unit, tolerance }: Omit<Comparison, "ours">): TimedRow {
  const rounds = Math.min(side.rates.length, other?.rates.length ?? 0);
  const apart = rounds > 0 && tolerance !== undefined ? disagreement(side.facts, other?.facts, tolerance) : undefined;
  const missing = side.failure ?? other?.failure ?? apart;
  const ratios = side.rates.slice(0, rounds).map((rate, round) => rate / other!.rates[round]!);
  return {
    what,
    engine: side.name,
    unit,
    ...(side.rates.length > 0 && { ours: spread(side.rates) }),
    ...(rounds > 0 && { peer: other!.facts?.form ?? other!.name, theirs: spread(other!.rates), told: other!.facts }),
    ...(rounds > 0 && apart === undefined && { ratio: spread(ratios) }),
    ...(missing !== undefined && { missing }),
  };
}

/** A program that computes something else is not to be compared with. */
function disagreement(ours: Facts | undefined, theirs: Facts | undefined, tolerance: number): string | undefined {
  const [mine, others] = [ours?.losses ?? [], theirs?.losses ?? []];
  const agree = mine.length === others.length && mine.every((x, i) => Math.abs(x / others[i]! - 1) <= tolerance);
  return agree ? undefined : `the first losses must agree to ${tolerance}: ${mine.join(", ")} and ${others.join(", ")}`;
}
