/** Questions to every engine that works here, in each format. */
import type { FormatName } from "nonsmooth";
import { NO_TIME } from "../compare";
import type { Partner } from "../partner";
import { FORMATS } from "../problem";
import type { Row, Setting } from "../types";
import { whyNot } from "./sides";

export interface Asked {
  /** A process of its own. */
  readonly partner: Partner;
  readonly engine: string;
  readonly format: FormatName;
}

/** Asks every engine, as many formats at a time as there are cores; one that fails gets a row that says why. */
export async function eachEngine(
  setting: Setting,
  kind: string,
  ask: (asked: Asked) => Promise<void>,
  add: (row: Row) => void,
): Promise<void> {
  const waiting = [...setting.engines.keys()].flatMap((engine) => FORMATS.map((format) => ({ engine, format })));
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { engine, format } = next;
      const reason = setting.left() > 0 ? whyNot(setting, engine, format) : NO_TIME;
      if (reason === undefined) await askOne(setting, kind, next, ask, add);
      else add({ what: format, engine, missing: reason });
    }
  };
  await Promise.all(Array.from({ length: setting.cores }, lane));
}

async function askOne(
  setting: Setting,
  kind: string,
  { engine, format }: Omit<Asked, "partner">,
  ask: (asked: Asked) => Promise<void>,
  add: (row: Row) => void,
): Promise<void> {
  setting.note(`${kind}: ${engine}, ${format}`);
  const partner = setting.ours(kind);
  try {
    await ask({ partner, engine, format });
  } catch (error) {
    add({ what: format, engine, missing: (error as Error).message });
  } finally {
    partner.close();
  }
}
