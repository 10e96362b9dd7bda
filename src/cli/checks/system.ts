import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { checkout, defaultRuns, tryFolder } from "../../runs";
import { coreCount, elsewhere, memorySize, outFolder, projectRoot, workspace } from "../../util";
import { type Check, needed, optional } from "./check";

/** With fewer bytes than this the disk is reported as full: datasets and runs of all presets fit in them. */
const ENOUGH_DISK = 2 * 2 ** 30;

export function nodeVersion(): Check {
  const { engines: asked } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
  const oldest = String(asked.node).replace(/^>=/, "");
  const order = process.versions.node.localeCompare(oldest, "en", { numeric: true });
  const detail = `${process.versions.node}, ${process.platform}-${process.arch}; needs ${oldest} or newer`;
  return needed("system", "Node", order >= 0, detail, "install a newer Node: https://nodejs.org");
}

/** What runs may use; a container's limits are below what the machine has. */
export function limits(): Check {
  const detail = `${coreCount()} of ${cpus().length} cores, ${gibibytes(memorySize())} of ${gibibytes(totalmem())} GiB of memory`;
  return needed("system", "cores and memory", true, detail);
}

const gibibytes = (bytes: number) => (bytes / 2 ** 30).toFixed(1);

export async function diskSpace(): Promise<Check> {
  const { bavail, bsize } = await statfs(workspace);
  const free = bavail * bsize;
  const detail = `${gibibytes(free)} GiB free`;
  return needed(
    "system",
    "disk",
    free >= ENOUGH_DISK,
    detail,
    "free some space, or keep runs elsewhere: npx nonsmooth run --runs DIR",
  );
}

/** Whether commands can write where no option names a place. */
export function places(): Check {
  const unwritable = [defaultRuns(), outFolder].filter((folder) => !isWritable(folder));
  const detail = unwritable.length > 0 ? `nothing can be written in ${unwritable.join(" and ")}` : `in ${workspace}`;
  return optional(
    "system",
    "output",
    unwritable.length === 0,
    detail,
    `${elsewhere}; --runs and --out name places, too`,
  );
}

/** Whether a folder can be written, or made. */
function isWritable(folder: string): boolean {
  try {
    tryFolder(folder);
    return true;
  } catch {
    return false;
  }
}

/** Whether rows can be traced to the code that makes them. */
export function commit(): Check {
  const { commit: found, dirty, commitProblem } = checkout(projectRoot);
  const changes = dirty
    ? ", with uncommitted changes"
    : dirty === null
      ? ", of an archive: later changes are not known"
      : "";
  const detail = found === null ? `not known: ${commitProblem}` : `${found.slice(0, 7)}${changes}`;
  return optional("system", "commit", found !== null, detail, `git -C ${projectRoot} status tells more`);
}
