/**
 * An optimizer in the graph: its update consists of ordinary nodes, so that one training step is one program, whose new
 * parameters and new state are fed unchanged to the next run.
 *
 * Everything is in the format of the parameters, and every node rounds once to it: at 16 bits the state has 16 bits, too.
 */
import type { FormatName } from "../formats";
import { formatType, input, sameType, size, type Tensor, type Type, tensor, type Value } from "../ir";
import { fail } from "../util";

/** A tensor of a parameter's type that is kept from step to step. */
export interface StateTensor<State extends string = string> {
  /** Follows the parameter's name in feeds and checkpoints: `fc1.weight.momentum`. */
  readonly name: State;
  /** Value of every element before the first step. */
  readonly initial: number;
}

/** The position of a step in a training. */
export interface StepInfo {
  /** Number of this update, from 1 on; a skipped one (mixed precision) does not count. */
  readonly step: number;
  /** Learning rate of this update; default: the optimizer's own. */
  readonly lr?: number;
}

export interface Optimizer<State extends string = string, Scalar extends string = string> {
  readonly name: string;
  /** Checked, with defaults filled in; plain data. */
  readonly hyperparameters: Readonly<Record<string, number | boolean | readonly number[]>> & { readonly lr: number };
  /** What is kept for each parameter. */
  readonly state: readonly StateTensor<State>[];
  /** The scalars that a step is fed, before they are rounded to the format. */
  scalars(at: Required<StepInfo>): Readonly<Record<Scalar, number>>;
  /** The update of one parameter, as graph nodes. */
  update(context: UpdateContext<State, Scalar>): UpdatedParameter<State>;
}

export interface UpdateContext<State extends string, Scalar extends string> {
  readonly parameter: Value;
  /** Has the parameter's type. */
  readonly gradient: Value;
  readonly state: Readonly<Record<State, Value>>;
  readonly scalars: Readonly<Record<Scalar, Value>>;
}

export interface UpdatedParameter<State extends string> {
  readonly parameter: Value;
  readonly state: { readonly [S in State]?: Value };
}

/** One step on all parameters, as values of a graph. */
export interface Update {
  /** The new parameters, by the parameters' names. */
  readonly parameters: Map<string, Value>;
  /** The new state, by the names of its inputs: `fc1.weight.momentum`. */
  readonly state: Map<string, Value>;
  /** Inputs that hold the old state, under the same names. */
  readonly stateInputs: Map<string, Value>;
  /** Inputs that `scalarFeeds` fills: `sgd.lr`. */
  readonly scalarInputs: Map<string, Value>;
}

/**
 * Builds the update of all parameters into the graph. Outputs with the names of inputs are fed back unchanged:
 *
 *     const update = applyOptimizer(optimizer, parameters, gradients);
 *     const step = graph({ loss, ...Object.fromEntries([...update.parameters, ...update.state]) });
 *
 * @param parameters by name, all of one format; usually inputs
 * @param gradients by the same names, of the parameters' types
 *
 * @example
 * ```ts
 * import { applyOptimizer, createEngine, graph, input, scalarFeeds, sgd, tensor } from "nonsmooth";
 *
 * const [w, g] = [input("w", "f32", [2]), input("g", "f32", [2])];
 * const optimizer = sgd({ lr: 0.5 });
 * const update = applyOptimizer(optimizer, new Map([["w", w]]), new Map([["w", g]]));
 * const program = await createEngine().compile(graph(Object.fromEntries(update.parameters)));
 * const feeds = { w: tensor("f32", [1, 2]), g: tensor("f32", [1, 1]), ...scalarFeeds(optimizer, "f32", { step: 1 }) };
 * console.log((await program.run(feeds)).w!.data); // Float32Array(2) [ 0.5, 1.5 ]
 * ```
 */
