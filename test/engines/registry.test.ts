import { describe, expect, it } from "vitest";
import { createEngine, defaultEngine, engines } from "../../src/engines";
import { formatNames } from "../../src/formats";
import { enginesIn } from "../helpers/engines";

describe("createEngine", () => {
  it.each(enginesIn("f32"))("createEngine makes $id, which knows its id and its formats", ({ id, create }) => {
    const engine = create();
    expect(engine.id).toBe(id);
    expect(formatNames).toEqual(expect.arrayContaining([...engine.formats]));
    expect(engines.find((known) => known.id === id)!.summary).toContain("f32");
  });

  it.each(["onnx-cpu", "reference"])("%s computes every format", (id) => {
    expect(createEngine(id).formats).toEqual(formatNames);
  });

  it("the default engine is the first of the list, and is made unless another is named", () => {
    expect(createEngine().id).toBe(defaultEngine);
    expect(engines[0]!.id).toBe(defaultEngine);
  });

  it("an unknown engine is refused with the nearest name", () => {
    const known = [...engines.map(({ id }) => id), "auto"].join(", ");
    expect(() => createEngine("onnx-cup")).toThrow(
      `engine: must be one of ${known}, got "onnx-cup"\nHint: did you mean onnx-cpu?`,
    );
    expect(() => createEngine("toString")).toThrow(`engine: must be one of ${known}, got "toString"`);
  });

  it.each([0, -1, 1.5, Number.NaN])("%d threads are refused", (threads) => {
    expect(() => createEngine("onnx-cpu", { threads })).toThrow(`threads: must be a positive integer, got ${threads}`);
  });

  it("an engine records how many threads it takes, since bits may depend on it", () => {
    expect(createEngine("onnx-cpu").settings).toEqual({ threads: 1 });
    expect(createEngine("onnx-cpu", { threads: 2 }).settings).toEqual({ threads: 2 });
    expect(createEngine("reference").settings).toEqual({});
  });
});

it.each([...engines.map(({ id }) => id)])("%s has no format of a name that is none", (id) => {
  const { hasFormat } = engines.find((record) => record.id === id)!;
  expect(hasFormat("f32")).toBe(true);
  for (const name of ["e2p5", "e11p5", "E5p11", "e5p11-Flush", "foo", "i32", "constructor", null, 16, undefined])
    expect(hasFormat(name as "f32"), String(name)).toBe(false);
});
