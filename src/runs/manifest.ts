/** manifest.json: reading and writing the run's title page. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { NonsmoothError, readRegularIfThere, writeAtomically } from "../util";
import { withEarlierCode } from "./earlier-code";
import { decode, encode } from "./encoding";
import { checkManifest, refuse } from "./manifest-schema";
import type { Config, Manifest } from "./types";

/** SHA-256 of the canonical JSON (keys sorted) of `{experiment, config}`, in hex. */
export function configHash(experiment: string, config: Config): string {
  return createHash("sha256")
    .update(encode({ experiment, config }, { what: "config", sorted: true }))
    .digest("hex");
}

/**
 * The manifest of a run folder, or undefined where there is none.
 * @throws NonsmoothError that names file and field, if the file is not a manifest, is one of another version of the layout, or if its
 * configuration is not the one that its hash is of.
 */
export function readManifest(folder: string): Manifest | undefined {
  const path = join(folder, "manifest.json");
  const content = readRegularIfThere(path);
  if (content === undefined) return undefined;
  const manifest = checkManifest(path, parsed(path, content.toString("utf8")));
  const own = configHash(manifest.experiment, manifest.config);
  if (own !== manifest.hash) {
    const hint = "experiment, config or hash was edited; put it back, or start the run over with --fresh (fresh: true)";
    refuse(path, `its configuration must be that of its hash, ${manifest.hash}`, { got: own, hint });
  }
  return withEarlierCode(manifest);
}

function parsed(path: string, text: string): unknown {
  try {
    return decode(text);
  } catch (cause) {
    const hint = "remove the file, or start the run over with --fresh (fresh: true)";
    throw new NonsmoothError(path, "must be a manifest in JSON", {
      got: (cause as Error).message,
      hint,
      cause,
      code: "run-folder-mismatch",
    });
  }
}

/** Writes the manifest in one step, indented for readers. */
export function writeManifest(folder: string, manifest: Manifest): void {
  const compact = encode(manifest, { what: "manifest" });
  writeAtomically(join(folder, "manifest.json"), `${JSON.stringify(JSON.parse(compact), null, 2)}\n`);
}
