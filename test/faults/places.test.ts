/** Where the project lies: in a folder with an odd name, and where nobody may write. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { projectRoot } from "../../src/util";

const TIME = 120_000;
const base = mkdtempSync(join(tmpdir(), "nonsmooth-places-"));
chmodSync(base, 0o755);
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** The project without its dependencies, which are linked. */
const project = join(base, "a b#c%20d'e [x] ü");
mkdirSync(project);
for (const part of ["dist", "bin", "package.json", "figures", join("data", "paper"), join("data", "results")])
  cpSync(join(projectRoot, part), join(project, part), { recursive: true });
symlinkSync(join(projectRoot, "node_modules"), join(project, "node_modules"));

/** A folder in which everybody may write. */
const elsewhere = join(base, "elsewhere");
mkdirSync(elsewhere);
chmodSync(elsewhere, 0o777);

const NOBODY = 65534;
const RUN = ["bifurcation-frequency", "--preset", "smoke", "--set", "dataset=glyphs"];
const runs = ["--runs", join(elsewhere, "runs")];

/** The project's own command line, started in its folder: its exit code and the first line of what it says. */
function nonsmooth(words: readonly string[], user?: number) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(project, "bin", "nonsmooth.js"), ...words], {
    cwd: project,
    encoding: "utf8",
    env: { ...process.env, NONSMOOTH_OFFLINE: "1", HOME: elsewhere },
    ...(user !== undefined && { uid: user, gid: user }),
  });
  return { code: status, out: stdout, first: stderr.split("\n")[0]!.replaceAll(project, "…") };
}

describe("a project in a folder with an odd name", () => {
  it(
    "runs an experiment with workers, draws its figure and exports its rows",
    () => {
      const own = ["--runs", join(project, "own runs")];
      expect(nonsmooth(["run", ...RUN, ...own, "--workers", "2"])).toMatchObject({ code: 0 });
      expect(nonsmooth(["figure", ...RUN, ...own, "--out", join(project, "own figures")])).toMatchObject({ code: 0 });
      const sql = 'SELECT count(*) AS n FROM "bifurcation-frequency"';
      expect(nonsmooth(["runs", "export", join(project, "n.csv"), "--sql", sql, ...own])).toMatchObject({ code: 0 });
    },
    TIME,
  );
});

// the folders above the project must be readable to nobody, too
const reachable =
  process.getuid?.() === 0 &&
  spawnSync("ls", [join(projectRoot, "node_modules")], { uid: NOBODY, gid: NOBODY }).status === 0;
const title = `a project in which nobody may write${reachable ? "" : " (skipped: needs root, and a checkout that all can read)"}`;

describe.skipIf(!reachable)(title, () => {
  const asNobody = (...words: string[]) => nonsmooth(words, NOBODY);

  it(
    "says at once where it would have to write, with code 2",
    () => {
      for (const words of [
        ["run", ...RUN],
        ["run", ...RUN, "--dry-run"],
        ["runs", "restore"],
      ]) {
        const { code, first } = asNobody(...words);
        expect([code, first]).toEqual([
          2,
          expect.stringMatching(/^run folder: must be writable, got "…\/data\/runs\//),
        ]);
      }
      for (const words of [["figure", ...RUN], ["start"]]) {
        expect(asNobody(...words)).toMatchObject({
          code: 2,
          first: 'out: must be a folder that can be written, got "…/out/figures"',
        });
      }
      expect(asNobody("kernel")).toMatchObject({
        code: 1,
        first: 'kernel: must be a folder that can be written, got "…/.jupyter/kernels/nonsmooth"',
      });
    },
    TIME,
  );

  it(
    "does everything with --runs and --out elsewhere, and shows and plans a finished run whose folder cannot be written",
    () => {
      const shows = () => {
        expect(asNobody("run", ...RUN, ...runs)).toMatchObject({ code: 0 });
        expect(asNobody("run", ...RUN, ...runs, "--dry-run")).toMatchObject({ code: 0 });
      };
      shows();
      expect(asNobody("figure", ...RUN, ...runs, "--out", join(elsewhere, "figures"))).toMatchObject({ code: 0 });
      expect(asNobody("kernel", "--user")).toMatchObject({ code: 0 });
      expect(asNobody("runs", "list", ...runs).out).toContain("done");
      spawnSync("chmod", ["-R", "a-w", join(elsewhere, "runs")]);
      shows();
    },
    TIME,
  );
});
