/** `nonsmooth run`: an experiment from its configuration to its summary. */
import { formatDuration } from "../util";
import { dryRun } from "./dry-run";
import { plural, print, printJson } from "./exit";
import { launch } from "./launch";
import type { LaunchOptions } from "./options";
import { summaryText } from "./summary";

export interface RunOptions extends LaunchOptions {
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

export async function run(name: string, options: RunOptions): Promise<void> {
  if (options.dryRun) return dryRun(name, options);
  const { experiment, config, rows, summary, seconds, runDirectory } = await launch(name, options);
  if (options.json) {
    const { engine = null } = config as { engine?: string };
    printJson({ experiment, config, engine, rows: rows.length, summary, seconds, runDirectory });
    return;
  }
  print(summaryText(summary, process.stdout.columns ?? 120));
  print(`\n${plural(rows.length, "row")} in ${runDirectory}, ${formatDuration(seconds)}`);
}
