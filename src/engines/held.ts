/** Tensors by name, some of them where an engine computes. */
import type { Graph, Tensor } from "../ir";
import { type Engine, type Held, isHeld } from "./engine";

type Named<T> = Readonly<Record<string, T>>;

/** Copies all of them to where the engine computes, or none if one fails. */
export async function holdAll(engine: Engine, tensors: Named<Tensor>): Promise<Record<string, Held>> {
  const held: Record<string, Held> = {};
  try {
    for (const [name, x] of Object.entries(tensors)) held[name] = await engine.hold(x);
    return held;
  } catch (error) {
    disposeAll(held);
    throw error;
  }
}

/** All of them in the host's memory. */
export async function readAll(some: Named<Tensor | Held>): Promise<Record<string, Tensor>> {
  const read: Record<string, Tensor> = {};
  for (const [name, x] of Object.entries(some)) read[name] = isHeld(x) ? await x.read() : x;
  return read;
}

/** Frees those that are held. */
export function disposeAll(some: Named<Tensor | Held>): void {
  for (const x of Object.values(some)) if (isHeld(x)) x.dispose();
}

/** Those that are inputs of a graph. */
export const inputsOf = <T>({ inputs }: Graph, some: Named<T>): Record<string, T> =>
  Object.fromEntries(Object.entries(some).filter(([name]) => inputs.has(name)));
