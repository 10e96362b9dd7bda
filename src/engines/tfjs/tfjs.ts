/**
 * TensorFlow.js (https://js.tensorflow.org), in f32, its only format: on the native library, in WebAssembly or in plain JavaScript.
 *
 * In WebAssembly and in plain JavaScript the results are those of the contract: subnormal numbers, infinities and NaN are kept, and
 * `exp` and `log` are within one unit in the last place. Its own relu, relu6 and max-pooling lose the
 * sign of zero or NaN, so here they are built from comparisons and choices. WebAssembly sums in f32, plain JavaScript in f64 with
 * partial sums of 48 terms that are rounded to f32. TensorFloat-32 is off in the native library; what
 * else it does to the bits has not been examined.
 */
import { type FormatName, isFloat } from "../../formats";
import { formatType, type Type } from "../../ir";
import { fail } from "../../util";
import { deviceError } from "../device-error";
import { type Engine, ProgramCache, supporting } from "../engine";
import type { Description, EngineRecord } from "../record";
import { compile } from "./compile";
import { Device } from "./device";
import { chooseBackend } from "./package";

export interface TfjsOptions {
  /**
   * `tensorflow` (the package @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node), `wasm` or `cpu` (plain JavaScript);
   * default: the first that is installed.
   */
  readonly backend?: string;
  /** The ids of the engines that compute in a format, for the hint of an error about formats; default none. */
  readonly enginesWith?: (format: FormatName) => readonly string[];
}

const SINGLE = supporting((format) => format === "f32");

export const tfjs: EngineRecord = {
  id: "tfjs",
  summary: "TensorFlow.js, native, in WebAssembly or in plain JavaScript: f32",
  ...SINGLE,
  describe: ({ backend }) => description(chooseBackend(backend)),
  create: ({ backend }, enginesWith) => tfjsEngine({ backend, enginesWith }),
};

const description = ({ backend, name }: ReturnType<typeof chooseBackend>): Description => ({
  ...SINGLE,
  settings: { backend, package: name },
  memory: backend === "tensorflow" ? "device" : "host",
  sharedDevice: backend === "tensorflow",
});

/**
 * Computes with the operations of TensorFlow.js in f32, one thread in WebAssembly and in plain JavaScript. It is loaded when the
 * first graph is compiled or the first tensor is held; its backend then becomes the backend of the process. `tensorflow` has not been
 * verified on hardware.
 * @throws NonsmoothError if the requested backend is not installed; in compile, for a graph with f16 or f64
 */
export function tfjsEngine({ backend, enginesWith = () => [] }: TfjsOptions = {}): Engine {
  const choice = chooseBackend(backend);
  let opened: Promise<Device> | undefined;
  const open = () => {
    opened ??= Device.open(choice);
    return opened;
  };
  const cache = new ProgramCache(async (graph) => {
    for (const node of graph.nodes) requireFormat(node, enginesWith);
    return compile(await open(), graph);
  });
  return {
    id: tfjs.id,
    ...description(choice),
    compile: (graph) => cache.get(graph),
    async hold(tensor) {
      requireFormat(tensor, enginesWith);
      const device = await open();
      return device.hold(tensor).catch((cause) => {
        throw deviceError(`${formatType(tensor)} held by tfjs`, cause);
      });
    },
    dispose: () => cache.dispose(),
  };
}

function requireFormat({ format, shape }: Type, enginesWith: NonNullable<TfjsOptions["enginesWith"]>): void {
  if (!isFloat(format) || format === "f32") return;
  const names = enginesWith(format);
  const hint = names.length > 0 ? `engines that compute in ${format}: ${names.join(", ")}` : undefined;
  fail("engine tfjs", "computes in f32 only", formatType({ format, shape }), hint);
}
