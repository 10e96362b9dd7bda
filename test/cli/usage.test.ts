/** A wrong command line, whatever is wrong with it: one error in the library's form, with code 2. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../../src/util";
import { nonsmooth, temporaryFolder } from "./support";

const sections = "experiments, figures, notebooks, datasets, engines, operations, kinks, conventions";
const commands = "start, run, figure, notebooks, runs, submit, jobs, explore, data, doctor, list, bench, docs, kernel";

describe("a wrong command line", () => {
  it.each([
    ["lst", `command: must be one of ${commands}, got "lst"\nHint: did you mean list?`],
    ["help lst", `command: must be one of ${commands}, got "lst"\nHint: did you mean list?`],
    [
      "runs lst",
      'runs: must be one of list, show, stop, merge, compare, export, restore, got "lst"\nHint: did you mean list?',
    ],
    ["data ftch", 'data: must be one of list, fetch, verify, got "ftch"\nHint: did you mean fetch?'],
    ["list experiment", `section: must be one of ${sections}, got "experiment"\nHint: did you mean experiments?`],
    ["--vrsion", 'option: must be one of --version, --help, got "--vrsion"\nHint: did you mean --version?'],
    [
      "runs show --jsn",
      'option of runs show: must be one of --runs, --json, --help, got "--jsn"\nHint: did you mean --json?',
    ],
    ["figure zeros --as", "--as: must be given a value"],
    ["kernel x", 'kernel: must be given no argument, got "x"'],
    ["run zeros surprise x", 'run: must be given at most 1 argument, got "surprise x"'],
    ["data fetch", "data fetch: must be given <name>\nHint: npx nonsmooth data fetch --help"],
    [
      "data fetch svhn --splits tran,test",
      '--splits: must be one of train, test, extra, got "tran"\nHint: did you mean train?',
    ],
    ["notebooks --preset smok", 'preset: must be one of smoke, laptop, paper, got "smok"\nHint: did you mean smoke?'],
  ])("nonsmooth %s says what must stand in its place", async (words, message) => {
    expect(await nonsmooth(words.split(" "))).toEqual({ code: 2, out: "", err: `${message}\n` });
  });
});

describe("runs show and runs compare without a run", () => {
  it("the latest runs are named, the last one first", async () => {
    const runs = temporaryFolder();
    await nonsmooth(["runs", "restore", "zeros", "surprise", "--runs", runs]);
    const listed = await nonsmooth(["runs", "list", "--runs", runs, "--json"]);
    const entries = listed.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const latest = entries.sort((a, b) => Date.parse(b.started) - Date.parse(a.started));
    const names = latest.map(({ experiment, run }) => `${experiment}/${run}`);
    expect(names).toHaveLength(2);
    const rest = `the latest are ${names.join(", ")}\nHint: npx nonsmooth runs list shows all of them\n`;
    const shown = await nonsmooth(["runs", "show", "--runs", runs]);
    expect(shown).toEqual({ code: 2, out: "", err: `runs show: must be given a run; ${rest}` });
    const compared = await nonsmooth(["runs", "compare", "zeros", "--runs", runs]);
    expect(compared).toEqual({ code: 2, out: "", err: `runs compare: must be given two runs; ${rest}` });
  });

  it("where there is no run, the hint says where it was looked for", async () => {
    const runs = temporaryFolder();
    const err = `runs show: must be given a run\nHint: there is none in ${runs}\n`;
    expect(await nonsmooth(["runs", "show", "--runs", runs])).toEqual({ code: 2, out: "", err });
    const named = `run: must be a run's folder, for there is no run in ${runs}, got "ffff"\n`;
    expect(await nonsmooth(["runs", "show", "ffff", "--runs", runs])).toEqual({ code: 2, out: "", err: named });
  });

  it("a wrong name among a single run is told in the singular", async () => {
    const runs = temporaryFolder();
    cpSync(join(projectRoot, "data", "results", "zeros"), join(runs, "zeros", "0123456789ab"), { recursive: true });
    const { err } = await nonsmooth(["runs", "show", "ffff", "--runs", runs]);
    expect(err.split("\n")[0]).toBe('run: must be the only run in the folder of runs, or a run\'s folder, got "ffff"');
  });
});
