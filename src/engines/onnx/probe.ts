/** Finds out which block of channels ONNX Runtime's direct convolution (NCHWc) uses on this CPU: 16 with AVX-512, otherwise 8. */

import { type Convolution, forward } from "./convolution";
import { ModelBuilder } from "./model";
import { cpuTarget } from "./targets";

type Ort = typeof import("onnxruntime-node");

let found: Promise<number> | undefined;

/** The block, or 0 if neither gives the right numbers; each process asks once. */
export function convolutionBlock(ort: Ort): Promise<number> {
  found ??= probe(ort);
  return found;
}

async function probe(ort: Ort): Promise<number> {
  for (const block of [16, 8]) if (await works(ort, block)) return block;
  return 0;
}

/** 16 channels of small integers on 8 × 8 pixels, the kernel 1 × 2: the sums are exact and known. */
async function works(ort: Ort, block: number): Promise<boolean> {
  const shape: Convolution = {
    carrier: "f32",
    batch: 1,
    size: [8, 9],
    channels: 16,
    features: 16,
    kernel: [1, 2],
    stride: [1, 1],
    padding: [0, 0],
    grid: [8, 8],
  };
  const model = new ModelBuilder(cpuTarget(block));
  model.input("x", "f32", [1, 8, 9, 16]);
  model.input("w", "f32", [16, 1, 2, 16]);
  model.output(forward(model, "x", "w", undefined, shape), "f32", [1, 8, 8, 16]);
  const x = Float32Array.from({ length: 8 * 9 * 16 }, (_, i) => (i * 7) % 11);
  const w = Float32Array.from({ length: 16 * 2 * 16 }, (_, i) => (i * 5) % 13);
  const options = { intraOpNumThreads: 1, graphOptimizationLevel: "disabled", logSeverityLevel: 4 } as const;
  try {
    const session = await ort.InferenceSession.create(model.encode("probe"), options);
    const results = await session.run({ x: new ort.Tensor(x, [1, 8, 9, 16]), w: new ort.Tensor(w, [16, 1, 2, 16]) });
    await session.release();
    const y = Object.values(results)[0]!.data as Float32Array;
    return y.every((value, i) => value === expected(x, w, i));
  } catch {
    // a build without these kernels, or with another block, refuses the model
    return false;
  }
}

function expected(x: Float32Array, w: Float32Array, i: number): number {
  const [feature, pixel] = [i % 16, Math.floor(i / 16)];
  const from = (Math.floor(pixel / 8) * 9 + (pixel % 8)) * 16;
  let sum = 0;
  for (let k = 0; k < 32; k++) sum += x[from + k]! * w[feature * 32 + k]!;
  return sum;
}
