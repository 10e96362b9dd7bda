/** The smallest gradient that depends on ReLU'(0): relu(a + b − c) at 0.1, 0.2 and 0.3, in each precision. */
import { gradient } from "../autodiff";
import { createEngine } from "../engines";
import { type FormatName, precisionOf } from "../formats";
import { type Graph, graph, input, tensor } from "../ir";
import { ops } from "../ops";

export interface Smallest {
  readonly bits: number;
  /** a + b − c as it is rounded. */
  readonly sum: number;
  /** The derivative with respect to a, for ReLU'(0) = 0 and for 1. */
  readonly derivatives: readonly [number, number];
}

export async function smallestExample(): Promise<Smallest[]> {
  const engine = createEngine();
  try {
    const found: Smallest[] = [];
    for (const bits of [16, 32, 64] as const) {
      const format = precisionOf(bits).format;
      const program = await engine.compile(example(format));
      const at = async (s: number) => {
        const values = { a: 0.1, b: 0.2, c: 0.3, s };
        const feeds = Object.entries(values).map(([name, value]) => [name, tensor(format, value)] as const);
        const { sum, derivative } = await program.run(Object.fromEntries(feeds));
        return { sum: Number(sum!.data[0]), derivative: Number(derivative!.data[0]) };
      };
      const [zero, one] = [await at(0), await at(1)];
      found.push({ bits, sum: zero.sum, derivatives: [zero.derivative, one.derivative] });
      await program.dispose();
    }
    return found;
  } finally {
    await engine.dispose();
  }
}

function example(format: FormatName): Graph {
  const [a, b, c, s] = ["a", "b", "c", "s"].map((name) => input(name, format, [])) as [never, never, never, never];
  const sum = ops.sub(ops.add(a, b), c);
  const [derivative] = gradient(ops.relu(sum), [a], { kinks: { "relu.zero": s } });
  return graph({ sum, derivative: derivative! }, `relu(a + b - c) in ${format}`);
}
