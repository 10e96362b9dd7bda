/** `nonsmooth data`: which datasets there are, bringing them here, and checking what is here. */
import { resolve } from "node:path";
import type { Command } from "commander";
import {
  anySource,
  type DataSource,
  dataPlaces,
  dataSources,
  type FolderSource,
  folderSources,
  type Split,
} from "../data";
import { progressReporter } from "../notebook";
import { asUsage, examples, note, print } from "./exit";
import { dataOption } from "./folder-options";
import { untilInterrupted } from "./interrupt";

interface Options {
  readonly data?: string;
  readonly from?: string;
  readonly splits?: readonly Split[];
}

export function define(command: Command): void {
  command.description("Datasets: looked for in --data, then in NONSMOOTH_DATA, then in the project's data folder.");
  const place = "the folder of the datasets (default: NONSMOOTH_DATA, else the project's data folder)";
  const list = command
    .command("list")
    .description("which datasets there are, and which are here")
    .addOption(dataOption(place));
  const fetch = command
    .command("fetch")
    .description("download a dataset, or copy it from a folder; goes on where it stopped, and verifies")
    .argument("<name>", "its name")
    .option("--from <dir|url>", "a folder that holds the files, or a mirror's address")
    .option("--splits <list>", "train, test, extra, where each has files of its own (svhn)", splitNames)
    .option("--data <dir>", place);
  const verify = command
    .command("verify")
    .description("check the files on disk against the official ones")
    .argument("<name>", "its name")
    .addOption(dataOption(place));
  list.action(listDatasets);
  fetch.action(fetchDataset);
  verify.action(verifyDataset);

  const [onList, onFetch, onVerify] = [
    ["npx nonsmooth data list"],
    [
      "npx nonsmooth data fetch mnist",
      "npx nonsmooth data fetch mnist --from ~/Downloads/mnist --data ./data",
      "npx nonsmooth data fetch svhn --splits extra,test",
    ],
    ["npx nonsmooth data verify mnist"],
  ];
  examples(list, onList);
  examples(fetch, onFetch);
  examples(verify, onVerify);
  examples(command, [...onList, ...onFetch, ...onVerify]);
}

function listDatasets({ data }: Options): void {
  for (const line of describeDatasets(data)) print(line);
  print(`looked for in ${dataPlaces(data).join(", ")}`);
}

const splitNames = (list: string) => list.split(",").map((name) => name.trim()) as Split[];

/** A line on each dataset, those that the user supplies at the end. */
export function describeDatasets(directory?: string): string[] {
  const supplied = folderSources.map((source) => {
    return `${source.name}: ${source.summary}; ${isHere(source, directory) ? "here" : "not here"}`;
  });
  return [...dataSources.map((source) => describeSource(source, directory)), ...supplied];
}

/** A line on a dataset: what it is, and whether it is here, or what brings it here. */
export function describeSource(source: DataSource, directory?: string): string {
  const line = `${source.name}: ${source.summary}`;
  if (!source.fetch) return line;
  return `${line}; ${isHere(source, directory) ? "here" : `not here, get it with: npx nonsmooth data fetch ${source.name}`}`;
}

/** Whether both splits of a dataset can be had without a network. */
export function isHere(source: DataSource | FolderSource, directory?: string): boolean {
  return (["train", "test"] as const).every((split) => source.available({ split, directory }));
}

async function fetchDataset(name: string, { data, from, splits }: Options): Promise<void> {
  const source = asUsage(() => anySource(name));
  if ("open" in source) return findSupplied(source, data);
  if (!source.fetch) {
    print(`${name} needs no file: ${source.summary}`);
    return;
  }
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

/** Says that a dataset is here which only the user can bring; fails with what to do where it is not. */
function findSupplied(source: FolderSource, directory: string | undefined): void {
  for (const split of ["train", "test"] as const)
    print(`${source.name}: ${source.open({ split, directory }).directory} is here`);
}

async function verifyDataset(name: string, { data }: Options): Promise<void> {
  const source = asUsage(() => anySource(name));
  if (!source.verify) {
    print(`${name} has no file to verify: ${source.summary}`);
    return;
  }
  for (const line of await source.verify({ directory: data })) print(line);
}
