/** `nonsmooth run --shard` and what the commands about runs say of shards. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runExperiment } from "../../src/experiments";
import { listRuns } from "../../src/runs";
import { doublesExperiment } from "../experiments/doubles";
import { nonsmooth, temporaryFolder } from "./support";

const settings = [
  "dataset=glyphs",
  "precisions=16",
  "widths=16",
  "depths=1",
  "batchSizes=64",
  "sampleSizes=256",
  "runs=5",
];
const run = (runs: string, ...more: string[]) =>
  nonsmooth([
    ...["run", "bifurcation-frequency", "--preset", "smoke", "--workers", "0", "--runs", runs],
    ...settings.flatMap((setting) => ["--set", setting]),
    ...more,
  ]);

it("computes a run shard by shard, names what is missing, and puts the run together", async () => {
  const [runs, other] = [temporaryFolder(), temporaryFolder()];
  const first = await run(runs, "--shard", "2/3");
  expect(first.code).toBe(0);
  expect(first.out).toMatch(/^shard 2\/3 is done: 2 rows in .*\/shards\/2-of-3, /);
  const [entry] = listRuns(runs);
  const name = `bifurcation-frequency/${entry!.run}`;

  const missing = await nonsmooth(["runs", "merge", entry!.run, "--runs", runs]);
  expect(missing.code).toBe(1);
  const [rule, ...lines] = missing.err.trim().split("\n");
  expect(rule).toContain(`run ${name}: must have all of its shards done, got "3 shards: 2 missing, 1 done"`);
  expect(lines[0]).toMatch(
    /shard 1\/3 is missing: npx nonsmooth run bifurcation-frequency --preset smoke .* --shard 1\/3$/,
  );

  const list = await nonsmooth(["runs", "list", "--runs", runs]);
  expect(list.out).toContain(`${entry!.run}: 3 shards: 2 missing, 1 done`);
  const json = JSON.parse((await nonsmooth(["runs", "list", "--json", "--runs", runs])).out);
  expect(json.shards).toEqual([
    { shard: "1/3", status: "missing", rows: 0 },
    { shard: "2/3", status: "done", rows: 2 },
    { shard: "3/3", status: "missing", rows: 0 },
  ]);
  const shown = await nonsmooth(["runs", "show", entry!.run, "--runs", runs]);
  expect(shown.out).toMatch(/3 shards: 2 missing, 1 done\nshard 1\/3 is missing: npx nonsmooth run/);

  // the commands that it names are the ones that compute them
  expect(lines.pop()).toMatch(/^if one was computed elsewhere, copy its folder into .*\/shards$/);
  for (const line of lines) {
    const words = line
      .replace(/^.*npx nonsmooth /, "")
      .split(" ")
      .map((word) => word.replace(/^'(.*)'$/, "$1"));
    expect((await nonsmooth([...words, "--workers", "0"])).code).toBe(0);
  }
  await run(other);
  expect(listRuns(runs)).toMatchObject([{ run: entry!.run, status: "done", rows: 5 }]);
  const rows = ([one]: ReturnType<typeof listRuns>) => readFileSync(join(one!.directory, "rows.jsonl"), "utf8");
  expect(rows(listRuns(runs))).toBe(rows(listRuns(other)));
  const again = await run(runs, "--shard", "1/3", "--json");
  expect(JSON.parse(again.out)).toMatchObject({ shard: "1/3", isWhole: true, rows: 5 });
  const merged = await nonsmooth(["runs", "merge", name, "--runs", runs]);
  expect(merged.out).toBe(`run ${name}: nothing to put together, it has no shards (done)\n`);
  const whole = await nonsmooth(["runs", "show", name, "--runs", runs]);
  expect(whole.out).toContain("computed in 3 shards: --json says more of each");
  expect(whole.out).not.toContain("sessions");
});

it("many shards in one state have one line after the first three; the queue is named where the run was submitted", async () => {
  const runs = temporaryFolder();
  await run(runs, "--set", "runs=8", "--shard", "2/8");
  const [entry] = listRuns(runs);
  mkdirSync(join(entry!.directory, "slurm"));
  const { out } = await nonsmooth(["runs", "show", entry!.run, "--runs", runs]);
  const [counts, ...lines] = out.slice(out.indexOf("8 shards: ")).trim().split("\n");
  expect(counts).toBe("8 shards: 7 missing, 1 done");
  expect(lines.slice(0, 3).map((line) => /^shard (\d\/8) is missing: .* --shard \1$/.exec(line)?.[1])).toEqual([
    ...["1/8", "3/8", "4/8"],
  ]);
  const jobs = `npx nonsmooth jobs bifurcation-frequency/${entry!.run} --runs ${runs}`;
  expect(lines.slice(3, 5)).toEqual([
    "shards 5-8 of 8 are missing, too: in the same way, each with its own shard",
    `those that wait in Slurm's queue are among them: ${jobs}`,
  ]);
});

it("is put together once, whichever of its shards ends last", async () => {
  const runs = temporaryFolder();
  const ended = await Promise.all([1, 2, 3, 4].map((index) => run(runs, "--shard", `${index}/4`)));
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(ended.filter(({ out }) => out.startsWith("the run is done")).length).toBe(1);
  expect(listRuns(runs)).toMatchObject([
    { status: "done", rows: 5, manifest: { files: ["rows.jsonl", "rows.parquet"] } },
  ]);
});

it("merges by hand what no shard could put together", async () => {
  const runs = temporaryFolder();
  await run(runs, "--shard", "1/2");
  const [{ directory, run: hash }] = listRuns(runs) as [ReturnType<typeof listRuns>[number]];
  // as if the second one had been computed elsewhere
  const elsewhere = temporaryFolder();
  await run(elsewhere, "--shard", "2/2");
  const [there] = listRuns(elsewhere);
  cpSync(join(there!.directory, "shards"), join(directory, "shards"), { recursive: true });
  rmSync(elsewhere, { recursive: true });
  expect(listRuns(runs)).toMatchObject([{ status: "done", rows: 5 }]);
  const merged = await nonsmooth(["runs", "merge", hash, "--runs", runs]);
  expect(merged).toMatchObject({ code: 0, out: `run bifurcation-frequency/${hash}: done, 5 rows in ${directory}\n` });
  expect(merged.err).toContain("put together from 2 shards");
});

it("names a shard that is damaged, with the others, and the command that mends it", async () => {
  const runs = temporaryFolder();
  await run(runs, "--shard", "1/3");
  await run(runs, "--shard", "2/3");
  const [{ directory, run: hash }] = listRuns(runs) as [ReturnType<typeof listRuns>[number]];
  writeFileSync(join(directory, "shards", "2-of-3", "rows.jsonl"), Buffer.from([0, 255, 10, 7, 10]));
  const { code, err } = await nonsmooth(["runs", "merge", hash, "--runs", runs]);
  expect(code).toBe(1);
  const [rule, ...lines] = err.split("\n");
  expect(rule).toContain('must have all of its shards done, got "3 shards: 1 done, 1 broken, 1 missing"');
  expect(lines[0]).toMatch(
    /shard 2\/3 is broken \(.*rows\.jsonl, line 1: must be a JSON object, got .*\): npx nonsmooth run .* --shard 2\/3$/,
  );
  expect(lines[1]).toMatch(/^shard 3\/3 is missing: npx nonsmooth run .* --shard 3\/3$/);
  expect((await run(runs, "--shard", "2/3", "--fresh")).code).toBe(0);
  expect((await run(runs, "--shard", "3/3")).out).toMatch(/^the run is done: 5 rows/);
});

it("shows the shards of an experiment from outside the library, and says who computes them", async () => {
  const runs = temporaryFolder();
  const doubles = doublesExperiment("doubles-outside", 3);
  const { manifest } = await runExperiment(doubles, { runs, shard: { index: 1, count: 2 } });
  const run = manifest.hash.slice(0, 12);
  const how = "the program that defines doubles-outside computes it, with shard: { index: 2, count: 2 }";
  const shown = await nonsmooth(["runs", "show", run, "--runs", runs]);
  expect([shown.code, shown.out]).toEqual([0, expect.stringContaining(`\nshard 2/2 is missing: ${how}\n`)]);
  const missing = await nonsmooth(["runs", "merge", run, "--runs", runs]);
  expect([missing.code, missing.err]).toEqual([1, expect.stringContaining(`shard 2/2 is missing: ${how}\n`)]);

  // as if the second one had been computed elsewhere
  const elsewhere = temporaryFolder();
  await runExperiment(doubles, { runs: elsewhere, shard: { index: 2, count: 2 } });
  const shards = (folder: string) => join(folder, "doubles-outside", run, "shards");
  cpSync(shards(elsewhere), shards(runs), { recursive: true });
  const merged = await nonsmooth(["runs", "merge", run, "--runs", runs]);
  expect(merged.code).toBe(1);
  expect(merged.err).toContain("must be put together by the program that defines its experiment");
  expect((await runExperiment(doubles, { runs, shard: { index: 1, count: 2 } })).rows).toHaveLength(3);
});

it("plans a shard, and refuses one that is none", async () => {
  const runs = temporaryFolder();
  const { out } = await run(runs, "--shard", "1/2", "--dry-run", "--json");
  expect(JSON.parse(out)).toMatchObject({ runs: [{ runs: 3, done: 0 }] });
  for (const given of ["0/2", "3/2", "1", "a/b", "1/2/3", ""]) {
    const { code, err } = await run(runs, "--shard", given);
    expect(code).toBe(2);
    expect(err).toContain(`--shard: must be i/n, with i from 1 to n, got "${given}"`);
  }
});
