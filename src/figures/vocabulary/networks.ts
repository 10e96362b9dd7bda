/** What figures call networks. */
import { networkTitle } from "../../nn";

interface Networks {
  readonly network: string;
  /** Whether it has batch normalisation, or the list of what was run. */
  readonly batchNorm: boolean | readonly boolean[];
}

const listOf = (batchNorm: Networks["batchNorm"]) => (typeof batchNorm === "boolean" ? [batchNorm] : batchNorm);

/** "VGG11 with batch-norm", where all that were run have it; "VGG11" otherwise. */
export const networkName = ({ network, batchNorm }: Networks): string =>
  `${networkTitle(network)}${listOf(batchNorm).every((on) => on) ? " with batch-norm" : ""}`;

/** "VGG11 + BN", where there is little room. */
export const shortNetworkName = ({ network, batchNorm }: Networks & { readonly batchNorm: boolean }): string =>
  `${networkTitle(network)}${batchNorm ? " + BN" : ""}`;

/** "ResNet18 with and without batch-norm" */
export function networkText({ network, batchNorm }: Networks): string {
  const list = listOf(batchNorm);
  const on = list.filter(Boolean).length;
  return `${networkTitle(network)} ${on === 0 ? "without" : on === list.length ? "with" : "with and without"} batch-norm`;
}
