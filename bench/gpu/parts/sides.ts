/** Who takes part in a comparison: a process for each engine, and the peer's. */
import type { FormatName } from "nonsmooth";
import type { Side } from "../compare";
import type { Partner } from "../partner";
import type { Setting } from "../types";

interface Sides {
  readonly ours: readonly Side[];
  readonly peer?: Side;
}

/** Gives an action the sides for a format and what they are told; their processes end when the action does. */
export async function withSides(
  setting: Setting,
  { kind, peer }: { readonly kind: string; readonly peer: string },
  action: (sides: (format: FormatName, options: object) => Sides) => Promise<void>,
): Promise<void> {
  const partners = new Map<string, Partner>([...setting.engines.keys()].map((engine) => [engine, setting.ours(kind)]));
  const theirs = setting.theirs(peer);
  try {
    await action((format, options) => ({
      ours: [...setting.engines.keys()].map((engine) => {
        const told = { ...options, format, engine };
        const failure = whyNot(setting, engine, format);
        return { name: engine, partners: [partners.get(engine)!], options: told, ...(failure && { failure }) };
      }),
      ...(theirs && {
        peer: { name: "PyTorch", partners: [theirs], options: { ...options, format, device: setting.torch!.device } },
      }),
    }));
  } finally {
    for (const partner of [...partners.values(), theirs]) partner?.close();
  }
}

/** Why an engine does not compute in a format here; undefined where it does. */
export function whyNot({ engines }: Pick<Setting, "engines">, engine: string, format: FormatName): string | undefined {
  const formats = engines.get(engine);
  if (!formats) return `${engine} is not among the engines that are measured`;
  return formats.includes(format) ? undefined : `computes in ${formats.join(" and ")} here`;
}
