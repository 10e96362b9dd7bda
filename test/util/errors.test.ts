import { describe, expect, it } from "vitest";
import { fail, NonsmoothError, nearest, show } from "../../src/util";

function caught(f: () => void): NonsmoothError {
  try {
    f();
  } catch (error) {
    return error as NonsmoothError;
  }
  throw new Error("nothing was thrown");
}

describe("fail", () => {
  it("an error says what is wrong, the rule and the value", () => {
    const error = caught(() => fail("width", "must be positive", -3));
    expect(error).toBeInstanceOf(NonsmoothError);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("NonsmoothError");
    expect(error.message).toBe("width: must be positive, got -3");
    expect([error.what, error.rule]).toEqual(["width", "must be positive"]);
  });

  it("a value that was not given is told as undefined", () => {
    expect(caught(() => fail("input x", "must be fed", undefined)).message).toBe("input x: must be fed, got undefined");
  });

  it("a hint is on a second line, and an empty one is left out", () => {
    expect(caught(() => fail("engine", "must be known", "onx", "did you mean onnx?")).message).toBe(
      'engine: must be known, got "onx"\nHint: did you mean onnx?',
    );
    expect(caught(() => fail("engine", "must be known", "onx", "")).message).toBe('engine: must be known, got "onx"');
  });
});

describe("NonsmoothError", () => {
  it("an error needs no value, and keeps its cause", () => {
    const cause = new Error("below");
    const error = new NonsmoothError("file", "must be readable", { cause });
    expect(error.message).toBe("file: must be readable");
    expect(error.cause).toBe(cause);
  });

  it("an error has its parts as fields, for programs", () => {
    const error = new NonsmoothError("disk", "must have room", { got: 0, hint: "make some", code: "disk-full" });
    expect(error).toMatchObject({ detail: "must have room, got 0", hint: "make some", code: "disk-full" });
    const { hint, code } = caught(() => fail("disk", "must have room", 0, ""));
    expect([hint, code]).toEqual([undefined, undefined]);
  });
});

describe("show", () => {
  it.each<[unknown, string]>([
    [-0, "-0"],
    [0, "0"],
    [1e-7, "1e-7"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
    [12n, "12"],
    [true, "true"],
    [null, "null"],
    [undefined, "undefined"],
    ["a\nb", '"a\\nb"'],
    [[1, 2], "[1,2]"],
    [[1, Number.NaN, 2n], '[1,"NaN","2"]'],
    [{ a: "b" }, '{"a":"b"}'],
    [Symbol("s"), "Symbol(s)"],
    [function named() {}, "function named"],
    [() => {}, "function (anonymous)"],
  ])("the value of case %# is shown as %s", (value, text) => {
    expect(show(value)).toBe(text);
  });

  it("a long value is cut short", () => {
    expect(show("x".repeat(500))).toBe(`"${"x".repeat(77)}..."`);
    expect(show(Array.from({ length: 500 }, (_, i) => i))).toHaveLength(100);
  });
});

describe("nearest", () => {
  const known = ["relu.zero", "relu6.zero", "relu6.six", "abs.zero"];

  it.each([
    ["relu.zro", "relu.zero"],
    ["RELU.ZERO", "relu.zero"],
    ["relu6.sx", "relu6.six"],
    ["ab.zero", "abs.zero"],
  ])("the name nearest to %s is %s", (name, found) => {
    expect(nearest(name, known)).toBe(found);
  });

  it("no name is found where none is near", () => {
    expect(nearest("quite another word", known)).toBeUndefined();
    expect(nearest("x", [])).toBeUndefined();
  });

  it.each(["8", "31", "-1", "1e3", "NaN"])("the text %s is near no name if it is a number", (text) => {
    expect(nearest(text, ["16", "32", "bf16", "NaNs"])).toBe(text === "NaN" ? "NaNs" : undefined);
  });

  it("no number is offered for a mistyped name", () => {
    expect(nearest("f16", ["16", "bf16"])).toBe("bf16");
    expect(nearest("x6", ["16", "64"])).toBeUndefined();
  });
});
