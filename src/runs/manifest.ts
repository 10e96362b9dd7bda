/** manifest.json: reading and writing the run's title page. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fail, NonsmoothError, writeAtomically } from "../util";
import { withEarlierCode } from "./earlier-code";
import { decode, encode } from "./encoding";
import type { Config, Manifest, RunStatus } from "./types";

/** Layout of a run folder that this code reads and writes; manifests without a version have this one. */
export const VERSION = 1;

const STATUSES: readonly RunStatus[] = ["running", "done", "interrupted", "failed"];

/** SHA-256 of the canonical JSON (keys sorted) of `{experiment, config}`, in hex. */
export function configHash(experiment: string, config: Config): string {
  return createHash("sha256")
    .update(encode({ experiment, config }, { what: "config", sorted: true }))
    .digest("hex");
}

/**
 * The manifest of a run folder, or undefined where there is none.
 * @throws if the file is not a manifest, or one of another version of the layout.
 */
export function readManifest(folder: string): Manifest | undefined {
  const path = join(folder, "manifest.json");
  if (!existsSync(path)) return undefined;
  const hint = "remove the file, or start the run over with fresh: true";
  let manifest: Partial<Manifest> | null;
  try {
    manifest = decode(readFileSync(path, "utf8")) as Partial<Manifest> | null;
  } catch (error) {
    throw new NonsmoothError(path, "must be a manifest in JSON", { got: (error as Error).message, hint, cause: error });
  }
  if (typeof manifest?.experiment !== "string" || typeof manifest.hash !== "string") {
    throw new NonsmoothError(path, "must be a manifest with experiment and hash", { got: manifest, hint });
  }
  const { version = VERSION, status, config } = manifest;
  if (version !== VERSION) {
    const newer = "it was written by another version of this program: use that one";
    throw new NonsmoothError(path, `must have version ${VERSION}`, { got: version, hint: newer });
  }
  if (!STATUSES.includes(status as RunStatus)) fail(path, `status must be one of ${STATUSES.join(", ")}`, status, hint);
  if (typeof config !== "object" || config === null) fail(path, "config must be a record", config, hint);
  for (const [key, list] of Object.entries({ notes: manifest.notes, earlierCode: manifest.earlierCode }))
    if (list !== undefined && !Array.isArray(list)) fail(path, `${key} must be a list`, list, hint);
  return withEarlierCode(manifest as Manifest);
}

/** Writes the manifest in one step, indented for readers. */
export function writeManifest(folder: string, manifest: Manifest): void {
  const compact = encode(manifest, { what: "manifest" });
  writeAtomically(join(folder, "manifest.json"), `${JSON.stringify(JSON.parse(compact), null, 2)}\n`);
}
