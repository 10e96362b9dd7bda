/** An experiment that is defined in a cell, with a figure that grows, in a kernel. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type KernelSession, openKernel } from "./session";
import { temporaryFolder } from "./support";

let kernel: KernelSession;
beforeAll(async () => {
  kernel = await openKernel();
});
afterAll(() => kernel?.close());

const runs = JSON.stringify(temporaryFolder());

it("a cell's experiment runs in the kernel, and its own drawing stays as a picture", async () => {
  const defined = await kernel.run(`
import { activation, column, createNetwork, defineActivation, defineExperiment, input, kinkSites, applyNetwork, runInNotebook } from "nonsmooth";
const ramp = defineActivation({ name: "ramp", kinks: [{ name: "low", at: -1 }], slopes: [0, 1], value: (x, o) => o.maximum(x, o.constant(x.format, -1)) });
const computed: number[] = [];
const kinks = defineExperiment({
  name: "cell-kinks",
  title: "How many kinks has a network?",
  settings: { depths: [1, 2, 3] },
  given: { depth: column.integer("hidden layers") },
  found: { kinks: column.integer("places of ramp.low") },
  jobs: ({ depths }) => depths.map((depth) => ({ depth })),
  run({ depth }) {
    computed.push(depth);
    const network = createNetwork("mlp", { inputShape: [1, 1, 2], classes: 2, widths: Array(depth).fill(3), activation: activation(ramp) });
    return { kinks: kinkSites([applyNetwork(network, input("x", "f32", [1, 1, 1, 2])).output]).length };
  },
});`);
  expect(defined.error).toBeUndefined();
  const cell = `const run = await runInNotebook(kinks, {
  runs: ${runs},
  watch: ({ rows }) => ({ title: "Kinks", alt: "Kinks rise.", data: [{ y: rows.map(({ kinks }) => kinks) }] }),
});
console.log(run.rows.map(({ kinks }) => kinks).join(), computed.join());`;
  const first = await kernel.run(cell);
  expect(first.error).toBeUndefined();
  expect(first.stdout).toContain("1,2,3 1,2,3\n");
  const pictures = first.outputs.filter((output) => "data" in output && "image/png" in output.data);
  expect(pictures.length).toBe(1);
  expect(JSON.stringify(pictures)).toContain("Kinks rise.");
  // the rows are there
  const again = await kernel.run(cell);
  expect(again.stdout).toContain("1,2,3 1,2,3\n");
  const wrong = await kernel.run(`await runInNotebook(kinks, { runs: ${runs}, watch: true });`);
  expect(wrong.error?.evalue).toContain("watch: must be a function that draws a run");
});
