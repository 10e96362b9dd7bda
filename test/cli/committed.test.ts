/** Every way on which a file might come into the committed folders of a checkout. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkout, committed } from "./checkout";
import { ended, nonsmooth, start, temporaryFolder, until } from "./support";

const NAME = "bifurcation-frequency";
const TINY = ["dataset=glyphs", "widths=8", "depths=1", "batchSizes=64", "sampleSizes=128", "runs=1"];
const SET = [...TINY.flatMap((setting) => ["--set", setting]), "--workers", "0"];
const IN_PLACE = { NONSMOOTH_IN_PLACE: "1" };
const ASKED = "must not be written without --in-place: figures/, data/results/ and notebooks/ hold the project's";
const HINT = "\nHint: name another folder, such as out/, or allow it with --in-place (NONSMOOTH_IN_PLACE=1)\n";

/** A figure that no run has drawn, by the library. */
const DRAWN = `{ ...figureOf({ data: [{ type: "scatter" as const, x: [1], y: [1] }] }), name: "${NAME}", title: "T", alt: "A.", caption: "C." }`;
const WRITE = `import { figureOf, writeFigure } from "nonsmooth";
await writeFigure(${DRAWN}, "../figures");`;

/** The same in a program. */
function script({ root, env }: Asked) {
  const code = `const { figureOf, writeFigure } = require("nonsmooth");
    writeFigure(${DRAWN.replace(" as const", "")}, "figures").catch((error) => { console.error(error.message); process.exitCode = 1; });`;
  return ended(spawn(process.execPath, ["-e", code], { cwd: root, env: { ...process.env, ...env } }));
}

const SLEEP = "console.log('half'); await new Promise((resolve) => setTimeout(resolve, 60_000));";

interface Asked {
  readonly root: string;
  readonly env?: Record<string, string>;
}

/** The outcome of a command that leaves the committed files as they are. */
async function leaving({ root, env }: Asked, ...words: string[]) {
  const before = committed(root);
  const outcome = await nonsmooth(words, env, root);
  expect(committed(root)).toEqual(before);
  return outcome;
}

