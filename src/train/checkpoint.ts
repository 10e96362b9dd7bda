/** A training on disk: its tensors and its position, in one safetensors file that is replaced as a whole. */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { formatType, sameType } from "../ir";
import { fail, makeFolder, NonsmoothError, notWritten } from "../util";
import { readSafetensors, writeSafetensors } from "./safetensors";
import type { Position, TrainingState } from "./state";

export interface CheckpointOptions {
  readonly path: string;
  /** Identifies this training. */
  readonly identity: string;
  /**
   * Seconds between checkpoints within an epoch; default 10, or more if writing one takes more than half a second. There is also one
   * after each epoch.
   */
  readonly everySeconds?: number;
  /** The results that the caller has made from the events so far: kept in the checkpoint, and returned when the training continues. */
  readonly beside?: {
    read(): string;
    /** Called with these results before the first event, if the checkpoint has them. */
    restore(text: string): void;
  };
}

const KIND = "nonsmooth training checkpoint, version 1";

/** The state of some work cannot be saved, or cannot be read again. This says nothing about the work itself. */
class CheckpointError extends NonsmoothError {
  override readonly name = "CheckpointError";

  constructor({ what, rule, message, cause, code }: NonsmoothError) {
    super(what, rule, { cause, code });
    this.message = message;
  }
}

/** Whether an error comes from a checkpoint. By name, since errors from worker processes lose their class. */
export const isCheckpointError = ({ name }: { readonly name: string }): boolean => name === "CheckpointError";

/** Does something with the file of a checkpoint; errors, those of the file system, too, become checkpoint errors. */
export function asCheckpointError<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const isSystem = (error as NodeJS.ErrnoException).syscall !== undefined;
    if (error instanceof NonsmoothError || isSystem) throw new CheckpointError(notWritten(path, error));
    throw error;
  }
}

/** A training as read from its checkpoint. */
export interface SavedTraining extends TrainingState {
  /** What `beside` returned; undefined if there was none. */
  readonly beside?: string;
}

/**
 * Writes a checkpoint: beside its place, then renamed.
 * @param identity identifies this training: a hash of its configuration
 */
export async function saveCheckpoint(
  path: string,
  { tensors, position, beside }: SavedTraining,
  identity: string,
): Promise<void> {
  const metadata = { kind: KIND, identity, position: JSON.stringify(position) };
  asCheckpointError(path, () => {
    makeFolder(dirname(path));
    writeSafetensors(path, tensors, beside === undefined ? metadata : { ...metadata, beside }, { hashed: true });
  });
}

/**
 * Reads a checkpoint, if there is one.
 * @param start the state that the training begins with; the file must have tensors of the same names and types
 * @throws NonsmoothError for a file that is not a checkpoint, or is from another network, precision, optimizer or configuration
 */
export async function loadCheckpoint(
  path: string,
  start: TrainingState,
  identity: string,
): Promise<SavedTraining | undefined> {
  return existsSync(path) ? asCheckpointError(path, () => readCheckpoint(path, start, identity)) : undefined;
}

function readCheckpoint(path: string, start: TrainingState, identity: string): SavedTraining {
  const { tensors, metadata, skipped } = readSafetensors(path);
  const what = `checkpoint ${path}`;
  const hint = "remove the file or name another one to start again";
  if (metadata.kind !== KIND) fail(what, `must be a ${KIND}`, metadata.kind, hint);
  for (const [name, expected] of Object.entries(start.tensors)) {
    const found = tensors[name];
    if (!found || !sameType(found, expected))
      fail(
        what,
        `must hold ${name} as ${formatType(expected)}`,
        found ? formatType(found) : skipped[name],
        "it is from another network, precision or optimizer",
      );
  }
  const stray = Object.keys({ ...tensors, ...skipped }).find((name) => !Object.hasOwn(start.tensors, name));
  if (stray !== undefined)
    fail(what, "must hold only the tensors of this training", stray, "it is from another network or optimizer");
  if (metadata.identity !== identity) fail(what, "must be from this configuration", metadata.identity, hint);
  const position = parsePosition(what, metadata.position);
  const isMixed = ({ lossScale }: Position) => lossScale !== null;
  if (isMixed(position) !== isMixed(start.position))
    fail(what, `must be of ${isMixed(start.position) ? "" : "no "}mixed precision`, metadata.position, hint);
  return { tensors, position, beside: metadata.beside };
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
    throw new NonsmoothError(what, "must say how far the training has got", { got: text, cause });
  }
}
