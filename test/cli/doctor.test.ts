/** `nonsmooth doctor`: what it finds on this machine, and what it says of others. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Check } from "../../src/cli/checks";
import { attempt } from "../../src/cli/checks/attempt";
import { needed, optional } from "../../src/cli/checks/check";
import { engineChecks, judge } from "../../src/cli/checks/engines";
import { distance } from "../../src/cli/checks/step";
import { adapterWords, engines, nvidiaDevice } from "../../src/engines";
import { formatNames } from "../../src/formats";
import { tensor } from "../../src/ir";
import { NonsmoothError } from "../../src/util";
import { softwareCuda } from "../software-cuda/build";
import { libraryFiles } from "../software-cuda/child";
import { nonsmooth, temporaryFolder } from "./support";

const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";

describe("doctor without a driver of Vulkan", () => {
  let code: number | null;
  let ok: boolean;
  let checks: readonly Check[];
  const named = (name: string) => checks.find((check) => check.name === name);

  beforeAll(async () => {
    const env = { VK_ICD_FILENAMES: "/nowhere.json", VK_DRIVER_FILES: "/nowhere.json", NONSMOOTH_CUDA: "" };
    const outcome = await nonsmooth(["doctor", "--json", "--data", "/nowhere"], env);
    const lines = outcome.out.split("\n").slice(0, -1);
    const parsed = lines.map((line) => JSON.parse(line));
    code = outcome.code;
    ({ ok, checks } = parsed.at(-1));
    expect(parsed.slice(0, -1)).toEqual(checks);
  });

  it("doctor passes without Vulkan, and gives a remedy for each part that is missing", () => {
    expect([code, ok]).toEqual([0, true]);
    for (const check of checks) if (!check.ok) expect(check.remedy, check.name).toMatch(/\S/);
    expect(named("onnx-webgpu")).toMatchObject({ ok: false, required: false });
    expect(named("onnx-webgpu")!.detail).toMatch(/^needs a GPU adapter, got /);
    expect(named("onnx-webgpu")!.remedy).toMatch(/Vulkan/);
  });

  it.each([
    "onnx-cpu f16",
    "onnx-cpu f32",
    "onnx-cpu f64",
    "reference f16",
    "reference f32",
    "reference f64",
    "tfjs f32",
  ])("doctor trains on %s", (name) => {
    const check = named(name)!;
    expect(check).toMatchObject({ area: "engines", ok: true, required: !name.startsWith("tfjs") });
    const [, mlp, convnet, ulps] = /^a step of mlp (.+) ms, convnet (.+) ms; within (.+) units/.exec(check.detail)!;
    for (const time of [mlp, convnet]) expect(Number(time)).toBeGreaterThan(0);
    expect(Number(ulps)).toBeLessThan(10);
    if (name.startsWith("reference")) expect(ulps).toBe("0");
  });

  it("doctor tries every format that an engine has, and no other", () => {
    const tried = checks.filter(({ area }) => area === "engines").map(({ name }) => name);
    for (const { id, formats } of engines) {
      const expected = formats.map((format) => `${id} ${format}`);
      const found = tried.filter((name) => name.startsWith(`${id} `));
      expect(found).toEqual(named(id)?.ok === false ? [] : expected);
    }
  });

  it.skipIf(nvidiaDevice() !== undefined)("doctor says what CUDA needs, and which engine auto takes", () => {
    const remedy =
      "install NVIDIA's driver (Debian: apt install nvidia-driver; in WSL: install it in Windows; in a container: start it with --gpus all); onnx-cpu needs no GPU";
    const detail = 'needs NVIDIA\'s driver, got "no libcuda.so.1"';
    expect(named("cuda")).toMatchObject({ ok: false, required: false, detail, remedy });
    expect(named("auto")!.detail).toContain("--engine auto takes onnx-cpu for f32, since WebGPU finds no GPU");
  });
});

const cuda = softwareCuda();
describe.skipIf("missing" in cuda)("doctor with a CUDA device in software", () => {
  const driver = "cuda's driver: CUDA 12.8, ";

  /** The lines about CUDA, in a process of its own. */
  async function linesOf(folder: string, env: Readonly<Record<string, string>> = {}): Promise<string[]> {
    const { out } = await nonsmooth(["doctor"], { NONSMOOTH_CUDA: folder, ...env });
    const lines = out.split("\n").map((line) => line.trim());
    return lines.filter((line, i) => /^.. +cuda|engine auto/.test(line) || /^.. +cuda/.test(lines[i - 1] ?? ""));
  }

  it("doctor says which libraries were found where, and trains in every format", async () => {
    const { folder } = cuda as { folder: string };
    const [device, nvrtc, blas, gpu, ...others] = await linesOf(folder);
    expect(device).toBe(`ok  ${driver}${folder}/libcuda.so.1 (NONSMOOTH_CUDA)`);
    expect(nvrtc).toBe(`ok  cuda's NVRTC: 12.8, ${folder}/libnvrtc.so.12 (NONSMOOTH_CUDA)`);
    expect(blas).toBe(`ok  cuda's cuBLAS: 12.8.4, ${folder}/libcublas.so.12 (NONSMOOTH_CUDA)`);
    expect(gpu).toBe("ok  cuda: software CUDA device, compute capability 9.0");
    for (const format of formatNames)
      expect(others.some((line) => line.startsWith(`ok  cuda ${format}: a step of mlp `))).toBe(true);
    expect(others.at(-1)).toMatch(/^ok {2}auto: --engine auto takes cuda for f32, /);
  });

  it("doctor says what was found where something else is missing, and how to get that", async () => {
    const folder = libraryFiles(temporaryFolder(), ["libcuda.so.1", "libnvrtc.so.12"]);
    const [device, nvrtc, missing, hint, auto] = await linesOf(folder);
    expect([device, nvrtc]).toEqual([
      `ok  ${driver}${folder}/libcuda.so.1 (NONSMOOTH_CUDA)`,
      `ok  cuda's NVRTC: 12.8, ${folder}/libnvrtc.so.12 (NONSMOOTH_CUDA)`,
    ]);
    expect(missing).toBe('--  cuda: needs cuBLAS of CUDA 12, got "none in NONSMOOTH_CUDA"');
    expect(hint).toMatch(/^Hint: .*pip install nvidia-cublas-cu12$/);
    expect(auto).toMatch(/^ok {2}auto: --engine auto takes onnx-\w+ for f32, /);
  });

  it("doctor says that a variable hides the GPU", async () => {
    const [missing, hint] = await linesOf((cuda as { folder: string }).folder, { CUDA_VISIBLE_DEVICES: "" });
    expect(missing).toBe('--  cuda: needs an NVIDIA GPU, got "cuInit gave 100 with CUDA_VISIBLE_DEVICES="');
    expect(hint).toMatch(/^Hint: CUDA_VISIBLE_DEVICES hides it: unset it, or name a device that nvidia-smi -L shows; /);
  });
});

