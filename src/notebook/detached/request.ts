/** What the process of a run is told, and what it says if it fails. */
import type { RunOptions } from "../../experiments";
import { Interrupted, isInterrupted, NonsmoothError } from "../../util";

/** Options that another process can be given. */
export type PlainOptions = Omit<RunOptions, "signal" | "progress" | "log" | "detached">;

export interface Request {
  readonly experiment: string;
  readonly options: PlainOptions;
}

/** The parts of an error: a class does not survive the way to another process. */
export interface Failure {
  readonly message: string;
  readonly isInterrupted: boolean;
  readonly ours?: Pick<NonsmoothError, "what" | "detail" | "hint" | "code">;
}

export function failureOf(error: unknown): Failure {
  const general = {
    message: error instanceof Error ? error.message : String(error),
    isInterrupted: isInterrupted(error),
  };
  if (!(error instanceof NonsmoothError)) return general;
  const { what, detail, hint, code } = error;
  return { ...general, ours: { what, detail, hint, code } };
}

export function errorOf({ message, isInterrupted, ours }: Failure): Error {
  if (isInterrupted) return new Interrupted(message);
  return ours ? new NonsmoothError(ours.what, ours.detail, { hint: ours.hint, code: ours.code }) : new Error(message);
}
