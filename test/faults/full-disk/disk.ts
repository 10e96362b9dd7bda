/** Programs on a disk that is full from a chosen write on: see shim.cpp, which is built with g++. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ended, type Outcome } from "../../cli/support";

/** Seconds after which a program counts as one that hangs. */
const PATIENCE = 60;

const built = mkdtempSync(join(tmpdir(), "nonsmooth-full-disk-"));
process.on("exit", () => rmSync(built, { recursive: true, force: true }));

/** Why there is no such disk here; undefined where there is. */
export const missing: string | undefined = build();

function build(): string | undefined {
  if (process.platform !== "linux") return "it needs Linux";
  if (spawnSync("g++", ["--version"]).status !== 0) return "there is no g++";
  const words = ["-std=c++20", "-O1", "-fPIC", "-shared", join(__dirname, "shim.cpp"), "-o", shim(), "-ldl"];
  const { status, stderr } = spawnSync("g++", words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`shim.cpp does not compile:\n${stderr}`);
  return undefined;
}

function shim(): string {
  return join(built, "shim.so");
}

export interface Disk {
  /** Calls that need room and get it; default: all. */
  readonly after?: number;
  /** Whether each write writes half of what it is asked to; default: all of it. */
  readonly short?: boolean;
}

export interface Disturbed extends Outcome {
  /** Calls that needed room. */
  readonly calls: number;
  readonly hangs: boolean;
  /** Processes that outlive the program. */
  readonly orphans: number;
}

let runs = 0;

/** Runs a program of Node in a folder, where its temporary files are, too, and which is the disk. */
export async function runOn(root: string, words: readonly string[], { after, short }: Disk = {}): Promise<Disturbed> {
  const counter = join(built, `calls-${runs++}`);
  writeFileSync(counter, Buffer.alloc(8));
  mkdirSync(join(root, "tmp"), { recursive: true });
  const { NONSMOOTH_DATA: _data, NONSMOOTH_DEBUG: _debug, NONSMOOTH_IN_PLACE: _place, ...inherited } = process.env;
  const child = spawn(process.execPath, words, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...inherited,
      NONSMOOTH_OFFLINE: "1",
      TMPDIR: join(root, "tmp"),
      // io_uring goes around libc
      UV_USE_IO_URING: "0",
      LD_PRELOAD: shim(),
      FULL_DISK_FOLDER: root,
      FULL_DISK_COUNTER: counter,
      ...(after !== undefined && { FULL_DISK_AFTER: String(after) }),
      ...(short && { FULL_DISK_SHORT: "1" }),
    },
  });
  let hangs = false;
  const limit = setTimeout(() => {
    hangs = true;
    child.kill("SIGKILL");
  }, PATIENCE * 1000);
  const outcome = await ended(child);
  clearTimeout(limit);
  // workers and kernels see within half a second that they are alone
  let orphans = processesWith(counter);
  for (let tries = 0; orphans > 0 && tries < 30; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    orphans = processesWith(counter);
  }
  return { ...outcome, calls: Number(readFileSync(counter).readBigUInt64LE()), hangs, orphans };
}

/** Processes that have a text in their environment. */
function processesWith(text: string): number {
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, "latin1").includes(text);
    } catch {
      return false; // it has ended meanwhile
    }
  }).length;
}

/** The files below a folder with their contents, by path. */
export function contentsOf(root: string): Map<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [relative(root, path), readFileSync(path, "latin1")]));
}

/** Contents without times, what depends on them, the state of the code, and the folder's own name. */
export function timeless(content: string, root: string): string {
  return content
    .replaceAll(root, "…")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "DATE")
    .replace(/"(seconds|sessions)": [\d.]+/g, '"$1": 0')
    .replace(/"provenance": \{[^}]*\}/, '"provenance": {}')
    .replace(/"notes": \[[^\]]*\]/, '"notes": []');
}
