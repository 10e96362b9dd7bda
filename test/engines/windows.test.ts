/** Graphs in which several operations slide the same windows over images of the same size: each needs indices of its own. */
import { afterAll, expect, it } from "vitest";
import { gradient } from "../../src/autodiff";
import { createEngine } from "../../src/engines";
import { graph, input } from "../../src/ir";
import { ops } from "../../src/ops";
import { random } from "../../src/ops/cases";

const engine = createEngine();
afterAll(() => engine.dispose());

it("the gradients of a pooling and of a convolution with the same windows are those of the definition", async () => {
  const [x, w] = [input("x", "f64", [2, 6, 6, 3]), input("w", "f64", [4, 3, 3, 3])];
  const windows = { stride: 2, padding: 1 };
  const sum = ops.add(
    ops.reduceSum(ops.exp(ops.conv2d(x, w, windows))),
    ops.reduceSum(ops.exp(ops.maxPool(x, { kernel: 3, ...windows }))),
  );
  const [dx] = gradient(sum, [x]);
  const both = graph({ dx: dx! });
  const feeds = { x: random({ name: "f64" }, x.shape), w: random({ name: "f64" }, w.shape) };
  const expected = (await (await createEngine("reference").compile(both)).run(feeds)).dx!;
  const actual = (await (await engine.compile(both)).run(feeds)).dx!;
  for (const [i, want] of expected.data.entries()) expect(actual.data[i]).toBeCloseTo(want, 9);
});
