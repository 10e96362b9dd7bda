/** `name?`, Shift-Tab and Tab show the same docstrings as the site. */
import { createConverter } from "tslab/dist/converter";
import { afterAll, describe, expect, it } from "vitest";
import { betterConverter } from "../../../src/notebook/tslab/converter";
import { tooltip } from "../../../src/notebook/tslab/inspection";
import { answer, askedName } from "../../../src/notebook/tslab/question";
import { type PublicName, publicNames } from "../../docstrings/public-names";

const converter = betterConverter(() => createConverter({ isJS: false, isBrowser: false }));
afterAll(() => converter.close());
const documented = publicNames();
/** After a cell that has imported every name: to compile an import takes half a second. */
const imported = `import { ${documented.map(({ name }) => name).join(", ")} } from "nonsmooth";\n`;
const executor = { inspect: (source: string, position: number) => converter.inspect(imported, source, position) };
const indented = (code: string) => code.trimEnd().replace(/^(?=.)/gm, "    ");

describe("a question", () => {
  it.each([
    ["gradient?", "gradient"],
    ["?gradient", "gradient"],
    [" ops.relu ? ;\n", "ops.relu"],
    ["gradient", undefined],
    ["a ? b : c", undefined],
    ["a?.b", undefined],
    ["f()?", undefined],
    ["gradient?\nwilson?", undefined],
  ])("%j asks about %s", (source, name) => {
    expect(askedName(source)).toBe(name);
  });

  it("is answered with the whole docstring of each public name", () => {
    const bare = { inspect: (source: string, position: number) => converter.inspect("", source, position) };
    expect(answer("wilson", bare)).toBe(answer("wilson", executor));
    const missing = documented.filter(({ name, description, examples }: PublicName) => {
      const text = answer(name, executor);
      return !text.includes(description) || !examples.every(({ code }) => text.includes(indented(code)));
    });
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it("an unknown name is refused", () => {
    expect(() => answer("unheardOf", executor)).toThrow(
      "unheardOf?: must be a name that a cell has declared or imported, or a public name of nonsmooth",
    );
  });
});

it("Tab offers every public name, and Shift-Tab on it shows what the question does", () => {
  const imports = "import {  } from 'nonsmooth'";
  const { candidates } = converter.complete("", imports, imports.indexOf("{ ") + 2);
  expect(documented.map(({ name }) => name).filter((name) => !candidates.includes(name))).toEqual([]);
  const code = 'import { wilson } from "nonsmooth";\nwilson(1, 2)';
  const called = tooltip(converter.inspect("", code, code.indexOf("wilson(") + 2));
  // beyond the first lines, which tell a call from a name
  const rest = (text: string) => text.slice(text.indexOf("\n\n"));
  expect(rest(called)).toBe(rest(answer("wilson", executor)));
});