describe.skipIf(!existsSync(SWIFTSHADER))("doctor with a GPU in software", () => {
  async function checksOf(software: string): Promise<Check[]> {
    vi.stubEnv("VK_ICD_FILENAMES", SWIFTSHADER);
    vi.stubEnv("VK_DRIVER_FILES", SWIFTSHADER);
    vi.stubEnv("NONSMOOTH_SOFTWARE_GPU", software);
    const checks: Check[] = [];
    for await (const check of engineChecks(["onnx-webgpu"])) checks.push(check);
    return checks;
  }
  afterEach(() => vi.unstubAllEnvs());

  it("doctor does not use a software GPU unasked, and says so", async () => {
    const [webgpu, ...others] = await checksOf("");
    expect(webgpu).toMatchObject({ name: "onnx-webgpu", ok: false, required: false });
    expect(webgpu!.detail).toMatch(/swiftshader.*: this is a program on the CPU, and was not used$/i);
    expect(webgpu!.remedy).toMatch(/^NONSMOOTH_SOFTWARE_GPU=1 npx nonsmooth doctor /);
    expect(others.filter(({ name }) => name.startsWith("onnx"))).toEqual([]);
  });

  it("a software GPU is recognised by the code of the error, not by its text", () => {
    vi.stubEnv("VK_ICD_FILENAMES", SWIFTSHADER);
    vi.stubEnv("VK_DRIVER_FILES", SWIFTSHADER);
    const missing = engines.find(({ id }) => id === "onnx-webgpu")!.missing!;
    expect(missing(new NonsmoothError("x", "another text", { code: "software-gpu" }))).toBeDefined();
    expect(missing(new NonsmoothError("onnx-webgpu", "adapter must be a GPU"))).toBeUndefined();
  });

  it("doctor trains on a software GPU when asked to, but auto does not take it", async () => {
    const [webgpu, f16, f32, ...others] = await checksOf("1");
    expect(webgpu).toMatchObject({ name: "onnx-webgpu", ok: true, required: false });
    expect(webgpu!.detail).toMatch(/; no f16; buffers of [\d.]+ GiB, /);
    expect(f16).toMatchObject({ name: "onnx-webgpu f16", ok: false, detail: "the device has no f16" });
    expect(f32).toMatchObject({ name: "onnx-webgpu f32", ok: true, required: false });
    expect(others.at(-1)!.detail).toMatch(/^--engine auto takes (onnx-cpu|cuda) for f32, since /);
  });
});

