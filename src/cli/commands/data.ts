/** `nonsmooth data`: lists, fetches and verifies datasets. */
import type { Command } from "commander";
import type { Split } from "../../data";
import { requireName } from "../../util";
import type { DataOptions } from "../data";
import { asUsage, examples } from "../exit";
import { dataOption } from "../folder-options";

const actions = () => import("../data.js");

export function define(command: Command): void {
  command.description(
    "Lists, fetches and verifies datasets. They are searched for in --data, then in NONSMOOTH_DATA, then in the project's data folder.",
  );
  const place = "the folder of the datasets (default: NONSMOOTH_DATA, or else the project's data folder)";
  const list = command
    .command("list")
    .description("list all datasets, and say which are here")
    .addOption(dataOption(place))
    .option("--json", "one line of JSON for each");
  const fetch = command
    .command("fetch")
    .description("download a dataset, or copy it from a folder; resumes where it stopped, and verifies the files")
    .argument("<name>", "name of the dataset")
    .option("--from <dir|url>", "a folder that holds the files, or the address of a mirror")
    .option("--splits <list>", "train, test, extra, if each has its own files (svhn)", splitNames)
    .option("--data <dir>", place);
  const verify = command
    .command("verify")
    .description("compare the files on disk with the official ones")
    .argument("<name>", "name of the dataset")
    .addOption(dataOption(place));
  list.action(async (options: DataOptions) => (await actions()).listDatasets(options));
  fetch.action(async (name: string, options: DataOptions) => (await actions()).fetchDataset(name, options));
  verify.action(async (name: string, options: DataOptions) => (await actions()).verifyDataset(name, options));

  const [onList, onFetch, onVerify] = [
    ["npx nonsmooth data list", "npx nonsmooth data list --json"],
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

const splits: readonly Split[] = ["train", "test", "extra"];
const splitNames = (list: string): Split[] =>
  asUsage(() => list.split(",").map((name) => requireName("--splits", splits, name.trim())));
