/** Command lines, tried as their users type them; what is given is the first line on standard error, and the exit code. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Area, BadInput } from "../../bad-input/bad-input";
import { nonsmooth } from "../../cli/support";

/** Words of the command line; `…` in them is the folder. */
const said = (input: string, words: string, gets: string, prepare: (folder: string) => void = () => {}): BadInput => ({
  input,
  gets,
  async run(folder) {
    prepare(folder);
    const { code, err } = await nonsmooth(words.split(" ").map((word) => word.replace("…", folder)));
    return `${err.split("\n", 1)[0]}; code ${code}`;
  },
});

const command = (words: string, gets: string) => said(`nonsmooth ${words}`, words, gets);
const SMOKE = "run bifurcation-frequency --preset smoke --set dataset=glyphs --runs …";

/** What is said of a notebook when the ones after it have run. */
const notebook = (input: string, make: (file: string) => void, gets: string): BadInput => ({
  input,
  gets,
  async run(folder) {
    const [bad, good] = ["1.ipynb", "2.ipynb"].map((name) => join(folder, name)) as [string, string];
    make(bad);
    writeFileSync(good, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] }));
    const { code, out, err } = await nonsmooth(["notebooks", bad, good, "--out", join(folder, "out")]);
    const last = err.trim().split("\n").at(-1);
    return `${last}; code ${code}, ${/^2: 0 cells/m.test(out) ? "and the next one runs" : "and nothing else runs"}`;
  },
});

