/** NVIDIA's libraries of this machine, opened once in a process. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { NonsmoothError } from "../../../util";
import { compilerError, driverError, productError } from "../errors";
import { type Library, open } from "./bindings";
import { bindProducts, type Products, productsVersion } from "./cublas";
import { bindDriver, type Driver, driverVersion } from "./driver";
import { candidates, companions, type LibraryName, MAJORS, openedFile } from "./find";
import { bindCompiler, type Compiler, compilerVersion } from "./nvrtc";

export interface Libraries {
  readonly driver: Driver;
  readonly nvrtc: Compiler;
  readonly blas: Products;
  /** On which bits may depend; of the driver, the CUDA version that it is for. */
  readonly versions: { readonly driver: string; readonly nvrtc: string; readonly cublas: string };
}

let opened: Libraries | undefined;

/** @throws NonsmoothError that says what is missing, and which command brings it */
export function libraries(): Libraries {
  opened ??= openAll();
  return opened;
}

function openAll(): Libraries {
  if (process.platform !== "linux")
    throw new NonsmoothError("cuda", "needs Linux", { got: process.platform, hint: "onnx-webgpu uses GPUs elsewhere" });
  // cuBLAS reads these when it begins: a product in f32 or f64 must never be computed from narrower numbers unless it is asked for
  delete process.env.NVIDIA_TF32_OVERRIDE;
  process.env.CUBLAS_EMULATE_SINGLE_PRECISION = "0";
  process.env.CUBLAS_EMULATE_DOUBLE_PRECISION = "0";
  const { driver, version } = openDriver();
  const [nvrtc, blas] = [openToolkit("nvrtc", version), openToolkit("cublas", version)];
  if (!nvrtc || !blas) throw missing(nvrtc ? ["cublas"] : blas ? ["nvrtc"] : ["nvrtc", "cublas"], version);
  return {
    driver,
    nvrtc: compilerOf(nvrtc),
    blas: productsOf(blas),
    versions: {
      driver: `CUDA ${inWords(version)}`,
      nvrtc: compilerVersion(compilerOf(nvrtc)),
      cublas: productsVersion(productsOf(blas)),
    },
  };
}

interface Opened {
  readonly library: Library;
  readonly path: string;
  /** "NONSMOOTH_CUDA", "CUDA_HOME", "the system", "pip's packages" */
  readonly origin: string;
}

const compilerOf = ({ library }: Opened) => bindCompiler(library, compilerError);
const productsOf = ({ library }: Opened) => bindProducts(library, productError);

/** Distributions have commands of their own; containers and WSL take the driver of the system around them. */
const DRIVER =
  "NVIDIA's driver (Debian: apt install nvidia-driver; in WSL: install it in Windows; in a container: start it with --gpus all)";

function openDriver(): Opened & { readonly driver: Driver; readonly version: number } {
  const name = "libcuda.so.1";
  const folder = process.env.NONSMOOTH_CUDA;
  const own = folder && existsSync(join(folder, name)) ? join(folder, name) : undefined;
  const library = open(own ?? name);
  if (!library)
    throw new NonsmoothError("cuda", "needs NVIDIA's driver", {
      got: `no ${name}`,
      hint: `install ${DRIVER}; onnx-cpu needs no GPU`,
    });
  const driver = bindDriver(library, driverError);
  driver.init(0);
  const version = driverVersion(driver);
  if (version < 1000 * Math.min(...MAJORS))
    throw new NonsmoothError("cuda", `needs a driver for CUDA ${MAJORS.toReversed().join(" or ")}`, {
      got: `a driver for CUDA ${inWords(version)}`,
      hint: `update ${DRIVER}`,
    });
  return { library, driver, version, path: own ?? openedFile(name), origin: own ? "NONSMOOTH_CUDA" : "the system" };
}

/** The first library that opens, of a major version that the driver can run. */
function openToolkit(name: LibraryName, driver: number): Opened | undefined {
  for (const candidate of candidates(name)) {
    const { path, major, origin } = candidate;
    if (major > majorOf(driver)) continue;
    for (const file of companions(name, candidate)) open(file);
    const library = open(path);
    if (library) return { library, path: path.includes("/") ? path : openedFile(path), origin };
  }
  return undefined;
}

const WORDS: Readonly<Record<LibraryName, string>> = { nvrtc: "NVRTC", cublas: "cuBLAS" };

/** The error for libraries that were not found: what is here but cannot be used, and the one command that brings them. */
function missing(names: readonly LibraryName[], driver: number): NonsmoothError {
  const majors = MAJORS.filter((major) => major <= majorOf(driver));
  const folder = process.env.NONSMOOTH_CUDA;
  const [newer] = names.flatMap((name) => newerThan(name, driver) ?? []);
  const got = newer ? `only ${basename(newer)}, too new for a driver for CUDA ${inWords(driver)}` : "none";
  const pip = `python3 -m pip install ${names.map((name) => PACKAGES[name] + (majors[0]! >= 13 ? "" : `-cu${majors[0]}`)).join(" ")}`;
  return new NonsmoothError(
    "cuda",
    `needs ${names.map((name) => WORDS[name]).join(" and ")} of CUDA ${majors.toReversed().join(" or ")}`,
    {
      got: folder ? `${got} in NONSMOOTH_CUDA` : got,
      hint: folder ? `unset NONSMOOTH_CUDA and, if that is not enough, ${pip}` : pip,
    },
  );
}

/** pip's packages; those for CUDA 12 end with -cu12. */
const PACKAGES: Readonly<Record<LibraryName, string>> = { nvrtc: "nvidia-cuda-nvrtc", cublas: "nvidia-cublas" };

/** A library that opens, but needs a newer driver. */
function newerThan(name: LibraryName, driver: number): string | undefined {
  for (const { path, major } of candidates(name)) if (major > majorOf(driver) && open(path)) return path;
  return undefined;
}

/** 12080 is CUDA 12.8. */
const majorOf = (version: number): number => Math.floor(version / 1000);
const inWords = (version: number): string => `${majorOf(version)}.${Math.floor((version % 1000) / 10)}`;

/** A library that was found, for `doctor`. */
export interface Found {
  /** "driver", "NVRTC", "cuBLAS" */
  readonly name: string;
  /** "12.8" */
  readonly version: string;
  readonly path: string;
  readonly origin: string;
}

/** The libraries that are here, also where others are missing; none without the driver. */
export function foundLibraries(): Found[] {
  try {
    const { version, ...driver } = openDriver();
    const [nvrtc, blas] = [openToolkit("nvrtc", version), openToolkit("cublas", version)];
    return [
      { ...driver, name: "driver", version: `CUDA ${inWords(version)}` },
      ...(nvrtc ? [{ ...nvrtc, name: WORDS.nvrtc, version: compilerVersion(compilerOf(nvrtc)) }] : []),
      ...(blas ? [{ ...blas, name: WORDS.cublas, version: productsVersion(productsOf(blas)) }] : []),
    ];
  } catch (error) {
    if (error instanceof NonsmoothError) return [];
    throw error;
  }
}
