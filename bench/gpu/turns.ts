/** Which engine is measured in which part, for how long, one after the other. */
import { NO_TIME } from "./compare";
import type { Outcome, Results } from "./tables";
import type { Part, Setting } from "./types";

interface Turn {
  readonly engine: string;
  readonly part: Part;
}

interface Run {
  readonly parts: readonly Part[];
  readonly engines: readonly string[];
  /** Seconds that are left to all. */
  left(): number;
  /** @param left seconds that are left to a part */
  setting(engine: string, left: () => number): Setting;
  readonly results: Pick<Results, "parts">;
  /** Called after every row. */
  save(): void;
}

/** With less time nothing can be measured. */
const LEAST = 3;

/**
 * All parts for the first engine, then for the next. Each part may take its share of what is left to the parts of its engine; an engine's last
 * one may take all.
 */
export async function runTurns({ parts, engines, left, setting, results, save }: Run): Promise<void> {
  for (const engine of engines) {
    const turns = parts.filter(({ only = engine }) => only === engine).map((part): Turn => ({ engine, part }));
    for (const [i, turn] of turns.entries()) {
      const all = turns.slice(i).reduce((sum, { part }) => sum + part.share, 0);
      const until = left() * (1 - turn.part.share / all);
      results.parts[turn.part.name] ??= { rows: [], finished: true, seconds: 0 };
      const own = setting(engine, () => left() - until);
      await take(turn, own, results.parts[turn.part.name]!, save);
    }
  }
}

/** A part that fails leaves its rows and one that says why, and the next one begins. */
async function take({ engine, part }: Turn, setting: Setting, outcome: Outcome, save: () => void): Promise<void> {
  const started = performance.now();
  outcome.finished = false;
  const add = (row: Outcome["rows"][number]) => {
    outcome.rows.push(row);
    save();
  };
  try {
    if (setting.left() < LEAST) add({ what: "", engine, missing: NO_TIME });
    else await part.run(setting, add);
    outcome.finished = outcome.error === undefined;
  } catch (error) {
    outcome.error = (error as Error).message;
    setting.note(`${part.name}: ${outcome.error}`);
    add({ what: "", engine, missing: outcome.error });
  }
  outcome.seconds = Math.round(10 * outcome.seconds + (performance.now() - started) / 100) / 10;
  save();
}
