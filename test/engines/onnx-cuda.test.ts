/** What of the CUDA engine can be tested without a GPU: its refusals, what it reads of the driver, its models' sums. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createEngine, cudaLibrary, nvidiaDevice, toOnnx } from "../../src/engines";
import { cpuTarget, cudaTarget } from "../../src/engines/onnx/targets";
import { graph, input, type Value } from "../../src/ir";
import { ops } from "../../src/ops";

const folder = mkdtempSync(join(tmpdir(), "nonsmooth-cuda-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("onnx-cuda", () => {
  it.skipIf(existsSync(cudaLibrary()))(
    "onnx-cuda without its provider is refused, with the command that installs it",
    () => {
      expect(() => createEngine("onnx-cuda")).toThrow(
        /^onnx-cuda: needs ONNX Runtime's CUDA provider, got "no .*"\nHint: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node/,
      );
    },
  );

  it("the GPU and its driver are named from the driver's own files", () => {
    mkdirSync(join(folder, "gpus", "0000:01:00.0"), { recursive: true });
    writeFileSync(join(folder, "gpus", "0000:01:00.0", "information"), "Model: \t\t NVIDIA H200\nIRQ:   \t\t 22\n");
    const version = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\n";
    writeFileSync(join(folder, "version"), version);
    expect(nvidiaDevice(folder)).toBe("NVIDIA H200, driver 550.54.15");
    expect(nvidiaDevice(join(folder, "nothing"))).toBe(undefined);
  });
});

/** The node types of a graph's model. */
const nodeTypes = (y: Value, target = cudaTarget) => {
  const text = Buffer.from(toOnnx(graph({ y }), target).bytes).toString("latin1");
  return ["Gemm", "Add", "ReduceSum", "MatMul", "If", "Cast"].filter((type) => text.includes(type));
};

describe("CUDA's models", () => {
  const [x, w, b] = [input("x", "f16", [4, 8]), input("w", "f16", [8, 3]), input("b", "f16", [3])];

  it("CUDA's models add a bias within the product, so that half precision is rounded once", () => {
    const y = ops.matmul(x, w, { bias: b });
    expect(nodeTypes(y)).toEqual(["Gemm"]);
    expect(nodeTypes(y, cpuTarget())).toEqual(["Gemm", "Add", "Cast"]);
  });

  it("CUDA's models add biases to a stack of products in f32, so that f16 is rounded once", () => {
    const [a, c] = [input("a", "f16", [2, 4, 8]), input("c", "f16", [2, 8, 3])];
    expect(nodeTypes(ops.matmul(a, c, { bias: b }))).toEqual(["Add", "MatMul", "Cast"]);
    expect(nodeTypes(ops.matmul(a, c))).toEqual(["MatMul"]);
  });

  it("CUDA's models sum over rows by products, whose order does not change from run to run", () => {
    expect(nodeTypes(ops.reduceSum(input("g", "f32", [4, 8]), [0]))).toEqual(["MatMul"]);
    expect(nodeTypes(ops.reduceSum(input("g", "f32", [4, 8]), [1]))).toEqual(["ReduceSum"]);
  });

  it("CUDA's models have no branch that waits for the host", () => {
    const s = input("s", "f32", []);
    const z = input("z", "f32", [3]);
    const slopes = { at: [0], slopes: [0, 1], chainRule: "multiply" } as const;
    const y = ops.pieceGradient(z, z, [s], slopes);
    expect(nodeTypes(y)).not.toContain("If");
    expect(nodeTypes(y, cpuTarget())).toContain("If");
  });
});
