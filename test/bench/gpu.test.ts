import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compare, NO_TIME, type Side } from "../../bench/gpu/compare";
import type { Machine } from "../../bench/gpu/machine";
import { Partner } from "../../bench/gpu/partner";
import { type Asked, eachEngine } from "../../bench/gpu/parts/each-engine";
import { markdown, type Results, TIMED, writeTables } from "../../bench/gpu/tables";
import { runTurns } from "../../bench/gpu/turns";
import type { Part, Setting, TimedRow } from "../../bench/gpu/types";
import { kernelTimes } from "../../bench/gpu/work/profile";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nonsmooth-gpu-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a comparison", () => {
  let asked: string[];
  beforeEach(() => {
    asked = [];
  });
  /** Gives its rates one by one; an error in place of a rate is thrown. */
  const side = (name: string, rates: readonly (number | Error)[], losses?: readonly number[]): Side => {
    const left = [...rates];
    const measure = async () => {
      asked.push(name);
      const next = left.shift()!;
      if (next instanceof Error) throw next;
      return { rate: next };
    };
    const prepare = async () => ({ losses, form: `${name} at its best` });
    return { name, partners: [{ prepare: prepare as Partner["prepare"], measure }], options: {} };
  };
  const run = async (
    ours: readonly Side[],
    peer?: Side,
    { rounds = 3, left = (): number => 1, tolerance = undefined as number | undefined } = {},
  ) => {
    const rows: TimedRow[] = [];
    const setting = { rounds, seconds: 1, note: () => {}, left };
    await compare(setting, { what: "w", unit: "images/s", ours, peer, tolerance }, (row) => rows.push(row));
    return rows;
  };

  it("sides take turns, in reverse in every second round, and ratios are taken within a round", async () => {
    const [row] = await run([side("a", [10, 20, 30])], side("torch", [5, 40, 10]));
    expect(asked).toEqual(["a", "torch", "torch", "a", "a", "torch"]);
    expect(row).toMatchObject({ engine: "a", unit: "images/s", peer: "torch at its best" });
    expect(row!.ours).toEqual({ median: 20, low: 10, high: 30, n: 3 });
    expect(row!.ratio).toEqual({ median: 2, low: 0.5, high: 3, n: 3 });
  });

  it("the rates of the processes of one side are added", async () => {
    const three = { ...side("cpu", [1, 2, 4, 8, 16, 32]) };
    const [row] = await run([{ ...three, partners: [three.partners[0]!, three.partners[0]!] }]);
    expect(row!.ours).toMatchObject({ low: 3, high: 48 });
  });

  it("a comparison goes on without a side that fails, and keeps its earlier rounds", async () => {
    const rows = await run([side("a", [10, new Error("lost"), 1]), side("b", [6, 8, 4])], side("torch", [2, 2, 2]));
    expect(rows[0]).toMatchObject({ engine: "a", missing: "lost", ours: { n: 1 }, ratio: { median: 5, n: 1 } });
    expect(rows[1]).toMatchObject({ engine: "b", ratio: { median: 3, n: 3 } });
    expect(rows[1]!.missing).toBeUndefined();
  });

  it("a missing peer is explained, and a peer that has no opponent is not asked", async () => {
    const rows = await run([side("a", [1, 2, 3])], { ...side("torch", []), failure: "no CUDA" });
    expect(rows[0]).toMatchObject({ missing: "no CUDA", ours: { median: 2 } });
    asked = [];
    const [row] = await run([{ ...side("a", []), failure: "no f16" }], side("torch", []), { rounds: 0 });
    expect(row).toEqual({ what: "w", engine: "a", unit: "images/s", missing: "no f16" });
    expect(asked).toEqual([]);
  });

  it("there is no ratio where the programs have different losses", async () => {
    const [ours, theirs] = [side("a", [1, 1, 1], [2, 1]), side("torch", [1, 1, 1], [2, 1.1])];
    const [row] = await run([ours], theirs, { tolerance: 1e-3 });
    expect(row!.ratio).toBeUndefined();
    expect(row!.missing).toBe("the first losses must agree to 0.001: 2, 1 and 2, 1.1");
  });

  it("no round begins after the time is used up", async () => {
    let time = 2;
    const [row] = await run([side("a", [1, 2, 3])], undefined, { left: () => time-- });
    expect(row!.ours!.n).toBe(2);
    expect((await run([side("a", [1])], undefined, { left: () => 0, rounds: 1 }))[0]!.missing).toBe(NO_TIME);
  });
});

