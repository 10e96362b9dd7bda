/** NVIDIA's libraries of this machine, opened once in a process. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { NonsmoothError } from "../../../util";
import { compilerError, driverError, productError } from "../errors";
import { type Library, open } from "./bindings";
import { bindProducts, type Products } from "./cublas";
import { bindDriver, type Driver } from "./driver";
import { candidates, type LibraryName, MAJORS, thisMachine } from "./find";
import { bindCompiler, type Compiler } from "./nvrtc";

export interface Libraries {
  readonly driver: Driver;
  /** 13.0 as 13000. */
  readonly driverVersion: number;
  readonly nvrtc: Compiler;
  readonly blas: Products;
  /** Where each was found, for `doctor`. */
  readonly found: readonly Found[];
}

export interface Found {
  readonly name: string;
  readonly path: string;
  readonly origin: string;
}

/** The one command that brings NVRTC and cuBLAS. */
export const installToolkit = (major: number): string =>
  `pip install nvidia-cuda-nvrtc${major >= 13 ? "" : "-cu12"} nvidia-cublas${major >= 13 ? "" : "-cu12"}`;

let opened: Libraries | undefined;

/** @throws NonsmoothError that says which library is missing and which command brings it */
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
  const { driver, version, found } = openDriver();
  const nvrtc = openOne("nvrtc", "NVRTC", version);
  const blas = openBlas(version);
  return {
    driver,
    driverVersion: version,
    nvrtc: bindCompiler(nvrtc.library, compilerError),
    blas: bindProducts(blas.library, productError),
    found: [found, nvrtc.found, blas.found],
  };
}

function openDriver(): { driver: Driver; version: number; found: Found } {
  const name = "libcuda.so.1";
  const chosen = process.env.NONSMOOTH_CUDA && join(process.env.NONSMOOTH_CUDA, name);
  const own = chosen && existsSync(chosen);
  const path = own ? chosen : name;
  const library = open(path);
  if (!library)
    throw new NonsmoothError("cuda", "needs NVIDIA's driver", { got: `no ${name}`, hint: "onnx-cpu needs no GPU" });
  const driver = bindDriver(library, driverError);
  driver.init(0);
  const version = Buffer.alloc(4);
  driver.driverVersion(version);
  return {
    driver,
    version: version.readInt32LE(),
    found: { name: "driver", path, origin: own ? "NONSMOOTH_CUDA" : "the system" },
  };
}

/** The first library that opens, of a major version that the driver can run. */
function openOne(name: LibraryName, words: string, driverVersion: number): { library: Library; found: Found } {
  const most = Math.floor(driverVersion / 1000);
  const newer: string[] = [];
  for (const { path, origin } of candidates(name)) {
    const major = Number(/\.so\.(\d+)$/.exec(path)?.[1]);
    if (major > most && newer.push(path)) continue;
    const library = open(path);
    if (library) return { library, found: { name: words, path, origin } };
  }
  const major = MAJORS.find((own) => own <= most);
  const hint = major === undefined ? "update NVIDIA's driver" : installToolkit(major);
  const got = `none for a driver of CUDA ${most}${newer.length > 0 ? " (a newer toolkit does not count)" : ""}`;
  throw new NonsmoothError("cuda", `needs ${words} of CUDA ${MAJORS.toReversed().join(" or ")}`, { got, hint });
}

/** cuBLAS needs its other half, which the loader only knows once it is open. */
function openBlas(driverVersion: number): { library: Library; found: Found } {
  for (const { path } of candidates("cublasLt", { ...thisMachine })) if (open(path)) break;
  return openOne("cublas", "cuBLAS", driverVersion);
}
