import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Engine, Results } from "../../src/engines";
import { sameBits } from "../../src/engines/agreement";
import { type FormatName, formats } from "../../src/formats";
import { graph, input, tensor } from "../../src/ir";
import { adam, applyOptimizer, createOptimizer, initialState, type Optimizer, scalarFeeds, sgd } from "../../src/optim";
import { enginesIn } from "../helpers/engines";

interface Step {
  parameter: (number | null)[];
  state: Record<string, (number | null)[]>;
}
interface Golden {
  start: number[];
  gradients: number[][];
  rates: number[];
  cases: {
    name: string;
    options: Record<string, unknown>;
    torch: Record<"f64" | "f32", Step[]>;
    numpy: Record<"f16" | "f32", Step[]>;
  }[];
}
const golden = JSON.parse(readFileSync(join(__dirname, "golden", "optimizers.json"), "utf8")) as Golden;

/** Where a state tensor is in the golden file: its name's last part. */
const last = (name: string) => name.split(".").at(-1)!;

/** The golden steps by one program, whose outputs are fed back as they come. */
async function train(engine: Engine, optimizer: Optimizer, format: FormatName): Promise<Results[]> {
  const shape = [2, 3];
  const parameters = new Map([["w.weight", input("w.weight", format, shape)]]);
  const gradients = new Map([["w.weight", input("gradient", format, shape)]]);
  const update = applyOptimizer(optimizer, parameters, gradients);
  const program = await engine.compile(graph(Object.fromEntries([...update.parameters, ...update.state])));
  expect([...update.stateInputs.keys()]).toEqual([...update.state.keys()]);
  let fedBack: Results = {
    "w.weight": tensor(format, golden.start, shape),
    ...initialState(optimizer, parameters),
  };
  const steps: Results[] = [];
  for (const [i, lr] of golden.rates.entries()) {
    const gradient = tensor(format, golden.gradients[i]!, shape);
    const scalars = scalarFeeds(optimizer, format, { step: i + 1, lr });
    expect(Object.keys(scalars)).toEqual([...update.scalarInputs.keys()]);
    fedBack = await program.run({ ...fedBack, ...scalars, gradient });
    steps.push(fedBack);
  }
  await program.dispose();
  return steps;
}

/** Compares parameter and state after each step. */
function compare(steps: Results[], expected: Step[], check: (got: number, want: number, place: string) => void): void {
  expect(steps.length).toBe(expected.length);
  for (const [i, step] of steps.entries()) {
    const { parameter, state } = expected[i]!;
    const names = Object.keys(step).filter((name) => name !== "w.weight");
    expect(names.map(last)).toEqual(Object.keys(state));
    for (const [name, { data }] of Object.entries(step)) {
      const want = name === "w.weight" ? parameter : state[last(name)]!;
      for (const [k, x] of want.entries()) check(data[k]!, x ?? Number.NaN, `step ${i + 1}, ${name}[${k}]`);
    }
  }
}

describe.each(enginesIn("f16", "f32", "f64"))("on $id", ({ create }) => {
  const engine = create();
  afterAll(() => engine.dispose());

  describe.each(golden.cases)("$name $options", ({ name, options, torch, numpy }) => {
    const optimizer = createOptimizer(name, { lr: 0.1, ...options });

    it("each step in f64 is PyTorch's, to 1e-12", async () => {
      compare(await train(engine, optimizer, "f64"), torch.f64, (got, want, place) =>
        expect(Math.abs(got - want), place).toBeLessThanOrEqual(1e-12),
      );
    });

    it("each step in f32 is PyTorch's, to two units in the last place of 1", async () => {
      compare(await train(engine, optimizer, "f32"), torch.f32, (got, want, place) =>
        expect(Math.abs(got - want), place).toBeLessThanOrEqual(2 * formats.f32.ulp(1)),
      );
    });

    it.each(["f16", "f32"] as const)("each step in %s is NumPy's bit for bit", async (format) => {
      const steps = await train(engine, optimizer, format);
      compare(steps, numpy[format], (got, want, place) =>
        expect(sameBits(got, formats[format].round(want)), `${place}: ${got}, not ${want}`).toBe(true),
      );
      for (const { format: kept } of steps.flatMap((step) => Object.values(step))) expect(kept).toBe(format);
    });
  });

  it("Adam at 16 bits loses small second moments, and with them the parameters", async () => {
    const shape = [3];
    const w = input("w", "f16", shape);
    const { parameters, state } = applyOptimizer(
      adam(),
      new Map([["w", w]]),
      new Map([["w", input("g", "f16", shape)]]),
    );
    const program = await engine.compile(graph(Object.fromEntries([...parameters, ...state])));
    const step = await program.run({
      w: tensor("f16", [1, 1, 1]),
      g: tensor("f16", [2 ** -4, 2 ** -8, 0]),
      ...initialState(adam(), new Map([["w", w]])),
      ...scalarFeeds(adam(), "f16", { step: 1 }),
    });
    expect(step["w.adam.v"]!.data[0]).toBeGreaterThan(0);
    expect([...step["w.adam.v"]!.data.slice(1)]).toEqual([0, 0]);
    expect([...step.w!.data.slice(1)]).toEqual([Number.NEGATIVE_INFINITY, Number.NaN]);
  });
});

