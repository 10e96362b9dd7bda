/** What a manifest must be. Manifests are input: they are copied, edited, and written by other versions of the program. */
import { z } from "zod";
import { NonsmoothError, valueAt } from "../util";
import type { Manifest } from "./types";

/** Layout of a run folder that this code reads and writes; manifests without a version have this one. */
export const VERSION = 1;

const rule = (error: string) => ({ error });

const text = z.string(rule("must be text"));
const texts = z.array(text, rule("must be a list"));
const count = z.int(rule("must be a whole number, 0 or more")).min(0, rule("must be a whole number, 0 or more"));
const seconds = z
  .number(rule("must be a number of seconds, 0 or more"))
  .min(0, rule("must be a number of seconds, 0 or more"));
const moment = text.refine((given) => !Number.isNaN(Date.parse(given)), rule("must be a time, as ISO 8601 has it"));
const record = z.record(z.string(), z.unknown(), rule("must be a record"));
const commit = z.nullable(text).optional();
const dirty = z.nullable(z.boolean(rule("must be true, false or null"))).optional();
const dataset = z.looseObject({ name: text.optional(), count: count.optional() }, rule("must be a record")).optional();

const statuses = ["running", "done", "interrupted", "failed"] as const;

/** Unknown fields are kept: a later version of the program may have written them. */
const manifestSchema = z.looseObject({
  experiment: text.regex(/^[a-z0-9][a-z0-9._-]*$/i, rule("must be an experiment's name")),
  hash: text.regex(/^[0-9a-f]{64}$/, rule("must be the 64 digits of a SHA-256")),
  status: z.enum(statuses, rule(`must be one of ${statuses.join(", ")}`)),
  config: record,
  preset: text.optional(),
  shard: z.looseObject({ index: count, count }, rule("must be a record")).optional(),
  reason: text.optional(),
  provenance: z.looseObject({ commit, commitProblem: text.optional(), dirty }, rule("must be a record")),
  earlierCode: z
    .array(z.looseObject({ rows: count, commit, dirty }, rule("must be a record")), rule("must be a list"))
    .optional(),
  environment: z.looseObject(
    { engine: text.optional(), dataset, test: dataset, validation: dataset, skippedFiles: texts.optional() },
    rule("must be a record"),
  ),
  sessions: count,
  started: moment,
  finished: moment.optional(),
  seconds,
  rows: count,
  files: texts,
  notes: texts,
});

/** The error for a manifest at fault: no other command line helps. */
export const refuse = (path: string, rule: string, { got, hint }: { got: unknown; hint: string }): never => {
  throw new NonsmoothError(path, rule, { got, hint, code: "run-folder-mismatch" });
};

/** @throws NonsmoothError that names the file and the first field that is not as it must be */
export function checkManifest(path: string, given: unknown): Manifest {
  const hint = "repair or remove the file, or start the run over with --fresh (fresh: true)";
  if (typeof given !== "object" || given === null || Array.isArray(given))
    refuse(path, "must be a manifest, a record", { got: given, hint });
  const { version = VERSION } = given as Partial<Manifest>;
  if (version !== VERSION) {
    const other = "it was written by another version of this program: use that one";
    refuse(path, `must have version ${VERSION}`, { got: version, hint: other });
  }
  const checked = manifestSchema.safeParse(given);
  if (checked.success) return given as Manifest;
  const { path: keys, message } = checked.error.issues[0]!;
  return refuse(path, `${keys.map(String).join(".")} ${message}`, { got: valueAt(given, keys), hint });
}
