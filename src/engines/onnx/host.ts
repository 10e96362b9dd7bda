/** An execution provider of ONNX Runtime whose tensors come from the host's memory and go back to it in every run. */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { Graph, Tensor } from "../../ir";
import { deviceError } from "../device-error";
import { type Compiled, compiledInHost, type Engine, holdInHost, ProgramCache, requireFormats } from "../engine";
import type { Description } from "../record";
import { toOnnx } from "./compile";
import type { Target } from "./model";
import { fromOrt, isPlain, loadRuntime, type Ort, sessionOptions, toOrt } from "./runtime";

export interface Provider extends Description {
  readonly id: string;
  readonly target: (ort: Ort) => Target | Promise<Target>;
  readonly options: InferenceSession.SessionOptions;
}

export function hostEngine(provider: Provider): Engine {
  const { target, options, ...own } = provider;
  const cache = new ProgramCache((graph) => compile(provider, graph));
  return {
    ...own,
    compile: (graph) => cache.get(graph),
    hold: holdInHost,
    dispose: () => cache.dispose(),
  };
}

async function compile(provider: Provider, graph: Graph): Promise<Compiled> {
  const { id, target: targetOf, options } = provider;
  requireFormats(id, graph, provider, "reference computes in every format");
  const ort = await loadRuntime(id);
  const target = await targetOf(ort);
  const { bytes, outputs } = toOnnx(graph, target);
  const what = `graph ${graph.name} on ${id}`;
  const session = await saying(what, () => ort.InferenceSession.create(bytes, { ...sessionOptions, ...options }));
  const fetches = [...new Set(outputs.values())];
  // parameters are fed again and again: each tensor is wrapped once, and not copied if its numbers are passed unchanged
  const wrapped = new WeakMap<Tensor, OrtTensor>();
  const wrap = (tensor: Tensor) => {
    const carrier = target.carrier(tensor.format);
    // converted bits are a copy, which would miss later writes to the array
    if (!isPlain(carrier)) return toOrt(ort, tensor, carrier);
    const found = wrapped.get(tensor) ?? toOrt(ort, tensor, carrier);
    wrapped.set(tensor, found);
    return found;
  };
  return compiledInHost(
    async (feeds) => {
      const converted: Record<string, OrtTensor> = {};
      for (const name of graph.inputs.keys()) converted[name] = wrap(feeds[name]!);
      const results = await saying(what, () => session.run(converted, fetches));
      const named: Record<string, Tensor> = {};
      for (const [name, { format, shape }] of graph.outputs)
        named[name] = fromOrt(results[outputs.get(name)!]!, format, shape);
      return named;
    },
    () => session.release(),
  );
}

/** The result of an action, or its failure as an error of the engine. */
async function saying<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw deviceError(what, cause);
  }
}
