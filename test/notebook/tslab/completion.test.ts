/** Completion and tooltips as JupyterLab gets them, for code in the project's folder. */
import { createConverter } from "tslab/dist/converter";
import { afterAll, describe, expect, it } from "vitest";
import * as experiments from "../../../src/experiments";
import { completions } from "../../../src/notebook/tslab/completion";
import { betterConverter } from "../../../src/notebook/tslab/converter";
import { settingText, tooltip } from "../../../src/notebook/tslab/inspection";
import { requireBuild } from "../support";

requireBuild();
const converter = betterConverter(() => createConverter({ isJS: false, isBrowser: false }));
afterAll(() => converter.close());

const imports = 'import { bifurcationFrequency, createNetwork, runInNotebook, wilson } from "nonsmooth";\n';

/** What is offered at the bar in the code, and the code with the first offer taken. */
function offered(marked: string): { names: readonly string[]; taken: string } {
  const position = imports.length + marked.indexOf("|");
  const code = imports + marked.replace("|", "");
  const { start, end, candidates } = completions(converter.complete("", code, position), code, position);
  return {
    names: candidates,
    taken: (code.slice(0, start) + (candidates[0] ?? "") + code.slice(end)).slice(imports.length),
  };
}

describe("completion", () => {
  it("completion offers networks between the quotes, and replaces what stands there", () => {
    const { names, taken } = offered('createNetwork("vgg1|", { inputShape: [32, 32, 3], classes: 10 })');
    expect(names).toEqual(["vgg11", "vgg13", "vgg16", "vgg19"]);
    expect(taken).toBe('createNetwork("vgg11", { inputShape: [32, 32, 3], classes: 10 })');
  });

  it("completion offers the keys of an experiment's configuration in `set`", () => {
    const { names } = offered("runInNotebook(bifurcationFrequency, { set: { | } })");
    expect(names).toEqual(expect.arrayContaining(["widths", "depths", "precisions", "runs", "chainRule"]));
    expect(offered("runInNotebook(bifurcationFrequency, { set: { wid| } })").taken).toBe(
      "runInNotebook(bifurcationFrequency, { set: { widths } })",
    );
  });

  it("completion offers names outside of quotes", () => {
    expect(offered("wil|").names[0]).toBe("wilson");
  });
});

describe("a tooltip", () => {
  it("a tooltip has the declaration and the tags", () => {
    const code = `${imports}createNetwork;`;
    const text = tooltip(converter.inspect("", code, code.length - 3));
    expect(text).toContain("createNetwork");
    expect(text).toMatch(/@throws /);
  });
});

describe("a setting's text", () => {
  const at = (marked: string) => settingText(marked.replace("|", ""), marked.indexOf("|"), () => experiments);

  it("a setting's text is its description in the schema, with the default", () => {
    const text = at("await runInNotebook(surprise, { preset: 'smoke', set: { see|d: 3 } });");
    const { seed } = experiments.surprise.schema.parse({}) as { seed: number };
    expect(text).toMatch(new RegExp(`^seed: .{5,} \\(default ${seed}\\)$`));
    expect(at('makeConfig(surprise, { set: { "seed|": 3 } })')).toBe(text);
    // a completion as it is tried: nothing is closed yet
    expect(at("await runInNotebook(surprise, { set: { seed|")).toBe(text);
  });

  it("only keys in the `set` of a known experiment have a text", () => {
    for (const other of [
      "runInNotebook(surprise, { set: { see|: 3 } })",
      "runInNotebook(unknown, { set: { seed|: 3 } })",
      "runInNotebook(surprise, { other: { seed|: 3 } })",
      "runInNotebook(surprise, { set: { seed: see|d } })",
      "({ set: { seed|: 3 } })",
      "|",
    ])
      expect(at(other), other).toBeUndefined();
  });
});
