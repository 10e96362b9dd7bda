import { afterAll, describe, expect, it } from "vitest";
import { checkGradient, gradient, knownKinks } from "../../src/autodiff";
import { formats } from "../../src/formats";
import { constant, graph, input, print, type Tensor, tensor, wrap } from "../../src/ir";
import { applyNetwork, crossEntropy, initialise, mlp, parameterInputs } from "../../src/nn";
import { ops } from "../../src/ops";
import { stream } from "../../src/util";
import { enginesIn } from "../helpers/engines";

const scalar = (name = "x") => input(name, "f64", []);

describe.each(enginesIn("f16", "f32", "f64"))("on $id", ({ create }) => {
  const engine = create();
  afterAll(() => engine.dispose());

  it("the gradient of a perceptron agrees with differences for every parameter and the input", async () => {
    const net = mlp({ inputs: 4, hidden: [5, 5], classes: 3 });
    const parameters = parameterInputs(net, "f64");
    const x = input("x", "f64", [6, 4]);
    const loss = crossEntropy(applyNetwork(net, x, { parameters }).output, input("labels", "i32", [6]));
    const names = [...parameters.keys(), "x"];
    const gradients = gradient(loss, [...parameters.values(), x]);
    const named = Object.fromEntries(names.map((name, i) => [`d ${name}`, gradients[i]!]));
    const program = await engine.compile(graph({ loss, ...named }));

    const random = stream(12, "perceptron");
    const point: Record<string, Tensor> = {
      ...initialise(net, "f64", random),
      x: tensor(
        "f64",
        Array.from({ length: 24 }, () => random.normal()),
        [6, 4],
      ),
      labels: tensor("i32", [0, 1, 2, 0, 1, 2]),
    };
    const at = await program.run(point);
    for (const name of names) {
      const { data, shape } = point[name]!;
      const f = async (moved: Float64Array) =>
        (await program.run({ ...point, [name]: wrap("f64", moved, shape) })).loss!.data[0]!;
      await checkGradient(f, data as Float64Array, at[`d ${name}`]!.data, { step: 2 ** -13, tolerance: 1e-6 });
    }
    await program.dispose();
  });

  it("the contributions of a shared value to the gradient add up", async () => {
    const x = scalar();
    const square = ops.mul(x, x);
    const quartic = ops.mul(square, square); // 4 x³
    const sum = ops.add(quartic, ops.add(square, x)); // + 2 x + 1
    const program = await engine.compile(graph({ dx: gradient(sum, [x])[0]! }));
    expect((await program.run({ x: tensor("f64", 3) })).dx!.data[0]).toBe(4 * 27 + 6 + 1);
    await program.dispose();
  });

  it("a value that the scalar does not depend on has a gradient of zeros, which needs no feed", async () => {
    const [x, y] = [scalar(), input("y", "f32", [2, 3])];
    const [dx, dy] = gradient(ops.mul(x, x), [x, y]);
    expect(dy).toMatchObject({ format: "f32", shape: [2, 3] });
    const program = await engine.compile(graph({ dx: dx!, dy: dy! }));
    const results = await program.run({ x: tensor("f64", 3) });
    expect([...results.dy!.data]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(results.dx!.data[0]).toBe(6);
    await program.dispose();
  });

  it("the gradient of a mean is the rounded quotient in f16 where the number of terms overflows", async () => {
    const x = input("x", "f16", [70_000]);
    const scale = input("scale", "f16", []);
    const [dx] = gradient(ops.mul(scale, ops.reduceMean(x)), [x]);
    const program = await engine.compile(graph({ dx: dx! }));
    const { data } = (await program.run({ scale: tensor("f16", 35_008) })).dx!;
    expect(data[0]).toBe(formats.f16.round(35_008 / 70_000));
    await program.dispose();
  });

  it("the gradient of a gradient is the second derivative: 12 x² for x⁴", async () => {
    const x = scalar();
    const square = ops.mul(x, x);
    const [first] = gradient(ops.mul(square, square), [x]);
    const [second] = gradient(first!, [x]);
    const program = await engine.compile(graph({ second: second! }));
    expect((await program.run({ x: tensor("f64", 3) })).second!.data[0]).toBe(12 * 9);
    await program.dispose();
  });
});

describe("gradient", () => {
  it("gradient returns one value for each entry of wrt, in that order, inner values included", () => {
    const x = scalar();
    const inner = ops.exp(x);
    const [dx, dinner, dself] = gradient(inner, [x, inner, inner]);
    expect(dinner).toBe(dself);
    expect(print(graph({ dinner: dinner!, dx: dx! }))).toBe(
      [
        "graph graph",
        "%0: f64[] = constant 1",
        "%x: f64[] = input",
        "%2: f64[] = exp %x",
        "%3: f64[] = mul %0 %2",
        "dinner = %0",
        "dx = %3",
        "",
      ].join("\n"),
    );
  });

  it("two sweeps over one loss compute the forward pass once", () => {
    const x = input("x", "f64", [4]);
    const loss = ops.reduceSum(ops.exp(ops.relu(x)));
    const sweep = (s: string) => gradient(loss, [x], { kinks: { "relu.zero": input(s, "f64", []) } })[0]!;
    const both = graph({ a: sweep("a"), b: sweep("b") }).nodes.map((node) => node.op.name);
    expect(both.filter((name) => name === "relu")).toHaveLength(1);
    expect(both.filter((name) => name === "exp")).toHaveLength(1);
  });

  it("the gradient through a cast has the format of the operand", () => {
    const x = input("x", "f16", [4]);
    const [dx] = gradient(ops.reduceSum(ops.cast(x, "f32")), [x]);
    expect(dx).toMatchObject({ format: "f16", shape: [4] });
  });

  it("the gradient does not run through comparisons", () => {
    const [x, zero] = [input("x", "f64", [4]), constant("f64", 0)];
    const mask = ops.select(ops.greater(x, zero), constant("f64", 1), zero);
    const [dx] = gradient(ops.reduceSum(ops.mul(mask, x)), [x]);
    expect(graph({ dx: dx! }).nodes.filter((node) => node.op.name === "greater")).toHaveLength(1);
  });

  it("a scalar, a chain rule or a kink that gradient cannot use is refused with the rule", () => {
    const x = input("x", "f32", [2]);
    const sum = ops.reduceSum(ops.relu(x));
    const wrong =
      (options: object, of = sum) =>
      () =>
        gradient(of, [x], options);
    const known = `kink: must be one of ${Object.keys(knownKinks()).join(", ")}`;

    expect(wrong({}, x)).toThrow('gradient: must be a scalar, got "f32[2]"');
    expect(wrong({}, ops.count(ops.equal(x, x)))).toThrow('gradient: must be of a floating-point scalar, got "i32[]"');
    expect(wrong({ chainRule: "multiple" })).toThrow('chainRule: must be one of multiply, overwrite, got "multiple"');
    expect(wrong({ kinks: { "relu.zro": 0 } })).toThrow(`${known}, got "relu.zro"\nHint: did you mean relu.zero?`);
    expect(wrong({ kinks: { relu: 0 } })).toThrow(`${known}, got "relu"`);
    expect(wrong({ kinks: { "relu.zero": Number.NaN } })).toThrow("relu.zero: value must be finite, got NaN");
    expect(wrong({ kinks: { "relu.zero": Number.POSITIVE_INFINITY } })).toThrow(
      "relu.zero: value must be finite, got Infinity",
    );
    expect(wrong({ kinks: { "relu.zero": input("s", "f64", []) } })).toThrow(
      'relu.zero: value must have the format of its operand, f32, got "f64[]"',
    );
    expect(wrong({ kinks: { "relu.zero": input("s", "f32", [2]) } })).toThrow(
      'relu.zero: must be a scalar, got "f32[2]"',
    );
  });
});
