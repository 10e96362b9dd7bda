/** A project on a read-only mount: everything goes elsewhere, and what cannot be written is said before any work. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { compiledModule, projectRoot } from "../../src/util";
import { rowsOf } from "../cli/support";

const TIME = 180_000;
const own = mkdtempSync(join(tmpdir(), "nonsmooth-read-only-"));
chmodSync(own, 0o777);
afterAll(() => rmSync(own, { recursive: true, force: true }));

/** A namespace in which the project is read-only; the machine's own mounts stay as they are. */
const MOUNT = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$1" && shift && exec "$@"';
const isolated = (cwd: string, words: readonly string[], env: NodeJS.ProcessEnv) =>
  spawnSync("unshare", ["--mount", "sh", "-c", MOUNT, projectRoot, cwd, ...words], { encoding: "utf8", env });

const { NONSMOOTH_DATA: _data, NONSMOOTH_RUNS: _runs, NONSMOOTH_WORKSPACE: _workspace, ...inherited } = process.env;
const RUN = ["bifurcation-frequency", "--preset", "smoke", "--set", "dataset=glyphs", "--set", "runs=2"];

/** There is nothing of this name in the project. A folder of runs that is there may hold the run that is meant, finished. */
const nowhere = join(projectRoot, "none");

interface Place {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Words before the program. */
  readonly as?: readonly string[];
}

/** The program in the project's folder, or in another one. */
function nonsmooth(words: readonly string[], { cwd = projectRoot, env = {}, as = [] }: Place = {}) {
  const program = [...as, process.execPath, compiledModule("cli/main"), ...words];
  const { status, stdout, stderr } = isolated(cwd, program, { ...inherited, NONSMOOTH_OFFLINE: "1", ...env });
  return { code: status, out: stdout, err: stderr.replaceAll(projectRoot, "…") };
}

const probe = isolated(projectRoot, ["sh", "-c", "! touch x 2>/dev/null"], process.env);
const canMount = probe.status === 0;
const title = `a project on a read-only mount${canMount ? "" : " (skipped: needs unshare and mount as root)"}`;

describe.skipIf(!canMount)(title, () => {
  it("doctor says that nothing can be written there, and where it can", () => {
    const { code, out } = nonsmooth(["doctor"]);
    expect(code).toBe(0);
    expect(out).toContain(`--  output: nothing can be written in ${join(projectRoot, "data", "runs")} and `);
    expect(nonsmooth(["doctor"], { cwd: own }).out).toContain(`ok  output: in ${own}`);
  });

  it.each([
    [["run", ...RUN, "--runs", nowhere], 'run folder: must be writable, got "…/none/bifurcation-frequency"', "--runs"],
    [["figure", ...RUN], 'out: must be a folder that can be written, got "…/out/figures"', "--out"],
    [["figure", ...RUN, "--out", join(own, "a"), "--runs", nowhere], "run folder: must be writable", "--runs"],
    [["start"], 'out: must be a folder that can be written, got "…/out/figures"', "NONSMOOTH_WORKSPACE"],
    [["notebooks", "02"], 'out: must be a folder that can be written, got "…/out/notebooks"', "--out"],
    [["notebooks", "02", "--out", join(own, "a")], "out, for figures: must be a folder", "NONSMOOTH_WORKSPACE"],
    [
      ["notebooks", "18", "--out", join(own, "a"), "--runs", nowhere],
      'run folder: must be writable, got "…/none"',
      "--runs",
    ],
    [["notebooks", "02", "--in-place"], '--in-place: must be a folder that can be written, got "…/notebooks"', "--out"],
    [["docs", "--no-open"], 'docs: must be a folder that can be written, got "…/out"', "--out"],
    [["bench", "--write"], '--write: must be a folder that can be written, got "…/bench"', "leave it out"],
    [["runs", "restore", "zeros"], "run folder: must be writable", "--runs"],
  ])("%s: one error, with what names another place, and nothing before it", (words, message, option) => {
    const { code, out, err } = nonsmooth(words);
    const [first, second, ...more] = err.trimEnd().split("\n");
    expect([code, out, more]).toEqual([2, "", []]);
    expect(first).toContain(message);
    expect(second).toMatch(/^Hint: /);
    expect(second).toContain(option);
  });

  it("data fetch says it before it fetches, and the kernel where else it can be written", () => {
    const { code, err } = nonsmooth(["data", "fetch", "mnist"], { env: { NONSMOOTH_OFFLINE: "" } });
    expect(code).toBe(1);
    expect(err).toContain('.part: must be writable, got "EROFS"\nHint: --data or NONSMOOTH_DATA names another folder');
    expect(nonsmooth(["kernel"]).err).toContain("\nHint: npx nonsmooth kernel --user ");
    expect(nonsmooth(["kernel", "--user"], { env: { HOME: projectRoot } }).err).toContain("\nHint: JUPYTER_DATA_DIR ");
  });

  it(
    "run and figure with --runs and --out elsewhere, in any folder and as any user, give the same bytes",
    () => {
      const outside = join(own, "outside");
      const plain = [process.execPath, compiledModule("cli/main"), "run", ...RUN, "--runs", outside];
      expect(spawnSync(plain[0]!, plain.slice(1), { env: inherited }).status).toBe(0);
      const nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
      const isReadable =
        spawnSync(nobody[0]!, [...nobody.slice(1), "ls", join(projectRoot, "node_modules")]).status === 0;
      const places: Place[] = [{}, { cwd: own }, ...(isReadable ? [{ as: nobody, env: { HOME: projectRoot } }] : [])];
      for (const [i, place] of places.entries()) {
        const [runs, out] = [join(own, `runs${i}`), join(own, `figures${i}`)];
        expect(nonsmooth(["figure", ...RUN, "--runs", runs, "--out", out], place)).toMatchObject({ code: 0 });
        expect(rowsOf(runs)).toBe(rowsOf(outside));
        expect(readdirSync(out).length).toBe(4);
      }
    },
    TIME,
  );

  it("NONSMOOTH_RUNS names the folder of runs; --runs comes before it", () => {
    const env = { NONSMOOTH_RUNS: join(own, "named") };
    expect(nonsmooth(["run", ...RUN], { env })).toMatchObject({ code: 0 });
    expect(nonsmooth(["runs", "list"], { env }).out).toContain("done");
    expect(nonsmooth(["runs", "list", "--runs", join(own, "none")], { env }).out).toBe("0 runs\n");
  });

  it(
    "notebooks go to --out, their runs to --runs, and the kernel to the user's folder",
    () => {
      const [out, runs] = [join(own, "notebooks"), join(own, "of notebooks")];
      const place = { env: { HOME: join(own, "home") } };
      const words = ["notebooks", "18", "--preset", "smoke", "--out", out, "--runs", runs];
      expect(nonsmooth(words, place)).toMatchObject({ code: 0 });
      expect(readdirSync(out)).toEqual(["18-own-experiment.ipynb"]);
      expect(readdirSync(runs).length).toBeGreaterThan(0);
      expect(nonsmooth(["kernel", "--user"], place)).toMatchObject({ code: 0 });
      const file = join(own, "home", ".local", "share", "jupyter", "kernels", "nonsmooth", "kernel.json");
      expect(JSON.parse(readFileSync(file, "utf8")).argv).toContain(compiledModule("notebook/tslab/main"));
    },
    TIME,
  );

  it(
    "docs is built elsewhere",
    () => {
      const out = join(own, "docs");
      expect(nonsmooth(["docs", "--no-open", "--out", out])).toMatchObject({ code: 0 });
      expect(existsSync(join(out, "index.html"))).toBe(true);
    },
    TIME,
  );
});
