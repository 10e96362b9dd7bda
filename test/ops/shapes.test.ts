/** What each operation refuses, and with which words. */
import { describe, expect, it } from "vitest";
import { formatNames, formats } from "../../src/formats";
import { input, type Shape, type Value } from "../../src/ir";
import { opNames, ops, recordOf } from "../../src/ops";

const f32 = (...shape: number[]): Value => input("f", "f32", shape);
const f64 = (...shape: number[]): Value => input("d", "f64", shape);
const i32 = (...shape: number[]): Value => input("i", "i32", shape);
const bool = (...shape: number[]): Value => input("b", "bool", shape);
const images = f32(1, 4, 4, 3);

const unary = [
  "neg",
  "exp",
  "log",
  "sqrt",
  "detach",
  "relu",
  "abs",
  "relu6",
  "leakyRelu",
  "hardTanh",
  "hardSwish",
] as const;
const binary = ["add", "sub", "mul", "div", "maximum", "equal", "less", "greater"] as const;

describe.each(unary)("%s", (name) => {
  it("a function of one operand keeps its format and shape", () => {
    expect(ops[name](f64(2, 3))).toMatchObject({ format: "f64", shape: [2, 3] });
  });

  it("an operand that is not floating-point is refused", () => {
    expect(() => ops[name](bool(2))).toThrow(`${name}: operands must be floating-point, got "bool[2]"`);
  });
});

describe.each(binary)("%s", (name) => {
  it("the two operands are stretched to a common shape", () => {
    const format = ["equal", "less", "greater"].includes(name) ? "bool" : "f32";
    expect(ops[name](f32(2, 1, 4), f32(3, 1))).toMatchObject({ format, shape: [2, 3, 4] });
  });

  it("integers, two formats, and shapes that do not stretch are refused", () => {
    expect(() => ops[name](i32(2), i32(2))).toThrow(`${name}: operands must be floating-point, got "i32[2]"`);
    expect(() => ops[name](f32(2), f64(2))).toThrow(
      `${name}: operands must share the format f32, got "f64"\nHint: insert cast`,
    );
    expect(() => ops[name](f32(2, 3), f32(2))).toThrow(
      `${name}: shapes must be equal or stretch from 1, got "[2,3] and [2]"`,
    );
  });

  it("one operand in place of two is refused", () => {
    expect(() => recordOf(name)!.infer([f32(1)], {})).toThrow(`${name}: takes 2 operands, got 1`);
  });
});

describe.each(["reduceSum", "reduceMean"] as const)("%s", (name) => {
  it.each<[Shape, readonly number[] | undefined, Shape]>([
    [[2, 3, 4], [1], [2, 4]],
    [[2, 3, 4], [-1, 0], [3]],
    [[2, 3, 4], [], [2, 3, 4]],
    [[2, 3, 4], undefined, []],
    [[], undefined, []],
  ])("the shape %j reduced over the axes %j is %j", (shape, axes, expected) => {
    expect(ops[name](f32(...shape), axes).shape).toEqual(expected);
  });

  it("absent axes, axes given twice, and integers are refused", () => {
    expect(() => ops[name](f32(2, 3), [2])).toThrow(`${name}: axes must be distinct integers in [-2, 2), got [2]`);
    expect(() => ops[name](f32(2, 3), [1, -1])).toThrow(
      `${name}: axes must be distinct integers in [-2, 2), got [1,-1]`,
    );
    expect(() => ops[name](i32(2))).toThrow(`${name}: operands must be floating-point, got "i32[2]"`);
  });
});

