/** `name?` or `?name` as a cell, as in IPython: it shows what Shift-Tab shows. In TypeScript neither is a program. */
import type { QuickInfo } from "@tslab/typescript-for-tslab";
import { NonsmoothError } from "../../util";
import { tooltip } from "./inspection";

/** What an executor knows about code. */
interface Inspector {
  inspect(source: string, position: number): QuickInfo | undefined;
}

/** The name, with dots or without, that a cell asks about; undefined for any other cell. */
export function askedName(source: string): string | undefined {
  const [, before, after] = /^\s*(?:\?\s*([\w$][\w$.]*)|([\w$][\w$.]*)\s*\?)\s*;?\s*$/.exec(source) ?? [];
  return before ?? after;
}

/**
 * The documentation of a name that a cell has declared or imported, or else of a public name of the library.
 * @throws NonsmoothError for another name
 */
export function answer(name: string, executor: Inspector): string {
  const [first = ""] = name.split(".");
  const sources = [name, `import { ${first} } from "nonsmooth";\n${name}`];
  for (const source of sources) {
    const info = executor.inspect(source, source.length - 1);
    // what the compiler knows nothing about is `any`
    if (info && !/^(?:import|any\b)/.test(tooltip(info))) return tooltip(info);
  }
  throw new NonsmoothError(
    `${name}?`,
    "must be a name that a cell has declared or imported, or a public name of nonsmooth",
    {
      hint: "npx nonsmooth docs searches the documentation",
    },
  );
}
