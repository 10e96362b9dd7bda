/**
 * The engine `cuda`: joining kernels changes no bit, a replayed graph gives the bits of the first run, a training moves nothing but its loss, and memory
 * that nobody needs is shared. On a CUDA device in software where there is no NVIDIA GPU.
 */
import { createRequire } from "node:module";
import { afterAll, describe, expect, it } from "vitest";
import { kinkInput } from "../../src/autodiff";
import {
  createEngine,
  cudaSource,
  disposeAll,
  type Engine,
  type Feeds,
  type HeldResults,
  holdAll,
  type Program,
} from "../../src/engines";
import { Device } from "../../src/engines/cuda/device";
import { aligned, bytesOf, planMemory } from "../../src/engines/cuda/memory-plan";
import { planGraph, readsOf, writesOf } from "../../src/engines/cuda/plan";
import { compileProgram } from "../../src/engines/cuda/program";
import { type FormatName, formatNames } from "../../src/formats";
import { type Graph, graph, input, type Tensor, tensor } from "../../src/ir";
import { createNetwork, type NetworkOptions } from "../../src/nn";
import { ops } from "../../src/ops";
import { adam, adamw, type Optimizer, scalarFeeds, sgd } from "../../src/optim";
import { Programs, startState } from "../../src/train";
import { stream } from "../../src/util";
import { testedEngines } from "../helpers/engines";
import { clang, ptxOf } from "../software-cuda/ptx";

const { title, formats: available } = testedEngines.find(({ id }) => id === "cuda")!;
const none = available.length === 0;

interface Example {
  readonly name: string;
  readonly options: Omit<NetworkOptions, "inputShape" | "classes">;
  readonly size: number;
  readonly channels: number;
  readonly optimizer: Optimizer;
}

const sgdWithMomentum = sgd({ lr: 0.1, momentum: 0.9, weightDecay: 2 ** -10 });
const examples: readonly Example[] = [
  { name: "mlp", options: { widths: [20, 12], batchNorm: true }, size: 6, channels: 1, optimizer: adam({ lr: 0.01 }) },
  { name: "lenet5", options: { widths: [2, 3, 8, 6] }, size: 20, channels: 2, optimizer: sgdWithMomentum },
  { name: "vgg11", options: { widths: [3, 4, 8, 6, 6] }, size: 32, channels: 3, optimizer: adamw({ lr: 0.01 }) },
  {
    name: "resnet18",
    options: { widths: [4, 8, 5, 6], batchNorm: true },
    size: 12,
    channels: 3,
    optimizer: sgdWithMomentum,
  },
];

/** A training step of 4 images, and what it is fed. */
async function trainingStep({ name, options, size, channels, optimizer }: Example, format: FormatName) {
  const shape = [size, size, channels] as const;
  const network = createNetwork(name, { ...options, inputShape: shape, classes: 10 });
  const spy = { compile: async (own: Graph) => ({ graph: own }) as Program } as Partial<Engine> as Engine;
  const choices = {
    network,
    precision: format,
    optimizer,
    kinks: ["relu.zero"],
    chainRule: "multiply",
    shape,
  } as const;
  const { graph: step } = await new Programs(spy, choices).step(4);
  const random = stream(1, "images");
  const x = Float64Array.from({ length: 4 * size * size * channels }, () => random.normal());
  const state = startState(network, format, optimizer, 5).tensors;
  const feeds: Record<string, Tensor> = {
    ...state,
    x: tensor(format, x, [4, ...shape]),
    labels: tensor("i32", [0, 3, 9, 1]),
    [kinkInput("relu.zero")]: tensor(format, 0.5),
    ...scalarFeeds(optimizer, format, { step: 1 }),
  };
  return { step, feeds, state };
}

/** Steps whose state stays on the device; returns the last one's. */
async function steps(program: Program, feeds: Feeds, start: HeldResults, n: number): Promise<HeldResults> {
  let held = start;
  for (let i = 0; i < n; i++) {
    const next = await program.runHolding({ ...feeds, ...held }, Object.keys(held));
    disposeAll(held);
    held = next.held;
  }
  return held;
}

