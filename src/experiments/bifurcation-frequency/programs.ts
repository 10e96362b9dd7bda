/** The two programs of a cell: the forward pass that looks for exact zeros, and the two backward sweeps behind a hit. */
import { gradient, kinkHits, kinkSites } from "../../autodiff";
import type { Engine, Program } from "../../engines";
import { formatOfBits } from "../../formats";
import { graph, input, type Value } from "../../ir";
import { applyNetwork, crossEntropy, type Layer, mlp } from "../../nn";
import { ops } from "../../ops";
import type { Cell } from "./cells";
import type { BifurcationConfig } from "./config";

export interface CellPrograms {
  readonly network: Layer;
  /**
   * Inputs x and the parameters; outputs `hits 1`, `hits 2`, … (exact zeros of each hidden layer's pre-activation) and
   * `check`, the sum of the logits, which is not finite if anything overflowed or became NaN.
   */
  readonly screen: Program;
  /** Inputs also `labels`, `s.a`, `s.b`; outputs the hits, and `a …`, `b …`: the gradients of every parameter. */
  readonly sweeps: Program;
  readonly layers: number;
  dispose(): Promise<void>;
}

export async function compileCell(
  engine: Engine,
  cell: Cell,
  features: number,
  classes: number,
  { chainRule, firstActivation }: Pick<BifurcationConfig, "chainRule" | "firstActivation">,
): Promise<CellPrograms> {
  const format = formatOfBits(cell.precision);
  const hidden = new Array<number>(cell.depth).fill(cell.width);
  const network = mlp({ inputs: features, hidden, classes, firstActivation });
  const { output: logits, parameters } = applyNetwork(network, input("x", format, [cell.batchSize, features]));
  const names = [...parameters.keys()];
  const loss = crossEntropy(logits, input("labels", "i32", [cell.batchSize]));

  const sites = kinkSites([loss]);
  const hits = Object.fromEntries(sites.map((site, i) => [`hits ${i + 1}`, kinkHits(site)]));
  const sweep = (name: string): Record<string, Value> => {
    const kinks = { "relu.zero": input(`s.${name}`, format, []) };
    const gradients = gradient(loss, [...parameters.values()], { kinks, chainRule });
    return Object.fromEntries(names.map((parameter, i) => [`${name} ${parameter}`, gradients[i]!]));
  };

  const screen = await engine.compile(graph({ ...hits, check: ops.reduceSum(logits) }, "screen"));
  const sweeps = await engine.compile(graph({ ...hits, ...sweep("a"), ...sweep("b") }, "sweeps"));
  return {
    network,
    screen,
    sweeps,
    layers: sites.length,
    async dispose() {
      await screen.dispose();
      await sweeps.dispose();
    },
  };
}
