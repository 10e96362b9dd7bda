/** Where the engine `cuda` finds NVIDIA's libraries, and what it says where one is missing. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { nvidiaDevice } from "../../src/engines";
import { candidates, companions, type Search } from "../../src/engines/cuda/library/find";
import { softwareCuda } from "../software-cuda/build";
import { inChild, libraryFiles } from "../software-cuda/child";

const root = mkdtempSync(join(tmpdir(), "nonsmooth-cuda-"));
afterAll(() => rmSync(root, { recursive: true }));

let made = 0;
/** A new folder. */
const folder = () => {
  const path = join(root, String(made++));
  mkdirSync(path);
  return path;
};

it("the GPU and its driver are named from the driver's own files", () => {
  const own = folder();
  mkdirSync(join(own, "gpus", "0000:01:00.0"), { recursive: true });
  writeFileSync(join(own, "gpus", "0000:01:00.0", "information"), "Model: \t\t NVIDIA H200\nIRQ:   \t\t 22\n");
  const version = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\n";
  writeFileSync(join(own, "version"), version);
  expect(nvidiaDevice(own, undefined)).toBe("NVIDIA H200, driver 550.54.15");
  expect(nvidiaDevice(own, "0")).toBe("NVIDIA H200, driver 550.54.15, CUDA_VISIBLE_DEVICES=0");
  for (const none of ["", "-1", "NoDevFiles"]) expect(nvidiaDevice(own, none)).toBe(undefined);
  expect(nvidiaDevice(join(own, "nothing"), undefined)).toBe(undefined);
});

describe("the order of the search", () => {
  const PIP = "/venv/lib/python3.12/site-packages";
  const FILES = [
    "/toolkit/lib64/libnvrtc.so.12",
    "/toolkit/lib64/libnvrtc-builtins.so.12.8",
    "/home/lib64/libnvrtc.so.12",
    "/home/targets/x86_64-linux/lib/libnvrtc.so.13",
    "/usr/local/cuda/lib64/libnvrtc.so.12",
    `${PIP}/nvidia/cuda_nvrtc/lib/libnvrtc.so.12`,
    `${PIP}/nvidia/cu13/lib/libnvrtc.so.13`,
    `${PIP}/nvidia/cu13/lib/libcublas.so.13`,
  ];
  const search = (variables: Search["variables"]): Search => ({
    variables,
    sitePackages: () => [PIP],
    exists: (path) => FILES.includes(path),
    list: (path) => {
      const below = FILES.filter((file) => file.startsWith(`${path}/`));
      return [...new Set(below.map((file) => file.slice(path.length + 1).split("/")[0]!))];
    },
  });
  const found = (variables: Search["variables"]) =>
    [...candidates("nvrtc", search(variables))].map(({ path, major, origin }) => `${path} ${major} ${origin}`);

  it("the loader comes first, then the usual folder, then pip's packages; 13 before 12", () => {
    expect(found({})).toEqual([
      "libnvrtc.so.13 13 the system",
      "libnvrtc.so.12 12 the system",
      "/usr/local/cuda/lib64/libnvrtc.so.12 12 the system",
      `${PIP}/nvidia/cu13/lib/libnvrtc.so.13 13 pip's packages`,
      `${PIP}/nvidia/cuda_nvrtc/lib/libnvrtc.so.12 12 pip's packages`,
    ]);
  });

  it("CUDA_HOME comes before the loader, and does not hide what else is there", () => {
    const [first, second, ...others] = found({ CUDA_HOME: "/home" });
    expect(first).toBe("/home/targets/x86_64-linux/lib/libnvrtc.so.13 13 CUDA_HOME");
    expect(second).toBe("/home/lib64/libnvrtc.so.12 12 CUDA_HOME");
    expect(others).toEqual(found({}));
    expect(found({ CUDA_HOME: "/old" })).toEqual(found({}));
  });

  it("NONSMOOTH_CUDA is the only place: a toolkit, its folder of libraries, or pip's packages", () => {
    const only = ["/toolkit/lib64/libnvrtc.so.12 12 NONSMOOTH_CUDA"];
    expect(found({ NONSMOOTH_CUDA: "/toolkit", CUDA_HOME: "/home" })).toEqual(only);
    expect(found({ NONSMOOTH_CUDA: "/toolkit/lib64" })).toEqual(only);
    expect(found({ NONSMOOTH_CUDA: PIP }).map((line) => line.split(" ")[1])).toEqual(["13", "12"]);
    expect(found({ NONSMOOTH_CUDA: "/nothing" })).toEqual([]);
  });

  it("what a library opens by its name alone is found beside it", () => {
    const beside = (path: string, major: number) =>
      companions("nvrtc", { path, major, origin: "" }, search({})).map((file) => file.split("/").at(-1));
    expect(beside("/toolkit/lib64/libnvrtc.so.12", 12)).toEqual(["libnvrtc-builtins.so.12.8"]);
    expect(beside("/toolkit/lib64/libnvrtc.so.13", 13)).toEqual([]);
    expect(beside("libnvrtc.so.12", 12)).toEqual([]);
  });
});