describe("matmul", () => {
  it.each([
    [f32(2, 3), f32(3, 4), {}],
    [f32(3, 2), f32(3, 4), { transposeA: true }],
    [f32(2, 3), f32(4, 3), { transposeB: true }],
    [f32(3, 2), f32(4, 3), { transposeA: true, transposeB: true, bias: f32(4) }],
  ])("the product of the matrices of case %# has the shape [2, 4]", (a, b, options) => {
    expect(ops.matmul(a, b, options).shape).toEqual([2, 4]);
  });

  it.each([
    [f32(5, 2, 3), f32(5, 3, 4), {}],
    [f32(3, 2), f32(5, 3, 4), { transposeA: true, bias: f32(4) }],
    [f32(5, 2, 3), f32(4, 3), { transposeB: true, bias: f32(5, 4) }],
  ])("the product of the stacks of case %# has the shape [5, 2, 4]", (a, b, options) => {
    expect(ops.matmul(a, b, options).shape).toEqual([5, 2, 4]);
  });

  it("operands that do not fit are refused, and the error says why", () => {
    expect(() => ops.matmul(f32(5, 2, 3), f32(4, 3, 2))).toThrow('matmul: stacks must be of one length, got "5 and 4"');
    expect(() => ops.matmul(f32(5, 2, 3), f32(3, 4), { bias: f32(2, 4) })).toThrow(
      'matmul: bias must be [4] or [5,4], got "f32[2,4]"',
    );
    expect(() => ops.matmul(f32(2, 3), f32(4, 5))).toThrow('matmul: inner lengths must agree, got "3 and 4"');
    expect(() => ops.matmul(f32(2, 3), f32(3))).toThrow(
      'matmul: operands must be matrices, or stacks of them, got "f32[3]"',
    );
    expect(() => ops.matmul(f32(2, 3), f64(3, 4))).toThrow('matmul: operands must share the format f32, got "f64"');
    expect(() => ops.matmul(f32(2, 3), f32(3, 4), { bias: f32(2) })).toThrow('matmul: bias must be [4], got "f32[2]"');
    expect(() => ops.matmul(f32(2, 3), f32(3, 4), { bias: f32(1, 4) })).toThrow(
      'matmul: bias must be [4], got "f32[1,4]"',
    );
    expect(() => recordOf("matmul")!.infer([f32(2, 3)], {})).toThrow("matmul: takes 2 operands, got 1");
  });
});

describe("convolutions of stacks", () => {
  const strides = { stride: 1, padding: 0 };
  it.each([
    [f32(5, 1, 4, 4, 3), f32(2, 3, 3, 3), f32(5, 1, 2, 2, 2)],
    [f32(1, 4, 4, 3), f32(5, 2, 3, 3, 3), f32(5, 1, 2, 2, 2)],
    [f32(5, 1, 4, 4, 3), f32(5, 2, 3, 3, 3), f32(1, 2, 2, 2)],
    [f32(5, 1, 4, 4, 3), f32(5, 2, 3, 3, 3), f32(5, 1, 2, 2, 2)],
  ])("a convolution of the stacks of case %#, and its gradients, have the stack's axis", (x, w, g) => {
    expect(ops.conv2d(x, w).shape).toEqual([5, 1, 2, 2, 2]);
    expect(ops.conv2d(x, w, { bias: f32(5, 2) }).shape).toEqual([5, 1, 2, 2, 2]);
    expect(ops.conv2dInputGradient(g, w, { ...strides, size: [4, 4] }).shape).toEqual([5, 1, 4, 4, 3]);
    expect(ops.conv2dWeightGradient(x, g, { ...strides, kernel: [3, 3] }).shape).toEqual([5, 2, 3, 3, 3]);
  });

  it("products are counted as in so many convolutions", () => {
    const count = (value: Value) => recordOf(value.op.name)!.products!(value.inputs, value.attributes, value);
    const single = { x: [7, 9, 8, 3], w: [2, 3, 4, 3], g: [7, 7, 5, 2] };
    const counts = (stacks: readonly (readonly number[])[]) => {
      const operand = (name: keyof typeof single, i: 0 | 1) => f32(...stacks[i]!, ...single[name]);
      return [
        ops.conv2d(operand("x", 0), operand("w", 1)),
        ops.conv2dInputGradient(operand("g", 0), operand("w", 1), { size: [9, 8] }),
        ops.conv2dWeightGradient(operand("x", 0), operand("g", 1), { kernel: [3, 4] }),
      ].map(count);
    };
    const once = 7 * 7 * 5 * (2 * 3 * 4 * 3);
    expect(counts([[], []])).toEqual([once, once, once]);
    for (const stacks of [
      [[5], []],
      [[], [5]],
      [[5], [5]],
    ])
      expect(counts(stacks)).toEqual([5 * once, 5 * once, 5 * once]);
  });
});

