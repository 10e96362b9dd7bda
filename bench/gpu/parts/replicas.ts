/** Training steps of many perceptrons at once beside PyTorch's batched products on the same GPU. */
import { compare } from "../compare";
import { FORMATS, FULL, SMALL, TOLERANCE, writeReplicas } from "../problem";
import { TIMED } from "../tables";
import type { Part, TimedRow } from "../types";
import { withSides } from "./sides";

/** Those that the others lie between come first. */
const REPLICAS = { full: [1, 64, 256, 4, 16], small: [1, 4] };

export const replicas: Part<TimedRow> = {
  name: "replicas",
  title:
    "Training steps of R perceptrons at once, on the same mini-batch: steps of R networks count R. PyTorch multiplies batches " +
    "of matrices (baddbmm) as a CUDA graph, without TF32",
  columns: TIMED,
  share: 4,
  run: (setting, add) =>
    withSides(setting, { kind: "replicas", peer: "gpu_mlp_replicas" }, async (sides) => {
      const sizes = setting.small ? SMALL : FULL;
      const problem = writeReplicas(setting.folder, sizes);
      for (const format of FORMATS) {
        for (const replicas of setting.small ? REPLICAS.small : REPLICAS.full) {
          const what = `${problem.widths.join("-")}, ${format}, batch ${problem.batch}, R = ${replicas}`;
          const options = { ...problem, replicas };
          const tolerance = TOLERANCE[format];
          await compare(setting, { what, unit: "network steps/s", ...sides(format, options), tolerance }, add);
        }
      }
    }),
};