describe("an attempt", () => {
  const tried = (program: string) => {
    const file = join(temporaryFolder(), "driver.js");
    writeFileSync(file, program);
    return attempt("onnx-webgpu", "f32", file);
  };

  it("a driver that ends its process is reported with its last words", async () => {
    const error = "ended its process with SIGABRT: device lost";
    expect(
      await tried(`process.stderr.write("\\ndevice\\nlost\\n", () => process.kill(process.pid, "SIGABRT"))`),
    ).toEqual({ error });
    expect(await tried("process.exit(3)")).toEqual({ error: "ended its process with exit code 3" });
  });

  it("an attempt names engine and format, and takes the answer of a process that does not end", async () => {
    const program = "setInterval(() => {}, 1000); process.send({ error: process.argv.slice(2).join() })";
    expect(await tried(program)).toEqual({ error: "onnx-webgpu,f32" });
  });

  it("an attempt whose steps differ too much from the definition is a failure", () => {
    const steps = (ulps: number) => ({ trials: [{ network: "mlp", ulps, milliseconds: 1.234 }] });
    expect(judge(optional, "x f32", steps(2))).toMatchObject({ ok: true, required: false });
    expect(judge(optional, "x f32", steps(2)).detail).toBe(
      "a step of mlp 1.2 ms; within 2 units in the last place of the definition",
    );
    expect(judge(needed, "x f32", steps(4000))).toMatchObject({ ok: false, required: true });
    for (const ulps of [33, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(judge(optional, "x f32", steps(ulps)).detail).toBe(
        `a step of mlp differs by ${ulps} from the definition, not at most 32 units in the last place`,
      );
    }
    const failed = { error: "graph g on x: must run, got 1", hint: "run away" };
    const check = { ok: false, detail: "graph g on x: must run, got 1", remedy: "run away" };
    expect(judge(optional, "x f32", failed)).toMatchObject(check);
  });
});

describe("the difference from the definition", () => {
  const x = (...data: number[]) => ({ x: tensor("f32", data, [data.length]) });

  it("the difference is in units in the last place of the largest number", () => {
    expect(distance(x(4, 1 + 2 ** -20), x(4, 1), "f32")).toBe(2 ** (23 - 20) / 4);
    expect(distance(x(4, 1), x(4, 1), "f32")).toBe(0);
  });

  it("the difference is NaN where a number is NaN, and infinite where zeros are expected", () => {
    expect(distance(x(4, Number.NaN), x(4, 1), "f32")).toBeNaN();
    expect(distance(x(0, 1e-30), x(0, 0), "f32")).toBe(Number.POSITIVE_INFINITY);
  });
});

it("an adapter is described with its driver, its limits and whether it has f16", () => {
  const adapter = {
    name: "NVIDIA H200",
    vendor: "nvidia",
    architecture: "hopper",
    driver: "NVIDIA: 550.54.15",
    software: false,
    half: true,
    maxBufferSize: 2 ** 36,
    maxBindingSize: 2 ** 31,
  };
  const text = "NVIDIA H200 (nvidia hopper), NVIDIA: 550.54.15; f16; buffers of 64 GiB, 2 GiB of them in a kernel";
  expect(adapterWords(adapter)).toBe(text);
  expect(adapterWords({ ...adapter, vendor: "", architecture: "", half: false })).toMatch(
    /^NVIDIA H200, NVIDIA: 550\.54\.15; no f16; /,
  );
});

it("the kernel is found where Jupyter finds it: in the user's folder, too, unless it is another program's", async () => {
  const folder = temporaryFolder();
  vi.stubEnv("NONSMOOTH_WORKSPACE", temporaryFolder());
  vi.stubEnv("JUPYTER_DATA_DIR", folder);
  vi.resetModules();
  const { kernelFile } = await import("../../src/cli/checks/notebooks.js");
  const { writeKernelspec } = await import("../../src/notebook/index.js");
  expect(kernelFile()).toMatchObject({ ok: false, detail: expect.stringMatching(/^no .*kernel\.json$/) });
  const file = writeKernelspec({ folder, workspace: "/anywhere" });
  expect(kernelFile()).toMatchObject({ ok: true, detail: file });
  for (const text of ['{"argv":["node","other.js"]}', "null", "{"]) {
    writeFileSync(file, text);
    const detail = `${file} belongs to another folder or another Node, or is damaged`;
    expect(kernelFile()).toMatchObject({ ok: false, detail });
  }
});
