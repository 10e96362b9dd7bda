import { apply, formatType, tensor, type Value } from "../ir";
import { fail } from "../util";
import type { Op } from "./op";
import { mergeReplicas, splitReplicas } from "./replicas";

type OneHot = { readonly classes: number };

export const oneHotOp: Op<OneHot> = {
  name: "oneHot",
  summary:
    "whether a class is the label: [B] indices to [B, classes] truth values; no class where the label is out of range",
  rounds: false,
  agreement: { kind: "bitwise" },
  infer([labels], { classes }) {
    if (labels?.format !== "i32" || labels.shape.length !== 1) {
      fail("oneHot", "labels must be i32[B]", labels && formatType(labels));
    }
    if (!Number.isInteger(classes) || classes < 1) fail("oneHot", "classes must be a positive integer", classes);
    return { format: "bool", shape: [labels!.shape[0]!, classes] };
  },
  evaluate([labels], { classes }, out) {
    for (let i = 0; i < out.length; i++) out[i] = labels!.data[Math.floor(i / classes)] === i % classes ? 1 : 0;
  },
  replicate: ({ inputs: [labels], attributes: { classes }, replicas, ops }) =>
    splitReplicas(ops, ops.oneHot(mergeReplicas(ops, labels!, 0), classes), 0, replicas),
  cases: () => [{ name: "labels", inputs: [tensor("i32", [0, 2, 1, 2, 3, -1])], attributes: { classes: 3 } }],
};

/** Whether a class is the label: i32[B] → bool[B, classes]; all false in a row whose label is out of range. */
export const oneHot = (labels: Value, classes: number): Value => apply(oneHotOp, [labels], { classes });
