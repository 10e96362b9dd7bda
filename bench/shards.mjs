// What a run in 200 shards costs its readers, beside the same rows in one file. After `npm run build`:
//   node bench/shards.mjs [shards, default 200] [rows of each, default 50] [rounds, default 3]
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const { openRun } = require("../dist/runs");
const { bifurcationFrequency: experiment, planExperiment, runExperiment } = require("../dist/experiments");
const { divide } = require("../dist/experiments/share.js");

const [count, each, rounds] = [200, 50, 3].map((standard, i) => Number(process.argv[2 + i] ?? standard));
const folder = mkdtempSync(join(tmpdir(), "shards-"));
const [one, many] = ["one", "many"].map((name) => join(folder, name));
const preset = "smoke";
const set = { dataset: "glyphs", precisions: [16], widths: [4], depths: [1], batchSizes: [64], sampleSizes: [64] };
const settings = { ...set, runs: count * each };

const { config } = await planExperiment(experiment, { preset, set: settings, runs: one });
// every row is that of the first run, with its own number: what the rows say does not matter here
const first = await runExperiment(experiment, {
  preset,
  set: { ...set, runs: 1 },
  runs: join(folder, "first"),
  workers: 0,
});
const rowOf = (key) => ({ ...first.rows[0], trial: Number(key.split("/").at(-1)) });
const keys = (await experiment.units(config, { log() {} })).map(({ key }) => key);

await write(one, keys);
const units = keys.map((key) => ({ key, cost: 1 }));
for (const [i, some] of divide(units, count).entries()) await write(many, some, { index: i + 1, count });
const kept = join(folder, "kept");
cpSync(many, kept, { recursive: true });

async function write(runs, some, shard) {
  const store = openRun({ experiment: experiment.name, config, preset, directory: runs, rows: experiment.rows, shard });
  for (const key of some) store.append(rowOf(key));
  await store.finish();
}

const options = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
const sql = 'SELECT outcome, count(*) AS n FROM "bifurcation-frequency" GROUP BY ALL';
const commands = {
  "runs list": (runs) => ["runs", "list", "--runs", runs],
  SQL: (runs) => ["runs", "export", join(folder, "out.csv"), "--runs", runs, "--sql", sql],
  figure: (runs) => [
    ...["figure", "bifurcation-frequency", "--preset", preset, ...options],
    ...["--engine", config.engine, "--workers", "0", "--out", join(folder, "out"), "--runs", runs],
  ],
};

const program = fileURLToPath(new URL("../bin/nonsmooth.js", import.meta.url));
function seconds(words) {
  const start = performance.now();
  execFileSync(process.execPath, [program, ...words], { stdio: ["ignore", "ignore", "pipe"] });
  return (performance.now() - start) / 1000;
}

console.log(`${keys.length} rows, in one file and in ${count} shards; seconds of the command, median of ${rounds}`);
for (const [name, words] of Object.entries(commands)) {
  const times = { one: [], many: [] };
  for (let round = 0; round < rounds; round++) {
    times.one.push(seconds(words(one)));
    times.many.push(seconds(words(many)));
    // the figure has put the run together
    rmSync(many, { recursive: true });
    cpSync(kept, many, { recursive: true });
  }
  const [a, b] = [times.one, times.many].map((some) => some.sort((x, y) => x - y)[Math.floor(rounds / 2)]);
  console.log(`${name}: one file ${a.toFixed(2)}, shards ${b.toFixed(2)}, ${(b - a).toFixed(2)} more`);
}
rmSync(folder, { recursive: true });