describe("the committed folders without --in-place", () => {
  it("figure --out refuses a committed folder before the run", async () => {
    const root = checkout();
    for (const out of ["figures", join("figures", "more"), "notebooks", join("data", "results")]) {
      const { code, out: printed, err } = await leaving({ root }, "figure", NAME, ...SET, "--out", out);
      expect([code, printed]).toEqual([2, ""]);
      expect(err).toMatch(/^(figures|notebooks|data\/results)\/(more\/)?bifurcation-frequency\.json: must not be/);
      expect(err.endsWith(HINT)).toBe(true);
    }
    expect(existsSync(join(root, "data", "runs"))).toBe(false);
    expect(existsSync(join(root, "figures", "more"))).toBe(false);
  });

  it("data fetch and a journal refuse a committed folder", async () => {
    const root = checkout();
    const from = join(temporaryFolder(), "none");
    const fetched = await leaving({ root }, "data", "fetch", "mnist", "--from", from, "--data", "figures");
    expect(fetched.err).toMatch(/^data directory: must not be in figures\/, data\/results\/ and notebooks\//);
    const env = { NONSMOOTH_JOURNAL: join(root, "figures", `${NAME}.svg`) };
    const { code, err } = await leaving({ root, env }, "run", NAME, ...SET);
    expect(code).not.toBe(0);
    expect(err).toContain("NONSMOOTH_JOURNAL: must not be in figures/");
  });

  it("notebooks --out refuses a committed folder before anything is executed", async () => {
    const root = checkout({ "01-small": "1 + 1;" });
    const { code, err } = await leaving({ root }, "notebooks", "01", "--out", "notebooks");
    expect(code).toBe(2);
    expect(err).toMatch(new RegExp(`^notebooks/01-small.ipynb: ${ASKED}`));
  });

  it("runs export refuses a committed folder, whatever the ending of the file", async () => {
    const root = checkout();
    for (const file of ["figures/x.csv", `figures/${NAME}.csv`, "notebooks/x.arrow", "data/results/x.parquet"]) {
      const { code, err } = await leaving({ root }, "runs", "export", file, "--figure", NAME);
      expect([code, err.split(",")[0]]).toEqual([2, `${file}: ${ASKED}`.split(",")[0]]);
    }
  });

  it("neither a cell of a notebook nor a program can write into a committed folder", async () => {
    const root = checkout({ "01-write": WRITE });
    const { code, err } = await leaving({ root }, "notebooks", "01");
    expect(code).toBe(1);
    expect(err).toContain(`figures/${NAME}.json: ${ASKED}`);
    const before = committed(root);
    const program = await script({ root, env: { NONSMOOTH_IN_PLACE: "" } });
    expect([program.code, program.err]).toEqual([1, expect.stringContaining(`figures/${NAME}.json: ${ASKED}`)]);
    expect(committed(root)).toEqual(before);
  });

  it("a link to the project or to figures/ is no way into a committed folder", async () => {
    const root = checkout({ "01-small": "1 + 1;" });
    symlinkSync(".", join(root, "out"));
    const figure = await leaving({ root }, "figure", NAME, ...SET);
    expect([figure.code, figure.err]).toEqual([2, expect.stringContaining(`figures/${NAME}.json: ${ASKED}`)]);
    const notebook = await leaving({ root }, "notebooks", "01");
    expect([notebook.code, notebook.err]).toEqual([2, expect.stringContaining(`notebooks/01-small.ipynb: ${ASKED}`)]);
    const started = await leaving({ root }, "start");
    expect([started.code, started.out, started.err]).toEqual([
      2,
      "",
      expect.stringContaining(`figures/${NAME}.json: ${ASKED}`),
    ]);

    const elsewhere = temporaryFolder();
    symlinkSync(join(root, "figures"), join(elsewhere, "link"));
    const { code } = await leaving({ root }, "figure", NAME, ...SET, "--out", join(elsewhere, "link", "new"));
    expect(code).toBe(2);
  });

  it("a committed folder is refused as a folder of runs, even with --in-place", async () => {
    const root = checkout();
    symlinkSync(join(root, "data", "results"), join(root, "link"));
    const rule =
      "must not be in figures/, data/results/ and notebooks/ of the project, which hold its committed evidence";
    for (const runs of ["data/results", "figures/runs", "link"]) {
      for (const words of [
        ["run", NAME, ...SET],
        ["run", NAME, "--dry-run"],
        ["runs", "restore"],
        ["figure", NAME],
      ]) {
        const { code, err } = await leaving({ root, env: IN_PLACE }, ...words, "--runs", runs);
        expect([code, err]).toEqual([2, `--runs: ${rule}, got ${JSON.stringify(join(root, runs))}\n`]);
      }
    }
  });
});

describe("in place", () => {
  it("in place, weaker evidence is refused whatever writes it, unless it is forced", async () => {
    const root = checkout({ "01-small": "1 + 1;" });
    const asked = { root, env: IN_PLACE };
    const weaker = `figures/${NAME}: must not be replaced by synthetic data and fewer rows: it is from mnist, preset not recorded, 1,664 rows`;
    for (const words of [["--out", "figures"], []]) {
      const { code, err } = await leaving(asked, "figure", NAME, ...SET, ...words);
      expect([code, err]).toEqual([1, expect.stringContaining(weaker)]);
    }
    const exported = await leaving(asked, "runs", "export", `figures/${NAME}.csv`, "--figure", NAME);
    expect([exported.code, exported.err.split(",")[0]]).toEqual([
      2,
      `figures/${NAME}.csv: must not be replaced by a file that does not say what it is based on`,
    ]);
    for (const words of [["--out", "notebooks"], []]) {
      const { code, err } = await leaving(asked, "notebooks", "01", "--preset", "smoke", ...words);
      expect([code, err]).toEqual([2, expect.stringContaining("notebooks/01-small.ipynb: must not be replaced by ")]);
    }
    const before = committed(root);
    const unknown = await script(asked);
    expect([unknown.code, unknown.err]).toEqual([
      1,
      expect.stringContaining(`figures/${NAME}: must not be replaced by fewer rows: it is from mnist`),
    ]);
    expect(committed(root)).toEqual(before);

    const forced = await nonsmooth(["figure", NAME, ...SET, "--in-place", "--force"], {}, root);
    expect(forced.code).toBe(0);
    const rows = readFileSync(join(root, "data", "results", NAME, "rows.jsonl"), "utf8");
    expect(rows.trimEnd().split("\n")).toHaveLength(3);
  });

  it.each([{ words: ["--out", "notebooks"] }, { words: [] }])(
    "in place, a notebook that did not finish replaces nothing, even if it is forced: $words",
    async ({ words }) => {
      const root = checkout({ "01-sleep": SLEEP });
      const env = { ...IN_PLACE, NONSMOOTH_FORCE: "1" };
      const { code, err } = await leaving({ root, env }, "notebooks", "01", "--timeout", "1", ...words);
      expect([code, err]).toEqual([1, expect.stringContaining("cell 1: must finish within 1 s, got")]);
    },
  );

  it("elsewhere, what there is of a notebook that did not finish can be looked at", async () => {
    const root = checkout({ "01-sleep": SLEEP });
    await leaving({ root }, "notebooks", "01", "--timeout", "1");
    expect(readFileSync(join(root, "out", "notebooks", "01-sleep.ipynb"), "utf8")).toContain('"half\\n"');
  });

  it("in place, new files may be added", async () => {
    const root = checkout();
    const words = ["runs", "export", "figures/new.csv", "--figure", NAME];
    expect((await nonsmooth(words, IN_PLACE, root)).code).toBe(0);
    expect(existsSync(join(root, "figures", "new.csv"))).toBe(true);
  });
});

describe("start", () => {
  it("a second start at the same time is refused at once", async () => {
    const root = checkout();
    const first = start(["start"], {}, root);
    const end = ended(first);
    const isHeld = () =>
      existsSync(join(root, "out")) && readdirSync(join(root, "out")).some((file) => /^lock/.test(file));
    expect(await until(isHeld, 120_000)).toBe(true);
    const second = await nonsmooth(["start"], {}, root);
    first.kill("SIGKILL");
    await end;
    expect([second.code, second.out]).toEqual([1, ""]);
    expect(second.err).toMatch(
      new RegExp(`^start: must run once at a time, and process ${first.pid} is running it\nHint: .*\n$`),
    );
  });

  it("start sees before it computes that it cannot write", async () => {
    const root = checkout();
    writeFileSync(join(root, "out"), "");
    const hint = "start it in a folder of yours, or name one for all output with NONSMOOTH_WORKSPACE";
    const err = `out: must be a folder that can be written, got ${JSON.stringify(join(root, "out", "figures"))}\nHint: ${hint}\n`;
    expect(await nonsmooth(["start"], {}, root)).toEqual({ code: 2, out: "", err });
    expect(existsSync(join(root, "data", "runs"))).toBe(false);
  });
});

it("where the library is a dependency, a folder called figures/ is the user's", async () => {
  const app = temporaryFolder();
  const root = join(app, "node_modules", "nonsmooth");
  mkdirSync(join(app, "node_modules"));
  mkdirSync(join(app, "figures"));
  const made = checkout();
  // no link, which would be followed out of node_modules
  renameSync(made, root);
  writeFileSync(join(app, "figures", `${NAME}.csv`), "mine");
  const words = ["figure", NAME, ...SET, "--out", join(app, "figures")];
  const { code, out } = await nonsmooth(words, { NONSMOOTH_WORKSPACE: app }, root);
  expect([code, out.split("\n")[0]]).toEqual([0, join(app, "figures", `${NAME}.svg`)]);
  const runs = await nonsmooth(["runs", "list", "--runs", join(app, "figures")], { NONSMOOTH_WORKSPACE: app }, root);
  expect(runs.code).toBe(0);
});
