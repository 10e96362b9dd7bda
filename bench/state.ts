/** What a training begins with, from a file of plain numbers. */
import { readFileSync } from "node:fs";
import {
  type FormatName,
  initialise,
  initialState,
  type Layer,
  type Optimizer,
  stream,
  type Tensor,
  tensor,
} from "nonsmooth";
import { size } from "./library";

export const floats = (path: string) => new Float32Array(new Uint8Array(readFileSync(path)).buffer);

/** Parameters from a file, one after the other in f32, with the buffers and the optimizer's state of the start. */
export function stateFrom(
  path: string,
  network: Layer,
  format: FormatName,
  optimizer: Optimizer,
): Record<string, Tensor> {
  const start = initialise(network, format, stream(1, "buffers"));
  const values = floats(path);
  let from = 0;
  for (const { name, shape } of network.parameters) {
    start[name] = tensor(format, values.subarray(from, from + size(shape)), shape);
    from += size(shape);
  }
  const parameters = new Map(network.parameters.map(({ name }) => [name, start[name]!]));
  return { ...start, ...initialState(optimizer, parameters) };
}
