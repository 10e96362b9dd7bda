/** Files written beside their place and renamed. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { NonsmoothError } from "./errors";

/** Replaces a file in one step: whoever reads it sees the old content or the new, after a crash, too. */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  const beside = `${path}.tmp`;
  try {
    const file = openSync(beside, "w");
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** The same, for a file that the user named: an error says which. */
export function writeNamed(path: string, content: string | Uint8Array): void {
  try {
    writeAtomically(path, content);
  } catch (cause) {
    throw new NonsmoothError(path, "must be a file that can be written", { got: (cause as Error).message, cause });
  }
}
