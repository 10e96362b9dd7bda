/** A training on disk: its tensors and its place in the course, in one safetensors file that is replaced as a whole. */
import { existsSync } from "node:fs";
import { z } from "zod";
import { formatType, sameType } from "../ir";
import { fail, NonsmoothError } from "../util";
import { readSafetensors, writeSafetensors } from "./safetensors";
import type { Position, TrainingState } from "./state";

const KIND = "nonsmooth training checkpoint, version 1";

/**
 * Writes a checkpoint: beside its place, then renamed.
 * @param identity tells this training from all others: a hash of its configuration
 */
export async function saveCheckpoint(
  path: string,
  { tensors, position }: TrainingState,
  identity: string,
): Promise<void> {
  await writeSafetensors(path, tensors, { kind: KIND, identity, position: JSON.stringify(position) });
}

/**
 * Reads a checkpoint, if there is one.
 * @param start the state that the training begins with, whose tensors' names and types the file has to have
 * @throws NonsmoothError for a file that is no checkpoint, or one of another network, precision, optimizer or configuration
 */
export async function loadCheckpoint(
  path: string,
  start: TrainingState,
  identity: string,
): Promise<TrainingState | undefined> {
  if (!existsSync(path)) return undefined;
  const { tensors, metadata } = await readSafetensors(path);
  const what = `checkpoint ${path}`;
  const hint = "Remove the file, or name another one, to begin anew.";
  if (metadata.kind !== KIND) fail(what, `must be a ${KIND}`, metadata.kind, hint);
  for (const [name, expected] of Object.entries(start.tensors)) {
    const found = tensors[name];
    if (!found || !sameType(found, expected))
      fail(
        what,
        `must hold ${name} as ${formatType(expected)}`,
        found && formatType(found),
        "It is of another network, precision or optimizer.",
      );
  }
  const stray = Object.keys(tensors).find((name) => !Object.hasOwn(start.tensors, name));
  if (stray !== undefined)
    fail(what, "must hold the tensors of this training only", stray, "It is of another network or optimizer.");
  if (metadata.identity !== identity) fail(what, "must be of this configuration", metadata.identity, hint);
  const position = parsePosition(what, metadata.position);
  const isMixed = ({ lossScale }: Position) => lossScale !== null;
  if (isMixed(position) !== isMixed(start.position))
    fail(what, `must be of ${isMixed(start.position) ? "" : "no "}mixed precision`, metadata.position, hint);
  return { tensors, position };
}

const counter = z.number().int().min(0);
const positionSchema = z.strictObject({
  epoch: counter,
  batch: counter,
  updates: counter,
  lossSum: z.number(),
  lossCount: counter,
  skipped: counter,
  lossScale: z.strictObject({ scale: z.number().positive(), goodSteps: counter }).nullable(),
});

function parsePosition(what: string, text: string | undefined): Position {
  try {
    return positionSchema.parse(JSON.parse(text ?? ""));
  } catch (cause) {
    throw new NonsmoothError(what, "must say where in its course the training is", { got: text, cause });
  }
}
