/** The manifest of a run whose rows come from several folders: its shards, and its own. */
import { isDeepStrictEqual } from "node:util";
import { groupBy, NonsmoothError, sumOf } from "../util";
import { type Shard, shardText } from "./shard";
import type { EarlierCode, Environment, Manifest, RunStatus } from "./types";

/** What the manifest of a run says about one of its shards. */
export interface ShardFacts
  extends Pick<Manifest, "status" | "rows" | "seconds" | "sessions" | "started" | "finished"> {
  /** `3/8` */
  readonly shard: string;
  /** What its manifest has otherwise than that of the run: code, machine, engine. */
  readonly provenance?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, unknown>>;
}

/** The shards that are done, of a division of which all are; undefined where there is none. */
export function wholeDivision<S extends Shard & { readonly status: string }>(
  shards: readonly S[],
): readonly S[] | undefined {
  const divisions = groupBy(shards, ({ count }) => count);
  return [...divisions.values()].find(
    (some) => some.length === some[0]!.count && some.every(({ status }) => status === "done"),
  );
}

/**
 * The manifest of the whole, as its shards come to it. Code, machine and engine are those of the session that was started last;
 * `environment.shards` has each shard with what differs.
 * @param own that of the run's folder, where there is one; what it says of shards is not counted again
 * @param status of the whole
 */
export function uniteManifests(own: Manifest | undefined, shards: readonly Manifest[], status: RunStatus): Manifest {
  const all = [...(own ? [own] : []), ...shards.map((shard) => newOf(shard, own))];
  const latest = all.reduce((a, b) => (sessionOf(b) > sessionOf(a) ? b : a));
  const { shard: _, summary: __, finished: ___, reason: ____, earlierCode: _____, ...base } = latest;
  const earlierCode = codeOf(all, latest);
  const finished = [...(own ? [own] : []), ...shards]
    .flatMap((one) => one.finished ?? [])
    .sort()
    .at(-1);
  const preset = all.find((one) => one.preset !== undefined)?.preset;
  return {
    ...base,
    status,
    ...(preset !== undefined && { preset }),
    ...(earlierCode.length > 0 ? { earlierCode } : {}),
    environment: uniteEnvironments(own, shards, latest),
    sessions: sumOf(all, ({ sessions }) => sessions),
    started: all.map(({ started }) => started).sort()[0]!,
    ...(status === "done" && finished !== undefined && { finished }),
    seconds: Math.round(1000 * sumOf(all, ({ seconds }) => seconds)) / 1000,
    rows: sumOf(all, ({ rows }) => rows),
    files: own?.files ?? [],
    notes: [...new Set(all.flatMap(({ notes }) => notes))],
  };
}

const recordedIn = (own: Manifest | undefined): readonly ShardFacts[] =>
  (own?.environment.shards ?? []) as readonly ShardFacts[];

/** A shard that was removed and computed again is another one. */
const isOf = ({ shard, started }: ShardFacts, manifest: Manifest): boolean =>
  shard === shardText(manifest.shard!) && started === manifest.started;

/** What a shard has done since the run's own manifest was written. */
function newOf(shard: Manifest, own: Manifest | undefined): Manifest {
  const before = recordedIn(own).find((facts) => isOf(facts, shard));
  if (!before) return shard;
  const { rows, seconds, sessions } = shard;
  return {
    ...shard,
    rows: Math.max(0, rows - before.rows),
    seconds: Math.max(0, seconds - before.seconds),
    sessions: Math.max(0, sessions - before.sessions),
  };
}

/** When the latest session of a manifest began. */
const sessionOf = ({ provenance, started }: Manifest): number => Date.parse(String(provenance.date ?? started));

/** Whose code made the first rows, in the order in which they are read: as if each manifest were a session, the latest one the last. */
function codeOf(all: readonly Manifest[], latest: Manifest): EarlierCode[] {
  const codes: EarlierCode[] = [];
  let rows = 0;
  for (const one of [...all.filter((other) => other !== latest), latest]) {
    const { commit = null, dirty = null } = one.provenance;
    for (const code of one.earlierCode ?? []) codes.push({ ...code, rows: rows + code.rows });
    rows += one.rows;
    codes.push({ rows, commit, dirty });
  }
  const last = codes.pop()!;
  const filled = codes.filter(({ rows: to }, i) => to > (codes[i - 1]?.rows ?? 0));
  return filled.filter(({ commit, dirty }, i) => {
    const next = filled[i + 1] ?? last;
    return next.commit !== commit || next.dirty !== dirty;
  });
}

function uniteEnvironments(own: Manifest | undefined, shards: readonly Manifest[], latest: Manifest): Environment {
  const all = [...(own ? [own] : []), ...shards];
  const skipped = [...new Set(all.flatMap(({ environment }) => environment.skippedFiles ?? []))].sort();
  const earlier = recordedIn(own).filter((facts) => !shards.some((shard) => isOf(facts, shard)));
  return {
    ...latest.environment,
    ...(skipped.length > 0 && { skippedFiles: skipped, skippedCount: skipped.length }),
    shards: [...earlier, ...shards.map((one) => factsOf(one, latest))],
  };
}

function factsOf(manifest: Manifest, latest: Manifest): ShardFacts {
  const { shard, status, rows, seconds, sessions, started, finished } = manifest;
  const provenance = differing(manifest.provenance, latest.provenance);
  const environment = differing(manifest.environment, latest.environment);
  return {
    shard: shardText(shard!),
    ...{ status, rows, seconds, sessions, started },
    ...(finished !== undefined && { finished }),
    ...(provenance && { provenance }),
    ...(environment && { environment }),
  };
}

function differing(own: Readonly<Record<string, unknown>>, base: Readonly<Record<string, unknown>>) {
  const entries = Object.entries(own).filter(([key, value]) => key !== "date" && !isDeepStrictEqual(value, base[key]));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

const DATA = ["dataset", "test", "validation"] as const;

/** Rows of one run must not have seen different data. @throws NonsmoothError that names the shard which has others than those before it */
export function requireSameData(own: Manifest | undefined, shards: readonly Manifest[]): void {
  for (const part of DATA) {
    const seen = [...(own ? [own] : []), ...shards].filter(({ environment, rows }) => environment[part] && rows > 0);
    const other = seen.find(({ environment }) => !isDeepStrictEqual(environment[part], seen[0]!.environment[part]));
    if (other === undefined) continue;
    const name = other.shard ? `shard ${shardText(other.shard)}` : "the run";
    throw new NonsmoothError(`${name}, ${part}`, "must be the data that the other shards have seen", {
      got: other.environment[part],
      hint: "compute the shard again with --fresh, where the data are the same",
      code: "run-folder-mismatch",
    });
  }
}
