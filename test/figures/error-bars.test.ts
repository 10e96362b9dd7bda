import { expect, it } from "vitest";
import { errorBars } from "../../src/figures";

it("an error bar reaches from low to high, and is missing where there is no interval", () => {
  const points = [{ y: 2, low: 1, high: 5 }, { y: 3, low: null, high: null }, { y: 4 }];
  const bars = { type: "data", symmetric: false, array: [3, null, null], arrayminus: [1, null, null] };
  expect(errorBars(points)).toEqual(bars);
  expect(errorBars(points, { visible: false, color: "red" })).toEqual({ ...bars, visible: false, color: "red" });
});
