/** `nonsmooth run --shard`: one part of a run, and what is left of the others. */
import { requireAnswer } from "../experiments";
import { type Shard, shardText } from "../runs";
import { formatDuration } from "../util";
import { plural, print, printJson } from "./exit";
import { launch } from "./launch";
import type { RunOptions } from "./run";
import { failedText } from "./summary";

export async function runShard(name: string, options: RunOptions, shard: Shard): Promise<void> {
  const { experiment, config, rows, manifest, seconds, runDirectory } = await launch(name, options);
  const isWhole = manifest.shard === undefined;
  const engine = (config as { engine?: string }).engine ?? null;
  if (options.json) {
    printJson({
      experiment,
      config,
      engine,
      shard: shardText(shard),
      isWhole,
      rows: rows.length,
      seconds,
      runDirectory,
    });
  } else {
    const failed = failedText(rows);
    if (failed !== undefined) print(`${failed}\n`);
    const what = isWhole ? "the run is done" : `shard ${shardText(shard)} is done`;
    print(`${what}: ${plural(rows.length, "row")} in ${runDirectory}, ${formatDuration(seconds)}`);
  }
  if (rows.length > 0) requireAnswer(experiment, rows);
}
