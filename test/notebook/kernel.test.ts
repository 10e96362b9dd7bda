/** The kernel as a client sees it: a real process, cell after cell. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type KernelSession, openKernel } from "./session";

let kernel: KernelSession;
beforeAll(async () => {
  kernel = await openKernel();
  const imports =
    "createEngine, createLoader, createNetwork, glyphs, input, graph, ops, preprocessing, sgd, tensor, train";
  await kernel.run(`import { ${imports} } from "nonsmooth"`);
  await kernel.run(`
    const [data, test] = (["train", "test"] as const).map((split) =>
      createLoader({ dataset: glyphs({ split, count: 500 }), batchSize: 50, transforms: preprocessing("glyphs", split) }));
    const network = createNetwork("mlp", { inputShape: [28, 28, 1], classes: 10, widths: [16] });
    const common = { optimizer: sgd({ lr: 0.05 }), data, test, engine: createEngine(), seed: 1, precision: "f32" as const };
    let steps = 0;`);
});
afterAll(() => kernel?.close());

describe("what tslab gets wrong", () => {
  it("a cell may be a lone for await, and names of earlier cells may be in objects and patterns", async () => {
    const loop =
      "for await (const event of train({ ...common, network, epochs: 2 })) if (event.kind === 'epoch') console.log(event.epoch)";
    expect(await kernel.run(loop)).toMatchObject({ status: "ok", stdout: "0\n1\n" });
    await kernel.run("let b = 5; const object = { b: 1 };");
    expect((await kernel.run("const { b: c } = object; [b, c, { b }]")).stdout).toBe("[ 5, 1, { b: 5 } ]\n");
    expect((await kernel.run("({ b } = object); b")).stdout).toBe("1\n");
  });

  it("any expression may be awaited at the top level of a cell", async () => {
    for (const operand of ["(seven)", "[await (seven)][0]", "`7`", "+7", "/7/.source"]) {
      const { stdout, error } = await kernel.run(`const seven = Promise.resolve(7); await ${operand}`);
      expect({ operand, stdout, error }).toEqual({ operand, stdout: "7\n", error: undefined });
    }
  });

  it("later cells see exports, namespaces and a var from inside a statement", async () => {
    await kernel.run("export const exported = 1; export default class Named { is = exported }");
    await kernel.run("namespace Space { export const inner = 2 }");
    await kernel.run("if (true) { var within = 3; } for (var index = 0; index < 4; index++);");
    await kernel.run("5");
    expect((await kernel.run("[exported, new Named().is, Space.inner, within, index]")).stdout).toBe(
      "[ 1, 1, 2, 3, 4 ]\n",
    );
    await kernel.run("const Space = 6");
    expect((await kernel.run("Space")).stdout).toBe("6\n");
  });

  it("an exported class may have computed keys, and a method's key may be awaited", async () => {
    await kernel.run("const key = 'is'; export class Keyed { [key] = 1; [`m`]() { return 2 } }");
    expect((await kernel.run("[new Keyed().is, new Keyed().m()]")).stdout).toBe("[ 1, 2 ]\n");
    expect((await kernel.run("({ [await Promise.resolve('late')]() { return 4 } }).late()")).stdout).toBe("4\n");
  });

  it("an export under another name is refused, and the error says what to write instead", async () => {
    const { status, error } = await kernel.run("const first = 1; export { first as second }");
    expect(status).toBe("error");
    expect(error?.evalue).toContain("Write 'const second = first;' instead.");
  });

  it("later cells see what a failed cell has declared", async () => {
    await kernel.run('const found: number[] = []; found.push(7); await null; throw new Error("late")');
    expect((await kernel.run("found")).stdout).toBe("[ 7 ]\n");
  });

  it("cells queued before a failure are aborted, and one sent after it is executed", async () => {
    const [first, second] = await Promise.all([kernel.run("await null; throw 1"), kernel.run("2")]);
    expect([first.status, second.status]).toEqual(["error", "aborted"]);
    expect((await kernel.run("3")).stdout).toBe("3\n");
  });
});

describe("what is printed", () => {
  it("100,000 printed lines arrive whole, in few messages, in order with other outputs", async () => {
    const code =
      'for (let i = 0; i < 100_000; i++) { console.log(i); if (i === 50_000) require("tslab").display.text("half"); }';
    const { stdout, messages, outputs } = await kernel.run(code);
    expect(stdout === Array.from({ length: 100_000 }, (_, i) => `${i}\n`).join("")).toBe(true);
    expect(messages).toBeLessThan(1_000);
    expect(outputs.map(({ output_type }) => output_type)).toEqual(["stream", "display_data", "stream"]);
    expect((outputs[0] as { text: string }).text.endsWith("\n50000\n")).toBe(true);
  });

  it("what a cell's code prints after the cell has ended belongs to that cell", async () => {
    const first = await kernel.run('setTimeout(() => console.log("late"), 200)');
    const second = await kernel.run("await new Promise((resolve) => setTimeout(resolve, 400))");
    expect(second.stdout).toBe("");
    expect(kernel.stdoutOf(first)).toContain("late");
  });
});

describe("the value of a cell", () => {
  it("the value of a cell is shown as a table or a figure where it is one, else as text", async () => {
    const types = async (code: string) => {
      const { outputs } = await kernel.run(code);
      return outputs.map((output) =>
        output.output_type === "display_data" ? Object.keys(output.data) : output.output_type,
      );
    };
    const table = 'import { table } from "arquero"; const t = table({ a: [1, 2] }); t';
    expect(await types(table)).toEqual([["text/plain", "text/html"]]);
    expect(await types('import { toDanfo } from "nonsmooth"; toDanfo(t)')).toEqual([["text/plain", "text/html"]]);
    const figure = '{ name: "f", title: "T", alt: "A", caption: "", data: [], layout: {}, table: [] }';
    expect(await types(`const figure = ${figure}; figure`)).toEqual([["text/plain", "image/png", "text/html"]]);
    expect(await types("new Map([[1, 2]])")).toEqual(["stream"]);
    expect((await kernel.run("new Proxy({}, { getPrototypeOf() { throw 1; } })")).status).toBe("ok");
  });
});

describe("values as text", () => {
  it("errors and traces are shown without the kernel's calls, and promises without Node's internals", async () => {
    expect((await kernel.run('new Error("mine")')).stdout).toBe("Error: mine\n");
    expect((await kernel.run('Object.assign(new Error("mine"), { code: 1 })')).stdout).toBe(
      "Error: mine {\n  code: 1\n}\n",
    );
    const { stderr } = await kernel.run('console.trace("here", 1)');
    expect(stderr).toBe("Trace: here 1\n");
    expect((await kernel.run("[Promise.resolve(1), { p: Promise.resolve([2]) }]")).stdout).toBe(
      "[ Promise { 1 }, { p: Promise { [ 2 ] } } ]\n",
    );
    expect((await kernel.run("console.log(new Promise(() => {}))")).stdout).toBe("Promise { <pending> }\n");
  });
});

describe("errors", () => {
  const traceback = async (code: string) => (await kernel.run(code)).error?.traceback.join("\n");

  it("an error of the library is shown as its message and its hint", async () => {
    const text = await traceback('createNetwork("mpl" as any, { inputShape: [28, 28, 1], classes: 10 })');
    expect(text).toMatch(/^network: must be one of mlp, .*, got "mpl"\nHint: did you mean mlp\?$/);
  });

  it("a type error shows its place in the cell, even after a rewritten name", async () => {
    expect(await traceback("const o = { network };\nconst z: number = 'text';")).toBe(
      "line 2, column 7: Type 'string' is not assignable to type 'number'.\n    const z: number = 'text';\n          ^",
    );
  });

  it("an error of a cell's own code is one line, plus one for its cause and each error it contains", async () => {
    expect(await traceback('throw new Error("mine")')).toBe("Error: mine");
    expect(await traceback('require("node:path").join(1)')).toMatch(/^TypeError: The "path" argument must be/);
    expect(await traceback('throw new Error("outer", { cause: new Error("inner") })')).toBe(
      "Error: outer\ncaused by Error: inner",
    );
    expect(await traceback("throw 1")).toBe("thrown: 1");
    expect(await traceback('throw new AggregateError([new Error("one"), 2], "all")')).toBe(
      "AggregateError: all\ncontains Error: one\ncontains 2",
    );
  });

  it("an error that nothing waits for is shown, and the kernel goes on", async () => {
    const first = await kernel.run('setTimeout(() => { throw new Error("stray"); }, 50); 1');
    await sleep(200);
    expect(kernel.stderrOf(first)).toContain("Error: stray");
    expect((await kernel.run("2")).stdout).toBe("2\n");
    const aborted = await kernel.run('void Promise.reject(new DOMException("mine", "AbortError"));');
    await sleep(200);
    expect(kernel.stderrOf(aborted)).toBe("AbortError: mine\n");
  });
});

describe("an interrupt", () => {
  /** What happens in `code`, interrupted after its first line; the value of `steps` right after it, and later. */
  async function interrupted(code: string) {
    const stopped = await kernel.run(code, { interruptAfterOutput: true });
    const { stdout: now } = await kernel.run("steps");
    await sleep(500);
    const { stdout: later } = await kernel.run("steps");
    return { ...stopped, still: now === later, text: stopped.error?.traceback.join("\n") };
  }

  it("an interrupt ends a plain loop over train, and says how far the training was", async () => {
    const loop =
      "for await (const event of train({ ...common, network, epochs: 5000 })) if (steps++ === 0) console.log('started');";
    const { status, text, still, stdout } = await interrupted(loop);
    expect({ status, still, stdout }).toEqual({ status: "error", still: true, stdout: "started\n" });
    expect(text).toMatch(/^interrupted at \d+ %$/);
  });

  it("an interrupt ends a loop over a program that waits for nothing else", async () => {
    await kernel.run(
      'const x = input("x", "f32", [8, 8]); const program = await common.engine.compile(graph({ y: ops.relu(x) }));',
    );
    const loop = `console.log("started");
      for (;;) { await program.run({ x: tensor("f32", new Float32Array(64), [8, 8]) }); steps++; }`;
    expect(await interrupted(loop)).toMatchObject({ status: "error", still: true, text: "interrupted" });
  });

  it("an interrupt ends a loop that prints, and one that never awaits", async () => {
    const printing = "for (;;) { console.log(steps++); await new Promise((resolve) => setTimeout(resolve, 5)); }";
    expect(await interrupted(printing)).toMatchObject({ status: "error", still: true, text: "interrupted" });
    expect(await interrupted('console.log("started"); for (;;) steps++;')).toMatchObject({
      text: "interrupted",
      still: true,
    });
  });

  it("code that goes on after an interrupt is reported, and its output is no longer shown", async () => {
    const stopped = await kernel.run(
      'console.log("started"); const until = Date.now() + 4_000; while (Date.now() < until) await new Promise((r) => setTimeout(r, 10)); process.stdout.write("end");',
      { interruptAfterOutput: true },
    );
    expect(stopped.error?.traceback.join()).toContain("still runs");
    await sleep(3_000);
    expect(kernel.stdoutOf(stopped)).toBe("started\n");
    expect((await kernel.run("1 + 1")).stdout).toBe("2\n");
  });
});
