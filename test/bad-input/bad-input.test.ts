import { describe, expect, it } from "vitest";
import { areas } from ".";
import { outcomeOf } from "./bad-input";
import { reliability } from "./reliability";

describe.each(areas)("$title", ({ inputs }) => {
  it.each(inputs)("$input", async (one) => {
    expect(await outcomeOf(one)).toBe(one.gets);
  });
});

it("no bad input is listed twice", () => {
  for (const { inputs } of areas) expect(new Set(inputs.map(({ input }) => input)).size).toBe(inputs.length);
});

it("docs/reliability.md is made of the lists", async () => {
  await expect(reliability()).toMatchFileSnapshot("../../docs/reliability.md");
});
