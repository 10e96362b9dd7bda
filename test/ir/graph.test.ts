import { describe, expect, it } from "vitest";
import { gradient } from "../../src/autodiff";
import {
  constant,
  constantValue,
  type Graph,
  graph,
  input,
  print,
  tensor,
  topologicalOrder,
  type Value,
  verify,
} from "../../src/ir";
import { ops } from "../../src/ops";

const x = () => input("x", "f32", [2, 3]);

describe("graph", () => {
  it("a graph lists every value once, operands before results", () => {
    const a = x();
    const b = ops.exp(a);
    const c = ops.add(b, a);
    const { nodes, inputs, outputs } = graph({ c, b, again: c });
    expect(nodes).toEqual([a, b, c]);
    expect([...inputs]).toEqual([["x", a]]);
    expect([...outputs]).toEqual([
      ["c", c],
      ["b", b],
      ["again", c],
    ]);
  });

  it("equal operations on equal operands are merged, leaves included", () => {
    const left = ops.exp(ops.mul(x(), constant("f32", 2)));
    const right = ops.exp(ops.mul(x(), constant("f32", 2)));
    const { nodes, outputs } = graph({ left, right, sum: ops.add(left, right) });
    expect(nodes.map((node) => node.op.name)).toEqual(["input", "constant", "mul", "exp", "add"]);
    expect(outputs.get("left")).toBe(outputs.get("right"));
    expect(outputs.get("sum")!.inputs[0]).toBe(outputs.get("sum")!.inputs[1]);
  });

  it.each<[string, (a: Value) => [Value, Value]]>([
    ["operations", (a) => [ops.exp(a), ops.log(a)]],
    ["orders of operands", (a) => [ops.sub(a, ops.exp(a)), ops.sub(ops.exp(a), a)]],
    ["attributes", (a) => [ops.reduceSum(a, [0]), ops.reduceSum(a, [1])]],
    ["formats", (a) => [ops.cast(a, "f16"), ops.cast(a, "f64")]],
    ["names of inputs", (a) => [a, input("y", "f32", [2, 3])]],
    ["constants", () => [constant("f32", 1), constant("f32", 2)]],
    ["formats of constants", () => [constant("f32", 1), constant("f64", 1)]],
    ["signs of zero", () => [constant("f32", 0), constant("f32", -0)]],
    ["infinities", () => [constant("f32", Number.POSITIVE_INFINITY), constant("f32", Number.NEGATIVE_INFINITY)]],
    ["numbers that are not finite", () => [constant("f32", Number.NaN), constant("f32", Number.POSITIVE_INFINITY)]],
  ])("different %s are kept apart", (_, build) => {
    const [a, b] = build(x());
    const { outputs } = graph({ a, b });
    expect(outputs.get("a")).not.toBe(outputs.get("b"));
  });

  it("constants are rounded to their format", () => {
    expect(constantValue(constant("f16", 0.1))).toBe(0.0999755859375);
    expect(constantValue(constant("f32", 0.1))).toBe(Math.fround(0.1));
    expect(constantValue(constant("f64", 0.1))).toBe(0.1);
    expect(constantValue(constant("i32", 7))).toBe(7);
  });

  it("a graph can be a chain of 50,000 operations, forwards and backwards", () => {
    let value: Value = input("x", "f64", []);
    const start = value;
    for (let i = 0; i < 50_000; i++) value = ops.exp(value);
    expect(topologicalOrder([value])).toHaveLength(50_001);
    expect(graph({ y: value, dx: gradient(value, [start])[0]! }).nodes.length).toBeGreaterThan(100_000);
  });

  it("a value that is used at different depths is listed once, before each of its uses", () => {
    const a = x();
    const deep = ops.exp(ops.exp(a));
    const root = ops.add(ops.add(a, deep), ops.exp(a));
    const order = topologicalOrder([root]);
    for (const value of order) {
      for (const operand of value.inputs) expect(order.indexOf(operand)).toBeLessThan(order.indexOf(value));
    }
    expect(new Set(order).size).toBe(order.length);
  });

  it("a graph without outputs is refused", () => {
    expect(() => graph({}, "nothing")).toThrow('graph nothing: must have an output, got "none"');
  });

  it("an input of two types is refused", () => {
    const sum = ops.add(ops.reduceSum(x()), ops.reduceSum(input("x", "f32", [4])));
    expect(() => graph({ sum })).toThrow('input x: must have one type, got "f32[2,3] and f32[4]"');
  });
});

describe("leaves", () => {
  it.each([[[0]], [[2, -1]], [[1.5]]])("an input of shape %j is refused", (shape) => {
    expect(() => input("x", "f32", shape)).toThrow(
      `input x: lengths must be positive integers, got ${JSON.stringify(shape)}`,
    );
  });

  it.each(["2", "%2", "=f32[] 0", "", "a%b"])("the name %j, which another value could have, is refused", (name) => {
    expect(() => input(name, "f32", [])).toThrow(
      `input: name must begin with a letter and hold no % and no line break, got ${JSON.stringify(name)}`,
    );
  });

  it("names of parameters are accepted as names of inputs", () => {
    expect(() => ["fc1.weight", "s relu.zero", "_x", "θ"].map((name) => input(name, "f32", []))).not.toThrow();
  });
});