export const commandLine: Area = {
  title: "Command lines",
  inputs: [
    command(
      "fly",
      'command: must be one of start, run, figure, notebooks, runs, submit, jobs, explore, data, doctor, list, bench, docs, kernel, got "fly"; code 2',
    ),
    command(
      "run",
      "run: must be given an experiment's name, one of bifurcation-frequency, training, learning-rate-search, surprise, zone-plane, gradient-difference, zeros, bifurcation-frequency-networks, relu-family, max-pool-ties, max-pool-tie-counts, harm, law; code 2",
    ),
    command("run training --set seed=1e309", "seed: must be an integer, got Infinity; code 2"),
    command("run training --set engine=null", "engine: must be text, got null; code 2"),
    command("run training --set threads=100000", "threads: must be a whole number from 0 to 1024, got 100000; code 2"),
    command(
      "run training --workers 99999999999999999999",
      '--workers: must be a whole number from 0 to 1024, got "99999999999999999999"; code 2',
    ),
    command("run training --workers -1", '--workers: must be a whole number from 0 to 1024, got "-1"; code 2'),
    command("run training --workers two", '--workers: must be a whole number from 0 to 1024, got "two"; code 2'),
    command("run training --wait -1", '--wait: must be a whole number, 0 or more, got "-1"; code 2'),
    command("run training --preset huge --dry-run", 'preset: must be one of smoke, laptop, paper, got "huge"; code 2'),
    command("run training --data /no/such", '--data: must be an existing folder, got "/no/such"; code 2'),
    command(
      "run training --engine abacus",
      'engine: must be one of onnx-cpu, cuda, onnx-webgpu, tfjs, reference, auto, got "abacus"; code 2',
    ),
    command(
      "run training --engine onnx-cpu --set engine=reference",
      'engine: must be the same as in `set`, which has "reference", got "onnx-cpu"; code 2',
    ),
    command("run training again", 'run: must be given at most 1 argument, got "again"; code 2'),
    command(
      "run training --fast",
      'option of run: must be one of --preset, --set, --engine, --data, --runs, --workers, --dry-run, --shard, --wait, --fresh, --json, --help, got "--fast"; code 2',
    ),
    said(
      "depths=1000000",
      `${SMOKE} --set depths=1000000`,
      "depths.0: must be at most 10000 hidden layers, got 1000000; code 2",
    ),
    said("runs=1e15", `${SMOKE} --set runs=1e15`, "runs: must be at most 1000000, got 1000000000000000; code 2"),
    said(
      "a file in place of the folder of runs",
      "runs list --runs …/file",
      '--runs: must be a folder, not a file, got "…/file"; code 2',
      (folder) => writeFileSync(join(folder, "file"), ""),
    ),
    command("submit training", "--shards: must be given: into how many parts the run is divided; code 2"),
    command("submit --shards 4", "submit: must be given an experiment's name; code 2"),
    command("submit training --shards 0", "--shards: must be at least 1, got 0; code 2"),
    command(
      "submit training --preset smoke --set dataset=glyphs --shards 9999 --runs …/runs",
      "--shards: must be at most 4, the parts that the run has, got 9999; code 2",
    ),
    command(
      "submit training --shards 4 --time soon",
      '--time: must be a time of at least a minute as Slurm takes it: minutes, h:mm:ss or d-hh:mm:ss, got "soon"; code 2',
    ),
    command(
      "submit training --shards 4 --memory 4GB",
      '--memory: must be a whole number with K, M, G or T behind it, got "4GB"; code 2',
    ),
    command(
      "submit training --shards 4 --container /no/such.sif",
      '--container: must be an image that is there, got "/no/such.sif"; code 2',
    ),
    command("jobs --cancel", "jobs --cancel: must be given a run, got undefined; code 2"),
    command("explore --port 65536", '--port: must be a whole number from 0 to 65535, got "65536"; code 2'),
    command("explore --port 80x", '--port: must be a whole number from 0 to 65535, got "80x"; code 2'),
    command(
      `figure zeros --as ${"a".repeat(300)}`,
      `--as: must be at most 100 letters, digits, dots, dashes and underscores, and begin with a letter or a digit, got "${"a".repeat(77)}..."; code 2`,
    ),
    command(
      "figure zeros --as ../zeros",
      '--as: must be at most 100 letters, digits, dots, dashes and underscores, and begin with a letter or a digit, got "../zeros"; code 2',
    ),
    command("figure zeros --all", 'figure: must be given a name or --all, one of the two, got "zeros"; code 2'),
    command(
      "notebooks 99",
      'notebook: must be a file or one of 00-explore-runs, 00-start, 01-surprise, 02-bifurcation-frequency, 03-zeros, 04-training-curves, 05-batch-norm-and-adam, 06-bifurcation-frequency-convnets, 07-dropout, 08-imagenet, 09-relu-family, 10-multiply-or-overwrite, 11-law, 12-max-pool-ties, 13-harm, 14-own-data, 15-own-network, 16-own-activation, 17-own-kinks, 18-own-experiment, got "99"; code 2',
    ),
    command(
      "notebooks --engine abacus",
      'engine: must be one of onnx-cpu, cuda, onnx-webgpu, tfjs, reference, auto, got "abacus"; code 2',
    ),
    command("notebooks --timeout -5", '--timeout: must be a whole number, 0 or more, got "-5"; code 2'),
    said(
      "runs show of a run that there is not",
      "runs show abcdef --runs …",
      'run: must be a run\'s folder, for there is no run in …, got "abcdef"; code 2',
    ),
    notebook(
      "notebooks: null",
      (file) => writeFileSync(file, "null"),
      "…/1.ipynb: must be a notebook, an object in JSON, got null; code 1, and the next one runs",
    ),
    notebook(
      "notebooks: a cell whose source is a number",
      (file) => writeFileSync(file, JSON.stringify({ nbformat: 4, cells: [{ cell_type: "code", source: 5 }] })),
      "…/1.ipynb, cell 1, source: must be text, or a list of lines, got 5; code 1, and the next one runs",
    ),
    notebook(
      "notebooks: a pipe named .ipynb",
      (file) => execFileSync("mkfifo", [file]),
      '…/1.ipynb: must be readable, got "no regular file"; code 1, and the next one runs',
    ),
    notebook(
      "notebooks: a folder named .ipynb",
      (file) => mkdirSync(file),
      '…/1.ipynb: must be readable, got "no regular file"; code 1, and the next one runs',
    ),
  ],
};
