/** Finds NVIDIA's libraries, in this order: NONSMOOTH_CUDA or CUDA_HOME, the system's loader, pip's packages of a Python on the path. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Majors of the CUDA toolkit that the engine knows, the newest first. */
export const MAJORS = [13, 12] as const;

/** Names under which a library may be found: the driver's own is not part of the toolkit. */
export type LibraryName = "nvrtc" | "cublasLt" | "cublas";

/** The names to ask the loader for, and where they come from, in the order in which they are tried. */
export interface Candidate {
  readonly path: string;
  /** "CUDA_HOME", "the system", "pip's packages". */
  readonly origin: string;
}

/** Files or names of a library, in the order in which they are tried. The search is for tests to replace. */
export function* candidates(name: LibraryName, search: Search = thisMachine): Generator<Candidate> {
  const chosen = search.environment();
  if (chosen) {
    for (const folder of foldersOf(chosen.value)) yield* inFolder(name, folder, chosen.name, search);
    // a folder that was named is meant: nothing else is tried
    return;
  }
  for (const major of MAJORS) yield { path: `lib${name}.so.${major}`, origin: "the system" };
  for (const major of MAJORS)
    for (const folder of ["/usr/local/cuda/lib64", `/usr/local/cuda-${major}/lib64`])
      yield* inFolder(name, folder, "the system", search);
  for (const packages of search.sitePackages())
    for (const folder of pipFolders(packages, search)) yield* inFolder(name, folder, "pip's packages", search);
}

export interface Search {
  /** The variable that names a folder, if one is set. */
  environment(): { readonly name: string; readonly value: string } | undefined;
  sitePackages(): readonly string[];
  exists(path: string): boolean;
  /** Names in a folder; none if there is no such folder. */
  list(folder: string): readonly string[];
}

export const thisMachine: Search = {
  environment() {
    const name = ["NONSMOOTH_CUDA", "CUDA_HOME"].find((key) => process.env[key]);
    return name === undefined ? undefined : { name, value: process.env[name]! };
  },
  sitePackages,
  exists: existsSync,
  list: (folder) => (existsSync(folder) ? readdirSync(folder) : []),
};

/** The toolkit's folder, or the folder of the libraries themselves. */
const foldersOf = (root: string) => [
  root,
  join(root, "lib64"),
  join(root, "lib"),
  join(root, "targets/x86_64-linux/lib"),
];

function* inFolder(name: LibraryName, folder: string, origin: string, { exists }: Search): Generator<Candidate> {
  for (const major of MAJORS) {
    const path = join(folder, `lib${name}.so.${major}`);
    if (exists(path)) yield { path, origin };
  }
}

/** nvidia/cu13/lib, nvidia/cublas/lib, nvidia/cuda_nvrtc/lib … */
function pipFolders(packages: string, { list }: Search): string[] {
  const root = join(packages, "nvidia");
  return list(root).map((name) => join(root, name, "lib"));
}

let known: readonly string[] | undefined;

/** Where the first Python on the path keeps its packages; asking takes a moment, so it is asked once. */
function sitePackages(): readonly string[] {
  known ??= ["python3", "python"].flatMap((python) => {
    const script = "import site,sys;print('\\n'.join(site.getsitepackages()+[site.getusersitepackages()]+sys.path))";
    const { status, stdout } = spawnSync(python, ["-c", script], { encoding: "utf8", timeout: 10_000 });
    return status === 0 ? stdout.split("\n").filter((line) => line.endsWith("-packages")) : [];
  });
  return [...new Set(known)];
}
