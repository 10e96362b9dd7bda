/** What every engine does alike with programs: caching, feeding, results. */
import { afterAll, describe, expect, it } from "vitest";
import type { Held } from "../../src/engines";
import { constant, graph, input, tensor } from "../../src/ir";
import { ops } from "../../src/ops";
import { enginesIn, missingEngines } from "../helpers/engines";

const sum = (name?: string) =>
  graph({ y: ops.add(input("left", "f32", [2]), input("right", "f32", [2])) }, name ?? "sum");
const tensorType = { format: "f32", shape: [2] } as const;
const feeds = { left: tensor("f32", [1, 2]), right: tensor("f32", [10, 20]) };

for (const { title } of missingEngines) it.skip(`${title} compiles and runs programs`);

describe.each(enginesIn("f32"))("$id", ({ create }) => {
  const engine = create();
  afterAll(() => engine.dispose());

  describe("programs", () => {
    it("a program is compiled once, whatever the name of its graph", async () => {
      const program = await engine.compile(sum());
      expect(await engine.compile(sum())).toBe(program);
      expect(await engine.compile(sum("another name"))).toBe(program);
      expect(await engine.compile(graph({ z: input("left", "f32", [2]) }))).not.toBe(program);
    });

    it("a program is compiled once even if it is asked for twice at a time", async () => {
      const twice = graph({ y: ops.exp(input("x", "f32", [3])) });
      const [first, second] = await Promise.all([engine.compile(twice), engine.compile(twice)]);
      expect(first).toBe(second);
    });

    it("a program lives until each of its users has disposed of it, and is then compiled anew", async () => {
      const shared = () => graph({ y: ops.sub(input("left", "f32", [2]), input("right", "f32", [2])) }, "shared");
      const program = await engine.compile(shared());
      await engine.compile(shared());
      await program.dispose();
      expect([...(await program.run(feeds)).y!.data]).toEqual([-9, -18]);
      expect(await engine.compile(shared())).toBe(program);
      await program.dispose();
      await program.dispose();
      await expect(program.run(feeds)).rejects.toThrow(
        'program shared: must not be run after it was disposed of, got "run"',
      );

      const next = await engine.compile(shared());
      expect(next).not.toBe(program);
      await program.dispose();
      expect([...(await next.run(feeds)).y!.data]).toEqual([-9, -18]);
    });

    it("an engine disposes of all its programs, and can compile new ones afterwards", async () => {
      const own = create();
      const program = await own.compile(sum());
      await own.compile(sum());
      await own.dispose();
      await expect(program.run(feeds)).rejects.toThrow("program sum: must not be run after it was disposed of");
      const next = await own.compile(sum());
      expect(next).not.toBe(program);
      await own.dispose();
      await own.dispose();
    });
  });

  describe("results", () => {
    it("results hold every output by name, in its format and shape", async () => {
      const [narrow, wide] = [engine.formats[0]!, engine.formats.at(-1)!];
      const x = input("x", narrow, [2, 2]);
      const outputs = { same: x, seven: constant(wide, 7), total: ops.reduceSum(x), hits: ops.equal(x, x), x };
      const program = await engine.compile(graph(outputs));
      const fed = tensor(narrow, [1, 2, 3, 4], [2, 2]);
      const results = await program.run({ x: fed });
      expect(results).toEqual({
        same: fed,
        seven: tensor(wide, 7),
        total: tensor(narrow, 10),
        hits: tensor("bool", [1, 1, 1, 1], [2, 2]),
        x: fed,
      });
    });

    it("results can be fed again", async () => {
      const program = await engine.compile(sum());
      const { y } = await program.run(feeds);
      const again = await program.run({ left: y!, right: feeds.right });
      expect([...again.y!.data]).toEqual([21, 42]);
    });

    it("a run leaves what was fed, and earlier results, as they were", async () => {
      const program = await engine.compile(sum());
      const first = await program.run(feeds);
      await program.run({ left: tensor("f32", [7, 7]), right: feeds.right });
      expect([...first.y!.data]).toEqual([11, 22]);
      expect([...feeds.left.data]).toEqual([1, 2]);
    });

    it("an array that was written to after it was fed gives new results", async () => {
      const program = await engine.compile(sum());
      const left = tensor("f32", [1, 2]);
      await program.run({ ...feeds, left });
      left.data[0] = 5;
      expect([...(await program.run({ ...feeds, left })).y!.data]).toEqual([15, 22]);
    });
  });

  describe("held tensors", () => {
    const chain = () => {
      const x = input("x", "f32", [2]);
      return graph({
        next: ops.add(x, x),
        total: ops.reduceSum(x),
        same: ops.add(x, x),
        big: ops.greater(x, constant("f32", 2)),
      });
    };

    it("held tensors are results that stay, and can be fed and read", async () => {
      const program = await engine.compile(chain());
      let { held, results } = await program.runHolding({ x: tensor("f32", [1, 2]) }, ["next", "big"]);
      expect(Object.keys(held).sort()).toEqual(["big", "next"]);
      expect(results).toEqual({ total: tensor("f32", 3), same: tensor("f32", [2, 4]) });
      expect(held.next).toMatchObject({ format: "f32", shape: [2] });
      expect(await held.big!.read()).toEqual(tensor("bool", [0, 0]));
      for (let i = 0; i < 3; i++) {
        const last = held.next!;
        ({ held, results } = await program.runHolding({ x: last }, ["next"]));
        last.dispose();
      }
      expect(await held.next!.read()).toEqual(tensor("f32", [16, 32]));
      expect(results.total).toEqual(tensor("f32", 24));
    });

    it("a result that is held under two names is let go under each name by itself", async () => {
      const program = await engine.compile(chain());
      const { held } = await program.runHolding({ x: tensor("f32", [1, 2]) }, ["next", "same"]);
      held.next!.dispose();
      expect(await held.same!.read()).toEqual(tensor("f32", [2, 4]));
    });

    it.each([tensor("f32", [1.5, -0, 3], [3, 1]), tensor("i32", [-7, 2 ** 30]), tensor("bool", [1, 0, 1])])(
      "a held tensor of $format is read back as it was given",
      async (given) => {
        const held = await engine.hold(given);
        expect(await held.read()).toEqual(given);
        expect(await held.read()).toEqual(given);
      },
    );

    it("a held tensor of another shape or of another engine is refused", async () => {
      const program = await engine.compile(sum());
      const wrong = await engine.hold(tensor("f32", [1, 2, 3]));
      await expect(program.run({ ...feeds, left: wrong })).rejects.toThrow('input left: must be f32[2], got "f32[3]"');
      const stray: Held = { ...tensorType, read: async () => feeds.left, dispose() {} };
      await expect(program.run({ ...feeds, left: stray })).rejects.toThrow(
        'input left: must be held by the engine that runs the graph, got "a tensor of another engine"',
      );
      await expect(program.runHolding(feeds, ["z"])).rejects.toThrow('graph sum: only outputs can be held, got "z"');
    });
  });

  describe("feeds", () => {
    const refused = async (fed: Parameters<Awaited<ReturnType<typeof engine.compile>>["run"]>[0], message: string) =>
      expect((await engine.compile(sum())).run(fed)).rejects.toThrow(message);

    it("a missing feed is refused", async () => {
      await refused({ left: feeds.left }, "graph sum: input right must be fed, got undefined");
    });

    it("a feed that is no input is refused", async () => {
      await refused(
        { ...feeds, rigth: feeds.right },
        'graph sum: feeds must be inputs of the graph, got "rigth"\nHint: did you mean right?',
      );
      await refused({ ...feeds, somethingElse: feeds.left }, 'feeds must be inputs of the graph, got "somethingElse"');
    });

    it("a parameter that the graph does not use is refused as that, and a misspelt feed is named", async () => {
      await refused(
        { ...feeds, "left.weight": feeds.right },
        'got "left.weight"\nHint: no output of the graph depends on left.weight: leave it out',
      );
      await refused(
        { left: feeds.left, rigth: feeds.right },
        "graph sum: input right must be fed, got undefined\nHint: rigth is fed, which is no input",
      );
    });

    it("a feed of another shape is refused", async () => {
      await refused({ ...feeds, left: tensor("f32", [1, 2, 3]) }, 'input left: must be f32[2], got "f32[3]"');
      await refused({ ...feeds, left: tensor("f32", [1, 2], [1, 2]) }, 'input left: must be f32[2], got "f32[1,2]"');
    });

    it("a feed of another format is refused, even where the array is of the same kind", async () => {
      await refused({ ...feeds, right: tensor("f64", [1, 2]) }, 'input right: must be f32[2], got "f64[2]"');
      await refused({ ...feeds, right: tensor("f16", [1, 2]) }, 'input right: must be f32[2], got "f16[2]"');
    });
  });
});
