/**
 * The definition: every operation in plain loops, each result rounded once to its format.
 * Other engines agree with it bit for bit if no sum is involved, otherwise within the error of summation.
 */
import { accumulator, allocate, formatNames, isFloat } from "../../formats";
import { constantValue, elements, type Graph, inputName, isConstant, isInput, type Tensor, type Value } from "../../ir";
import { recordOf } from "../../ops";
import { compiledInHost, type Engine, holdInHost, ProgramCache, type Results, supporting } from "../engine";
import type { EngineOptions, EngineRecord } from "../record";
import { keysOf, roundingTo } from "./rounding";

const EVERY = supporting(() => true);

export const reference: EngineRecord = {
  id: "reference",
  summary: `plain loops in TypeScript, the definition: ${formatNames.join(", ")}; slow`,
  ...EVERY,
  describe: ({ seed }) => ({
    ...EVERY,
    settings: { ...(seed !== undefined && { seed }) },
    memory: "host",
    sharedDevice: false,
  }),
  create: referenceEngine,
  required: true,
};

/** @param options seed of stochastic rounding; default 0 */
export function referenceEngine({ seed }: Pick<EngineOptions, "seed"> = {}): Engine {
  const keyOf = keysOf(seed ?? 0);
  const cache = new ProgramCache(async (graph) =>
    compiledInHost(
      async (feeds) => interpret(graph, feeds, keyOf),
      async () => {},
    ),
  );
  return {
    id: reference.id,
    ...reference.describe({ seed }),
    compile: (graph) => cache.get(graph),
    hold: holdInHost,
    dispose: () => cache.dispose(),
  };
}

type KeyOf = ReturnType<typeof keysOf>;

/** Evaluates a graph, node by node. */
function interpret(graph: Graph, feeds: Readonly<Record<string, Tensor>>, keyOf: KeyOf): Results {
  const results = new Map<Value, Tensor>();
  for (const node of graph.nodes) {
    const operands = node.inputs.map((x) => results.get(x)!);
    results.set(node, isInput(node) ? feeds[inputName(node)]! : evaluate(node, operands, () => keyOf(node)));
  }
  return Object.fromEntries([...graph.outputs].map(([name, value]) => [name, results.get(value)!]));
}

function evaluate(node: Value, inputs: readonly Tensor[], key: () => readonly [number, number]): Tensor {
  const { format, shape } = node;
  const exact = new Float64Array(elements(node));
  if (isConstant(node)) {
    exact.fill(constantValue(node));
  } else {
    // a sum is accumulated in the precision of its operands' format
    const operand = inputs.find((x) => isFloat(x.format))?.format ?? format;
    const accumulate = roundingTo(isFloat(operand) ? accumulator(operand).name : operand, key);
    recordOf(node.op.name)!.evaluate(inputs, node.attributes, exact, { type: node, accumulate });
  }
  const data = allocate(format, exact.length);
  const round = roundingTo(format, key);
  for (let i = 0; i < data.length; i++) data[i] = round(exact[i]!);
  return { format, shape, data };
}
