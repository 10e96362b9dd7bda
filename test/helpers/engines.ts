/** The engines under test. What cannot be had here is skipped, and the name of the skipped test says why. */
import { existsSync } from "node:fs";
import { createEngine, type Engine, engines } from "../../src/engines";
import { type Supported, supporting } from "../../src/engines/engine";
import { hostEngine } from "../../src/engines/onnx/host";
import { webgpuTarget } from "../../src/engines/onnx/targets";
import type { FormatName } from "../../src/formats";
import { softwareCuda } from "../software-cuda/build";

/** Debian's chromium brings a GPU in software; it serves where there is none in hardware. */
const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";

function isThere(id: string): boolean {
  try {
    createEngine(id);
    return true;
  } catch {
    return false;
  }
}

/** The only engine under test, in a project of its own; default: all. */
const only = process.env.NONSMOOTH_TEST_ENGINE;

// where there is no NVIDIA GPU, a device in software runs the engine's own kernels
if (only === "cuda" && process.env.NONSMOOTH_CUDA === undefined && !isThere("cuda")) {
  const software = softwareCuda();
  if ("folder" in software) process.env.NONSMOOTH_CUDA = software.folder;
}

if (!process.env.VK_ICD_FILENAMES && !isThere("onnx-webgpu") && existsSync(SWIFTSHADER)) {
  process.env.VK_ICD_FILENAMES = SWIFTSHADER;
  process.env.NONSMOOTH_SOFTWARE_GPU ??= "1";
}

/** No formats where it cannot be had. */
export interface TestedEngine extends Supported {
  readonly id: string;
  /** "onnx-webgpu", or with the reason why it is skipped. */
  readonly title: string;
  readonly create: () => Engine;
}

/** What GPU engines say where there is no GPU, no driver or no provider; anything else they say fails the tests. */
const ABSENT = /^onnx-webgpu: (needs a GPU adapter|adapter must be a GPU)|^cuda: needs/;

const chosen = engines.filter(({ id }) => only === undefined || id === only);

export const testedEngines: readonly TestedEngine[] = chosen.map(({ id }) => {
  const create = () => createEngine(id);
  try {
    const { formats, hasFormat } = create();
    return { id, title: id, formats, hasFormat, create };
  } catch (error) {
    const { message } = error as Error;
    const promised = id === "onnx-webgpu" && process.env.NONSMOOTH_SOFTWARE_GPU === "1";
    if (!ABSENT.test(message) || promised) throw error;
    return { id, title: `${id} (${message.split("\n")[0]})`, ...supporting(() => false), create };
  }
});

/** Those that can be had, and compute in all of the formats. */
export const enginesIn = (...formats: readonly FormatName[]): readonly TestedEngine[] =>
  testedEngines.filter((engine) => formats.every((format) => engine.hasFormat(format)));

/** WebGPU's models in f16 on the CPU provider, none in the project of another engine: for adapters in software have no f16. */
export const webgpuOnCpu: TestedEngine = {
  id: "onnx-webgpu's f16 models on the CPU",
  title: "onnx-webgpu's f16 models on the CPU",
  ...supporting((format) => only === undefined && format === "f16"),
  create: () =>
    hostEngine({
      id: "onnx-webgpu",
      ...supporting((format) => format === "f16" || format === "f32"),
      settings: {},
      memory: "host",
      sharedDevice: false,
      target: () => webgpuTarget,
      options: { executionProviders: ["cpu"], intraOpNumThreads: 1 },
    }),
};

/** Those that cannot be had here. */
export const missingEngines = testedEngines.filter(({ formats }) => formats.length === 0);
