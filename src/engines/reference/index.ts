/**
 * The definition: every operation in plain loops, each result rounded once to its format.
 * Other engines agree with it bit for bit if no sum is involved, otherwise within the error of summation.
 */
import { accumulator, allocate, type FormatName, formatNames, formatOf, isFloat } from "../../formats";
import { constantValue, elements, type Graph, inputName, isConstant, isInput, type Tensor, type Value } from "../../ir";
import { recordOf } from "../../ops";
import { compiledInHost, type Engine, holdInHost, ProgramCache, type Results } from "../engine";
import type { EngineRecord } from "../record";

export const reference: EngineRecord = {
  id: "reference",
  summary: `plain loops in TypeScript, the definition: ${formatNames.join(", ")}; slow`,
  formats: formatNames,
  describe: () => ({ formats: formatNames, settings: {}, memory: "host", sharedDevice: false }),
  create: referenceEngine,
  required: true,
};

export function referenceEngine(): Engine {
  const cache = new ProgramCache(async (graph) =>
    compiledInHost(
      async (feeds) => interpret(graph, feeds),
      async () => {},
    ),
  );
  return {
    id: reference.id,
    ...reference.describe({}),
    compile: (graph) => cache.get(graph),
    hold: holdInHost,
    dispose: () => cache.dispose(),
  };
}

/** Evaluates a graph, node by node. */
function interpret(graph: Graph, feeds: Readonly<Record<string, Tensor>>): Results {
  const results = new Map<Value, Tensor>();
  for (const node of graph.nodes) {
    results.set(
      node,
      isInput(node)
        ? feeds[inputName(node)]!
        : evaluate(
            node,
            node.inputs.map((x) => results.get(x)!),
          ),
    );
  }
  return Object.fromEntries([...graph.outputs].map(([name, value]) => [name, results.get(value)!]));
}

function evaluate(node: Value, inputs: readonly Tensor[]): Tensor {
  const { format, shape } = node;
  const exact = new Float64Array(elements(node));
  if (isConstant(node)) {
    exact.fill(constantValue(node));
  } else {
    // a sum is accumulated in the precision of its operands' format
    const operand = inputs.find((x) => isFloat(x.format))?.format ?? format;
    const accumulate = isFloat(operand) ? accumulator(operand as FormatName).round : (x: number) => x;
    recordOf(node.op.name)!.evaluate(inputs, node.attributes, exact, { type: node, accumulate });
  }
  const data = allocate(format, exact.length);
  const round = isFloat(format) ? formatOf(format).round : (x: number) => x;
  for (let i = 0; i < data.length; i++) data[i] = round(exact[i]!);
  return { format, shape, data };
}
