import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { runNotebook } from "../../src/notebook";
import { NonsmoothError } from "../../src/util";
import { requireBuild, runCells, streamText, temporaryFolder, writeCells } from "./support";

describe("runNotebook", () => {
  it("text merged by stream, rich outputs, and errors that a cell's tag allows are stored", async () => {
    const cells = [
      'console.log("one"); console.log("two"); console.error("three"); console.log("four")',
      "",
      'import { display } from "tslab"; display.html("<b>1</b>\\n<i>2</i>"); display.png(new Uint8Array([1, 2, 3]));',
      { source: 'throw new Error("as shown");', tags: ["raises-exception"] },
      "await new Promise((resolve) => setTimeout(resolve, 50)); process.env.NONSMOOTH_PRESET",
    ];
    const { ok, failure, stored, ...result } = await runCells(cells, { env: { NONSMOOTH_PRESET: "smoke" } });
    expect({ ok, cells: result.cells, failure }).toEqual({ ok: true, cells: 4, failure: undefined });
    expect(stored.map((cell) => cell.execution_count)).toEqual([1, null, 2, 3, 4]);
    expect(stored[0]?.outputs).toEqual([
      { name: "stdout", output_type: "stream", text: ["one\n", "two\n"] },
      { name: "stderr", output_type: "stream", text: ["three\n"] },
      { name: "stdout", output_type: "stream", text: ["four\n"] },
    ]);
    expect(stored[2]?.outputs.map((output) => output.data)).toEqual([
      { "text/html": ["<b>1</b>\n", "<i>2</i>"] },
      { "image/png": "AQID" },
    ]);
    expect(stored[3]!.outputs).toEqual([
      { output_type: "error", ename: "Error", evalue: "as shown", traceback: ["Error: as shown"] },
    ]);
    expect(streamText(stored[4], "stdout")).toBe("smoke\n");
  });

  it("updates reach the display that they name, in an earlier cell too, and carriage returns apply", async () => {
    const { stored } = await runCells([
      'import { newDisplay } from "tslab"; const d = newDisplay(); d.text("first"); d.text("second");',
      'd.text("third"); process.stdout.write("10 %\\r"); process.stdout.write("100 %\\n"); let x = 1;',
    ]);
    expect(stored[0]?.outputs.map((output) => output.data)).toEqual([{ "text/plain": ["third"] }]);
    expect(stored[1]?.outputs).toEqual([{ name: "stdout", output_type: "stream", text: ["100 %\n"] }]);
  });

  it("the same outputs give the same bytes, without time stamps", async () => {
    const cells = ['console.log("a")', "({ b: 1, a: [1, 2, 3] })"];
    const [first, second] = [await runCells(cells), await runCells(cells)];
    expect(second.text).toBe(first.text);
    expect(first.text).toMatch(/^\{\n "cells": \[\n {2}\{\n {3}"cell_type": "code",\n/);
    expect(first.text.endsWith("}\n")).toBe(true);
    expect(first.text).not.toContain("iopub");
    expect(first.stored.map((cell) => cell.id)).toEqual(["id-0", "id-1"]);
  });

  it("none of 100,000 lines printed in one stretch is lost", async () => {
    const { ok, stored } = await runCells([
      "for (let i = 0; i < 100_000; i++) console.log(i);",
      'console.log("after")',
    ]);
    expect(ok).toBe(true);
    const expected = Array.from({ length: 100_000 }, (_, i) => `${i}\n`).join("");
    expect(streamText(stored[0], "stdout") === expected).toBe(true);
    expect(streamText(stored[1], "stdout")).toBe("after\n");
  });

  it("a notebook stops at a cell that throws and names it, and its file stays as it was", async () => {
    requireBuild();
    const file = writeCells(temporaryFolder(), [
      "let a = 1;",
      'throw new RangeError("too far");',
      'console.log("never")',
    ]);
    const before = readFileSync(file, "utf8");
    const { ok, cells, failure } = await runNotebook(file, { timeout: 30 });
    expect({ ok, cells, cell: failure?.cell }).toEqual({ ok: false, cells: 2, cell: 2 });
    expect(failure?.message).toContain(`${file}, cell 2: must run without an error, got\n`);
    expect(failure?.message).toContain("RangeError: too far");
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("a type error is reported, and the next cell runs where that is asked for", async () => {
    const { ok, cells, failure, stored } = await runCells(['const n: number = "text";', 'console.log("still here")'], {
      keepGoing: true,
    });
    expect({ ok, cells, cell: failure?.cell }).toEqual({ ok: false, cells: 2, cell: 1 });
    expect(failure?.message).toContain("Type 'string' is not assignable to type 'number'");
    expect(streamText(stored[1], "stdout")).toBe("still here\n");
  });

  it.each(["await new Promise(() => {});", "for (;;) {}"])("an endless cell is stopped: %s", async (endless) => {
    const { failure, cells } = await runCells(['console.log("before")', endless, "1"], { timeout: 1 });
    expect(cells).toBe(2);
    expect(failure?.message).toMatch(/notebook\.ipynb, cell 2: must finish within 1 s, got "a timeout"$/);
  });

  it.each([3_000_000, Number.POSITIVE_INFINITY, undefined])("a limit of %s s is accepted", async (timeout) => {
    const lines: string[] = [];
    const cell = "await new Promise((resolve) => setTimeout(resolve, 100));";
    const { ok, failure } = await runCells([cell], { timeout, log: (line) => lines.push(line) });
    expect({ ok, failure }).toEqual({ ok: true, failure: undefined });
    expect(lines).toEqual([expect.stringMatching(/^cell 1: ok, [\d.]+ s$/)]);
  });

  it("a notebook stops on request, and the processes that its kernel started are killed", async () => {
    const controller = new AbortController();
    const start = 'import { spawn } from "child_process"; const c = spawn("sleep", ["600"]); console.log(c.pid);';
    const { failure, stored } = await runCells([start, "await new Promise(() => {});"], {
      signal: controller.signal,
      log: () => void setTimeout(() => controller.abort(), 300),
    });
    expect(failure?.message).toMatch(/cell 2: stopped on request$/);
    const pid = Number(streamText(stored[0], "stdout"));
    expect(pid).toBeGreaterThan(1);
    await sleep(100);
    expect(isRunning(pid)).toBe(false);
  });

  it("a notebook that is stopped before it starts runs no cell", async () => {
    const stored = await runCells(["1"], { signal: AbortSignal.abort() });
    expect({ ok: stored.ok, cells: stored.cells }).toEqual({ ok: false, cells: 0 });
    expect(stored.failure?.message).toBe(`${stored.file}, cell 0: stopped on request`);
  });

  it("a cell that ends the kernel is named in the error", async () => {
    const { failure } = await runCells(["process.exit(3)"]);
    expect(failure?.message).toMatch(/notebook\.ipynb, cell 1: must not end the kernel, got "exit code 3"$/);
  });

  it("a kernel that does not start is reported", async () => {
    requireBuild();
    const file = writeCells(temporaryFolder(), ["1"]);
    const { failure } = await runNotebook(file, { cwd: "/no/such/folder" });
    expect(failure?.cell).toBe(0);
    expect(failure?.message).toContain(`${file}: must have a kernel, got "the kernel did not start (spawn`);
  });

  it.each([0, -1, Number.NaN])("a limit that is no positive time is refused: %s", async (timeout) => {
    await expect(runNotebook("x.ipynb", { timeout })).rejects.toThrow(
      `runNotebook timeout: must be a positive number of seconds, got ${timeout}`,
    );
  });
});

function isRunning(pid: number): boolean {
  try {
    // a killed child that nobody has waited for is still listed, as a zombie
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

describe("what a notebook rests on", () => {
  const RUN = `import { bifurcationFrequency, runInNotebook } from "nonsmooth";
const set = { dataset: "glyphs", widths: [8], depths: [1], batchSizes: [64], sampleSizes: [128], runs: 2, precisions: [32] };
const run = await runInNotebook(bifurcationFrequency, { set });`;

  it("the runs that a notebook rests on are in its metadata, and the caller may refuse them", async () => {
    const runs = temporaryFolder();
    const env = { NONSMOOTH_PRESET: "smoke", NONSMOOTH_WORKSPACE: runs };
    const told: string[] = [];
    const options = { inProject: true, env, progress: (text: string, cell: number) => told.push(`${cell}: ${text}`) };
    const { evidence, text } = await runCells([RUN], options);
    expect(evidence).toEqual({ preset: "smoke", datasets: ["glyphs"], rows: 2 });
    expect(JSON.parse(text).metadata.nonsmooth).toEqual(evidence);
    expect(told.at(-1)).toMatch(/^1: How often does .*: 2 rows in/);

    const file = writeCells(temporaryFolder({ inProject: true }), [RUN]);
    const before = readFileSync(file, "utf8");
    const accept = (found: object) => {
      throw new NonsmoothError("this notebook", "must stay", { got: found });
    };
    const { ok, failure } = await runNotebook(file, { env, accept, permission: { inPlace: true } });
    expect([ok, failure?.message]).toEqual([false, expect.stringMatching(/^this notebook: must stay, got .*glyphs/)]);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("a notebook that makes no run has no evidence in its metadata", async () => {
    const { evidence, text } = await runCells(["let x = 1;"]);
    expect(evidence.rows).toBe(0);
    expect(JSON.parse(text).metadata.nonsmooth).toBeUndefined();
  });
});