describe.skipIf(none)(`${title}`, () => {
  const device = none ? (undefined as never) : Device.open();
  const engine = none ? (undefined as never) : createEngine("cuda");
  afterAll(() => engine?.dispose());

  const inFormats = examples.flatMap((example) =>
    formatNames.map((format) => ({ title: example.name, format, example })),
  );

  it.each(inFormats)(
    "a training step of $title at $format has the same bits with its kernels joined or apart",
    async ({ format, example }) => {
      const { step, feeds } = await trainingStep(example, format);
      const run = async (joins: boolean) => {
        const program = await compileProgram(device, step, { tf32: false, joins });
        const results = await program.run(feeds, new Set());
        await program.release();
        return results;
      };
      const [joined, apart] = [planGraph(step), planGraph(step, { joins: false })];
      expect(joined.work.length).toBeLessThan(0.75 * apart.work.length);
      expect(await run(true)).toEqual(await run(false));
    },
  );

  it("a replayed graph gives the bits of the first run, whether its state is fed from the host or stays on the device", async () => {
    const { step, feeds, state } = await trainingStep(examples[1]!, "f32");
    const program = await engine.compile(step);
    const names = Object.keys(state);
    const fromHost: Feeds[] = [feeds];
    for (let i = 0; i < 5; i++) {
      const results = await program.run(fromHost[i]!);
      fromHost.push({ ...feeds, ...Object.fromEntries(names.map((name) => [name, results[name]!])) });
    }
    const held = await steps(program, feeds, await holdAll(engine, state), 5);
    for (const name of names) expect(await held[name]!.read(), name).toEqual(fromHost[5]![name]);
    await program.dispose();
  });

  it("runs that are asked for at the same time get their own results", async () => {
    const program = await engine.compile(graph({ y: ops.exp(input("x", "f32", [3])) }, "at the same time"));
    const inputs = [1, 2, 3, 4, 5].map((k) => tensor("f32", [k, k + 0.5, -k]));
    const together = await Promise.all(inputs.map((x) => program.run({ x })));
    for (const [i, x] of inputs.entries()) expect(together[i]).toEqual(await program.run({ x }));
    await program.dispose();
  });

  it("rows that are taken by several lists of indices are those of each list", async () => {
    const [x, a, b] = [input("x", "f32", [3, 2]), input("a", "i32", [2]), input("b", "i32", [2])];
    const program = await engine.compile(graph({ y: ops.sub(ops.take(x, a), ops.take(x, b)) }, "two lists"));
    const rows = { x: tensor("f32", [1, 2, 10, 20, 100, 200], [3, 2]) };
    const { y } = await program.run({ ...rows, a: tensor("i32", [2, 1]), b: tensor("i32", [0, 1]) });
    expect([...y!.data]).toEqual([99, 198, 0, 0]);
    await program.dispose();
  });

  it("an output that stays on the device keeps its numbers, also if it is returned under another name", async () => {
    const y = ops.neg(input("x", "f32", [1]));
    const program = await engine.compile(graph({ returned: y, held: y }, "under two names"));
    const run = (x: number) => program.runHolding({ x: tensor("f32", [x]) }, ["held"]);
    const [first, second] = [await run(1), await run(2)];
    const read = async ({ results, held }: typeof first) => [
      results.returned!.data[0],
      (await held.held!.read()).data[0],
    ];
    expect([await read(first), await read(second)]).toEqual([
      [-1, -1],
      [-2, -2],
    ]);
    disposeAll({ first: first.held.held!, second: second.held.held! });
    await program.dispose();
  });

  it("a tensor that is disposed of while it is read is read first", async () => {
    const program = await engine.compile(graph({ y: ops.abs(input("x", "f32", [1])) }, "read and disposed of"));
    const run = async (x: number) => (await program.runHolding({ x: tensor("f32", [x]) }, ["y"])).held.y!;
    const first = await run(1);
    const reading = first.read();
    first.dispose();
    const second = await run(2);
    expect([...(await reading).data]).toEqual([1]);
    second.dispose();
    await program.dispose();
  });

  it("a tensor that is disposed of after a run was asked for is still fed to that run", async () => {
    const program = await engine.compile(graph({ y: ops.exp(input("x", "f32", [1])) }, "fed and disposed of"));
    const x = await engine.hold(tensor("f32", [0]));
    const runs = [program.run({ x }), program.run({ x })];
    x.dispose();
    const other = await engine.hold(tensor("f32", [3]));
    expect((await Promise.all(runs)).map(({ y }) => [...y!.data])).toEqual([[1], [1]]);
    await expect(program.run({ x })).rejects.toThrow("must not be used after it was disposed of");
    other.dispose();
    await program.dispose();
  });

  it("no kernel adds in an order that is left to the threads", async () => {
    const { step } = await trainingStep(examples[3]!, "f16");
    expect(cudaSource(step)).not.toMatch(/atomic|__shared__|__syncthreads/);
  });
});

const compiler = clang === undefined ? " (there is no clang)" : "";

