/**
 * Finds NVRTC and cuBLAS. NONSMOOTH_CUDA names a folder, and then nothing else is searched; otherwise CUDA_HOME, the system, and
 * pip's packages of a Python on the path, in this order.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Majors of the CUDA toolkit that the engine knows, the newest first. */
export const MAJORS = [13, 12] as const;

export type LibraryName = "nvrtc" | "cublas";

/** A file, or a name for the system's loader. */
export interface Candidate {
  readonly path: string;
  /** Of the toolkit. */
  readonly major: number;
  /** "CUDA_HOME", "the system", "pip's packages". */
  readonly origin: string;
}

export interface Search {
  readonly variables: Readonly<Record<string, string | undefined>>;
  sitePackages(): readonly string[];
  exists(path: string): boolean;
  /** Names in a folder; none if it cannot be read. */
  list(folder: string): readonly string[];
}

const thisMachine: Search = {
  variables: process.env,
  sitePackages,
  exists: existsSync,
  list(folder) {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  },
};

/** Where a library may be, in the order in which these are tried; the search is for tests to replace. */
export function* candidates(name: LibraryName, search: Search = thisMachine): Generator<Candidate> {
  const { NONSMOOTH_CUDA: only, CUDA_HOME: home } = search.variables;
  if (only) {
    yield* inFolders(name, [...ofToolkit(only), ...ofPip(only, search)], "NONSMOOTH_CUDA", search);
    return;
  }
  if (home) yield* inFolders(name, ofToolkit(home), "CUDA_HOME", search);
  for (const major of MAJORS) yield { path: fileOf(name, major), major, origin: "the system" };
  yield* inFolders(name, USUAL, "the system", search);
  const packages = search.sitePackages().flatMap((folder) => ofPip(folder, search));
  yield* inFolders(name, packages, "pip's packages", search);
}

const fileOf = (name: LibraryName, major: number) => `lib${name}.so.${major}`;

function* inFolders(
  name: LibraryName,
  folders: readonly string[],
  origin: string,
  { exists }: Search,
): Generator<Candidate> {
  for (const major of MAJORS) {
    for (const folder of folders) {
      const path = join(folder, fileOf(name, major));
      if (exists(path)) yield { path, major, origin };
    }
  }
}

/** Beside a library, what it opens by its name alone: cuBLAS its other half, NVRTC its built-in functions. The loader knows them once they are open. */
export function companions(name: LibraryName, { path, major }: Candidate, { list }: Search = thisMachine): string[] {
  if (!path.includes("/")) return [];
  const beside = `lib${{ nvrtc: "nvrtc-builtins", cublas: "cublasLt" }[name]}.so.${major}`;
  const files = list(dirname(path)).filter((file) => file === beside || file.startsWith(`${beside}.`));
  return files.map((file) => join(dirname(path), file));
}

/** The toolkit's folder, or the folder of the libraries themselves. */
const ofToolkit = (root: string) =>
  [".", "lib64", "lib", "targets/x86_64-linux/lib"].map((folder) => join(root, folder));

/** Toolkits that are installed without telling the loader. */
const USUAL = ["/usr/local/cuda", ...MAJORS.map((major) => `/usr/local/cuda-${major}`)].map((root) =>
  join(root, "lib64"),
);

/** nvidia/cu13/lib, nvidia/cublas/lib, nvidia/cuda_nvrtc/lib … */
function ofPip(packages: string, { list }: Search): string[] {
  const root = join(packages, "nvidia");
  return list(root).map((name) => join(root, name, "lib"));
}

let known: readonly string[] | undefined;

/** Where the Pythons on the path keep their packages; asking takes a moment, so it is asked once. */
function sitePackages(): readonly string[] {
  known ??= ["python3", "python"].flatMap((python) => {
    const script = "import site,sys;print('\\n'.join(site.getsitepackages()+[site.getusersitepackages()]+sys.path))";
    const { status, stdout } = spawnSync(python, ["-c", script], { encoding: "utf8", timeout: 10_000 });
    return status === 0 ? stdout.split("\n").filter((line) => line.endsWith("-packages")) : [];
  });
  return [...new Set(known)];
}

/** The file that the loader opened for a name such as libcuda.so.1; the name itself if that cannot be seen. */
export function openedFile(name: string): string {
  const [stem] = name.split(".so");
  const opened = new RegExp(` (/.*/${stem}\\.so[.\\d]*)$`, "m").exec(readFileSync("/proc/self/maps", "utf8"));
  return opened?.[1] ?? name;
}
