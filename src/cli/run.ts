/** `nonsmooth run`: an experiment from its configuration to its summary. */
import { columnsOf, experiments, requireAnswer } from "../experiments";
import { firstFew, formatDuration, NonsmoothError, terminalWidth } from "../util";
import { dryRun } from "./dry-run";
import { EXIT, Exit, plural, print, printJson } from "./exit";
import { launch } from "./launch";
import type { LaunchOptions } from "./options";
import { runShard } from "./shard";
import { failedText, summaryText } from "./summary";

export interface RunOptions extends LaunchOptions {
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

export async function run(name: string | undefined, options: RunOptions): Promise<void> {
  if (name === undefined) {
    const names = experiments.map((known) => known.name).join(", ");
    throw new Exit(EXIT.usage, new NonsmoothError("run", `must be given an experiment's name, one of ${names}`));
  }
  if (options.dryRun) return dryRun(name, options);
  if (options.shard) return runShard(name, options, options.shard);
  const { experiment, config, rows, summary, manifest, seconds, runDirectory } = await launch(name, options);
  if (options.json) {
    const { engine = null } = config as { engine?: string };
    printJson({ experiment, config, engine, rows: rows.length, summary, seconds, runDirectory });
    requireAnswer(experiment, rows);
    return;
  }
  print(summaryText(summary, terminalWidth() ?? 120, columnsOf(experiment)));
  const failed = failedText(rows);
  if (failed !== undefined) print(`\n${failed}`);
  const skipped = manifest.environment.skippedFiles ?? [];
  if (skipped.length > 0)
    print(`\nWithout ${plural(skipped.length, "image")} that could not be decoded: ${firstFew(skipped)}`);
  print(`\n${plural(rows.length, "row")} in ${runDirectory}, ${formatDuration(seconds)}`);
  requireAnswer(experiment, rows);
}
