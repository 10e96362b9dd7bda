/** `nonsmooth runs`: what it prints, its files, its errors. */
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { anyRows, openRun } from "../../src/runs";
import { projectRoot } from "../../src/util";
import { nonsmooth, temporaryFolder } from "./support";

/** Two finished runs of bifurcation-frequency that differ in one row, and a broken one. */
async function someRuns(): Promise<{ runs: string; names: string[] }> {
  const runs = temporaryFolder();
  const names: string[] = [];
  for (const seed of [1, 2]) {
    const config = { seed, widths: [8] };
    const store = openRun({ experiment: "bifurcation-frequency", config, directory: runs, rows: anyRows("trial") });
    const cell = { precision: 32, width: 8, depth: 1, batchSize: 64 };
    for (const trial of [0, 1]) store.append({ ...cell, trial, hits: trial * seed, relativeL2: Number.NaN });
    await store.finish();
    names.push(store.directory.slice(-12));
  }
  mkdirSync(join(runs, "bifurcation-frequency", "broken"));
  writeFileSync(join(runs, "bifurcation-frequency", "broken", "manifest.json"), "{");
  return { runs, names };
}

describe("runs", () => {
  it("runs list shows every run, and a broken one with its problem", async () => {
    const { runs, names } = await someRuns();
    const { code, out } = await nonsmooth(["runs", "list", "--runs", runs]);
    expect(code).toBe(0);
    for (const name of names) expect(out).toMatch(new RegExp(`^ *${name} +done +2 `, "m"));
    expect(out).toMatch(/\n3 runs, 1 of them broken\n$/);
    const json = await nonsmooth(["runs", "list", "--runs", runs, "--json"]);
    const lines = json.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ status }) => status).sort()).toEqual(["broken", "done", "done"]);
    expect(lines.find(({ run }) => run === "broken").problem).toContain("must be a manifest in JSON");
    const none = await nonsmooth(["runs", "list", "--runs", join(runs, "none")]);
    expect(none).toEqual({ code: 0, out: "0 runs\n", err: "" });
    const wrong = await nonsmooth(["runs", "list", "--runs", runs, "--experiment", "bifurcation"]);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain(
      'must be an experiment that has runs: bifurcation-frequency, got "bifurcation"\nHint: did you mean',
    );
  });

  it("runs list shows preset and dataset, in lines of at most 100 characters", async () => {
    const runs = temporaryFolder();
    const names = ["training-mnist", "bifurcation-frequency-networks", "zeros"];
    expect((await nonsmooth(["runs", "restore", ...names, "--runs", runs])).code).toBe(0);
    const { out } = await nonsmooth(["runs", "list", "--runs", runs]);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    const json = (await nonsmooth(["runs", "list", "--runs", runs, "--json"])).out.trimEnd().split("\n");
    for (const name of names) {
      const { hash, rows, preset, environment } = JSON.parse(
        readFileSync(join(projectRoot, "data", "results", name, "manifest.json"), "utf8"),
      );
      const cells = [hash.slice(0, 12), "done", rows, preset ?? "", environment.dataset.name];
      expect(out).toMatch(new RegExp(`^ *${cells.filter((cell) => cell !== "").join(" +")} `, "m"));
      const item = json.map((line) => JSON.parse(line)).find(({ run }) => run === hash.slice(0, 12));
      expect([item.preset, item.dataset]).toEqual([preset, environment.dataset.name]);
    }
  });

  it("runs show says what a run is, and runs compare says what differs", async () => {
    const { runs, names } = await someRuns();
    const [a, b] = names as [string, string];
    const shown = await nonsmooth(["runs", "show", a.slice(0, 6), "--runs", runs]);
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(new RegExp(`^bifurcation-frequency/${a}: done, 2 rows, `));
    expect(shown.out).toContain("config\n  seed: 1\n  widths: [8]\n");
    const { out } = await nonsmooth(["runs", "compare", a, b, "--runs", runs]);
    expect(out).toContain("rows\n  2 in both, 1 of them the same to the bit; 0 in a only, 0 in b only\n");
    expect(out).toContain("configuration\n  seed\n    a: 1\n    b: 2\n");
    const json = JSON.parse((await nonsmooth(["runs", "compare", a, b, "--runs", runs, "--json"])).out);
    expect(json.cells).toEqual([{ key: "32/8/1/64/1", column: "hits", a: 1, b: 2, difference: 1 }]);
  });

  it("runs show and runs compare print a configuration exactly", async () => {
    const runs = temporaryFolder();
    const [a, b] = [0.0118592, 0.0118593].map((learningRate) => {
      const schedule = { kind: "cosine", least: 1e-7 };
      const config = {
        learningRate,
        images: null,
        dataset: "mnist",
        engine: "null",
        none: [],
        values: [0, 1 / 3],
        schedule,
      };
      const store = openRun({ experiment: "training", config, directory: runs, rows: anyRows("trial") });
      store.stop("interrupted");
      return store.directory.slice(-12);
    }) as [string, string];
    const { out } = await nonsmooth(["runs", "show", a, "--runs", runs]);
    expect(out).toContain(
      '\nconfig\n  learningRate: 0.0118592\n  images: null\n  dataset: mnist\n  engine: "null"\n  none: []\n  values: [0,0.3333333333333333]\n' +
        '  schedule: {"kind":"cosine","least":1e-7}\n',
    );
    const compared = await nonsmooth(["runs", "compare", a, b, "--runs", runs]);
    expect(compared.out).toContain("  learningRate\n    a: 0.0118592\n    b: 0.0118593\n");
  });

  it("runs compare takes committed results by their folders", async () => {
    const results = (name: string) => join(projectRoot, "data", "results", name);
    const compared = async (a: string, b: string) =>
      JSON.parse((await nonsmooth(["runs", "compare", results(a), results(b), "--json"])).out);
    const same = await compared("training-mnist", "training-mnist");
    const inBoth = JSON.parse(readFileSync(join(results("training-mnist"), "manifest.json"), "utf8")).rows;
    expect(same.rows).toEqual({ inBoth, equal: inBoth, onlyA: [], onlyB: [] });
    expect([same.a, same.config, same.cells]).toEqual(["training/training-mnist", [], []]);
    const other = await compared("training-mnist", "training-cifar10");
    expect(other.config).toContainEqual({ key: "dataset", a: "mnist", b: "cifar10" });
    const { code, err } = await nonsmooth(["runs", "compare", results("training-mnist"), results("zeros")]);
    expect([code, err]).toEqual([
      2,
      'compareRuns: both must be runs of one experiment, here of training, got "zeros"\n',
    ]);
  });

  it("runs export writes a run, the answer to a query or the data of a figure", async () => {
    const { runs, names } = await someRuns();
    const path = join(runs, "rows.csv");
    const header = "precision,width,depth,batchSize,trial,hits,relativeL2\n";
    const whole = await nonsmooth(["runs", "export", path, "--run", names[1]!, "--runs", runs]);
    expect(whole).toEqual({ code: 0, out: `${path}: 2 rows\n`, err: "" });
    expect(readFileSync(path, "utf8")).toBe(`${header}32,8,1,64,0,0,NaN\n32,8,1,64,1,2,NaN\n`);
    const sql = "SELECT trial, sum(hits) AS hits FROM rows GROUP BY ALL ORDER BY ALL";
    const asked = await nonsmooth(["runs", "export", path, "--sql", sql, "--runs", runs]);
    expect(asked.err).toMatch(/^bifurcation-frequency\/broken is left out: /);
    expect(readFileSync(path, "utf8")).toBe("trial,hits\n0,0\n1,3\n");
    const figure = join(runs, "figure.parquet");
    expect((await nonsmooth(["runs", "export", figure, "--figure", "bifurcation-frequency"])).code).toBe(0);
    expect(existsSync(figure)).toBe(true);
  });

  it("runs export takes the figure that was drawn last, and names its file", async () => {
    // far from the project, wherever that is: a path beside the workspace would be shown in its short form
    const workspace = join(temporaryFolder(), "a", "workspace");
    mkdirSync(workspace, { recursive: true });
    const path = join(workspace, "figure.csv");
    const exported = async () => {
      const words = ["runs", "export", path, "--figure", "zeros"];
      const { code, err } = await nonsmooth(words, { NONSMOOTH_WORKSPACE: workspace });
      expect(code).toBe(0);
      return [err, readFileSync(path, "utf8")];
    };
    const own = join(projectRoot, "figures", "zeros");
    expect(await exported()).toEqual([`data of ${own}.json\n`, readFileSync(`${own}.csv`, "utf8")]);

    const file = join(workspace, "out", "figures", "zeros.json");
    mkdirSync(join(workspace, "out", "figures"), { recursive: true });
    writeFileSync(file, JSON.stringify({ title: "T", alt: "A.", caption: "C.", table: [{ x: 7 }] }));
    expect(await exported()).toEqual([`data of ${join("out", "figures", "zeros.json")}\n`, "x\n7\n"]);
    const before = new Date(statSync(`${own}.json`).mtimeMs - 1000);
    utimesSync(file, before, before);
    expect((await exported())[0]).toBe(`data of ${own}.json\n`);
  });

  it("runs export reports what is wrong with a query in one line, with a hint", async () => {
    const runs = temporaryFolder();
    const asked = async (sql: string) => {
      const { code, err } = await nonsmooth(["runs", "export", join(runs, "x.csv"), "--sql", sql, "--runs", runs]);
      expect(code).toBe(2);
      return err.split("\n");
    };
    expect(await asked("SELECT * FROM bifurcation-frequency")).toEqual([
      'query: Parser Error: syntax error at or near "-", got "SELECT * FROM bifurcation-frequency"',
      expect.stringMatching(
        /^Hint: the tables are runs, rows and one for each experiment, by its name in double quotes/,
      ),
      "",
    ]);
    expect(await asked("SELECT * FROM row")).toEqual([
      'query: Catalog Error: Table with name row does not exist, got "SELECT * FROM row"',
      'Hint: did you mean "rows"?',
      "",
    ]);
  });

  it("runs show and runs export answer wrong usage with code 2 and a clear error", async () => {
    const { runs, names } = await someRuns();
    const outcome = async (...words: string[]) => {
      const { code, err } = await nonsmooth(["runs", ...words, "--runs", runs]);
      return [code, err.split("\n")[0]];
    };
    const one = "export: needs one of --run, --sql, --figure, got";
    expect(await outcome("export", "x.csv")).toEqual([2, `${one} 0`]);
    expect(await outcome("export", "x.csv", "--sql", "", "--run", "")).toEqual([2, `${one} 2`]);
    expect(await outcome("show", "ffff")).toEqual([
      2,
      'run: must be one of the 3 runs in the folder of runs, or a run\'s folder, got "ffff"',
    ]);
    const path = join(runs, "x.xls");
    const ending = `export: the file's name must end in .csv, .parquet, .arrow, got ${JSON.stringify(path)}`;
    expect(await outcome("export", path, "--run", names[0]!)).toEqual([2, ending]);
    const [code, err] = await outcome("export", join(runs, "x.csv"), "--sql", "SELECT nothing FROM rows");
    expect(code).toBe(2);
    expect(err).toMatch(/^bifurcation-frequency\/broken is left out|^query: Binder Error/);
    const nowhere = join(runs, "nowhere");
    expect(await outcome("export", join(nowhere, "x.csv"), "--run", names[0]!)).toEqual([
      2,
      `export: the file's folder must exist, got ${JSON.stringify(nowhere)}`,
    ]);
    const drop = await nonsmooth([
      "runs",
      "export",
      join(runs, "x.csv"),
      "--sql",
      "DROP TABLE rows",
      "--runs",
      nowhere,
    ]);
    expect(drop).toEqual({ code: 2, out: "", err: 'query: must be one query, as SELECT …, got "DROP TABLE rows"\n' });
    expect(existsSync(join(runs, "x.csv"))).toBe(false);
    expect(await outcome("show", "bifurcation-frequency/broken")).toEqual([
      2,
      expect.stringMatching(/^run bifurcation-frequency\/broken: is broken: /),
    ]);
  });
});

