import { expect, it } from "vitest";
import { errorReport, isInterruption } from "../../../src/notebook/tslab/report";

it("a report is text, whatever was thrown", () => {
  const circle = new Error("circle");
  circle.cause = circle;
  const hostile = new Error("x");
  Object.defineProperty(hostile, "message", {
    get() {
      throw new Error("no");
    },
  });
  const odd = Object.assign(new Error(), { message: { a: 1 }, name: 7 });
  const symbol = Object.assign(new Error("x"), { name: Symbol("s") });
  const values = [circle, hostile, odd, symbol, null, undefined, "text", { a: 1 }, Object.create(null)];
  for (const thrown of values) {
    const { ename, evalue, traceback } = errorReport(thrown);
    expect([ename, evalue, ...traceback].map((part) => typeof part)).toEqual(["string", "string", "string"]);
  }
  expect(errorReport(circle).traceback[0]).toMatch(/^Error: circle/);
  expect(errorReport(circle).traceback[0]).not.toContain("caused by");
  expect(isInterruption(hostile)).toBe(false);
});