describe("the golden steps in f16", () => {
  it("the golden steps in f16 are not those of f32, rounded", () => {
    const { numpy } = golden.cases.find(({ options }) => options.momentum === 0.9)!;
    const [half, single] = [numpy.f16.at(-1)!.state.momentum!, numpy.f32.at(-1)!.state.momentum!];
    expect(half).not.toEqual(single.map((x) => formats.f16.round(x!)));
  });
});

describe("names", () => {
  const w = new Map([["fc1.weight", input("fc1.weight", "f32", [2])]]);
  const named = (optimizer: Optimizer) => {
    const { stateInputs, scalarInputs } = applyOptimizer(optimizer, w, w);
    return [...stateInputs.keys(), ...scalarInputs.keys()];
  };

  it.each([
    ["sgd", { lr: 1 }, ["sgd.lr"]],
    ["sgd", { lr: 1, momentum: 0.9 }, ["fc1.weight.momentum", "sgd.lr"]],
    ["adam", {}, ["fc1.weight.adam.m", "fc1.weight.adam.v", "adam.stepSize", "adam.rootCorrection"]],
    [
      "adamw",
      {},
      ["fc1.weight.adamw.m", "fc1.weight.adamw.v", "adamw.stepSize", "adamw.rootCorrection", "adamw.shrink"],
    ],
  ])("the state and scalars of %s with %o are named %j", (name, options, expected) => {
    expect(named(createOptimizer(name, options))).toEqual(expected);
  });

  it("a name of state that is also a parameter's is refused", () => {
    const parameters = new Map([...w, ["fc1.weight.momentum", input("fc1.weight.momentum", "f32", [2])]]);
    expect(() => applyOptimizer(sgd({ lr: 1, momentum: 0.9 }), parameters, parameters)).toThrow(
      'sgd: names of parameters and of state must differ, got "fc1.weight.momentum"',
    );
  });
});

describe("what an optimizer refuses", () => {
  it.each([
    ["sgd", { lr: -1 }, "sgd, lr: must be finite and at least 0, got -1"],
    ["sgd", { lr: Number.NaN }, "sgd, lr: must be finite and at least 0, got NaN"],
    ["sgd", {}, "sgd, lr: must be finite and at least 0, got undefined"],
    ["sgd", { lr: 1, momentum: 1 }, "sgd, momentum: must be in [0, 1), got 1"],
    ["sgd", { lr: 1, momentum: null }, "sgd, momentum: must be in [0, 1), got null"],
    ["sgd", { lr: 1, nesterov: 1 }, "sgd, nesterov: must be true or false, got 1"],
    ["sgd", { lr: 1, nesterov: true }, "sgd, nesterov: must come with a momentum above 0, got 0"],
    ["sgd", { lr: 1, weightDecay: -1e-4 }, "sgd, weightDecay: must be finite and at least 0, got -0.0001"],
    ["adam", { betas: [0.9, 1] }, "adam, betas: must be two numbers in [0, 1), got [0.9,1]"],
    ["adam", { eps: Number.POSITIVE_INFINITY }, "adam, eps: must be finite and at least 0, got Infinity"],
    [
      "adamw",
      { weightdecay: 0 },
      'adamw: hyperparameters must be among lr, betas, eps, weightDecay, got "weightdecay"\nHint: did you mean weightDecay?',
    ],
    ["adamm", {}, 'optimizer: must be one of sgd, adam, adamw, got "adamm"\nHint: did you mean adam?'],
  ])("the optimizer %s with %o is refused", (name, options, message) => {
    expect(() => createOptimizer(name, options as { lr: number })).toThrow(message);
  });

  const w = input("w", "f32", [2]);
  const parameters = new Map([["w", w]]);

  it("a step of 0 and a negative learning rate are refused", () => {
    expect(() => scalarFeeds(adam(), "f32", { step: 0 })).toThrow("adam, step: must be a positive integer, got 0");
    expect(() => scalarFeeds(adam(), "f32", { step: 1, lr: -1 })).toThrow(
      "adam, lr: must be finite and at least 0, got -1",
    );
  });

  it("gradients that do not fit the parameters are refused", () => {
    expect(() => applyOptimizer(adam(), parameters, new Map())).toThrow(
      "parameter w: must have a gradient, got undefined",
    );
    const other = new Map([["w", input("g", "f32", [3])]]);
    expect(() => applyOptimizer(adam(), parameters, other)).toThrow('gradient of w: must be f32[2], got "f32[3]"');
    const more = new Map([...parameters, ["v", w]]);
    expect(() => applyOptimizer(adam(), parameters, more)).toThrow('adam: gradients must be of parameters, got "v"');
  });

  it("parameters of several formats, and no parameters at all, are refused", () => {
    const both = new Map([...parameters, ["v", input("v", "f16", [2])]]);
    expect(() => applyOptimizer(adam(), both, both)).toThrow(
      'adam: parameters must share the format f32, got "f16[2]"',
    );
    expect(() => applyOptimizer(adam(), new Map(), new Map())).toThrow(
      'adam: must have parameters to update, got "none"',
    );
  });
});