describe("print", () => {
  it("a graph is printed with one value on each line", () => {
    const w = input("w", "f32", [4, 3]);
    const product = ops.matmul(x(), w, { transposeB: true });
    const shifted = ops.leakyRelu(ops.add(product, constant("f32", -0)), 0.125);
    expect(print(graph({ loss: ops.reduceSum(shifted), w }, "step"))).toBe(
      [
        "graph step",
        "%x: f32[2,3] = input",
        "%w: f32[4,3] = input",
        "%2: f32[2,4] = matmul %x %w {transposeA: false, transposeB: true}",
        "%3: f32[] = constant -0",
        "%4: f32[2,4] = add %2 %3",
        "%5: f32[2,4] = leakyRelu %4 {slope: 0.125}",
        "%6: f32[] = reduceSum %5 {axes: [0,1]}",
        "loss = %6",
        "w = %w",
        "",
      ].join("\n"),
    );
  });
});

describe("the hash", () => {
  const build = (name: string, slope = 0.5, format: "f32" | "f16" = "f32", output = "y") =>
    graph({ [output]: ops.leakyRelu(input("x", format, [3]), slope) }, name).hash;

  it("graphs that are built alike have the same hash, whatever their names", () => {
    expect(build("a")).toBe(build("b"));
    expect(build("a")).toMatch(/^[0-9a-f]{64}$/);
  });

  it("the hash differs with an attribute, a format, an output's name and the sign of a zero", () => {
    const hashes = [build("a"), build("a", 0.25), build("a", 0.5, "f16"), build("a", 0.5, "f32", "z")];
    expect(new Set([...hashes, build("a", 0), build("a", -0)]).size).toBe(6);
  });
});

describe("verify", () => {
  const a = x();
  const b = ops.exp(a);
  const c = ops.reduceSum(b, [1]);
  const hand = (
    nodes: readonly Value[],
    outputs: Record<string, Value>,
  ): Pick<Graph, "name" | "nodes" | "outputs"> => ({
    name: "hand-made",
    nodes,
    outputs: new Map(Object.entries(outputs)),
  });

  it("a graph without faults is accepted", () => {
    expect(() => verify(hand([a, b, c], { c }))).not.toThrow();
  });

  it("a forged type is found", () => {
    const forged: Value = { ...b, shape: [6] };
    expect(() => verify(hand([a, forged], { forged }))).toThrow(
      'graph hand-made, %1 = exp: must have type f32[2,3], got "f32[6]"',
    );
    const recast: Value = { ...c, format: "f64" };
    expect(() => verify(hand([a, b, recast], { recast }))).toThrow(
      'graph hand-made, %2 = reduceSum: must have type f32[2], got "f64[2]"',
    );
  });

  it("an operand that comes after its use, or not at all, is found", () => {
    expect(() => verify(hand([b, a], { b }))).toThrow(
      'graph hand-made, %0 = exp: operand 0 must come before its use, got "input"',
    );
    expect(() => verify(hand([a, c], { c }))).toThrow(
      'graph hand-made, %1 = reduceSum: operand 0 must come before its use, got "exp"',
    );
  });

  it("an output that is not in the graph is found", () => {
    expect(() => verify(hand([a, b], { c }))).toThrow(
      'graph hand-made, output c: must be a node of the graph, got "reduceSum"',
    );
  });

  it("attributes that the operation refuses are found", () => {
    const forged: Value = { ...c, attributes: { axes: [7] } };
    expect(() => verify(hand([a, b, forged], { forged }))).toThrow(
      "reduceSum: axes must be distinct integers in [-2, 2), got [7]",
    );
  });
});

describe("leaves", () => {
  it("a constant that is no number of its format is refused, as in a tensor", () => {
    expect(() => constant("i32", 0.5)).toThrow("constant i32: values must be 32-bit integers, got 0.5");
    expect(() => constant("bool", 2)).toThrow("constant bool: values must be 0 or 1, got 2");
    expect(constantValue(constant("bool", 1))).toBe(1);
  });

  it("the format of a constant comes first, as in a tensor, and may come last", () => {
    expect(constant("f16", 0.1)).toEqual(constant(0.1, "f16"));
    expect(constant("f16", 0.1)).toMatchObject({ format: "f16", shape: [], attributes: { value: 0.0999755859375 } });
  });

  it.each([
    [
      () => input("x", "float32" as "f32", [3]),
      /^input x: format must be one of .*, got "float32"\nHint: did you mean "f32"\?$/,
    ],
    [() => input("x", 16 as never, [3]), /^input x: format must be one of .*, got 16\nHint: did you mean "f16"\?$/],
    [
      () => input("x", "f32", undefined as never),
      /^input x: shape must be a list of lengths, \[\] for a scalar, got undef/,
    ],
    [() => constant("double" as "f64", 1), /^constant: format must be .*, got "double"\nHint: did you mean "f64"\?$/],
    [() => constant("f32", "1" as never), /^constant: value must be a number, got "1"$/],
    [() => tensor("float" as "f32", [1]), /^tensor: format must be .*, got "float"\nHint: did you mean "f32"\?$/],
    [() => tensor([1] as never, "f32" as never), /^tensor: format must be .*, got \[1\]$/],
    [() => ops.cast(x(), "half" as "f16"), /^cast: target must be .*, got "half"\nHint: did you mean "f16"\?$/],
  ])("%s is refused", (make, message) => {
    expect(make).toThrow(message);
  });
});
