/** Questions to every engine that works here, in each of the narrow formats. */
import type { FormatName } from "nonsmooth";
import { NO_TIME } from "../compare";
import type { Partner } from "../partner";
import type { Row, Setting } from "../types";
import { whyNot } from "./sides";

interface Asked {
  readonly partner: Partner;
  readonly engine: string;
  readonly format: FormatName;
}

/** Asks every engine; one that fails gets a row that says why. */
export async function eachEngine(
  setting: Setting,
  kind: string,
  ask: (asked: Asked) => Promise<void>,
  add: (row: Row) => void,
): Promise<void> {
  for (const engine of setting.engines.keys()) {
    const partner = setting.ours(kind);
    for (const format of ["f32", "f16"] as const) {
      const reason = setting.left() > 0 ? whyNot(setting, engine, format) : NO_TIME;
      if (reason !== undefined) {
        add({ what: format, engine, missing: reason });
        continue;
      }
      setting.note(`${kind}: ${engine}, ${format}`);
      try {
        await ask({ partner, engine, format });
      } catch (error) {
        add({ what: format, engine, missing: (error as Error).message });
      }
    }
    partner.close();
  }
}
