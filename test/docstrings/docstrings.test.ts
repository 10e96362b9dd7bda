/** Every public name has an example in its docstring: a cell of its own, which compiles, runs and prints what it says. */
import { describe, expect, it } from "vitest";
import { type PublicName, publicNames } from "./public-names";
import { run, saidLines } from "./run";
import { typeErrors } from "./type-errors";

const names = publicNames();
const examples = names.flatMap((name) => name.examples);
const folders: [string, PublicName[]][] = [...new Set(names.map(({ folder }) => folder))].map((folder) => [
  folder,
  names.filter((name) => name.folder === folder),
]);

it("the public names are found", () => {
  expect(names.length).toBeGreaterThan(200);
  expect(names.find(({ name }) => name === "relu")?.folder).toBe("nn");
  expect(names.find(({ name }) => name === "gradient")?.description).toMatch(/[a-z]/);
});

it.each([...folders])("every name of %s has an example", (_, inFolder) => {
  expect(inFolder.filter((name) => name.examples.length === 0).map(({ name }) => name)).toEqual([]);
});

it("an example imports from nonsmooth and from Node alone, and ends with what it prints", () => {
  for (const { name, code } of examples) {
    const modules = [...code.matchAll(/from "([^"]*)"/g)].map(([, module]) => module!);
    expect(
      modules.filter((module) => module !== "nonsmooth" && !module.startsWith("node:")),
      name,
    ).toEqual([]);
    expect(code, name).toContain("console.log(");
  }
});

it("the examples have no type errors under the project's strict options", () => {
  expect(typeErrors(examples)).toEqual([]);
});

describe.each([...folders])("the examples of %s", (_, inFolder) => {
  const codes = inFolder.flatMap((name) => name.examples);

  it("run, and print what they say", () => {
    for (const [i, { name, printed, error }] of run(codes).entries()) {
      expect(error, name).toBe("");
      expect(printed, name).not.toBe("");
      let from = 0;
      for (const line of saidLines(codes[i]!.code)) {
        const at = `\n${printed}`.indexOf(`\n${line}\n`, from);
        expect(at, `${name} says it prints\n${line}\nand prints\n${printed}`).toBeGreaterThanOrEqual(0);
        from = at + line.length + 1;
      }
    }
  });
});
