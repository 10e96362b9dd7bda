/** A figure drawn over another one: the program says of which run that was, and where its rows are. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkout } from "./checkout";
import { nonsmooth, temporaryFolder } from "./support";

const NAME = "bifurcation-frequency";
const setOf = (runs: number) =>
  ["dataset=glyphs", "widths=8", "depths=1", "batchSizes=64", "sampleSizes=128", `runs=${runs}`].flatMap((setting) => [
    "--set",
    setting,
  ]);
const draw = (workspace: string, runs: number, ...words: string[]) =>
  nonsmooth(["figure", NAME, ...setOf(runs), "--workers", "0", ...words], { NONSMOOTH_WORKSPACE: workspace });

/** The run that a figure's file names. */
const runOf = (folder: string): string => JSON.parse(readFileSync(join(folder, `${NAME}.json`), "utf8")).run.hash;

/** A workspace far from the project, so that the paths in it are shown in their short form alone. */
function farWorkspace(): string {
  const workspace = join(temporaryFolder(), "a", "workspace");
  mkdirSync(workspace, { recursive: true });
  return workspace;
}

describe("figure", () => {
  it("a figure of another run is replaced with a word on both, and the rows of the earlier one stay", async () => {
    const workspace = farWorkspace();
    const figures = join(workspace, "out", "figures");
    const first = await draw(workspace, 2);
    expect([first.code, first.err.includes("replaced")]).toEqual([0, false]);
    const run = join("data", "runs", NAME, runOf(figures).slice(0, 12));
    const rows = readFileSync(join(workspace, run, "rows.jsonl"), "utf8");

    const again = await draw(workspace, 2);
    expect([again.code, again.err.includes("replaced")]).toEqual([0, false]);

    const weaker = await draw(workspace, 1, "--preset", "smoke");
    expect(weaker.code).toBe(0);
    expect(weaker.err).toContain(
      `out/figures/${NAME}: replaced the one from glyphs, preset laptop, 6 rows by the one from glyphs, preset smoke, 3 rows; ` +
        `the earlier rows are kept in ${run}\nHint: --as <name> gives the figure of each run files of its own\n`,
    );
    expect(readFileSync(join(workspace, run, "rows.jsonl"), "utf8")).toBe(rows);

    rmSync(join(workspace, "data"), { recursive: true });
    const { err } = await draw(workspace, 2);
    expect(err).toContain("preset laptop, 6 rows; the earlier rows are not in data/runs\n");
  });

  it("the same holds for a folder that --out names", async () => {
    const [workspace, out] = [farWorkspace(), temporaryFolder()];
    await draw(workspace, 2, "--out", out);
    const { err } = await draw(workspace, 1, "--out", out);
    expect(err).toContain(`${join(out, NAME)}: replaced the one from glyphs, preset laptop, 6 rows by the one from `);
  });

  it("--dry-run prints what run --dry-run prints, and writes nothing", async () => {
    const workspace = farWorkspace();
    const planned = await draw(workspace, 2, "--dry-run");
    const run = ["run", NAME, "--preset", "laptop", ...setOf(2), "--workers", "0", "--dry-run"];
    const expected = await nonsmooth(run, { NONSMOOTH_WORKSPACE: workspace });
    // speeds are measured anew
    const lasting = (text: string) => text.split("\n").filter((line) => !/GFLOP\/s|speed/.test(line));
    expect([planned.code, lasting(planned.out)]).toEqual([0, lasting(expected.out)]);
    expect(planned.out).toMatch(/16 bits, 1 × 8, batch 64 +2 +0 /);
    expect(readdirSync(workspace)).toEqual([]);

    const all = await nonsmooth(["figure", "--all", "--preset", "smoke", "--set", "dataset=glyphs", "--dry-run"], {
      NONSMOOTH_WORKSPACE: workspace,
    });
    expect(all.out).toMatch(/^training-curves: a run of training$/m);
    expect(readdirSync(workspace)).toEqual([]);
  });
});

it("a notebook that draws a figure of another run says so, and that it replaces its own outputs of other data", async () => {
  const cell = (
    runs: number,
  ) => `import { bifurcationFrequency as experiment, drawBifurcationFrequency, runInNotebook, saveFigure } from "nonsmooth";
const run = await runInNotebook(experiment, { workers: 0, set: { dataset: "glyphs", widths: [8], depths: [1], batchSizes: [64], sampleSizes: [128], runs: ${runs} } });
await saveFigure(drawBifurcationFrequency(run), run);`;
  const root = checkout({ "01-two": cell(2), "02-one": cell(1) });
  const first = await nonsmooth(["notebooks", "01", "--preset", "laptop"], {}, root);
  expect([first.code, first.err.includes("replaced")]).toEqual([0, false]);
  const second = await nonsmooth(["notebooks", "01", "02", "--preset", "smoke"], {}, root);
  expect(second.code).toBe(0);
  expect(second.err).toContain(
    "  out/notebooks/01-two.ipynb: replaced the one from glyphs, preset laptop, 6 rows by the one from glyphs, preset smoke, 6 rows\n",
  );
  const [, kept] =
    /^ {2}out\/figures\/\S+: replaced the one from glyphs, preset smoke, 6 rows by the one from glyphs, preset smoke, 3 rows; the earlier rows are kept in (\S+)$/m.exec(
      second.err,
    ) ?? [];
  expect(
    readFileSync(join(root, kept!, "rows.jsonl"), "utf8")
      .trimEnd()
      .split("\n"),
  ).toHaveLength(6);
});
