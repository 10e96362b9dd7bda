import { describe, expect, it } from "vitest";
import { breakdownMarkdown, markdown } from "../../bench/report";
import { line } from "../../bench/statistics";
import { partsOf } from "../../bench/step-parts";
import { createEngine } from "../../src/engines";
import { createNetwork } from "../../src/nn";
import { sgd } from "../../src/optim";
import { Programs } from "../../src/train";

describe("the parts of a training step", () => {
  const shape = [32, 32, 3] as const;
  const network = createNetwork("vgg11", { inputShape: shape, classes: 10, widths: [1, 1, 2, 2, 2] });
  const names = network.parameters.map(({ name }) => name);

  it("the nodes of a step belong to the layers, forward and backward, and to the optimizer", async () => {
    const programs = new Programs(createEngine("reference"), {
      network,
      precision: "f32",
      optimizer: sgd({ lr: 0.1, momentum: 0.9 }),
      kinks: [],
      chainRule: "multiply",
      shape,
    });
    const { graph } = await programs.step(2);
    const parts = partsOf(graph, names);
    const found = graph.nodes.map(({ op }, i) => `${op.name}: ${parts[i]!.layer}, ${parts[i]!.column}`);
    const count = (text: string) => found.filter((part) => part === text).length;
    const convolutions = [...new Set(names.map((name) => name.slice(0, name.lastIndexOf("."))))].slice(0, -1);
    expect(convolutions).toHaveLength(8);
    for (const [i, layer] of convolutions.entries()) {
      expect(count(`conv2d: ${layer}, forward`)).toBe(1);
      expect(count(`conv2dWeightGradient: ${layer}, weight gradient`)).toBe(1);
      expect(count(`reduceSum: ${layer}, weight gradient`)).toBe(1);
      // nobody asks for the gradient of the images
      expect(count(`conv2dInputGradient: ${layer}, input gradient`)).toBe(Math.min(i, 1));
    }
    expect(count("matmul: classifier, forward")).toBe(1);
    expect(count("matmul: classifier, input gradient")).toBe(1);
    expect(count("matmul: classifier, weight gradient")).toBe(1);
    expect(count("relu: relu, forward")).toBe(8);
    expect(count("pieceGradient: relu, input gradient")).toBe(8);
    expect(count("maxPool: max-pool, forward")).toBe(5);
    expect(count("maxPoolGradient: max-pool, input gradient")).toBe(5);
    // m' = μ·m + g and p' = p − lr·m'
    expect(found.filter((part) => part.endsWith(": optimizer, all"))).toHaveLength(4 * names.length);
  });
});

describe("the report", () => {
  const spread = (median: number) => ({ median, low: median - 1, high: median + 1, n: 3 });

  it("percentages are a table of their own, with empty cells for missing ones", () => {
    const rows = [{ name: "relu", percent: [spread(2.25), undefined] }];
    expect(breakdownMarkdown({ benchmark: "b", title: "Shares", columns: ["layer", "forward", "all"], rows })).toBe(
      "Shares\n\n| layer | forward | all |\n| --- | ---: | ---: |\n| relu | 2.3 |  |",
    );
  });

  it("a limit is shown, and a goal is rounded", () => {
    const machine = { load: 0, rounds: 1 } as Parameters<typeof markdown>[1];
    const common = { benchmark: "b", what: "w" } as const;
    const lines = [
      line({ ...common, unit: "MB", limit: 2000, ours: [1500] }),
      line({ ...common, unit: "ms", goal: 1 / 0.9, against: "x", ours: [1], theirs: [2] }),
    ];
    const rows = markdown(lines, machine).split("\n").slice(-2);
    expect(rows[0]).toBe("| b | w |  |  | < 2000 MB | 1500 MB |  |");
    expect(rows[1]).toBe("|  | w | x | **2** | ≥ 1.11 | 1 ms | 2 ms |");
  });
});
