import { describe, expect, it } from "vitest";
import { outcomeOf } from "../bad-input/bad-input";
import { areas } from "./bad-input";

describe.each(areas)("$title", ({ inputs }) => {
  it.each(inputs)("$input", async (one) => {
    expect(await outcomeOf(one)).toBe(one.gets);
  });
});

it("no bad input is listed twice", () => {
  for (const { inputs } of areas) expect(new Set(inputs.map(({ input }) => input)).size).toBe(inputs.length);
});
