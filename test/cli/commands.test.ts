/** Every command but `run`: its help, what it prints, its exit codes. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { knownKinks } from "../../src/autodiff";
import { dataSources, folderSources } from "../../src/data";
import { engines } from "../../src/engines";
import { experiment, experiments } from "../../src/experiments";
import { figures } from "../../src/figures";
import { opNames } from "../../src/ops";
import { projectRoot } from "../../src/util";
import { countRows, nonsmooth, onlyRun, temporaryFolder } from "./support";

const commands = [
  "start",
  "run",
  "figure",
  "notebooks",
  "runs",
  "submit",
  "jobs",
  "explore",
  "data",
  "doctor",
  "list",
  "bench",
  "docs",
  "kernel",
];

describe("help", () => {
  it("the help of the program names every command and has examples", async () => {
    const { code, out, err } = await nonsmooth(["--help"]);
    expect([code, err]).toEqual([0, ""]);
    for (const name of commands) expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
    expect(out).toContain("Examples:\n  npx nonsmooth start");
    expect(await nonsmooth([])).toEqual({ code: 2, out: "", err: out });
  });

  it.each(commands)("the help of %s shows examples", async (name) => {
    const { code, out, err } = await nonsmooth([name, "--help"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(new RegExp(`^Usage: nonsmooth ${name} `));
    expect(out).toMatch(new RegExp(`\nExamples:\n  npx nonsmooth ${name}`));
  });

  it("nonsmooth help kernel prints the same as nonsmooth kernel --help", async () => {
    expect(await nonsmooth(["help", "kernel"])).toEqual(await nonsmooth(["kernel", "--help"]));
  });

  it.each(["list", "fetch", "verify"])("the help of data %s shows examples", async (name) => {
    const { code, out } = await nonsmooth(["data", name, "--help"]);
    expect(code).toBe(0);
    expect(out).toContain(`Examples:\n  npx nonsmooth data ${name}`);
  });
});

it("--version prints the version of the package", async () => {
  const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
  expect(await nonsmooth(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
});

describe("list", () => {
  it("list names every experiment, figure, operation and engine", async () => {
    const { code, out } = await nonsmooth(["list"]);
    expect(code).toBe(0);
    for (const { name, title } of experiments) expect(out).toContain(`  ${name}: ${title}\n`);
    for (const { name } of figures) expect(out).toContain(`  ${name}: `);
    for (const name of [...opNames, ...engines.map(({ id }) => id), "mnist", "glyphs"])
      expect(out).toContain(`  ${name}: `);
    for (const line of out.split("\n"))
      expect(line, "a heading or a name and a sentence").toMatch(/^$|^\w+$|^ {2}[\w.-]+: \S/);
    expect(out).toContain(
      "  relu.zero: at 0, value 0 unless you choose another (PyTorch, TensorFlow and JAX take 0)\n",
    );
  });

  it("list shows an experiment's keys and presets when it is named or with --long", async () => {
    const [one, long] = [await nonsmooth(["list", "experiments", "training"]), await nonsmooth(["list", "--long"])];
    expect([one.code, long.code]).toEqual([0, 0]);
    const schema = experiment("training").schema as z.ZodObject;
    for (const [key, rule] of Object.entries(schema.shape)) {
      const isAbsent = (rule as z.ZodType).parse(undefined) === undefined;
      expect(one.out).toMatch(new RegExp(`^    ${key}${isAbsent ? "" : "=\\S.*"}  \\w`, "m"));
    }
    expect(one.out).toContain("    --preset smoke: {");
    for (const line of one.out.trimEnd().split("\n")) expect(long.out).toContain(`  ${line}\n`);
    const { code, err } = await nonsmooth(["list", "experiments", "trainings"]);
    expect([code, err.split("\n")[1]]).toEqual([2, "Hint: did you mean training?"]);
  });

  it("list --json writes one line of JSON for each item", async () => {
    const { out } = await nonsmooth(["list", "--json"]);
    const all = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const named = (section: string) => all.filter((item) => item.section === section);
    expect(named("operations").map(({ name }) => name)).toEqual(opNames);
    expect(named("experiments").map(({ name, presets }) => ({ name, presets }))).toEqual(
      experiments.map(({ name, presets }) => JSON.parse(JSON.stringify({ name, presets }))),
    );
    expect(named("kinks")).toHaveLength(Object.keys(knownKinks()).length);
  });

  it("list shows one section by name, and an unknown section is refused", async () => {
    const { out } = await nonsmooth(["list", "operations"]);
    expect(
      out
        .split("\n")
        .slice(0, -1)
        .map((line) => line.split(":")[0]),
    ).toEqual(opNames);
    const { code, err } = await nonsmooth(["list", "operation"]);
    expect([code, err.split("\n")[1]]).toEqual([2, "Hint: did you mean operations?"]);
  });
});

describe("data", () => {
  it("data list shows every dataset, and the command that downloads those that are not here", async () => {
    const data = temporaryFolder();
    const { code, out } = await nonsmooth(["data", "list", "--data", data]);
    expect(code).toBe(0);
    expect(out).toMatch(/^mnist: MNIST, .*; (here|not here)$/m);
    expect(out).toMatch(/^glyphs: digits drawn by a procedure/m);
    const absent = [...out.matchAll(/^(\w+): .*download.*; not here$/gm)].map(([, name]) => name);
    const hint = /^Hint: npx nonsmooth data fetch <name> downloads (.*)$/m.exec(out)?.[1];
    expect(hint).toBe(absent.length > 0 ? absent.join(", ") : undefined);
    const json = (await nonsmooth(["data", "list", "--data", data, "--json"])).out.trimEnd().split("\n");
    const all = json.map((line) => JSON.parse(line));
    expect(all.map(({ name }) => name)).toEqual([...dataSources, ...folderSources].map(({ name }) => name));
    for (const { name, here } of all)
      expect(out).toMatch(
        new RegExp(`^${name}: .*${here === null ? "no file" : here ? "; here" : "; not here"}$`, "m"),
      );
  });

  it("data fetch says that glyphs needs no file, and refuses an unknown dataset", async () => {
    const drawn = "glyphs needs no file: digits drawn by a procedure, 28×28 grey, 60,000 + 10,000; needs no file\n";
    expect(await nonsmooth(["data", "fetch", "glyphs"])).toEqual({ code: 0, out: drawn, err: "" });
    expect((await nonsmooth(["data", "verify", "glyphs"])).code).toBe(0);
    const names = [...dataSources, ...folderSources].map((source) => source.name).join(", ");
    const err = `dataset: must be auto, auto-colour or one of ${names}, got "minst"\nHint: did you mean mnist?\n`;
    expect(await nonsmooth(["data", "fetch", "minst"])).toEqual({ code: 2, out: "", err });
    expect(await nonsmooth(["data", "verify", "minst"])).toEqual({ code: 2, out: "", err });
  });

  it("data fetch names the file that is missing in the folder to copy from", async () => {
    const [from, data] = [temporaryFolder(), temporaryFolder()];
    const { code, out, err } = await nonsmooth(["data", "fetch", "mnist", "--from", from, "--data", data]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(`mnist: train-images-idx3-ubyte[.gz] must be in the folder to copy from, got "${from}"\n`);
  });

  it.skipIf(!process.env.NONSMOOTH_DATA)(
    "data fetch copies MNIST, and data verify accepts it (needs NONSMOOTH_DATA)",
    async () => {
      const data = temporaryFolder();
      const fetched = await nonsmooth([
        "data",
        "fetch",
        "mnist",
        "--from",
        process.env.NONSMOOTH_DATA!,
        "--data",
        data,
      ]);
      expect(fetched.code).toBe(0);
      expect(fetched.err).toMatch(/mnist: is here/);
      const { code, out } = await nonsmooth(["data", "verify", "mnist", "--data", data]);
      expect(code).toBe(0);
      expect(out.match(/: 60000 × 28 × 28, /g)).toHaveLength(1);
      expect(out.split("\n")).toHaveLength(5);
      expect((await nonsmooth(["data", "list", "--data", data])).out).toMatch(/^mnist: .*; here$/m);
    },
  );
});

describe("figure", () => {
  it("figure runs the experiment and writes SVG, PNG, JSON and CSV", async () => {
    const [runs, out] = [temporaryFolder(), temporaryFolder()];
    const settings = ["dataset=glyphs", "widths=8", "depths=1", "batchSizes=64", "sampleSizes=128", "runs=1"];
    const set = settings.flatMap((setting) => ["--set", setting]);
    const outcome = await nonsmooth(["figure", "bifurcation-frequency", ...set, "--runs", runs, "--out", out]);
    expect(outcome.code).toBe(0);
    const files = ["svg", "png", "json", "csv"].map((kind) => join(out, `bifurcation-frequency.${kind}`));
    expect(outcome.out).toBe(`${files.join("\n")}\n`);
    expect(readFileSync(files[0]!, "utf8")).toMatch(/^<svg/);
    expect(readFileSync(files[1]!).subarray(1, 4).toString()).toBe("PNG");
    const { data, run } = JSON.parse(readFileSync(files[2]!, "utf8"));
    expect(data.length).toBeGreaterThan(0);
    expect(run).toMatchObject({ experiment: "bifurcation-frequency", rows: countRows(runs) });
    expect(onlyRun(runs)).toBe(join(runs, "bifurcation-frequency", run.hash.slice(0, 12)));
    expect(readFileSync(files[3]!, "utf8").split("\n").length).toBeGreaterThan(2);
  });

  it("figure writes to out/, and in place it replaces stronger rows only with --force", async () => {
    const folder = temporaryFolder();
    const draw = (runs: number, ...words: string[]) => {
      const settings = ["dataset=glyphs", "widths=8", "depths=1", "batchSizes=64", "sampleSizes=128", `runs=${runs}`];
      const set = settings.flatMap((setting) => ["--set", setting]);
      return nonsmooth(["figure", "bifurcation-frequency", ...set, "--workers", "0", ...words], {
        NONSMOOTH_WORKSPACE: folder,
      });
    };
    const rows = (...place: string[]) =>
      readFileSync(join(folder, ...place, "data", "results", "bifurcation-frequency", "rows.jsonl"), "utf8").split("\n")
        .length - 1;
    const { code, out, err } = await draw(1);
    expect(code).toBe(0);
    expect(out).toContain(`${join(folder, "out", "figures", "bifurcation-frequency.png")}\n`);
    expect(err).toContain(
      "preset laptop, changed: dataset, widths, depths, batchSizes, sampleSizes, runs; data: glyphs, which the library draws in place of mnist\nHint: npx nonsmooth data fetch mnist\n",
    );
    expect([rows("out"), existsSync(join(folder, "figures"))]).toEqual([3, false]);

    expect((await draw(2, "--in-place")).code).toBe(0);
    const refused = await draw(1, "--in-place");
    expect([refused.code, rows()]).toEqual([1, 6]);
    expect(refused.err).toContain(
      "figures/bifurcation-frequency: must not be replaced by fewer rows: it is from glyphs",
    );
    expect((await draw(1, "--in-place", "--force")).code).toBe(0);
    expect(rows()).toBe(3);
  });

  it("figure runs the part of an experiment that the figure shows", async () => {
    const { out } = await nonsmooth([
      "figure",
      "law-orders",
      "--preset",
      "smoke",
      "--set",
      "dataset=glyphs",
      "--dry-run",
    ]);
    expect(out).toContain("2 × 16, 32 bits, bias-first");
  });

  it("figure refuses a missing or unknown name, and a bad name for its files", async () => {
    const one = "must be given a name or --all, one of the two";
    expect(await nonsmooth(["figure"])).toEqual({ code: 2, out: "", err: `figure: ${one}, got undefined\n` });
    const names = '--as: must name the files of one figure, not of all, got "x"\n';
    expect(await nonsmooth(["figure", "--all", "--as", "x"])).toEqual({ code: 2, out: "", err: names });
    expect(await nonsmooth(["figure", "x", "--all"])).toEqual({ code: 2, out: "", err: `figure: ${one}, got "x"\n` });
    for (const as of ["", "../x", "a/b", ".x", "a\\b"]) {
      const rule =
        "must be at most 100 letters, digits, dots, dashes and underscores, and begin with a letter or a digit";
      const refused = await nonsmooth(["figure", "zeros", "--as", as]);
      expect(refused).toEqual({ code: 2, out: "", err: `--as: ${rule}, got ${JSON.stringify(as)}\n` });
    }
    const { code, err } = await nonsmooth(["figure", "bifurcation"]);
    expect(code).toBe(2);
    expect(err).toContain('got "bifurcation"\nHint: did you mean bifurcation-frequency?\n');
  });
});

describe("notebooks", () => {
  function notebook(folder: string, name: string, source: string): string {
    const file = join(folder, `${name}.ipynb`);
    const cell = { cell_type: "code", id: "a", metadata: {}, source, outputs: [], execution_count: null };
    writeFileSync(file, JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }));
    return file;
  }

  it("an engine that is not here is refused before a kernel starts", async () => {
    for (const words of [["--engine", "cuda"], []]) {
      const none = { NONSMOOTH_CUDA: "/no/such/folder", NONSMOOTH_ENGINE: "cuda" };
      const { code, err } = await nonsmooth(["notebooks", "04", ...words, "--out", temporaryFolder()], none);
      expect([code, err]).toEqual([2, expect.stringMatching(/^cuda: /)]);
    }
  });

  it("the notebooks 00 run on a preset and compute nothing that takes long", async () => {
    const { code, err } = await nonsmooth(["notebooks", "00", "--preset", "smoke", "--out", temporaryFolder()]);
    expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
  });

  it("notebooks after one that fails are executed, with preset and data in their environment", async () => {
    const [folder, out] = [temporaryFolder(), temporaryFolder()];
    const bad = notebook(folder, "01-bad", 'throw new Error("no such luck");');
    const none = join(folder, "02-none.ipynb");
    writeFileSync(none, "{");
    const good = notebook(folder, "03-good", "console.log(process.env.NONSMOOTH_PRESET, process.env.NONSMOOTH_DATA);");
    const words = ["notebooks", bad, none, good, "--preset", "smoke", "--data", "test/data", "--out", out];
    words.push("--timeout", "0"); // no limit
    const outcome = await nonsmooth(words);
    expect(outcome.code).toBe(1);
    expect(outcome.out).toMatch(/^03-good: 1 cell, [\d.]+ s\n$/);
    expect(outcome.err).toContain(`executing 3 notebooks into ${out}, preset smoke\n  01-bad\n  02-none\n  03-good\n`);
    expect(outcome.err).toContain(
      "03-good\ntotal time unknown. If it is interrupted, run it again: finished rows are kept\n",
    );
    expect(outcome.err).toMatch(/^03-good: 3 of 3\n03-good, cell 1: ok, [\d.]+ s$/m);
    expect(outcome.err).toMatch(/^02-none: 2 of 3\n1 notebook left, time unknown\n03-good: 3 of 3$/m);
    expect(outcome.err).toContain("2 of 3 notebooks failed\n");
    expect(outcome.err).toMatch(/01-bad\.ipynb, cell 1: must run without an error, got\n[\s\S]*no such luck/);
    expect(outcome.err).toContain("02-none.ipynb: must be JSON");
    const [cell] = JSON.parse(readFileSync(join(out, "03-good.ipynb"), "utf8")).cells;
    expect(cell.outputs[0].text).toEqual([`smoke ${join(process.cwd(), "test", "data")}\n`]);
  });

  it("a notebook in place is not replaced by a lower preset, and nothing runs", async () => {
    const folder = temporaryFolder();
    const file = notebook(folder, "01-kept", "1 + 1;");
    const stored = JSON.parse(readFileSync(file, "utf8"));
    stored.metadata.nonsmooth = { preset: "laptop", datasets: ["glyphs"], rows: 5 };
    writeFileSync(file, JSON.stringify(stored));
    const { code, err } = await nonsmooth(["notebooks", file, "--in-place", "--preset", "smoke"]);
    expect(code).toBe(2);
    expect(err).toContain("must not be replaced by a lower preset: it is from glyphs, preset laptop, 5 rows, got ");
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(stored);
  });

  it("an unknown notebook and an unknown preset are refused", async () => {
    const { code, err } = await nonsmooth(["notebooks", "99"]);
    expect(code).toBe(2);
    expect(err).toMatch(/^notebook: must be a file or one of .*, got "99"\n/);
    const wrong = 'preset: must be one of smoke, laptop, paper, got "tiny"\n';
    expect(await nonsmooth(["notebooks", "--preset", "tiny"])).toEqual({ code: 2, out: "", err: wrong });
  });
});

it("kernel writes the kernelspec and says how to start JupyterLab", async () => {
  const { code, out } = await nonsmooth(["kernel"]);
  expect(code).toBe(0);
  const [, file] = /^wrote (.*)\nstart JupyterLab in the project's folder: .*jupyter lab\n$/.exec(out) ?? [];
  expect(existsSync(file!)).toBe(true);
});
