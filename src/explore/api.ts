/** What the page can ask. */
import { rowsSchemaIn } from "../experiments";
import { darkColors, precisionStyle, seriesStyle } from "../figures";
import { precisions } from "../formats";
import { compareMany } from "./comparison";
import type { Shelf } from "./shelf";
import type { LooksAnswer, RunAnswer } from "./types";

/** A question that has no answer. */
export class Unanswered extends Error {
  constructor(
    readonly status: 400 | 404,
    message: string,
  ) {
    super(message);
  }
}

/** An answer for people, who read it in the browser. */
export class Indented {
  constructor(readonly value: unknown) {}
}

type Ask = (shelf: Shelf, parameters: URLSearchParams) => unknown;

/** By path. */
export const questions: Readonly<Record<string, Ask>> = {
  "/api/runs": (shelf) => shelf.list(),
  "/api/run": (shelf, parameters): RunAnswer => {
    const { line, entry } = found(shelf, required(parameters, "id"));
    const schema = rowsSchemaIn(entry);
    const columns = Object.entries(schema?.columns ?? {}).map(([name, { meaning, unit }]) => ({ name, meaning, unit }));
    return { line, manifest: entry.manifest, columns, key: schema?.keyColumns ?? [] };
  },
  "/api/manifest": (shelf, parameters) => {
    const id = required(parameters, "id");
    const { entry } = found(shelf, id);
    if (entry.manifest === undefined) throw new Unanswered(404, `${id} has no manifest that can be read`);
    return new Indented(entry.manifest);
  },
  "/api/rows": (shelf, parameters) => {
    const id = required(parameters, "id");
    const from = Number(parameters.get("from") ?? 0);
    if (!Number.isSafeInteger(from) || from < 0) throw new Unanswered(400, "from must be a whole number, 0 or more");
    return shelf.rows(id, from, parameters.get("of") ?? undefined) ?? missing(id);
  },
  "/api/compare": (shelf, parameters) => {
    const ids = required(parameters, "ids").split(",");
    return compareMany(ids.map((id) => found(shelf, id)));
  },
  "/api/looks": (): LooksAnswer => ({
    series: Array.from({ length: 64 }, (_, index) => seriesStyle(index)),
    precisions: Object.fromEntries(precisions.map(({ id }) => [String(id), precisionStyle(id)])),
    dark: darkColors,
  }),
};

function required(parameters: URLSearchParams, name: string): string {
  const given = parameters.get(name);
  if (!given) throw new Unanswered(400, `${name} must be given`);
  return given;
}

const found = (shelf: Shelf, id: string) => shelf.find(id) ?? missing(id);

function missing(id: string): never {
  throw new Unanswered(404, `there is no run ${id}`);
}
