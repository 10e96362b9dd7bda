/** Conventions by name: PyTorch's beside its own numbers, all of them beside the values in the sources that they name. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type ConventionName,
  conventionNames,
  conventions,
  type GradientOptions,
  gradient,
  knownKinks,
  type NamedValue,
} from "../../src/autodiff";
import { referenceEngine } from "../../src/engines";
import { type FormatName, formats } from "../../src/formats";
import { graph, input, tensor, type Value } from "../../src/ir";
import { l1Loss } from "../../src/nn";
import { ops } from "../../src/ops";
import { projectRoot } from "../../src/util";

type Numbers = readonly (number | "-0" | "Infinity")[];
type Function = "relu" | "abs" | "relu6" | "leakyRelu" | "hardTanh" | "hardSwish";

interface Golden {
  readonly g: number;
  readonly points: Readonly<Record<Function, Numbers>>;
  readonly pairs: readonly Numbers[];
  readonly windows: readonly Numbers[];
  readonly targets: Readonly<Record<"x" | "y", Numbers>>;
  readonly results: Readonly<Record<"f32" | "f64", GoldenResults>>;
}

interface GoldenResults {
  readonly y: Readonly<Record<Function, Numbers>>;
  readonly dx: Readonly<Record<Function, Numbers>>;
  readonly maximum: readonly Numbers[];
  readonly maxPool: readonly Numbers[];
  readonly l1: { readonly loss: number; readonly dx: Numbers; readonly dy: Numbers };
}

const golden = JSON.parse(readFileSync(join(__dirname, "golden", "kinks.json"), "utf8")) as Golden;
const numbers = (written: Numbers): number[] => written.map(Number);
const functions = Object.keys(golden.points) as Function[];

/** The results of f, and the gradients of Σ g · f with respect to each operand. */
async function derivatives(
  f: (...operands: Value[]) => Value,
  operands: readonly (readonly number[])[],
  { kinks, otherKinks, format = "f64", g = 1 }: GradientOptions & { readonly format?: FormatName; readonly g?: number },
  shape = [operands[0]!.length],
) {
  const values = operands.map((_, i) => input(`x${i}`, format, shape));
  const y = f(...values);
  const gradients = gradient(ops.reduceSum(ops.mul(y, ops.constant(format, g))), values, { kinks, otherKinks });
  const named = Object.fromEntries(gradients.map((value, i) => [`d${i}`, value]));
  const program = await referenceEngine().compile(graph({ y, ...named }));
  const results = await program.run(Object.fromEntries(operands.map((x, i) => [`x${i}`, tensor(format, x, shape)])));
  return { y: [...results.y!.data], dx: operands.map((_, i) => [...results[`d${i}`]!.data]) };
}

describe.each(["f32", "f64"] as const)("torch, beside PyTorch's numbers in %s", (format) => {
  const { g, points, pairs, windows, targets } = golden;
  const expected = golden.results[format];
  const options = { kinks: "torch", format, g } as const;

  it.each(functions)("%s has PyTorch's derivative at its kinks and beside them", async (name) => {
    const { y, dx } = await derivatives(ops[name] as (x: Value) => Value, [numbers(points[name])], options);
    // hard-swish: one rounding here, several there
    const allowed = name === "hardSwish" ? 2 * formats[format].unitRoundoff : 0;
    for (const [i, want] of numbers(expected.y[name]).entries())
      expect(Math.abs(y[i]! - want)).toBeLessThanOrEqual(allowed);
    for (const [i, want] of numbers(expected.dx[name]).entries())
      expect(Math.abs(dx[0]![i]! - want), `at ${points[name][i]}`).toBeLessThanOrEqual(2 * g * allowed);
  });

  it("a tie of two operands is shared as in PyTorch, that of two zeros and that of two infinities too", async () => {
    const [a, b] = [0, 1].map((side) => pairs.map((pair) => Number(pair[side])));
    const { dx } = await derivatives(ops.maximum, [a!, b!], options);
    expect(dx).toEqual([0, 1].map((side) => expected.maximum.map((pair) => pair[side])));
  });

  it("a tie in max-pooling goes to the first maximum as in PyTorch", async () => {
    for (const [i, window] of windows.entries()) {
      const { dx } = await derivatives((x) => ops.maxPool(x, { kernel: 2 }), [numbers(window)], options, [1, 2, 2, 1]);
      expect(dx[0]).toEqual(expected.maxPool[i]);
    }
  });

  it("the L1 loss and its gradients are PyTorch's, at equal numbers too", async () => {
    const { loss, dx, dy } = expected.l1;
    const found = await derivatives(l1Loss, [numbers(targets.x), numbers(targets.y)], { kinks: "torch", format });
    expect(found.y[0]).toBeCloseTo(loss, 7);
    for (const [i, want] of [dx, dy].entries())
      for (const [k, value] of numbers(want).entries()) expect(found.dx[i]![k]).toBeCloseTo(value, 12);
  });
});

