/**
 * Which TensorFlow.js computes: the native package if it is installed, otherwise WebAssembly, otherwise plain JavaScript.
 *
 * A package's own package.json says what it is: node_modules/@tensorflow/tfjs-node may be another package under that name.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import util from "node:util";
import type * as TensorFlow from "@tensorflow/tfjs-core";
import { fail, NonsmoothError } from "../../util";

export type Tf = typeof TensorFlow;

/** The backends, as TensorFlow.js calls them: the native library, WebAssembly or plain JavaScript. The best comes first. */
const backends = ["tensorflow", "wasm", "cpu"] as const;
export type Backend = (typeof backends)[number];

/** The packages that provide a backend, the best first. */
const packages: Readonly<Record<Backend, readonly string[]>> = {
  tensorflow: ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"],
  wasm: ["@tensorflow/tfjs-backend-wasm"],
  cpu: ["@tensorflow/tfjs-backend-cpu"],
};

const remedies: Readonly<Record<Backend, string>> = {
  tensorflow: "npm install --no-save @tensorflow/tfjs-node-gpu (NVIDIA, CUDA 11.2) or @tensorflow/tfjs-node",
  wasm: "npm install @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm",
  cpu: "npm install @tensorflow/tfjs-core @tensorflow/tfjs-backend-cpu",
};

export interface Choice {
  readonly backend: Backend;
  /** The package that provides it. */
  readonly name: string;
}

/**
 * The requested backend, or the best one installed.
 * @param from the file from whose folder packages are looked up; default: this one
 * @throws NonsmoothError if there is no such backend or it is not installed, with the command that installs it
 */
export function chooseBackend(wanted?: string, from = __filename): Choice {
  if (wanted !== undefined && !isBackend(wanted))
    fail("engine tfjs, backend", `must be one of ${backends.join(", ")}`, wanted);
  for (const backend of wanted === undefined ? backends : [wanted]) {
    const name = packages[backend].find((name) => installedName(name, from) === name);
    if (name !== undefined) return { backend, name };
  }
  const missing = wanted ?? "wasm";
  return fail("engine tfjs, backend", "must be installed", missing, remedies[missing]);
}

const isBackend = (name: string): name is Backend => (backends as readonly string[]).includes(name);

/** The own name of the package that is found under a name; undefined if there is none. */
function installedName(name: string, from: string): string | undefined {
  const folders = createRequire(from).resolve.paths(name) ?? [];
  const found = folders.map((folder) => join(folder, name, "package.json")).find((path) => existsSync(path));
  return found && (JSON.parse(readFileSync(found, "utf8")) as { name: string }).name;
}

/**
 * Loads TensorFlow.js and starts the backend, which becomes the backend of the whole process.
 * The native packages have not been verified on hardware: loading is tested with a package that stands in for them.
 * @throws NonsmoothError if the package does not load or the backend does not start
 */
export async function loadTensorFlow({ backend, name }: Choice, from = __filename): Promise<Tf> {
  const load = createRequire(from);
  try {
    if (backend === "tensorflow") prepareNative();
    const tf = load(backend === "tensorflow" ? name : "@tensorflow/tfjs-core") as Tf;
    if (backend !== "tensorflow") load(name); // it registers itself
    tf.enableProdMode(); // otherwise plain JavaScript prints an advertisement for the native package
    if (!(await start(tf, backend))) throw new Error(`backend ${backend} does not start`);
    if (backend === "wasm") refuseNull(tf);
    return tf;
  } catch (cause) {
    throw new NonsmoothError("engine tfjs", `${name} must load`, {
      got: (cause as Error).message,
      hint: remedies[backend],
      cause,
    });
  }
}

/** WebAssembly's part of the backend: `_malloc` returns 0 if there is no memory, and TensorFlow.js would write there. */
interface Heap {
  readonly wasm: {
    _malloc: ((bytes: number) => number) & { checked?: true };
    readonly _free: (address: number) => void;
  };
}

function refuseNull(tf: Tf): void {
  const { wasm } = tf.findBackend("wasm") as unknown as Heap;
  wasm._free(wasm._malloc(1)); // the first call replaces `_malloc` by another function
  const allocate = wasm._malloc;
  if (allocate.checked) return;
  const checked = (bytes: number) => {
    const address = allocate(bytes);
    if (address === 0 && bytes > 0) throw new Error(`out of memory: WebAssembly has no ${bytes} bytes left`);
    return address;
  };
  wasm._malloc = Object.assign(checked, { checked: true } as const);
}

/** The backend that is starting: until it has started, TensorFlow.js computes nothing, not even on other backends. */
let starting: Promise<boolean> | undefined;

async function start(tf: Tf, backend: Backend): Promise<boolean> {
  while (starting) await settled(starting);
  starting = tf.setBackend(backend).finally(() => {
    starting = undefined;
  });
  return starting;
}

// the caller that started it is told about a failure
const settled = (promise: Promise<unknown>) => promise.then(nothing, nothing);
const nothing = () => {};

/** Does the work when no backend is starting. */
export async function noneStarting<T>(work: () => T): Promise<T> {
  while (starting) await settled(starting);
  return work();
}

function prepareNative(): void {
  restoreUtil(util as unknown as Record<string, unknown>);
  // otherwise matrix products on recent GPUs would round their operands to 11 bits; NVIDIA's libraries read this when they start
  process.env.NVIDIA_TF32_OVERRIDE ??= "0";
}

const removed: Readonly<Record<string, (x: unknown) => boolean>> = {
  isArray: Array.isArray,
  isBoolean: (x) => typeof x === "boolean",
  isFunction: (x) => typeof x === "function",
  isNull: (x) => x === null,
  isNullOrUndefined: (x) => x === null || x === undefined,
  isNumber: (x) => typeof x === "number",
  isObject: (x) => x !== null && typeof x === "object",
  isString: (x) => typeof x === "string",
  isUndefined: (x) => x === undefined,
};

/** Restores in node:util what Node 23 removed and the native packages call; existing functions stay as they are. */
export function restoreUtil(target: Record<string, unknown>): void {
  for (const [name, test] of Object.entries(removed)) target[name] ??= test;
}