const refused: Record<string, readonly (readonly [() => unknown, string])[]> = {
  leakyRelu: [[() => ops.leakyRelu(f32(2), Number.NaN), "leakyRelu: slope below 0 must be finite, got NaN"]],
  select: [
    [() => ops.select(f32(2), f32(2), f32(2)), 'select: condition must be bool, got "f32[2]"'],
    [() => ops.select(bool(2), f32(2), f64(2)), 'select: operands must share the format f32, got "f64"'],
    [
      () => ops.select(bool(3), f32(2), f32(1)),
      'select: shapes must be equal or stretch from 1, got "[3] and [2] and [1]"',
    ],
  ],
  oneHot: [
    [() => ops.oneHot(f32(2), 3), 'oneHot: labels must be i32[B], got "f32[2]"'],
    [() => ops.oneHot(i32(2, 2), 3), 'oneHot: labels must be i32[B], got "i32[2,2]"'],
    [() => ops.oneHot(i32(2), 0), "oneHot: classes must be a positive integer, got 0"],
  ],
  count: [
    [() => ops.count(f32(2)), 'count: operand must be bool, got "f32[2]"'],
    [() => ops.count(bool(2, 3), [2]), "count: axes must be distinct integers in [-2, 2), got [2]"],
  ],
  cast: [
    [() => ops.cast(bool(2), "f32"), 'cast: takes one floating-point operand, got "bool[2]"'],
    [() => ops.cast(f32(2), "i32" as "f32"), 'cast: target must be a floating-point format, got "i32"'],
  ],
  reshape: [
    [() => ops.reshape(f32(2, 3), [4]), 'reshape: must keep the 6 elements, got "[4]"'],
    [() => ops.reshape(f32(2, 3), [-2, -3]), "reshape: lengths must be positive integers, got [-2,-3]"],
  ],
  transpose: [
    [() => ops.transpose(f32(2)), "transpose: must name each of the 1 axes of f32[2] once, got [1,0]"],
    [() => ops.transpose(f32(2, 3), [1, 1]), "transpose: must name each of the 2 axes of f32[2,3] once, got [1,1]"],
  ],
  broadcast: [
    [() => ops.broadcast(f32(2), [3]), 'broadcast: shapes must be equal or stretch from 1, got "[2] and [3]"'],
    [() => ops.broadcast(f32(2, 3), [3]), "broadcast: operand must stretch to [3], got [2,3]"],
    [() => ops.broadcast(f32(), [1.5]), "broadcast: lengths must be positive integers, got [1.5]"],
    [() => ops.broadcast(i32(2), [2]), 'broadcast: operands must be floating-point, got "i32[2]"'],
  ],
  take: [
    [() => ops.take(f32(), i32(2)), 'take: operand must have at least one axis, got "f32[]"'],
    [() => ops.take(f32(3, 2), f32(2)), 'take: indices must be i32[B], got "f32[2]"'],
  ],
  logSoftmax: [
    [() => ops.logSoftmax(f32()), 'logSoftmax: operand must have an axis, got "f32[]"'],
    [() => ops.logSoftmax(i32(2)), 'logSoftmax: operands must be floating-point, got "i32[2]"'],
  ],
  conv2d: [
    [
      () => ops.conv2d(f32(4, 4, 3), f32(2, 3, 3, 3)),
      'conv2d: images must be [B, H, W, C], or a stack of them, got "f32[4,4,3]"',
    ],
    [
      () => ops.conv2d(images, f32(2, 3, 3)),
      'conv2d: weights must be [F, kh, kw, C], or a stack of them, got "f32[2,3,3]"',
    ],
    [() => ops.conv2d(f32(5, 1, 4, 4, 3), f32(6, 2, 3, 3, 3)), 'conv2d: stacks must be of one length, got "5 and 6"'],
    [
      () => ops.conv2d(images, f32(5, 2, 3, 3, 3), { bias: f32(4, 2) }),
      'conv2d: bias must be [2] or [5,2], got "f32[4,2]"',
    ],
    [() => ops.conv2d(images, f32(2, 3, 3, 3), { bias: f32(1, 2) }), 'conv2d: bias must be [2], got "f32[1,2]"'],
    [() => ops.conv2d(images, f32(2, 3, 3, 4)), 'conv2d: channels must agree, got "3 and 4"'],
    [() => ops.conv2d(images, f32(2, 3, 3, 3), { bias: f32(3) }), 'conv2d: bias must be [2], got "f32[3]"'],
    [() => ops.conv2d(images, f32(2, 5, 3, 3)), 'conv2d: kernel must fit into the padded image 4 × 4, got "5 × 3"'],
    [
      () => ops.conv2d(images, f32(2, 3, 3, 3), { stride: 0 }),
      "conv2d, stride: must be two integers of at least 1, got [0,0]",
    ],
    [
      () => ops.conv2d(images, f32(2, 3, 3, 3), { padding: -1 }),
      "conv2d, padding: must be two integers of at least 0, got [-1,-1]",
    ],
    [() => ops.conv2d(f64(1, 4, 4, 3), f32(2, 3, 3, 3)), "conv2d: operands must share the format f64"],
  ],
  conv2dInputGradient: [
    [
      () => ops.conv2dInputGradient(f32(1, 4, 4, 2), f32(2, 3, 3, 3), { size: [4, 4] }),
      "conv2dInputGradient: gradient must be [1,2,2,2] for images of 4 × 4, got [1,4,4,2]",
    ],
    [
      () => ops.conv2dInputGradient(f32(5, 1, 3, 2, 2), f32(2, 3, 3, 3), { size: [4, 4] }),
      "conv2dInputGradient: gradient must be [5,1,2,2,2] for images of 4 × 4, got [5,1,3,2,2]",
    ],
    [
      () => ops.conv2dInputGradient(f32(2, 2, 2), f32(2, 3, 3, 3), { size: [4, 4] }),
      `conv2dInputGradient: gradient must be [B, H', W', F], or a stack of them, got "f32[2,2,2]"`,
    ],
    [
      () => ops.conv2dInputGradient(f32(5, 1, 2, 2, 2), f32(6, 2, 3, 3, 3), { size: [4, 4] }),
      'conv2dInputGradient: stacks must be of one length, got "5 and 6"',
    ],
  ],
  conv2dWeightGradient: [
    [
      () => ops.conv2dWeightGradient(images, f32(1, 4, 4, 2), { kernel: [3, 3] }),
      "conv2dWeightGradient: gradient must be [1,2,2,2], got [1,4,4,2]",
    ],
    [
      () => ops.conv2dWeightGradient(f32(5, 1, 4, 4, 3), f32(6, 1, 2, 2, 2), { kernel: [3, 3] }),
      'conv2dWeightGradient: stacks must be of one length, got "5 and 6"',
    ],
  ],
  maxPool: [
    [() => ops.maxPool(f32(4, 4), { kernel: 2 }), 'maxPool: operand must be images [B, H, W, C], got "f32[4,4]"'],
    [() => ops.maxPool(images, { kernel: 5 }), 'maxPool: kernel must fit into the padded image 4 × 4, got "5 × 5"'],
    [
      () => ops.maxPool(images, { kernel: 2, padding: 2 }),
      "maxPool: padding must be at most half the kernel, got [2,2]",
    ],
  ],
  maxPoolGradient: [
    [
      () => ops.maxPoolGradient(images, images, images, f32(), { kernel: [2, 2], stride: [2, 2], padding: [0, 0] }),
      "maxPoolGradient: operands must be [1,2,2,3], got [1,4,4,3]",
    ],
  ],
  maxPoolTies: [
    [
      () => ops.maxPoolTies(images, images, { kernel: [2, 2], stride: [2, 2], padding: [0, 0] }),
      "maxPoolTies: maxima must be [1,2,2,3], got [1,4,4,3]",
    ],
  ],
  averagePool: [
    [() => ops.averagePool(images, { kernel: 1.5 }), "averagePool, kernel: must be two integers of at least 1"],
  ],
  averagePoolGradient: [
    [
      () => ops.averagePoolGradient(f32(2), { kernel: [5, 5], stride: [1, 1], padding: [0, 0] }, [1, 4, 4, 1]),
      "averagePool: kernel must fit into the padded image 4 × 4",
    ],
  ],
  batchNorm: [
    [() => ops.batchNorm(f32(3), f32(3), f32(3)), 'batchNorm: operand must be [..., C], got "f32[3]"'],
    [
      () => ops.batchNorm(f32(2, 3), f32(3), f32(2)),
      'batchNorm: must have a number for each of 3 channels, got "f32[2]"',
    ],
    [
      () => ops.batchNorm(f32(2, 3), f32(3), f32(3), -1),
      "batchNorm, epsilon: must be a finite number of at least 0, got -1",
    ],
  ],
  batchNormInputGradient: [
    [
      () => ops.batchNormInputGradient(f32(2, 3), f32(3), f32(3), 0),
      'batchNormInputGradient: operands must share the shape [2,3], got "f32[3]"',
    ],
  ],
  batchNormScaleGradient: [
    [() => ops.batchNormScaleGradient(f32(2, 3), f32(2, 3), Number.NaN), "batchNormScaleGradient, epsilon: must be"],
  ],
  batchVariance: [[() => ops.batchVariance(f32(3)), 'batchVariance: operand must be [..., C], got "f32[3]"']],
  normalize: [
    [
      () => ops.normalize(f32(2, 3), f32(3), f32(3), f32(3), f32(1)),
      'normalize: must have a number for each of 3 channels, got "f32[1]"',
    ],
  ],
  pieceGradient: [
    [
      () => ops.pieceGradient(f32(2), f32(3), [f32()], { at: [0], slopes: [0, 1], chainRule: "multiply" }),
      'pieceGradient: gradient must be f32[2], got "f32[3]"',
    ],
    [
      () => ops.pieceGradient(f32(2), f32(2), [f32()], { at: [0], slopes: [0], chainRule: "multiply" }),
      "pieceGradient: needs one more slope than kinks, got [0]",
    ],
    [
      () => ops.pieceGradient(f32(2), f32(2), [f32(1)], { at: [0], slopes: [0, 1], chainRule: "multiply" }),
      'value at a kink: must be a scalar, got "f32[1]"',
    ],
  ],
};

