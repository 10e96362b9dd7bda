/**
 * Stochastic gradient descent with momentum, as torch.optim.SGD with dampening 0:
 *
 *     d = g + wd·p;   b' = μ·b + d;   p' = p − lr·b'            nesterov:   p' = p − lr·(d + μ·b')
 *
 * The buffer b begins at 0, so after the first step it is the gradient itself. Polyak 1964; Sutskever et al. 2013.
 * PyTorch's kernels fuse each product with its sum; here both are rounded.
 */
import { constant } from "../ir";
import { ops } from "../ops";
import { fail } from "../util";
import { belowOne, checkHyperparameters, nonNegative, truth } from "./hyperparameters";
import type { Optimizer } from "./optimizer";

export interface SgdOptions {
  /** Learning rate, before a schedule. */
  readonly lr: number;
  /** μ; default 0: no momentum, and no state. */
  readonly momentum?: number;
  /** Default false. */
  readonly nesterov?: boolean;
  /** wd, added to the gradient of every parameter; default 0. */
  readonly weightDecay?: number;
}

const rules = { lr: nonNegative, momentum: belowOne, nesterov: truth, weightDecay: nonNegative };
const defaults = { momentum: 0, nesterov: false, weightDecay: 0 };

/**
 * torch.optim.SGD. Keeps `<parameter>.momentum`; is fed `sgd.lr`.
 *
 * @example
 * ```ts
 * import { sgd } from "nonsmooth";
 *
 * const optimizer = sgd({ lr: 0.1, momentum: 0.9 });
 * console.log(optimizer.state.map(({ name }) => name)); // [ 'momentum' ]
 * ```
 */
export function sgd(options: SgdOptions): Optimizer {
  const hyperparameters = checkHyperparameters<SgdOptions>("sgd", rules, defaults, options);
  const { momentum, nesterov, weightDecay } = hyperparameters;
  if (nesterov && momentum === 0) fail("sgd, nesterov", "must come with a momentum above 0", momentum);
  const optimizer: Optimizer<"momentum", "lr"> = {
    name: "sgd",
    hyperparameters: { ...hyperparameters },
    state: momentum === 0 ? [] : [{ name: "momentum", initial: 0 }],
    scalars: ({ lr }) => ({ lr }),
    update({ parameter: p, gradient: g, state, scalars: { lr } }) {
      const scaled = (factor: number, x: typeof p) => ops.mul(constant(p.format, factor), x);
      const d = weightDecay === 0 ? g : ops.add(g, scaled(weightDecay, p));
      if (momentum === 0) return { parameter: ops.sub(p, ops.mul(lr, d)), state: {} };
      const buffer = ops.add(scaled(momentum, state.momentum), d);
      const direction = nesterov ? ops.add(d, scaled(momentum, buffer)) : buffer;
      return { parameter: ops.sub(p, ops.mul(lr, direction)), state: { momentum: buffer } };
    },
  };
  return optimizer;
}