describe("runs restore", () => {
  const results = join(projectRoot, "data", "results");
  const manifest = (folder: string) => JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));

  it("runs restore copies each committed run once, and keeps what is there", async () => {
    const runs = temporaryFolder();
    // the first two are drawn from one run
    const names = ["final-accuracy-mlp", "training-curves-mlp", "training-cifar10"];
    const words = ["runs", "restore", ...names, "--runs", runs];
    const { code, out, err } = await nonsmooth(words);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(
      /^training\/\w+: 60 rows, restored\ntraining\/\w+: 10 rows, restored\n2 runs restored, 0 kept, in /,
    );
    // what an older manifest has in a note alone is a field, too, in the restored one
    const earlierCode = [{ rows: 10, commit: "3432661f9428eb5b74f8721f493676bf4160a655", dirty: null }];
    for (const name of names) {
      const source = join(results, name);
      const folder = join(runs, "training", manifest(source).hash.slice(0, 12));
      expect(readFileSync(join(folder, "rows.jsonl"))).toEqual(readFileSync(join(source, "rows.jsonl")));
      expect(manifest(folder)).toEqual({ ...manifest(source), ...(name === "training-cifar10" && { earlierCode }) });
    }
    const listed = await nonsmooth(["runs", "list", "--runs", runs, "--json"]);
    const entries = listed.out.trimEnd().split("\n");
    expect(entries.map((line) => JSON.parse(line)).map(({ status, rows }) => [status, rows])).toEqual(
      expect.arrayContaining([
        ["done", 60],
        ["done", 10],
      ]),
    );

    const again = await nonsmooth([...words, "--json"]);
    const lines = again.out.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).outcome)).toEqual(["kept", "kept"]);
  });

  it("runs restore completes a run that has fewer rows, and refuses one that is not whole", async () => {
    const [runs, from] = [temporaryFolder(), temporaryFolder()];
    cpSync(join(results, "training-cifar10"), join(from, "x"), { recursive: true });
    const whole = manifest(join(from, "x"));
    const folder = join(runs, "training", whole.hash.slice(0, 12));
    const rows = readFileSync(join(from, "x", "rows.jsonl"), "utf8");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "rows.jsonl"), `${rows.split("\n")[0]}\n`);
    const restore = (...words: string[]) => nonsmooth(["runs", "restore", ...words, "--from", from, "--runs", runs]);
    expect((await restore()).out).toContain("10 rows, restored\n1 run restored");
    expect(readFileSync(join(folder, "rows.jsonl"), "utf8")).toBe(rows);

    writeFileSync(join(from, "x", "rows.jsonl"), rows.slice(rows.indexOf("\n") + 1));
    const short = await restore();
    expect([short.code, short.err]).toEqual([1, `run to restore ${join(from, "x")}: must have 10 rows, got 9\n`]);
    writeFileSync(join(from, "x", "manifest.json"), JSON.stringify({ ...whole, status: "interrupted" }));
    expect((await restore()).err).toBe(`run to restore ${join(from, "x")}: must be done, got "interrupted"\n`);
    expect(readFileSync(join(folder, "rows.jsonl"), "utf8")).toBe(rows);
    expect(await restore("y")).toEqual({ code: 2, out: "", err: 'run to restore: must be one of x, got "y"\n' });
  });

  it.skipIf(process.platform !== "linux")("runs restore into a folder that cannot be made is wrong usage", async () => {
    const { code, out, err } = await nonsmooth(["runs", "restore", "zeros", "--runs", "/proc/x"]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(
      /^run folder: must be writable, got "\/proc\/x\/zeros\/\w+"\nHint: --runs or NONSMOOTH_RUNS .*\n$/,
    );
  });
});