it("a process that never asks for CUDA never loads koffi", () => {
  const loaded = `const koffi = () => Object.keys(require.cache).some((path) => path.includes("koffi"));`;
  const engines = `const { createEngine, chooseEngine, engines, ops, graph, input, tensor } = nonsmooth;
    const program = await createEngine("onnx-cpu").compile(graph({ y: ops.neg(input("x", "f32", [1])) }));
    await program.run({ x: tensor("f32", [1]) });
    for (const { id } of engines) if (id !== "cuda") try { createEngine(id); } catch {}`;
  expect(inChild(`${loaded} ${engines} return koffi();`, {})).toBe(false);
  const asked = `try { nonsmooth.createEngine("cuda") } catch {}`;
  expect(inChild(`${loaded} ${asked} return koffi();`, {})).toBe(true);
});

it.skipIf(nvidiaDevice() !== undefined)("auto does not load koffi where there is no NVIDIA GPU", () => {
  const program = `nonsmooth.chooseEngine(["f64"]);
    return Object.keys(require.cache).some((path) => path.includes("koffi"));`;
  expect(inChild(program, {})).toBe(false);
});

const software = softwareCuda();
describe.skipIf("missing" in software)("an error of one line says what is missing, and one command brings it", () => {
  /** Nothing of the machine's own CUDA: its usual folders are hidden, and in the loader's first folder are files that are no libraries. */
  function engineIn(
    env: Readonly<Record<string, string>>,
    program = 'nonsmooth.createEngine("cuda").settings',
  ): unknown {
    const hiding = join(folder(), "hide.js");
    writeFileSync(
      hiding,
      `const fs = require("node:fs"), { existsSync } = fs;
      fs.existsSync = (path) => !path.startsWith("/usr/local/cuda") && existsSync(path);`,
    );
    const none = folder();
    for (const name of ["cuda.so.1", "nvrtc.so.12", "nvrtc.so.13", "cublas.so.12", "cublas.so.13"])
      writeFileSync(join(none, `lib${name}`), "");
    const { LD_LIBRARY_PATH: first, PATH: path, ...more } = env;
    return inChild(`try { return ${program} } catch ({ message }) { return message }`, {
      ...more,
      NODE_OPTIONS: `--require=${hiding}`,
      LD_LIBRARY_PATH: [...(first ? [first] : []), none].join(delimiter),
      PATH: path ?? folder(),
    });
  }

  /** A folder with a Python that says where its packages are. */
  function pythonWith(packages: string): string {
    const own = folder();
    writeFileSync(join(own, "python3"), `#!/bin/sh\necho ${packages}\n`);
    chmodSync(join(own, "python3"), 0o755);
    return own;
  }

  const DRIVER = ["libcuda.so.1"];
  const ALL = [...DRIVER, "libnvrtc.so.12", "libcublasLt.so.12", "libcublas.so.12"];
  const driverAlone = () => libraryFiles(folder(), DRIVER);

  it("without a driver", () => {
    expect(engineIn({})).toBe(
      `cuda: needs NVIDIA's driver, got "no libcuda.so.1"\nHint: install NVIDIA's driver (Debian: apt install nvidia-driver; in WSL: install it in Windows; in a container: start it with --gpus all); onnx-cpu needs no GPU`,
    );
  });

  it.each([
    ["13000", "12 or 13", "nvidia-cuda-nvrtc nvidia-cublas"],
    ["12080", "12", "nvidia-cuda-nvrtc-cu12 nvidia-cublas-cu12"],
  ])("without NVRTC and cuBLAS, with the packages that a driver %s can run", (driver, majors, packages) => {
    expect(engineIn({ LD_LIBRARY_PATH: driverAlone(), SOFTWARE_CUDA_DRIVER: driver })).toBe(
      `cuda: needs NVRTC and cuBLAS of CUDA ${majors}, got "none"\nHint: python3 -m pip install ${packages}`,
    );
  });

  it.each([
    ["cuBLAS", ["libnvrtc.so.12"], "nvidia-cublas-cu12"],
    ["NVRTC", ["libcublas.so.12"], "nvidia-cuda-nvrtc-cu12"],
  ])("without %s alone", (name, present, packages) => {
    expect(engineIn({ LD_LIBRARY_PATH: libraryFiles(folder(), [...DRIVER, ...present]) })).toBe(
      `cuda: needs ${name} of CUDA 12, got "none"\nHint: python3 -m pip install ${packages}`,
    );
  });

  it("NONSMOOTH_CUDA is named where it holds too little", () => {
    expect(engineIn({ NONSMOOTH_CUDA: driverAlone() })).toBe(
      'cuda: needs NVRTC and cuBLAS of CUDA 12, got "none in NONSMOOTH_CUDA"\nHint: unset NONSMOOTH_CUDA and, if that is not enough, python3 -m pip install nvidia-cuda-nvrtc-cu12 nvidia-cublas-cu12',
    );
  });

  it("another library under a name of NVIDIA's", () => {
    const own = libraryFiles(
      folder(),
      ALL.filter((name) => name !== "libnvrtc.so.12"),
    );
    const file = process.report.getReport() as unknown as { readonly sharedObjects: readonly string[] };
    symlinkSync(file.sharedObjects.find((path) => /libm\.so/.test(path))!, join(own, "libnvrtc.so.12"));
    expect(engineIn({ NONSMOOTH_CUDA: own })).toBe(
      `cuda: needs every function of NVIDIA's libraries, got "no nvrtcVersion"\nHint: another file may have its name: look at NONSMOOTH_CUDA, CUDA_HOME and LD_LIBRARY_PATH`,
    );
  });

  it("a file in the place of pip's folder", () => {
    const own = driverAlone();
    writeFileSync(join(own, "nvidia"), "");
    expect(engineIn({ NONSMOOTH_CUDA: own })).toContain("needs NVRTC and cuBLAS of CUDA 12");
  });

  it("a driver that is older than the toolkit", () => {
    const names = [...DRIVER, "libnvrtc.so.13", "libcublas.so.13"];
    expect(engineIn({ LD_LIBRARY_PATH: libraryFiles(folder(), names), SOFTWARE_CUDA_DRIVER: "12040" })).toBe(
      'cuda: needs NVRTC and cuBLAS of CUDA 12, got "only libnvrtc.so.13, too new for a driver for CUDA 12.4"\nHint: python3 -m pip install nvidia-cuda-nvrtc-cu12 nvidia-cublas-cu12',
    );
    expect(engineIn({ LD_LIBRARY_PATH: libraryFiles(folder(), ALL), SOFTWARE_CUDA_DRIVER: "11080" })).toBe(
      `cuda: needs a driver for CUDA 12 or 13, got "a driver for CUDA 11.8"\nHint: update NVIDIA's driver (Debian: apt install nvidia-driver; in WSL: install it in Windows; in a container: start it with --gpus all)`,
    );
  });

  it("a driver without a GPU", () => {
    const env = { LD_LIBRARY_PATH: libraryFiles(folder(), ALL), SOFTWARE_CUDA_NO_DEVICE: "1" };
    expect(engineIn(env)).toBe(
      'cuda: needs an NVIDIA GPU, got "cuInit gave 100"\nHint: CUDA_VISIBLE_DEVICES may hide it; onnx-cpu needs none',
    );
  });

  it.each(["", "-1", "8", "NoDevFiles", "GPU-0"])("CUDA_VISIBLE_DEVICES=%s names no device", (visible) => {
    const env = { LD_LIBRARY_PATH: libraryFiles(folder(), ALL), CUDA_VISIBLE_DEVICES: visible };
    expect(engineIn(env)).toBe(
      `cuda: needs an NVIDIA GPU, got "cuInit gave 100 with CUDA_VISIBLE_DEVICES=${visible}"\nHint: CUDA_VISIBLE_DEVICES hides it: unset it, or name a device that nvidia-smi -L shows; a job of Slurm gets one with --gpus-per-task 1; onnx-cpu needs none`,
    );
  });

  it("the device that was chosen, a part of one too, is in the engine's settings", () => {
    const library = { LD_LIBRARY_PATH: libraryFiles(folder(), ALL) };
    const uuid = "00112233-4455-6677-8899-aabbccddeeff";
    const alone = engineIn(library);
    expect(alone).toMatchObject({ device: "software CUDA device", uuid });
    expect(Object.keys(alone as object)).not.toContain("visibleDevices");
    const part = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
    for (const [visible, own] of [
      ["3,1", uuid],
      [`GPU-${uuid}`, uuid],
      [`MIG-${part}`, part],
    ] as const)
      expect(engineIn({ ...library, CUDA_VISIBLE_DEVICES: visible })).toMatchObject({
        uuid: own,
        visibleDevices: visible,
      });
  });

  it("without koffi", () => {
    const hiding = join(folder(), "hide.js");
    writeFileSync(
      hiding,
      `const Module = require("node:module"), { _resolveFilename: resolve } = Module;
      Module._resolveFilename = function (name, ...more) {
        if (name === "koffi") throw new Error("Cannot find module 'koffi'\\nRequire stack:\\n- here");
        return resolve.call(this, name, ...more);
      };`,
    );
    const program = `try { nonsmooth.createEngine("cuda") } catch ({ message }) { return message }`;
    expect(inChild(program, { NODE_OPTIONS: `--require=${hiding}` })).toBe(
      `cuda: needs koffi, which calls NVIDIA's libraries, got "Cannot find module 'koffi'"\nHint: npm install koffi`,
    );
  });

  it("nothing is missing: by the loader, by CUDA_HOME, from pip's packages, the newest that the driver can run", () => {
    const found = 'nonsmooth.engines.find(({ id }) => id === "cuda").libraries().map(({ detail }) => detail)';
    const file = (path: string) => join(path, "libnvrtc.so.12");
    const loader = libraryFiles(folder(), ALL);
    const [, byLoader] = engineIn({ LD_LIBRARY_PATH: loader }, found) as string[];
    expect(byLoader).toMatch(/^12\.8, libnvrtc\.so\.12 \(the system\)$/);
    const home = libraryFiles(folder(), ["lib64/libnvrtc.so.12"]);
    const [, atHome, cublas] = engineIn({ LD_LIBRARY_PATH: loader, CUDA_HOME: home }, found) as string[];
    expect(atHome).toBe(`12.8, ${file(join(home, "lib64"))} (CUDA_HOME)`);
    expect(cublas).toBe("12.8.4, libcublas.so.12 (the system)");

    const packages = join(folder(), "site-packages");
    const [nvrtc, blas] = ["nvidia/cuda_nvrtc/lib/libnvrtc.so.12", "nvidia/cublas/lib/libcublas.so.12"];
    libraryFiles(packages, [nvrtc, blas, "nvidia/cu13/lib/libnvrtc.so.13", "nvidia/cu13/lib/libcublas.so.13"]);
    const pip = { LD_LIBRARY_PATH: driverAlone(), PATH: pythonWith(packages) };
    expect((engineIn(pip, found) as string[]).slice(1)).toEqual([
      `12.8, ${join(packages, nvrtc)} (pip's packages)`,
      `12.8.4, ${join(packages, blas)} (pip's packages)`,
    ]);
    expect((engineIn({ ...pip, SOFTWARE_CUDA_DRIVER: "13000" }, found) as string[])[1]).toContain("libnvrtc.so.13 (");
    expect(engineIn(pip)).toEqual({
      device: "software CUDA device",
      uuid: "00112233-4455-6677-8899-aabbccddeeff",
      driver: "CUDA 12.8",
      nvrtc: "12.8",
      cublas: "12.8.4",
      tf32: 0,
    });
  });
});
