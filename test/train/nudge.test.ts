/** The smallest change of a training: one weight, one unit in the last place, once. */
import { describe, expect, it } from "vitest";
import { createEngine } from "../../src/engines";
import { formatNames } from "../../src/formats";
import { tensor } from "../../src/ir";
import { nudged, runTraining, type Tensors, type Training, type TrainingEvent } from "../../src/train";
import { smallTraining } from "./support";

/** Places at which two sets of tensors differ: "fc1.weight 17". */
const differences = (a: Tensors, b: Tensors): string[] =>
  Object.entries(a).flatMap(([name, { data }]) =>
    Array.from(data).flatMap((x, i) => (Object.is(x, b[name]!.data[i]) ? [] : [`${name} ${i}`])),
  );

describe("nudged", () => {
  // the next number after 1.5 and before −1.5 with a significand of 4, 3, 11, 8, 11, 24 and 53 bits
  const ULP = {
    e4m3: 2 ** -3,
    e5m2: 2 ** -2,
    f16: 2 ** -10,
    bf16: 2 ** -7,
    tf32: 2 ** -10,
    f32: 2 ** -23,
    f64: 2 ** -52,
  };

  it.each(formatNames)("the first of the largest elements is one unit further from 0 in %s", (format) => {
    const changed = (values: number[]) => Array.from(nudged(tensor(format, values)).data);
    expect(changed([0.5, 1.5, -1, 1.5])).toEqual([0.5, 1.5 + ULP[format], -1, 1.5]);
    expect(changed([0.5, -1.5])).toEqual([0.5, -1.5 - ULP[format]]);
    expect(changed([0])[0]).toBeGreaterThan(0);
  });

  it("shape and format stay, and an index is refused", () => {
    const { shape, format } = nudged(tensor("f16", [1, 2, 3, 4], [2, 2]));
    expect({ shape, format }).toEqual({ shape: [2, 2], format: "f16" });
    expect(() => nudged(tensor("i32", [1]))).toThrow('nudge: must be of a parameter, got "i32"');
  });
});

describe("a training with a nudge", () => {
  const engine = createEngine("reference");
  const end = async (options: Partial<Training>, onEvent?: (event: TrainingEvent) => void) =>
    (await runTraining(smallTraining({ engine, epochs: 1, ...options }), onEvent)).state.tensors;

  it.each(["f16", "f32", "f64"] as const)(
    "after the nudged step one weight differs by one unit in %s",
    async (precision) => {
      const last = { epoch: 0, batch: 4, parameter: "fc1.weight" };
      const [plain, changed] = [await end({ precision }), await end({ precision, nudge: last })];
      const found = differences(plain, changed);
      expect(found).toHaveLength(1);
      expect(found[0]).toMatch(/^fc1\.weight \d+$/);
      expect(changed["fc1.weight"]).toEqual(nudged(plain["fc1.weight"]!));
    },
  );

  it("nothing differs before the step, and the losses part after it", async () => {
    const losses = async (options: Partial<Training>) => {
      const found: number[] = [];
      await end({ precision: "f64", ...options }, (event) => event.kind === "step" && found.push(event.loss));
      return found;
    };
    const [plain, changed] = [
      await losses({}),
      await losses({ nudge: { epoch: 0, batch: 1, parameter: "fc1.weight" } }),
    ];
    expect(changed.slice(0, 2)).toEqual(plain.slice(0, 2));
    expect(changed.slice(2)).not.toEqual(plain.slice(2));
    for (const [i, loss] of changed.entries()) expect(Math.abs(loss - plain[i]!)).toBeLessThan(1e-12);
  });

  it("losses that are read several at a time give the same bits", async () => {
    const nudge = { epoch: 0, batch: 1, parameter: "fc1.weight" };
    expect(differences(await end({ nudge }), await end({ nudge, readEvery: 3 }))).toEqual([]);
  });

  it("a parameter that there is not is refused", async () => {
    await expect(end({ nudge: { epoch: 0, batch: 0, parameter: "fc9.weight" } })).rejects.toThrow(
      /^tensor: must be one of fc1\.weight, .*, got "fc9\.weight"/,
    );
  });
});
