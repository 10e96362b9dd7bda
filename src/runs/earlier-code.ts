/** Which rows of a run were made by other code than that of its latest session. */
import type { EarlierCode, Manifest } from "./types";

/** The code of the session before, if it was another one and left rows. */
export function otherCode(manifest: Manifest | undefined, commit: string | null, rows: number): EarlierCode[] {
  const { commit: before = null, dirty = null } = manifest?.provenance ?? {};
  return !manifest || rows === 0 || before === commit ? [] : [{ rows, commit: before, dirty }];
}

/** The same for readers of the manifest. */
export const codeNote = ({ rows, commit, dirty }: EarlierCode): string =>
  `the first ${rows} rows come from commit ${commit ?? "unknown"}${changesText(dirty)}`;

const changesText = (dirty: boolean | null) =>
  dirty === null ? "" : dirty ? ", with uncommitted changes" : ", without uncommitted changes";

const NOTE = /^the first (\d+) rows come from commit (\w+)(?:, (with|without) uncommitted changes)?$/;

/** A manifest from when only a note told of earlier code, now with the field `earlierCode`; its notes stay. */
export function withEarlierCode(manifest: Manifest): Manifest {
  if (manifest.earlierCode !== undefined || !Array.isArray(manifest.notes)) return manifest;
  const earlierCode = manifest.notes.flatMap((note): EarlierCode[] => {
    const [, rows, commit, changes] = NOTE.exec(String(note)) ?? [];
    if (commit === undefined) return [];
    const dirty = changes === undefined ? null : changes === "with";
    return [{ rows: Number(rows), commit: commit === "unknown" ? null : commit, dirty }];
  });
  return earlierCode.length > 0 ? { ...manifest, earlierCode } : manifest;
}
