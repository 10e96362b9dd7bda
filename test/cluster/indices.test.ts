/** Indices of array tasks, as they are written for Slurm and as it lists them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { indexList, parseIndices } from "../../src/cluster/indices";

describe("indices of array tasks", () => {
  it("are written as ranges, and read back", () => {
    expect(indexList([2, 5, 6, 7])).toBe("2,5-7");
    expect(indexList([])).toBe("");
    const some = fc.uniqueArray(fc.nat(300)).map((indices) => indices.sort((a, b) => a - b));
    fc.assert(
      fc.property(some, (indices) => {
        expect(parseIndices(indexList(indices))).toEqual(indices);
      }),
    );
  });

  it.each([
    ["3", [3]],
    ["0", [0]],
    ["1-1", [1]],
    ["[2,5-7%2]", [2, 5, 6, 7]],
    ["[1-4]", [1, 2, 3, 4]],
    ["1-9:3", [1, 4, 7]],
    ["1-8:3%2", [1, 4, 7]],
    // a list that squeue has cut off
    ["[1-3,...]", [1, 2, 3]],
    ["1,,2", [1, 2]],
  ])("%j is %j", (text, indices) => {
    expect(parseIndices(text)).toEqual(indices);
  });

  it.each(["", "N/A", "a", "-3", "1-", "7-5", "1-2-3", "1-9:0", "1.5", "0-4000001", "1-99999999999999999999"])(
    "%j is none",
    (text) => {
      expect(parseIndices(text)).toEqual([]);
    },
  );
});