describe("conventions by name", () => {
  // relu, abs, relu6 at 0 and 6, leakyRelu (slope 1/8), hardTanh at −1 and 1, hardSwish at −3 and 3
  const table: Record<Exclude<ConventionName, "cudnn">, readonly number[]> = {
    torch: [0, 0, 0, 0, 0.125, 0, 0, -0.5, 1.5],
    jax: [0, 1, 0, 0, 1, 1, 1, 0, 1],
    tensorflow: [0, 0, 0, 0, 0.125, 1, 1, 0, 1],
    tinygrad: [0, 0, 0, 1, 1, 1, 1, 0, 1.5],
    "minimal-norm": [0, 0, 0, 0, 0.125, 0, 0, 0, 1],
  };
  const places: readonly [(x: Value) => Value, number][] = [
    [ops.relu, 0],
    [ops.abs, 0],
    [ops.relu6, 0],
    [ops.relu6, 6],
    [(x) => ops.leakyRelu(x, 0.125), 0],
    [ops.hardTanh, -1],
    [ops.hardTanh, 1],
    [ops.hardSwish, -3],
    [ops.hardSwish, 3],
  ];

  it.each(Object.entries(table))("%s takes its values at the kinks", async (kinks, expected) => {
    const found = places.map(([f, at]) => derivatives(f, [[at]], { kinks: kinks as ConventionName }));
    expect((await Promise.all(found)).map(({ dx }) => dx[0]![0])).toEqual(expected);
  });

  it.each([
    ["torch", 0.5, 0],
    ["jax", 0.5, 0],
    ["tensorflow", 1, 0],
    ["tinygrad", 0.5, 1],
    ["minimal-norm", 0.5, 1],
  ] as const)("%s shares ties", async (kinks, share, beta) => {
    expect((await derivatives(ops.maximum, [[2], [2]], { kinks })).dx).toEqual([[share], [1 - share]]);
    const pooled = await derivatives((x) => ops.maxPool(x, { kernel: 2 }), [[1, 1, 1, 1]], { kinks }, [1, 2, 2, 1]);
    expect(pooled.dx[0]).toEqual([1 - beta * 0.75, beta / 4, beta / 4, beta / 4]);
  });

  it("the smallest slope is between negative slopes, too", async () => {
    const options = { kinks: "minimal-norm" } as const;
    expect((await derivatives((x) => ops.leakyRelu(x, -0.5), [[0]], options)).dx).toEqual([[0]]);
    expect((await derivatives((x) => ops.neg(ops.leakyRelu(x, 2)), [[0]], options)).dx).toEqual([[-1]]);
  });

  it("cudnn says what is known of it, and names those that define another kink", async () => {
    const six = await derivatives(ops.relu6, [[0, 6]], { kinks: "cudnn" });
    expect(six.dx).toEqual([[0, 1]]);
    await expect(derivatives(ops.abs, [[0]], { kinks: "cudnn" })).rejects.toThrow(
      'kinks: must be a convention that says something about abs.zero: torch, jax, tensorflow, tinygrad, minimal-norm, got "cudnn"',
    );
  });

  it("values by name go before those of a convention for the others, which go before the defaults", async () => {
    const at = (options: GradientOptions) => derivatives(ops.relu6, [[0, 6]], options).then(({ dx }) => dx[0]);
    expect(await at({ kinks: { "relu6.zero": 0.25 }, otherKinks: "tinygrad" })).toEqual([0.25, 1]);
    expect(await at({ kinks: { "relu6.zero": 0.25 } })).toEqual([0.25, 0]);
    expect(await at({ otherKinks: "tinygrad" })).toEqual(await at({ kinks: "tinygrad" }));
  });

  it("two conventions at a time are refused, and a misspelt one for the others", async () => {
    const options = { kinks: "jax", otherKinks: "torch" } as const;
    await expect(derivatives(ops.relu, [[0]], options)).rejects.toThrow(
      'otherKinks: must be absent where kinks is a convention, jax, got "torch"',
    );
    await expect(derivatives(ops.relu, [[0]], { otherKinks: "jaxx" as "jax" })).rejects.toThrow(
      `otherKinks: must be one of ${conventionNames.join(", ")}, got "jaxx"\nHint: did you mean jax?`,
    );
  });

  it("an unknown convention is refused with the nearest one, also where no kink is met", async () => {
    const kinks = "tensorflw" as ConventionName;
    await expect(derivatives(ops.exp, [[0]], { kinks })).rejects.toThrow(
      `kinks: must be one of ${conventionNames.join(", ")}, got "tensorflw"\nHint: did you mean tensorflow?`,
    );
  });

  it("the table in docs/numerics.md has the values of the records", () => {
    const document = readFileSync(join(projectRoot, "docs", "numerics.md"), "utf8");
    const rows = document.split("\n").map((line) =>
      line
        .split("|")
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
    const start = rows.findIndex(([first, second]) => first === "kink" && second === "torch");
    expect(rows[start]!.slice(1)).toEqual(conventionNames);
    for (const [k, kink] of Object.keys(knownKinks()).entries()) {
      const [name, ...told] = rows[start + 2 + k]!;
      expect(name).toBe(`\`${kink}\``);
      // those of minimal-norm are worked out: they are tested above
      const values = conventionNames
        .filter((own) => own !== "minimal-norm")
        .map((own) => {
          const known: Readonly<Record<string, NamedValue>> = conventions[own].values;
          return String(known[kink]?.value ?? "–");
        });
      expect(told.slice(0, -1), kink).toEqual(values);
    }
  });

  it("every convention but cudnn says something about every kink, and every value has a source", () => {
    const known = Object.keys(knownKinks());
    for (const name of conventionNames) {
      const { values } = conventions[name];
      const own = Object.keys(values);
      expect(known).toEqual(expect.arrayContaining(own));
      if (name !== "cudnn") expect(own.toSorted()).toEqual(known.toSorted());
      for (const { source } of Object.values(values))
        expect(source).toMatch(
          name === "minimal-norm" ? /Clarke/ : /github\.com\/[\w.-]+\/[\w.-]+\/(blob|issues|pull)\//,
        );
    }
  });
});
