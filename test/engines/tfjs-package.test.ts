/** Which TensorFlow.js is taken, with packages that stand in for those that are not installed here. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../src/engines";
import { chooseBackend, loadTensorFlow, restoreUtil } from "../../src/engines/tfjs/package";
import { graph, input, tensor } from "../../src/ir";
import { ops } from "../../src/ops";

const made: string[] = [];
const before = process.env.NVIDIA_TF32_OVERRIDE;
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
  if (before === undefined) delete process.env.NVIDIA_TF32_OVERRIDE;
  else process.env.NVIDIA_TF32_OVERRIDE = before;
});

/** A file in a folder where packages are installed: by the name of the folder, the name of the package and its script. */
function installed(packages: Readonly<Record<string, readonly [name: string, script?: string]>>): string {
  const root = mkdtempSync(join(tmpdir(), "tfjs-"));
  made.push(root);
  for (const [folder, [name, script = ""]] of Object.entries(packages)) {
    const path = join(root, "node_modules", folder);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "package.json"), JSON.stringify({ name, version: "4.22.0", main: "index.js" }));
    writeFileSync(join(path, "index.js"), script);
  }
  return join(root, "index.js");
}

const GPU = "@tensorflow/tfjs-node-gpu";
const NODE = "@tensorflow/tfjs-node";
const WASM = "@tensorflow/tfjs-backend-wasm";
const PLAIN = "@tensorflow/tfjs-backend-cpu";
const all = { [GPU]: [GPU], [NODE]: [NODE], [WASM]: [WASM], [PLAIN]: [PLAIN] } as const;

describe("the backend", () => {
  it("the best backend that is installed is taken", () => {
    const { [GPU]: _, ...withoutGpu } = all;
    expect(chooseBackend(undefined, installed(all))).toEqual({ backend: "tensorflow", name: GPU });
    expect(chooseBackend(undefined, installed(withoutGpu))).toEqual({ backend: "tensorflow", name: NODE });
    expect(chooseBackend(undefined, installed({ [WASM]: [WASM], [PLAIN]: [PLAIN] }))).toEqual({
      backend: "wasm",
      name: WASM,
    });
    expect(chooseBackend(undefined, installed({ [PLAIN]: [PLAIN] }))).toEqual({ backend: "cpu", name: PLAIN });
  });

  it("the backend that was asked for is taken", () => {
    const from = installed(all);
    expect(chooseBackend("wasm", from).name).toBe(WASM);
    expect(chooseBackend("cpu", from).name).toBe(PLAIN);
  });

  it("a package of another name in the folder of a backend is not taken", () => {
    const from = installed({ [NODE]: [PLAIN], [PLAIN]: [PLAIN] });
    expect(chooseBackend(undefined, from)).toEqual({ backend: "cpu", name: PLAIN });
    expect(() => chooseBackend("tensorflow", from)).toThrow(
      'engine tfjs, backend: must be installed, got "tensorflow"\nHint: npm install --no-save @tensorflow/tfjs-node-gpu',
    );
  });

  it("a backend that is not installed is refused, with the command that installs it", () => {
    expect(() => chooseBackend("wasm", installed({ [PLAIN]: [PLAIN] }))).toThrow(
      'engine tfjs, backend: must be installed, got "wasm"\nHint: npm install @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm',
    );
    expect(() => chooseBackend(undefined, installed({}))).toThrow(
      "Hint: npm install @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm",
    );
  });
});

describe("a backend that starts", () => {
  it("a backend that starts keeps no other engine from computing", async () => {
    const [plain, wasm] = ["cpu", "wasm"].map((backend) => createEngine("tfjs", { backend })) as [Engine, Engine];
    const x = tensor("f32", [1, 2]);
    const of = graph({ y: ops.neg(input("x", "f32", [2])) });
    const program = await plain.compile(of);
    const compiled = wasm.compile(of);
    let done = false;
    const started = compiled.then(() => {
      done = true;
    });
    while (!done) {
      expect([...(await program.run({ x })).y!.data]).toEqual([-1, -2]);
      await setImmediate();
    }
    await started;
    expect([...(await (await compiled).run({ x })).y!.data]).toEqual([-1, -2]);
    expect([...(await program.run({ x })).y!.data]).toEqual([-1, -2]);
    await plain.dispose();
    await wasm.dispose();
  });
});

describe("the native package", () => {
  const choice = { backend: "tensorflow", name: NODE } as const;

  it("the native package gets what it calls of util, and rounds as the contract says", async () => {
    delete process.env.NVIDIA_TF32_OVERRIDE;
    const script = `
      const util = require("node:util");
      module.exports = {
        native: [null, undefined, 0].map((x) => util.isNullOrUndefined(x)),
        override: process.env.NVIDIA_TF32_OVERRIDE,
        enableProdMode() {},
        async setBackend(name) { return name === "tensorflow"; },
      };`;
    const tf = await loadTensorFlow(choice, installed({ [NODE]: [NODE, script] }));
    expect(tf).toMatchObject({ native: [true, true, false], override: "0" });
  });

  it("a native package that does not load or start is an error with the remedy", async () => {
    const broken = installed({ [NODE]: [NODE, 'throw new Error("libtensorflow.so.2: cannot open")'] });
    await expect(loadTensorFlow(choice, broken)).rejects.toThrow(
      'engine tfjs: @tensorflow/tfjs-node must load, got "libtensorflow.so.2: cannot open"\nHint: npm install --no-save',
    );
    const lame = "module.exports = { enableProdMode() {}, async setBackend() { return false; } };";
    await expect(loadTensorFlow(choice, installed({ [NODE]: [NODE, lame] }))).rejects.toThrow(
      'got "backend tensorflow does not start"',
    );
  });
});

describe("restoreUtil", () => {
  it("restoreUtil puts back what is missing", () => {
    const util: Record<string, unknown> = {};
    restoreUtil(util);
    const restored = util as Record<string, (x: unknown) => boolean>;
    const truths = (x: unknown) =>
      Object.keys(restored)
        .filter((name) => restored[name]!(x))
        .sort();
    expect(truths(null)).toEqual(["isNull", "isNullOrUndefined"]);
    expect(truths(undefined)).toEqual(["isNullOrUndefined", "isUndefined"]);
    expect(truths([])).toEqual(["isArray", "isObject"]);
    expect(truths("")).toEqual(["isString"]);
    expect(truths(0)).toEqual(["isNumber"]);
    expect(truths(false)).toEqual(["isBoolean"]);
    expect(truths(() => 0)).toEqual(["isFunction"]);
  });

  it("restoreUtil leaves what is there", () => {
    const own = () => true;
    const util: Record<string, unknown> = { isNullOrUndefined: own };
    restoreUtil(util);
    expect(util.isNullOrUndefined).toBe(own);
  });
});