export function applyOptimizer(
  optimizer: Optimizer,
  parameters: ReadonlyMap<string, Value>,
  gradients: ReadonlyMap<string, Value>,
): Update {
  const format = commonFormat(optimizer, parameters);
  const scalars = Object.fromEntries(
    scalarNames(optimizer).map((name) => [name, scalarInput(optimizer, name, format)]),
  );
  const update: Update = {
    parameters: new Map(),
    state: new Map(),
    stateInputs: new Map(),
    scalarInputs: new Map(Object.entries(scalars).map(([name, value]) => [scalarName(optimizer, name), value])),
  };
  for (const [name, parameter] of parameters) {
    const gradient = requireGradient(name, parameter, gradients.get(name));
    const state = Object.fromEntries(
      optimizer.state.map((tensor) => [tensor.name, input(stateName(name, tensor), format, parameter.shape)]),
    );
    const next = optimizer.update({ parameter, gradient, state, scalars });
    update.parameters.set(name, next.parameter);
    for (const tensor of optimizer.state) {
      update.state.set(stateName(name, tensor), next.state[tensor.name]!);
      update.stateInputs.set(stateName(name, tensor), state[tensor.name]!);
    }
  }
  const stray = [...gradients.keys()].find((name) => !parameters.has(name));
  if (stray !== undefined) fail(optimizer.name, "gradients must be of parameters", stray);
  const clash = [...update.stateInputs.keys(), ...update.scalarInputs.keys()].find((name) => parameters.has(name));
  if (clash !== undefined) fail(optimizer.name, "names of parameters and of state must differ", clash);
  return update;
}

/**
 * The state before the first step, by name.
 *
 * @example
 * ```ts
 * import { initialState, input, sgd } from "nonsmooth";
 *
 * const w = input("w", "f32", [2]);
 * console.log(initialState(sgd({ lr: 0.1, momentum: 0.9 }), new Map([["w", w]]))["w.momentum"]!.data);
 * // Float32Array(2) [ 0, 0 ]
 * ```
 */
export function initialState(optimizer: Optimizer, parameters: ReadonlyMap<string, Type>): Record<string, Tensor> {
  const tensors = [...parameters].flatMap(([name, { format, shape }]) =>
    optimizer.state.map((kept) => {
      const values = new Float64Array(size(shape)).fill(kept.initial);
      return [stateName(name, kept), tensor(format, values, shape)] as const;
    }),
  );
  return Object.fromEntries(tensors);
}

/**
 * The scalars of a step, to be fed: computed in f64, then rounded once to the format.
 * @param step `step`: number of this update, from 1 on; `lr`: default the optimizer's own
 *
 * @example
 * ```ts
 * import { scalarFeeds, sgd } from "nonsmooth";
 *
 * console.log(scalarFeeds(sgd({ lr: 0.1 }), "f16", { step: 1 })["sgd.lr"]!.data[0]); // 0.0999755859375
 * ```
 */
export function scalarFeeds(
  optimizer: Optimizer,
  format: FormatName,
  { step, lr = optimizer.hyperparameters.lr }: StepInfo,
): Record<string, Tensor> {
  if (!Number.isInteger(step) || step < 1) fail(`${optimizer.name}, step`, "must be a positive integer", step);
  if (!Number.isFinite(lr) || lr < 0) fail(`${optimizer.name}, lr`, "must be finite and at least 0", lr);
  const scalars = Object.entries(optimizer.scalars({ step, lr }));
  return Object.fromEntries(scalars.map(([name, x]) => [scalarName(optimizer, name), tensor(format, x)]));
}

const stateName = (parameter: string, { name }: StateTensor) => `${parameter}.${name}`;
const scalarName = (optimizer: Optimizer, name: string) => `${optimizer.name}.${name}`;
// their names do not depend on the step
const scalarNames = (optimizer: Optimizer) => Object.keys(optimizer.scalars({ step: 1, lr: 0 }));
const scalarInput = (optimizer: Optimizer, name: string, format: FormatName) =>
  input(scalarName(optimizer, name), format, []);

function commonFormat(optimizer: Optimizer, parameters: ReadonlyMap<string, Value>): FormatName {
  const [first, ...others] = parameters.values();
  if (!first) return fail(optimizer.name, "must have parameters to update", "none");
  const other = others.find(({ format }) => format !== first.format);
  if (other) fail(optimizer.name, `parameters must share the format ${first.format}`, formatType(other));
  return first.format as FormatName;
}

function requireGradient(name: string, parameter: Value, gradient: Value | undefined): Value {
  if (!gradient) return fail(`parameter ${name}`, "must have a gradient", gradient);
  if (!sameType(parameter, gradient))
    fail(`gradient of ${name}`, `must be ${formatType(parameter)}`, formatType(gradient));
  return gradient;
}