describe.skipIf(clang === undefined)(`the kernels in PTX${compiler}`, () => {
  // of ordinary sizes, so that 16 bytes fit
  const wide: readonly Example[] = [
    { name: "vgg11", options: {}, size: 32, channels: 3, optimizer: sgdWithMomentum },
    { name: "resnet18", options: { batchNorm: true }, size: 32, channels: 3, optimizer: adam({ lr: 0.01 }) },
  ];

  it.each(formatNames)(
    "kernels at %s move 16 bytes at once, keep everything in registers and join no product with a sum",
    async (format) => {
      for (const example of wide) {
        const ptx = ptxOf(cudaSource((await trainingStep(example, format)).step));
        expect(ptx.match(/\.local/g), "memory of its own").toBe(null);
        expect(ptx.match(/\b(fma|mad)\.[a-z.]*f(32|64)/g), "fused").toBe(null);
        expect(ptx.match(/\b(add|mul|div|sqrt)(\.(ftz|approx|full|rz|rm|rp))+\.f(32|64)/g), "inexact").toBe(null);
        const moves = [...ptx.matchAll(/\b(?:ld|st)\.global(?:\.nc)?(?:\.v(\d))?\.[a-z](\d+)/g)];
        const bytes = moves.map(([, width = "1", bits]) => (Number(width) * Number(bits)) / 8);
        expect(Math.max(...bytes)).toBe(16);
        expect(bytes.filter((n) => n === 16).length).toBeGreaterThan(bytes.length / 2);
      }
    },
  );
});

describe("the plan of a program", () => {
  it("arrays that are alive at the same time never share memory, and the others do", async () => {
    const { step } = await trainingStep(examples[2]!, "f32");
    const { work, memory } = planGraph(step);
    const lives = new Map<object, { from: number; to: number; begin: number; end: number }>();
    for (const [at, own] of work.entries()) {
      for (const cell of [...writesOf(own), ...readsOf(own)]) {
        const begin = memory.offsets.get(cell);
        if (begin === undefined) continue;
        const known = lives.get(cell) ?? { from: at, to: at, begin, end: begin + bytesOf(cell) };
        lives.set(cell, { ...known, to: at });
      }
    }
    const all = [...lives.values()];
    const clash = all.some((a, i) =>
      all.slice(i + 1).some((b) => a.from <= b.to && b.from <= a.to && a.begin < b.end && b.begin < a.end),
    );
    expect(clash).toBe(false);
    // no plan needs less than what is alive at once
    const alive = work.map((_, at) =>
      all.reduce((sum, { from, to, begin, end }) => (from <= at && at <= to ? sum + aligned(end - begin) : sum), 0),
    );
    expect(memory.bytes).toBeLessThan(1.1 * Math.max(...alive));
  });

  it("a plan puts an array into the lowest gap that is free during its life", () => {
    const cell = (length: number) => ({ format: "f32", length, source: { kind: "constant", value: 0 } }) as const;
    const [a, b, c] = [cell(64), cell(128), cell(64)];
    const plan = planMemory([
      { cell: a, from: 0, to: 1 },
      { cell: b, from: 1, to: 2 },
      { cell: c, from: 2, to: 3 },
    ]);
    expect([plan.offsets.get(b), plan.offsets.get(a), plan.offsets.get(c), plan.bytes]).toEqual([0, 512, 512, 768]);
  });

  it("equal kernels are compiled once", () => {
    const [x, y] = [input("x", "f32", [8]), input("y", "f32", [8])];
    const g = graph({ a: ops.exp(x), b: ops.exp(y) });
    const names = planGraph(g, { joins: false }).work.map((own) => own.kind === "kernel" && own.kernel.name);
    expect(names[0]).toBe(names[1]);
  });
});

// the switches of the device in software
const software = !none && Device.open().name.startsWith("software");

describe.skipIf(!software)("on the device in software", () => {
  const counts = (): number[] => {
    const library = createRequire(__filename)("koffi").load(`${process.env.NONSMOOTH_CUDA}/libcuda.so.1`);
    const room = new BigUint64Array(6);
    library.func("void software_counts(void* out)")(room);
    return [...room].map(Number);
  };

  it("a training step moves nothing but what is fed and its loss, and is one launch", async () => {
    const engine = createEngine("cuda");
    const { step, feeds, state } = await trainingStep(examples[1]!, "f32");
    const program = await engine.compile(step);
    const start = await steps(program, feeds, await holdAll(engine, state), 4);
    const before = counts();
    await steps(program, feeds, start, 10);
    const after = counts();
    const [, graphs, allocations, inUse, copies, bytes] = after.map((n, i) => n - before[i]!);
    expect([graphs, allocations, inUse, copies]).toEqual([10, 0, 0, 10]);
    expect(bytes).toBeLessThanOrEqual(10 * 256);
    await engine.dispose();
  });
});
