// Makes a folder of many runs, to measure what lists and queries of them take. After `npm run build`:
//   node bench/many-runs.mjs <folder> [runs, default 1000] [rows of each, default 1000]
//   time npx nonsmooth runs list --runs <folder>
//   time npx nonsmooth runs export out.csv --runs <folder> --sql 'SELECT precision, avg(hits) AS hits FROM "many" GROUP BY ALL'
import { createRequire } from "node:module";

const { anyRows, openRun } = createRequire(import.meta.url)("../dist/runs");
const [folder, runs = "1000", rows = "1000"] = process.argv.slice(2);
if (folder === undefined) throw new Error("folder: must be named");

for (let seed = 0; seed < Number(runs); seed++) {
  const store = openRun({ experiment: "many", config: { seed }, directory: folder, rows: anyRows("trial") });
  for (let trial = 0; trial < Number(rows); trial++) store.append(rowOf(seed, trial));
  store.stop("interrupted");
}

/** As wide as a row of bifurcation-frequency. */
function rowOf(seed, trial) {
  const hits = (seed * 7 + trial * 13) % 50;
  return {
    dataset: "mnist",
    precision: trial % 2 === 0 ? 16 : 32,
    width: 256,
    depth: 3,
    batchSize: 256,
    trial,
    outcome: hits > 25 ? "different" : "same",
    batches: 235,
    firstHit: hits > 0 ? hits * 3 : null,
    firstBifurcation: hits > 25 ? hits * 4 : null,
    hits,
    hitsByLayer: [hits, 0, hits % 3],
    relativeL1: hits > 25 ? Math.sin(seed + trial) ** 2 : null,
    relativeL2: hits > 25 ? Math.cos(seed + trial) ** 2 : null,
    reason: null,
  };
}