it("a cast to the format that a value has is the value itself", () => {
  const x = f32(2);
  expect(ops.cast(x, "f32")).toBe(x);
  expect(ops.cast(x, "f16")).toMatchObject({ format: "f16", shape: [2] });
});

describe.each(Object.entries(refused))("%s", (_, examples) => {
  it("arguments that do not fit are refused, and the error says why", () => {
    for (const [build, message] of examples) expect(build).toThrow(message);
  });
});

it("no operation is left out of these tests", () => {
  const tested = [...unary, ...binary, "reduceSum", "reduceMean", "matmul", ...Object.keys(refused)];
  expect(new Set(tested)).toEqual(new Set(opNames));
});

it("each operation has one record under its name, with what the test suites need", () => {
  for (const name of opNames) {
    const record = recordOf(name)!;
    expect(record.name).toBe(name);
    expect(record.summary.length).toBeGreaterThan(5);
    expect(record.vjp && record.pieces, `${name}: a derivative is said once`).toBeUndefined();
    expect(Boolean(record.vjp ?? record.pieces), `${name}: gradient cases`).toBe(Boolean(record.gradientCases));
  }
  expect(recordOf("input")).toBeUndefined();
});

it("each operation with kinks has them among its cases, in every format, so that engines are tested there", () => {
  const missing = opNames.flatMap((name) => {
    const { pieces, cases } = recordOf(name)!;
    return formatNames.flatMap((format) => {
      const examples = cases(formats[format]);
      const kinks = pieces ? examples.flatMap(({ attributes }) => pieces(attributes).kinks) : [];
      const points = new Set(examples.flatMap(({ inputs }) => inputs.flatMap(({ data }) => [...data])));
      return kinks
        .filter(({ at }) => !points.has(formats[format].round(at)))
        .map(({ at }) => `${name}, ${format}: ${at}`);
    });
  });
  expect(missing).toEqual([]);
});
