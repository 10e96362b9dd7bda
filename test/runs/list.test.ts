import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { listRuns, query, rowsOf, runName } from "../../src/runs";
import { temporaryFolder } from "./folder";
import { runWith as run } from "./toy";

describe("listRuns", () => {
  it("each run is listed, and a broken one with its problem", async () => {
    const runs = temporaryFolder();
    await run(runs, "alpha", 1, [{ i: 0 }], true);
    const broken = await run(runs, "beta", 1, [{ i: 0 }, { i: 1 }], false);
    writeFileSync(join(broken, "manifest.json"), "{");
    mkdirSync(join(runs, "gamma", "empty"), { recursive: true });
    writeFileSync(join(runs, "a file"), "");
    const list = listRuns(runs).map(({ experiment, status, rows, problem }) => ({ experiment, status, rows, problem }));
    expect(list).toEqual([
      { experiment: "alpha", status: "done", rows: 1, problem: undefined },
      { experiment: "beta", status: "broken", rows: 0, problem: expect.stringContaining("must be a manifest in JSON") },
      { experiment: "gamma", status: "broken", rows: 0, problem: "has no manifest.json" },
    ]);
    expect(readdirSync(runs)).not.toContain("rows.duckdb");
    expect(listRuns(join(runs, "missing"))).toEqual([]);
  });

  it("a done run is broken if a line is no row, or if it has more or fewer rows than it had", async () => {
    const runs = temporaryFolder();
    const rows = Array.from({ length: 360 }, (_, i) => ({ i }));
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`);
    const damage: [string[], object][] = [
      [[...lines.slice(0, 200), '{"i":\n', ...lines.slice(201)], { status: "broken", rows: 0, problem: "line 201" }],
      [[...lines.slice(0, 200), '{"i":{}}\n', ...lines.slice(201)], { status: "broken", rows: 0, problem: "line 201" }],
      [lines.slice(0, 100), { status: "broken", rows: 100, problem: "manifest says, 360, got 100" }],
      [[lines.join("").slice(0, -1)], { status: "broken", rows: 359, problem: "manifest says, 360, got 359" }],
      [[...lines, '{"i":360}\n'], { status: "broken", rows: 361, problem: "manifest says, 360, got 361" }],
      [lines, { status: "done", rows: 360 }],
    ];
    for (const [content, expected] of damage) {
      const folder = await run(runs, "alpha", 1, rows, true);
      writeFileSync(join(folder, "rows.jsonl"), content.join(""));
      const [entry] = listRuns(runs);
      const { problem } = expected as { problem?: string };
      expect(entry).toMatchObject({ ...expected, ...(problem && { problem: expect.stringContaining(problem) }) });
      expect(entry!.manifest).toBeDefined();
      const told: string[] = [];
      const counted = await query("SELECT count(*) AS n FROM alpha", { runs, log: (line) => told.push(line) });
      expect(counted).toEqual([{ n: problem ? 0 : 360 }]);
      expect(told).toEqual(problem ? [`${runName(entry!)} is left out: ${entry!.problem}`] : []);
      if (problem) expect(() => rowsOf(entry!)).toThrow(problem);
      rmSync(folder, { recursive: true });
    }
  });

  it("a run that is not done may have other rows than its manifest counted", async () => {
    const runs = temporaryFolder();
    const folder = await run(runs, "alpha", 1, [{ i: 0 }, { i: 1 }], false);
    writeFileSync(join(folder, "rows.jsonl"), '{"i":0}\n{"i":');
    expect(listRuns(runs)).toMatchObject([{ status: "interrupted", rows: 1, manifest: { rows: 2 } }]);
    writeFileSync(join(folder, "rows.jsonl"), '{"i":\n{"i":1}\n');
    expect(listRuns(runs)).toMatchObject([{ status: "broken", problem: expect.stringContaining("line 1") }]);
  });

  it("links to folders are followed, and no others", async () => {
    const [runs, elsewhere] = [temporaryFolder(), temporaryFolder()];
    const linked = await run(elsewhere, "alpha", 1, [{ i: 0 }], true);
    await run(elsewhere, "beta", 1, [{ i: 1 }], true);
    mkdirSync(join(runs, "alpha"));
    symlinkSync(linked, join(runs, "alpha", basename(linked)));
    symlinkSync(join(elsewhere, "beta"), join(runs, "beta"));
    symlinkSync(join(linked, "rows.jsonl"), join(runs, "file"));
    symlinkSync(join(runs, "nowhere"), join(runs, "lost"));
    symlinkSync(join(runs, "circle"), join(runs, "circle"));
    expect(listRuns(runs)).toMatchObject([
      { experiment: "alpha", run: basename(linked), status: "done", rows: 1 },
      { experiment: "beta", status: "done", rows: 1 },
    ]);
    expect(await query("SELECT i FROM rows ORDER BY i", { runs })).toEqual([{ i: 0 }, { i: 1 }]);
  });
});
