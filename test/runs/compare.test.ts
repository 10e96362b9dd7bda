import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { anyRows, compareEntries, findRun, openRun, type Row, rowsOf, runName } from "../../src/runs";
import { temporaryFolder } from "./folder";

const schema = anyRows("i");

async function run(runs: string, config: Record<string, unknown>, rows: readonly Row[], experiment = "alpha") {
  const environment = { engine: "onnx-cpu", threads: config.threads };
  const store = openRun({ experiment, config, directory: runs, rows: schema, environment });
  for (const row of rows) store.append(row);
  await store.finish();
  return store.directory;
}

const compare = (a: string, b: string) => compareEntries(findRun(a), findRun(b), schema.key);

describe("comparing runs", () => {
  it("a comparison tells what differs in configuration, environment and rows, and by how much", async () => {
    const runs = temporaryFolder();
    const a = await run(runs, { seed: 1, same: [1], runs: { "16": 4, "32": 5 }, threads: 1 }, [
      { i: 0, x: 1, nan: Number.NaN, text: "u", list: [1] },
      { i: 1, x: 2, nan: Number.NaN, text: "u", list: [1] },
      { i: 2, x: 4, nan: 1, text: null, list: [1] },
      { i: 3, x: 0 },
    ]);
    const b = await run(runs, { seed: 2, same: [1], runs: { "16": 4, "32": 6 }, threads: 2 }, [
      { i: 4, x: 7 },
      { i: 2, x: 4.5, nan: Number.NaN, text: "v", list: [1, 2] },
      { i: 1, x: 1, nan: Number.NaN, text: "u", list: [1] },
      { i: 0, x: 1, nan: Number.NaN, text: "u", list: [1] },
    ]);
    const { config, environment, rows, columns, cells } = compare(a, b);
    expect(config).toEqual([
      { key: "seed", a: 1, b: 2 },
      { key: "runs.32", a: 5, b: 6 },
      { key: "threads", a: 1, b: 2 },
    ]);
    expect(environment).toEqual([{ key: "threads", a: 1, b: 2 }]);
    expect(rows).toEqual({ inBoth: 3, equal: 1, onlyA: ["3"], onlyB: ["4"] });
    const none = { rows: 3, numbers: 0, meanDifference: null, largestDifference: null, differing: 1 };
    expect(columns).toEqual([
      { column: "x", differing: 2, rows: 3, numbers: 3, meanDifference: -0.5 / 3, largestDifference: 1 },
      { ...none, column: "nan" },
      { ...none, column: "text" },
      { ...none, column: "list" },
    ]);
    expect(cells.slice(0, 4)).toEqual([
      { key: "1", column: "x", a: 2, b: 1, difference: -1 },
      { key: "2", column: "x", a: 4, b: 4.5, difference: 0.5 },
      { key: "2", column: "nan", a: 1, b: Number.NaN, difference: Number.NaN },
      { key: "2", column: "text", a: null, b: "v", difference: null },
    ]);
  });

  it("a run does not differ from itself, and 0 differs from -0", async () => {
    const runs = temporaryFolder();
    const a = await run(runs, { seed: 1 }, [{ i: 0, x: 0 }]);
    const b = await run(runs, { seed: 2 }, [{ i: 0, x: -0 }]);
    expect(compare(a, a)).toMatchObject({ config: [], environment: [], columns: [], cells: [], rows: { equal: 1 } });
    expect(compare(a, b).cells).toEqual([{ key: "0", column: "x", a: 0, b: -0, difference: -0 }]);
  });

  it("runs of two experiments and broken runs are refused", async () => {
    const runs = temporaryFolder();
    const [a, b] = [await run(runs, { seed: 1 }, []), await run(runs, { seed: 1 }, [], "beta")];
    expect(() => compare(a, b)).toThrow('compareRuns: both must be runs of one experiment, here of alpha, got "beta"');
    writeFileSync(join(b, "manifest.json"), "{");
    expect(() => compare(a, b)).toThrow(/^run beta\/[0-9a-f]{12}: is broken: /);
    expect(() => rowsOf(findRun(b))).toThrow(
      /^run beta\/[0-9a-f]{12}: is broken: .*manifest\.json: must be a manifest in JSON/,
    );
  });
});

describe("a run's name", () => {
  it("a run is found by its hash, by the first digits of its hash, or by its folder", async () => {
    const runs = temporaryFolder();
    const directory = await run(runs, { seed: 1 }, [{ i: 0 }]);
    const hash = directory.slice(-12);
    const { version, hash: whole } = JSON.parse(readFileSync(join(directory, "manifest.json"), "utf8"));
    for (const word of [hash, hash.slice(0, 4), whole, `alpha/${hash}`, `alpha/${hash.slice(0, 6)}`, `${directory}/`]) {
      expect(findRun(word, { runs }).directory, word).toBe(directory);
    }
    expect(version).toBe(1);
  });

  it("a run's folder may be anywhere, and its manifest says the experiment", async () => {
    const runs = temporaryFolder();
    const directory = await run(runs, { seed: 1 }, [{ i: 0 }]);
    const copy = join(temporaryFolder(), "results", "first");
    cpSync(directory, copy, { recursive: true });
    expect(findRun(copy, { runs })).toMatchObject({
      experiment: "alpha",
      run: "first",
      directory: copy,
      status: "done",
    });
    expect(compare(directory, copy)).toMatchObject({
      a: runName(findRun(directory)),
      b: "alpha/first",
      rows: { equal: 1 },
    });
    writeFileSync(join(copy, "manifest.json"), "{");
    expect(findRun(copy, { runs })).toMatchObject({ experiment: "results", status: "broken" });
  });

  it("a name that is not that of exactly one run is refused", async () => {
    const runs = temporaryFolder();
    const hash = (await run(runs, { seed: 1 }, [])).slice(-12);
    await run(runs, { seed: 1 }, [], "beta");
    const rule = "run: must be one of the 2 runs in the folder of runs, or a run's folder, got";
    expect(() => findRun("gamma/0000", { runs })).toThrow(`${rule} "gamma/0000"`);
    expect(() => findRun(hash.slice(0, 3), { runs })).toThrow(`${rule} "${hash.slice(0, 3)}"`);
    expect(() => findRun(hash.slice(0, 3), { runs })).toThrow("Hint: give 4 digits of the hash or more");
    expect(() => findRun(`alpha/${hash.slice(0, 11)}_`, { runs })).toThrow(`Hint: did you mean alpha/${hash}?`);
    expect(() => findRun("0123", { runs: join(runs, "none") })).toThrow(
      /^run: must be a run's folder, for there is no run in .*none, got "0123"/,
    );
  });
});
