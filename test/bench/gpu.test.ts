import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compare, NO_TIME, type Side } from "../../bench/gpu/compare";
import type { Machine } from "../../bench/gpu/machine";
import { Partner } from "../../bench/gpu/partner";
import { markdown, type Results, TIMED, writeTables } from "../../bench/gpu/tables";
import type { Part, TimedRow } from "../../bench/gpu/types";
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
      "echo: must answer; it says: no answer within 0 s",
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
    software: false,
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
  const cuda: TimedRow = { ...row, engine: "onnx-cuda" };
  const part = { name: "step", title: "Steps", columns: TIMED } as unknown as Part;
  const results = (over: Partial<Machine> = {}, rows = [row]): Results => ({
    machine: { ...machine, ...over },
    engines: { e: ["f32"], "onnx-cuda": "not installed" },
    parts: { step: { rows, finished: true, seconds: 1 } },
  });

  it("the tables show rates, ratios and what is missing", () => {
    const failed: TimedRow = { what: "ResNet18", engine: "e", unit: "images/s", missing: "a | b\nc" };
    const lines = markdown(results({}, [row, failed]), [part]).split("\n");
    expect(lines[0]).toContain("WebGPU on Abacus (beads 1.2, with f16)");
    expect(lines).toContain('Not measured: onnx-cuda, because of "not installed".');
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

  it("the tables show no times of WebGPU on a software GPU, but those of the other engines", () => {
    const many: TimedRow = { ...row, engine: "onnx-webgpu, R = 4" };
    const text = markdown(results({ software: true }, [webgpu, many, cuda]), [part]);
    expect(text).toContain("**A program on the CPU acted as WebGPU's GPU here");
    expect(text).toContain("| VGG11 | onnx-webgpu |  | PyTorch |  | it runs |");
    expect(text).toContain("| VGG11 | onnx-webgpu, R = 4 |  | PyTorch |  | it runs |");
    expect(text).toContain("| VGG11 | onnx-cuda | 1235 (0.5 – 2000) images/s | PyTorch | 1235");
    const hard = markdown(results({}, [webgpu]), [part]);
    expect(hard).toContain("| VGG11 | onnx-webgpu | 1235");
    expect(hard).not.toContain("acted as");
  });

  it("the tables are written into a document only for full-size results of a GPU", () => {
    const path = join(folder, "README.md");
    writeFileSync(path, "a\n<!-- gpu:table -->\nold\n<!-- /gpu:table -->\nb\n");
    const cudaAlone = { adapter: null, noAdapter: "no Vulkan" };
    const missing: TimedRow = { what: "VGG11", engine: "onnx-cuda", unit: "images/s", missing: "no time was left" };
    for (const [over, rows] of [
      [{ software: true }, [webgpu, missing]],
      [{}, [row]],
      [cudaAlone, [missing]],
    ] as const) {
      expect(() => writeTables(path, results(over, [...rows]), [part])).toThrow(
        `--write: must have results of a GPU, got [${rows.map(({ engine }) => `"${engine}"`).join(",")}]`,
      );
    }
    for (const [over, rows] of [
      [{ software: true }, [webgpu, cuda]],
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
