import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseSettings } from "../../src/cli/settings";
import { experiment, makeConfig } from "../../src/experiments";
import { figureCommand, settingsOf } from "../../src/figures/command";
import { manifestOf, results } from "../helpers/rows";

/** What a shell makes of the settings of a command. */
const wordsOf = (settings: readonly string[]) =>
  settings.map((text) =>
    text
      .replace(/^--set /, "")
      .replace(/^'(.*)'$/s, "$1")
      .replaceAll("'\\''", "'"),
  );

describe.each(readdirSync(results))("the settings of %s", (name) => {
  it.each(["smoke", "laptop", "paper"])("are its configuration when they are set on the preset %s", (preset) => {
    const { experiment: of, config } = manifestOf(name);
    const chosen = experiment(of);
    const set = parseSettings(wordsOf(settingsOf(of, preset, config)), chosen);
    expect(makeConfig(chosen, { preset, set })).toEqual(config);
  });
});

it("a figure of another name and preset says both in its command", () => {
  const chosen = experiment("zeros");
  const config = { ...makeConfig(chosen, { preset: "smoke" }), dataset: "it's glyphs" };
  expect(figureCommand("zeros", "zeros-2", { experiment: "zeros", config, preset: "smoke" })).toBe(
    "npx nonsmooth figure zeros --as zeros-2 --preset smoke --set 'dataset=it'\\''s glyphs'",
  );
  expect(
    figureCommand("zeros", "zeros", { experiment: "zeros", config: { ...makeConfig(chosen, { preset: "laptop" }) } }),
  ).toBe("npx nonsmooth figure zeros");
});