describe("a partner", () => {
  const ECHO = `require("readline").createInterface(process.stdin).on("line", (line) => {
    const { prepare } = JSON.parse(line);
    if (prepare.die) { console.error("out of luck"); process.exit(3); }
    if (prepare.silent) return;
    console.log("a library says hello");
    console.log(JSON.stringify(prepare.refuse ? { error: "not with me" } : { pid: process.pid, ...prepare }));
  });`;
  let partner: Partner;
  const start = (left = 20) => {
    partner = new Partner("echo", { program: process.execPath, words: ["-e", ECHO] }, () => left);
    return partner;
  };
  afterEach(() => partner.close());

  it("a partner answers every question from the same process", async () => {
    const { pid, x } = await start().prepare<{ pid: number; x: number }>({ x: 1 });
    expect(x).toBe(1);
    expect(await partner.prepare({ x: 2 })).toEqual({ pid, x: 2 });
  });

  it("a partner is a new process after a failed preparation, and the failed one is gone", async () => {
    const { pid } = await start().prepare<{ pid: number }>({});
    await expect(partner.prepare({ refuse: true })).rejects.toThrow("echo: must answer; it says: not with me");
    expect((await partner.prepare<{ pid: number }>({})).pid).not.toBe(pid);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  it("a partner that dies reports its last words and is started again", async () => {
    const { pid } = await start().prepare<{ pid: number }>({});
    await expect(partner.prepare({ die: true })).rejects.toThrow("echo: must answer; it says: out of luck");
    expect((await partner.prepare<{ pid: number }>({})).pid).not.toBe(pid);
  });

  it("a partner that does not answer in time is an error", async () => {
    await expect(start(0.2).prepare({ silent: true })).rejects.toThrow(
      "echo: must answer; it says: no time was left for it",
    );
  });

  it("a partner whose program does not exist is an error", async () => {
    partner = new Partner("nobody", { program: join(folder, "nothing"), words: [] }, () => 20);
    await expect(partner.prepare({})).rejects.toThrow(/^nobody: must answer; it says: spawn .*ENOENT/);
  });
});

describe("the tables", () => {
  const adapter = { name: "Abacus", driver: "beads 1.2", half: true, software: false };
  const machine = {
    adapter,
    cuda: null,
    noCuda: "no driver",
    software: [],
    rounds: 3,
    small: false,
    date: "2026-01-31",
    torch: null,
  } as unknown as Machine;
  const spread = { median: 1234.5, low: 0.5, high: 2000, n: 3 };
  const row: TimedRow = {
    what: "VGG11",
    engine: "e",
    unit: "images/s",
    ours: spread,
    peer: "PyTorch",
    theirs: spread,
    ratio: spread,
  };
  const webgpu: TimedRow = { ...row, engine: "onnx-webgpu" };
  const cuda: TimedRow = { ...row, engine: "cuda" };
  const part = { name: "step", title: "Steps", columns: TIMED } as unknown as Part;
  const results = (over: Partial<Machine> = {}, rows = [row]): Results => ({
    machine: { ...machine, ...over },
    engines: { e: ["f32"], cuda: "not installed" },
    parts: { step: { rows, finished: true, seconds: 1 } },
  });

  it("the tables show rates, ratios and what is missing", () => {
    const failed: TimedRow = { what: "ResNet18", engine: "e", unit: "images/s", missing: "a | b\nc" };
    const lines = markdown(results({}, [row, failed]), [part]).split("\n");
    expect(lines[0]).toContain("CUDA on none: no driver; WebGPU on Abacus (beads 1.2, with f16)");
    expect(lines).toContain('Not measured: cuda, because of "not installed".');
    expect(lines).toContain(
      "| VGG11 | e | 1235 (0.5 – 2000) images/s | PyTorch | 1235 (0.5 – 2000) images/s | **1235 (0.5 – 2000)** |",
    );
    expect(lines.at(-1)).toBe("| ResNet18 | e |  |  |  | a \\| b c |");
  });

  it("the tables say which parts have not begun and which did not end", () => {
    const cut = { ...results(), parts: { step: { rows: [row], finished: false, seconds: 1, error: "lost" } } };
    expect(markdown(cut, [part, { ...part, name: "bits", title: "Bits" }])).toMatch(
      /The part did not come to its end: lost\n\nBits: not begun\.$/,
    );
  });

  it("the tables show no times of an engine on a software GPU, but those of the other engines", () => {
    const many: TimedRow = { ...row, engine: "onnx-webgpu, R = 4" };
    const text = markdown(results({ software: ["onnx-webgpu"] }, [webgpu, many, cuda]), [part]);
    expect(text).toContain("**A program on the CPU acted as the GPU of onnx-webgpu here");
    expect(text).toContain("| VGG11 | onnx-webgpu |  | PyTorch |  | it runs |");
    expect(text).toContain("| VGG11 | onnx-webgpu, R = 4 |  | PyTorch |  | it runs |");
    expect(text).toContain("| VGG11 | cuda | 1235 (0.5 – 2000) images/s | PyTorch | 1235");
    const both = markdown(results({ software: ["cuda", "onnx-webgpu"] }, [cuda]), [part]);
    expect(both).toContain("GPU of cuda and onnx-webgpu here");
    expect(both).toContain("| VGG11 | cuda |  | PyTorch |  | it runs |");
    const hard = markdown(results({}, [webgpu]), [part]);
    expect(hard).toContain("| VGG11 | onnx-webgpu | 1235");
    expect(hard).not.toContain("acted as");
  });

  it("the tables are written into a document only for full-size results of a GPU", () => {
    const path = join(folder, "README.md");
    writeFileSync(path, "a\n<!-- gpu:table -->\nold\n<!-- /gpu:table -->\nb\n");
    const cudaAlone = { adapter: null, noAdapter: "no Vulkan" };
    const missing: TimedRow = { what: "VGG11", engine: "cuda", unit: "images/s", missing: "no time was left" };
    for (const [over, rows] of [
      [{ software: ["onnx-webgpu"] }, [webgpu, missing]],
      [{ software: ["cuda"] }, [cuda]],
      [{}, [row]],
      [cudaAlone, [missing]],
    ] as const) {
      expect(() => writeTables(path, results(over, [...rows]), [part])).toThrow(
        `--write: must have results of a GPU, got [${rows.map(({ engine }) => `"${engine}"`).join(",")}]`,
      );
    }
    for (const [over, rows] of [
      [{ software: ["onnx-webgpu"] }, [webgpu, cuda]],
      [cudaAlone, [cuda]],
      [{}, [webgpu]],
    ] as const) {
      const found = results(over, [...rows]);
      writeTables(path, found, [part]);
      const text = readFileSync(path, "utf8");
      expect(text).toBe(`a\n<!-- gpu:table -->\n${markdown(found, [part])}\n<!-- /gpu:table -->\nb\n`);
    }
    const text = readFileSync(path, "utf8");
    expect(() => writeTables(path, results({ small: true }, [cuda]), [part])).toThrow(
      "--write: must have results of full size",
    );
    expect(readFileSync(path, "utf8")).toBe(text);
    expect(() => writeTables(join(folder, "none.md"), results({}, [cuda]), [part])).toThrow(
      "none.md: must hold <!-- gpu:table --> and behind it <!-- /gpu:table -->",
    );
  });
});

describe("the turns", () => {
  const setting = (engine: string, left: () => number) =>
    ({ engines: new Map([[engine, []]]), left, note: () => {} }) as unknown as Setting;
  const partOf = (name: string, share: number, run: Part["run"], only?: string) =>
    ({ name, share, run, title: name, columns: [], ...(only && { only }) }) as Part;
  /** The parts that ran, with the seconds that each of them had. */
  const run = async (engines: readonly string[], make: (told: string[]) => readonly Part[], seconds = 100) => {
    const told: string[] = [];
    const results: Pick<Results, "parts"> = { parts: {} };
    let saves = 0;
    const save = () => {
      saves++;
    };
    await runTurns({ parts: make(told), engines, left: () => seconds, setting, results, save });
    return { told, saves, parts: results.parts };
  };
  const tells =
    (told: string[]): Part["run"] =>
    async ({ engines, left }) => {
      told.push(`${[...engines.keys()]} ${Math.round(left())}`);
    };

  it("one engine has all its parts before the next, and each part its share of what is left to them", async () => {
    const { told } = await run(["a", "b"], (told) => [
      partOf("first", 3, tells(told)),
      partOf("only b", 1, tells(told), "b"),
      partOf("last", 1, tells(told)),
    ]);
    expect(told).toEqual(["a 75", "a 100", "b 60", "b 50", "b 100"]);
  });

  it("a part that fails keeps its rows and gets one that says why; the next part begins", async () => {
    const fails: Part["run"] = async (_, add) => {
      add({ what: "x", engine: "a" });
      throw new Error("lost");
    };
    const { parts, told, saves } = await run(["a"], (told) => [partOf("one", 1, fails), partOf("two", 1, tells(told))]);
    expect(parts.one).toMatchObject({ finished: false, error: "lost" });
    expect(parts.one!.rows).toEqual([
      { what: "x", engine: "a" },
      { what: "", engine: "a", missing: "lost" },
    ]);
    expect(told).toHaveLength(1);
    expect(parts.two).toMatchObject({ finished: true, rows: [] });
    // each row, and the end of each part
    expect(saves).toBe(4);
  });

  it("a part that failed for one engine is not finished after the next", async () => {
    const fails: Part["run"] = async ({ engines }) => {
      if (engines.has("a")) throw new Error("lost");
    };
    const { parts } = await run(["a", "b"], () => [partOf("one", 1, fails)]);
    expect(parts.one).toMatchObject({ finished: false, error: "lost" });
  });

  it("a part without time is a row that says so", async () => {
    const { parts, told } = await run(["a"], (told) => [partOf("one", 1, tells(told))], 1);
    expect(told).toEqual([]);
    expect(parts.one!.rows).toEqual([{ what: "", engine: "a", missing: NO_TIME }]);
  });
});

describe("questions to every engine", () => {
  it("as many formats at a time as there are cores; each has its own process, and a failure is a row", async () => {
    const closed: string[] = [];
    let [now, most, n] = [0, 0, 0];
    const setting = {
      engines: new Map([["a", ["f32", "f16", "f64"]]]),
      cores: 2,
      left: () => 1,
      note: () => {},
      ours: (kind: string) => {
        const name = `${kind} ${n++}`;
        return { name, close: () => closed.push(name) };
      },
    } as unknown as Setting;
    const rows: unknown[] = [];
    const ask = async ({ partner, format }: Asked) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      if (format === "f16") throw new Error("lost");
      rows.push(`${partner.name}, ${format}`);
    };
    await eachEngine(setting, "k", ask, (row) => rows.push(row));
    expect(most).toBe(2);
    expect(rows).toHaveLength(4);
    expect(rows).toContain("k 0, f32");
    expect(rows).toContainEqual({ what: "f16", engine: "a", missing: "lost" });
    expect(rows).toContainEqual({ what: "bf16", engine: "a", missing: "computes in f32 and f16 and f64 here" });
    expect(closed.toSorted()).toEqual(["k 0", "k 1", "k 2"]);
  });
});

describe("the profile", () => {
  it("kernel times are means over the last steps, for each value of the graph", () => {
    const step = (dur: number) => [
      { cat: "Node", name: "0 conv2d 3_kernel_time", dur: 99 },
      { cat: "Api", name: "0 conv2d 3&Conv&Im2Col", dur },
      { cat: "Api", name: "0 conv2d 3&Conv&MatMul", dur: 3 * dur },
      { cat: "Api", name: "7 relu 4&Max&Max", dur: 5 },
    ];
    const times = kernelTimes([...step(9000), ...step(100), ...step(300)], 3, 2);
    expect([...times]).toEqual([
      [0, 0.8],
      [7, 0.005],
    ]);
  });
});
