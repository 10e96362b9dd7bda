/** `nonsmooth data`: lists, fetches and verifies datasets. */
import { resolve } from "node:path";
import {
  anySource,
  type DataSource,
  dataPlaces,
  dataSources,
  downloadPlace,
  type FolderSource,
  folderSources,
  type Split,
} from "../data";
import { progressReporter } from "../notebook";
import { wrapLine } from "../util";
import { asUsage, note, print, printJson } from "./exit";
import { untilInterrupted } from "./interrupt";

export interface DataOptions {
  readonly data?: string;
  readonly json?: boolean;
  readonly from?: string;
  readonly splits?: readonly Split[];
}

export function listDatasets({ data, json }: DataOptions): void {
  const all = datasets(data);
  if (json) {
    for (const dataset of all) printJson(dataset);
    return;
  }
  for (const dataset of all) print(wrapLine(datasetLine(dataset)));
  print(wrapLine(`looked for in ${dataPlaces(data).join(", ")}`));
  const absent = all.filter(({ name, here }) => here === false && dataSources.some((source) => source.name === name));
  if (absent.length === 0) return;
  print(`Hint: npx nonsmooth data fetch <name> downloads ${absent.map(({ name }) => name).join(", ")}`);
}

export interface DatasetItem {
  readonly name: string;
  readonly summary: string;
  /** Whether it is available without a network; null: it needs no file. */
  readonly here: boolean | null;
}

/** Every dataset; those that the user supplies come last. */
export function datasets(directory?: string): DatasetItem[] {
  return [...dataSources, ...folderSources].map((source) => {
    const needsFile = "open" in source || source.fetch !== undefined;
    return { name: source.name, summary: source.summary, here: needsFile ? isHere(source, directory) : null };
  });
}

export function datasetLine({ name, summary, here }: DatasetItem): string {
  return `${name}: ${summary}${here === null ? "" : here ? "; here" : "; not here"}`;
}

/** Whether both splits of a dataset are available without a network. */
export function isHere(source: DataSource | FolderSource, directory?: string): boolean {
  return (["train", "test"] as const).every((split) => source.available({ split, directory }));
}

export async function fetchDataset(name: string, { data, from, splits }: DataOptions): Promise<void> {
  const source = asUsage(() => anySource(name));
  if ("open" in source) return findSupplied(source, data);
  if (!source.fetch) {
    print(`${name} needs no file: ${source.summary}`);
    return;
  }
  asUsage(() => downloadPlace(data));
  const isFolder = from !== undefined && !/^https?:/.test(from);
  await untilInterrupted(async (signal) => {
    const reporter = progressReporter({ title: `${name}` });
    const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;
    try {
      await source.fetch!({
        directory: data,
        splits,
        from: isFolder ? resolve(from) : from,
        signal,
        log: note,
        progress: (done, total) => reporter.update({ done: megabytes(done), total: megabytes(total), unit: "MB" }),
      });
      reporter.finish("is here");
    } catch (error) {
      reporter.fail(signal.aborted ? "stopped" : "not fetched");
      throw error;
    }
  });
}

/** For a dataset that only the user can supply: says that it is here, or fails with what to do. */
function findSupplied(source: FolderSource, directory: string | undefined): void {
  for (const split of ["train", "test"] as const)
    print(`${source.name}: ${source.open({ split, directory }).directory} is here`);
}

export async function verifyDataset(name: string, { data }: DataOptions): Promise<void> {
  const source = asUsage(() => anySource(name));
  if (!source.verify) {
    print(`${name} has no file to verify: ${source.summary}`);
    return;
  }
  for (const line of await source.verify({ directory: data })) print(line);
}
