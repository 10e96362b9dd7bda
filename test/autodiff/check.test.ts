/** The checker is checked: it has to reject what is wrong by little, and pass what is right. */
import { describe, expect, it } from "vitest";
import { checkGradient } from "../../src/autodiff";

const square = ([x]: Float64Array) => x! * x!;
const relu = ([x]: Float64Array) => Math.max(x!, 0);
const at = (x: number) => Float64Array.of(x);

describe("checkGradient", () => {
  it("the exact derivative is accepted", async () => {
    await checkGradient(square, at(1), [2]);
    await checkGradient(([x, y]) => Math.exp(x!) * Math.sin(y!), Float64Array.of(0.3, 2), [
      Math.exp(0.3) * Math.sin(2),
      Math.exp(0.3) * Math.cos(2),
    ]);
  });

  it("2.001 in place of the derivative 2 is rejected unless the tolerance allows it", async () => {
    await expect(checkGradient(square, at(1), [2.001])).rejects.toThrow(
      /^gradient at 0: must be (2|1\.9{6}|2\.0{6})\d*, got 2\.001$/,
    );
    await checkGradient(square, at(1), [2.001], { tolerance: 1e-3 });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -2, 0])(
    "%d in place of the derivative 2 is rejected",
    async (wrong) => {
      await expect(checkGradient(square, at(1), [wrong])).rejects.toThrow(`got ${wrong}`);
    },
  );

  it("a gradient that is too short is rejected", async () => {
    const f = ([x, y]: Float64Array) => x! + y!;
    await expect(checkGradient(f, Float64Array.of(1, 2), [1])).rejects.toThrow(
      "gradient at 1: must be 1, got undefined",
    );
  });

  it("the error names the coordinate that is wrong", async () => {
    const f = ([x, y]: Float64Array) => x! + 3 * y!;
    await expect(checkGradient(f, Float64Array.of(1, 2), [1, 4])).rejects.toThrow("gradient at 1: must be 3, got 4");
  });

  it("a kink that was not declared is an error with a hint", async () => {
    await expect(checkGradient(relu, at(0), [0])).rejects.toThrow(
      "gradient at 0: left and right quotients must agree (0 and 1)\nHint: at a kink, say which mixture of the two is expected",
    );
  });

  it.each([0, 0.3, 0.5, 1, 2])(
    "the gradient %d is accepted at a kink with this mixture, and one 0.001 above is rejected",
    async (mixture) => {
      await checkGradient(relu, at(0), [mixture], { mixture });
      await checkGradient(relu, at(-0), [mixture], { mixture });
      const wrong = mixture + 1e-3;
      await expect(checkGradient(relu, at(0), [wrong], { mixture })).rejects.toThrow(
        `gradient at 0: must be ${mixture}, got ${wrong}`,
      );
    },
  );

  it("a gradient of 0 is rejected at a kink where the mixture is 0.5", async () => {
    await expect(checkGradient(relu, at(0), [0], { mixture: 0.5 })).rejects.toThrow(
      "gradient at 0: must be 0.5, got 0",
    );
  });

  it("a mixture has no effect where there is no kink", async () => {
    await checkGradient(relu, at(2), [1], { mixture: 0.5 });
    await expect(checkGradient(relu, at(2), [0.5], { mixture: 0.5 })).rejects.toThrow(
      "gradient at 0: must be 1, got 0.5",
    );
  });

  it("the point is unchanged after a check", async () => {
    const x = Float64Array.of(0.1, 0.2);
    await checkGradient(([a, b]) => a! + b!, x, [1, 1]);
    expect([...x]).toEqual([0.1, 0.2]);
  });
});
