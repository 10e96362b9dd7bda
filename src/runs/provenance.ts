/** Where rows come from: the code, the machine and the versions. No names of users or machines, no absolute paths. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../util";

export interface Provenance {
  /** Commit of the checkout, or of the archive that `git archive` has made of it; null elsewhere. */
  readonly commit: string | null;
  /** Whether files that results depend on differ from the commit; null outside a checkout, where nobody knows. */
  readonly dirty: boolean | null;
  /** Why the commit is not known. */
  readonly commitProblem?: string;
  /** SHA-256 of package-lock.json; null where it is absent. */
  readonly lockFile: string | null;
  readonly node: string;
  /** `linux-x64` */
  readonly platform: string;
  readonly cpu: { readonly model: string; readonly count: number };
  readonly memoryGiB: number;
  /** Installed versions by package; null for those that are not installed. */
  readonly versions: Readonly<Record<string, string | null>>;
  /** ISO 8601, UTC. */
  readonly date: string;
}

const PACKAGES = [
  "onnxruntime-node",
  "@tensorflow/tfjs-core",
  "@tensorflow/tfjs-node-gpu",
  "@duckdb/node-api",
  "sharp",
];
const CODE = ["src", "package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"];

/** What the results of this process can be traced to. */
export function provenance(): Provenance {
  const processors = cpus();
  return {
    ...checkout(projectRoot),
    lockFile: sha256(join(projectRoot, "package-lock.json")),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    cpu: { model: processors[0]?.model.trim() ?? "unknown", count: processors.length },
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    versions: {
      nonsmooth: version(projectRoot),
      ...Object.fromEntries(PACKAGES.map((name) => [name, installed(name)])),
    },
    date: new Date().toISOString(),
  };
}

/** `git archive` puts the commit in it; in a checkout it holds a placeholder. */
const ARCHIVED = "commit.txt";

/**
 * Commit and dirty flag of a folder, the root of a checkout or of an archive. Where it is neither, or git does not say, null with the
 * reason.
 */
export function checkout(folder: string): Pick<Provenance, "commit" | "dirty" | "commitProblem"> {
  const unknown = (commitProblem: string) => {
    const commit = archivedCommit(folder);
    return commit === null ? { commit, dirty: null, commitProblem } : { commit, dirty: null };
  };
  try {
    const top = git(folder, "rev-parse", "--show-toplevel");
    // a copy inside another project's checkout has no commit of its own
    if (realpathSync(top) !== realpathSync(folder)) return unknown("the folder is not the root of a checkout");
    const commit = git(folder, "rev-parse", "--verify", "HEAD");
    return { commit, dirty: git(folder, "status", "--porcelain", "--", ...CODE) !== "" };
  } catch (error) {
    return unknown(reasonOf(error as NodeJS.ErrnoException & { readonly stderr?: string }));
  }
}

function archivedCommit(folder: string): string | null {
  const path = join(folder, ARCHIVED);
  const text = existsSync(path) ? readFileSync(path, "utf8").trim() : "";
  return /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text) ? text : null;
}

function git(folder: string, ...command: string[]): string {
  const env = { ...process.env, LC_ALL: "C" }; // for its messages
  return execFileSync("git", command, { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

/** In words of our own: git's have absolute paths, which are nobody's business in a manifest. */
function reasonOf({ code, stderr = "" }: NodeJS.ErrnoException & { readonly stderr?: string }): string {
  if (code === "ENOENT") return "git is not installed";
  if (/dubious ownership/.test(stderr))
    return "git does not trust the checkout: it is of another user (dubious ownership)";
  if (/not a git repository/.test(stderr)) return "the folder is not a checkout";
  if (/Needed a single revision|unknown revision/.test(stderr)) return "the checkout has no commit";
  return "git failed";
}

function installed(name: string): string | null {
  const folders = createRequire(__filename).resolve.paths(name) ?? [];
  const folder = folders.map((path) => join(path, name)).find((path) => existsSync(join(path, "package.json")));
  return folder === undefined ? null : version(folder);
}

function version(folder: string): string | null {
  const path = join(folder, "package.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version : null;
}

function sha256(path: string): string | null {
  return existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("hex") : null;
}
