/** Initialisations, as PyTorch defines them (torch.nn.init). */
import type { Stream } from "../util";

/** U(−bound, bound) in f32: low + (high − low)·u, u on PyTorch's grid of 2^-24. */
export function uniform(bound: number): (out: Float32Array, random: Stream) => void {
  return (out, random) => {
    for (let i = 0; i < out.length; i++) out[i] = random.uniformIn(-bound, bound);
  };
}

/**
 * PyTorch's default for the weights and biases of linear layers: U(−1/√fanIn, 1/√fanIn)
 * (`kaiming_uniform_(a=√5)` comes to the same bound).
 */
export const linearDefault = (fanIn: number) => uniform(1 / Math.sqrt(fanIn));
