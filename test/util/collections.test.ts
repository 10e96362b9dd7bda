import { expect, it } from "vitest";
import { groupBy, sumOf } from "../../src/util";

it("groups hold their items in order, and stand in the order in which their keys are first met", () => {
  const groups = groupBy([5, 2, 8, 3, 1], (n) => n % 2 === 0);
  expect([...groups]).toEqual([
    [false, [5, 3, 1]],
    [true, [2, 8]],
  ]);
  expect([...groupBy([], String)]).toEqual([]);
});

it("a sum is of one number of each item, and 0 without items", () => {
  expect(sumOf(["a", "bcd", ""], ({ length }) => length)).toBe(4);
  expect(sumOf([], Number)).toBe(0);
});
