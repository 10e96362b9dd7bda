/**
 * The project's committed evidence: figures, the rows behind them, executed notebooks. Every writer of files asks here first, so that
 * none of them is replaced by accident.
 */
import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fail } from "./errors";
import { isInstalled, isWithin, projectRoot } from "./paths";

/** Relative to the project. */
const FOLDERS = ["figures", join("data", "results"), "notebooks"] as const;
const FOLDERS_TEXT = "figures/, data/results/ and notebooks/";

/** What may be replaced. */
export interface Permission {
  /** Committed files; default: whether the environment variable NONSMOOTH_IN_PLACE is 1. */
  readonly inPlace?: boolean;
  /** Even by weaker evidence; default: whether NONSMOOTH_FORCE is 1. */
  readonly force?: boolean;
}

/** A permission with its defaults. */
export function settled({ inPlace, force }: Permission = {}): Required<Permission> {
  return {
    inPlace: inPlace ?? process.env.NONSMOOTH_IN_PLACE === "1",
    force: force ?? process.env.NONSMOOTH_FORCE === "1",
  };
}

/**
 * The place of a path among the committed files of a checkout, after following links: "figures/zeros.svg". Undefined for any other path, and
 * if the library is installed as a dependency: the files beside it then belong to the user.
 */
export function committedPlace(path: string, root: string = projectRoot): string | undefined {
  if (isInstalled(root)) return undefined;
  // a link to a file is replaced itself; a link to a folder is followed
  const places = [join(realPath(dirname(resolve(path))), basename(path)), realPath(resolve(path))];
  for (const folder of FOLDERS) {
    const real = realPath(join(root, folder));
    const place = places.find((candidate) => isWithin(real, candidate));
    if (place !== undefined) return join(folder, place.slice(real.length));
  }
  return undefined;
}

/** A path without links, as far as it exists. */
function realPath(path: string): string {
  const parent = dirname(path);
  return existsSync(path) || parent === path ? realpathSync.native(path) : join(realPath(parent), basename(path));
}

/**
 * Allows a file to be written, or fails: a committed file is only replaced in place, and only by a file that `compare` accepts. With
 * `inPlace: true` any existing file is compared.
 * @param compare throws if the new file is weaker evidence than the existing one
 */
export function mayReplace(path: string, permission: Permission, compare: (place: string) => void = () => {}): void {
  const place = committedPlace(path);
  const { inPlace, force } = settled(permission);
  if (place !== undefined && !inPlace) {
    fail(
      place,
      `must not be written without --in-place: ${FOLDERS_TEXT} hold the project's committed evidence`,
      path,
      "name another folder, such as out/, or allow it with --in-place (NONSMOOTH_IN_PLACE=1)",
    );
  }
  if (force || (place === undefined && permission.inPlace !== true)) return;
  compare(place ?? path);
}

/** The same for a file that does not say what it is evidence of, and is therefore weaker than any existing one. */
export function mayReplaceUnknown(path: string, permission: Permission = {}): void {
  mayReplace(path, permission, (place) => {
    if (!existsSync(path)) return;
    const hint = "name another file, or replace it with --force (NONSMOOTH_FORCE=1)";
    fail(place, "must not be replaced by a file that does not say what it is based on", path, hint);
  });
}

/** @throws NonsmoothError for a folder of runs among the committed files, which would be filled with run folders */
export function refuseCommitted(what: string, folder: string): void {
  if (committedPlace(folder) === undefined) return;
  fail(what, `must not be in ${FOLDERS_TEXT} of the project, which hold its committed evidence`, folder);
}
