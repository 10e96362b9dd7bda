/** `nonsmooth docs`: builds the site with TypeDoc, in a process of its own, and opens it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { displayPath, fail, isUnwritable, makeWritable, NonsmoothError, outFolder, projectRoot } from "../util";
import { openBrowser } from "./browser";
import { asUsage, note, print } from "./exit";
import { untilInterrupted } from "./interrupt";

export interface Options {
  readonly out?: string;
  readonly open: boolean;
}

/** What the site is made of, below the project's folder. */
const SOURCES = [
  "docs",
  "src",
  "notebooks",
  "figures",
  "bench/README.md",
  "README.md",
  "environment.md",
  "package.json",
];

/** What TypeDoc takes from the folder itself alone. */
const COPIED = ["docs", "src"];

export async function docs({ out = join(outFolder, "docs"), open }: Options): Promise<void> {
  const page = join(out, "index.html");
  asUsage(() => refuseForeign(out));
  if (isStale(page)) {
    await untilInterrupted((signal) => build(out, signal));
  }
  const url = pathToFileURL(page).href;
  print(url);
  if (open) openBrowser(url);
}

function isStale(page: string): boolean {
  const built = statSync(page, { throwIfNoEntry: false })?.mtimeMs;
  return built === undefined || SOURCES.some((source) => newest(join(projectRoot, source)) > built);
}

/** When a file, or the latest one in a folder, was changed, in milliseconds. */
function newest(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return stats?.mtimeMs ?? 0;
  return Math.max(...readdirSync(path).map((name) => newest(join(path, name))));
}

/** Builds it beside its place: a site that is open stays whole. */
async function build(out: string, signal: AbortSignal): Promise<void> {
  const program = typedoc();
  const fresh = asUsage(() => beside(out));
  const project = source();
  note("building the documentation, about 20 seconds");
  try {
    const words = [program, "--options", join(project.folder, "docs", "site", "typedoc.json")];
    const child = spawn(process.execPath, [...words, "--out", fresh], {
      cwd: project.folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (said += text));
    signal.addEventListener("abort", () => child.kill());
    const [code] = await once(child, "close");
    signal.throwIfAborted();
    if (code !== 0) throw new NonsmoothError("docs", `TypeDoc must build the site without a warning\n${said.trim()}`);
    rmSync(out, { recursive: true, force: true });
    renameSync(fresh, out);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    project.remove();
  }
}

/** The project, or where it cannot be written a copy of what the site is made of: the pages of notebooks are written into it first. */
function source(): { readonly folder: string; remove(): void } {
  try {
    makeWritable("docs", join(projectRoot, "dist"));
    return { folder: projectRoot, remove() {} };
  } catch (error) {
    if (!isUnwritable((error as Error).cause)) throw error;
  }
  const folder = mkdtempSync(join(tmpdir(), "nonsmooth-docs-"));
  mkdirSync(join(folder, "dist"));
  for (const part of readdirSync(projectRoot).filter((name) => name !== "dist")) {
    const [from, to] = [join(projectRoot, part), join(folder, part)];
    if (COPIED.includes(part)) cpSync(from, to, { recursive: true });
    else symlinkSync(from, to);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** TypeDoc's program. @throws NonsmoothError outside a checkout with its development packages */
function typedoc(): string {
  const { resolve } = createRequire(join(projectRoot, "package.json"));
  try {
    if (!existsSync(join(projectRoot, "docs"))) throw new Error("no docs/");
    return join(dirname(resolve("typedoc/package.json")), "bin", "typedoc");
  } catch (cause) {
    const hint = "clone the project and run npm ci there";
    throw new NonsmoothError("docs", "must be built in a checkout, with its packages", {
      got: projectRoot,
      hint,
      cause,
    });
  }
}

/** A folder of something else is not replaced. */
function refuseForeign(out: string): void {
  const isFolder = statSync(out, { throwIfNoEntry: false })?.isDirectory() ?? true;
  const isFree = !existsSync(out) || (isFolder && readdirSync(out).length === 0);
  if (!isFree && !existsSync(join(out, "assets", "search.js")))
    fail("--out", "must be a new folder, or one that holds the documentation", displayPath(out));
}

function beside(out: string): string {
  makeWritable("docs", dirname(out), "--out names another folder");
  return mkdtempSync(`${out}-`);
}
