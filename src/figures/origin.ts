/** Where a saved figure comes from: the run that drew it, its rows in data/results/, and the code that made them. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Evidence, evidenceOf, refuseWeaker } from "../experiments";
import { type Manifest, readManifest } from "../runs";
import { mayReplace, NonsmoothError, type Permission, projectRoot } from "../util";
import { type DrawnFrom, rowsOf } from "./definition";
import { readSaved, savedFigures } from "./saved";

/** What data/results/<name>/ holds: a run's manifest, or why it cannot be read, or nothing. */
export interface Results {
  readonly manifest?: Manifest;
  readonly problem?: string;
}

/** Never throws: one damaged manifest must not keep other figures from being saved. */
export function readResults(root: string, name: string): Results {
  const folder = join(root, "data", "results", name);
  try {
    return { manifest: readManifest(folder) };
  } catch (error) {
    // the hint is for run folders, and the gallery must not depend on where the project is
    const problem = error instanceof NonsmoothError ? `${error.what}: ${error.detail}` : (error as Error).message;
    return { problem: problem.replaceAll(folder, `data/results/${name}`) };
  }
}

/**
 * The name in data/results/ under which a run's rows are kept, all of them; undefined where they are not.
 * @param except a name that does not count
 */
export function keptAs(root: string, run: DrawnFrom, except?: string): string | undefined {
  const folder = join(root, "data", "results");
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name !== except) : [];
  return names.sort().find((name) => {
    const { manifest } = readResults(root, name);
    return manifest !== undefined && isSame(run, manifest);
  });
}

/** What a saved figure and the rows beside it are worth; undefined where nothing is known of a run behind them. */
export function savedEvidence(root: string, name: string): Evidence | undefined {
  const { manifest } = readResults(root, name);
  const run = savedFigures(root).includes(name) ? drawnFrom(root, name) : undefined;
  if (!manifest && !run) return undefined;
  const kept = manifest ? evidenceOf(manifest) : { datasets: [], rows: 0 };
  return { ...kept, rows: Math.max(kept.rows, run ? rowsOf(run) : 0) };
}

/**
 * Lets a figure be written into a folder, or fails: see `mayReplace`. In place it is compared with the figure of its name in `root`.
 * @param run what it is drawn from, with its manifest where that is known; undefined: it does not say so
 */
export function mayReplaceFigure(
  name: string,
  folder: string,
  run: (DrawnFrom & Partial<Manifest>) | undefined,
  permission: Permission = {},
  root = projectRoot,
): void {
  // none of the runs may be weaker than what is there; only their rows add up
  const parts = run === undefined ? [] : [run, ...(run.beside ?? [])].map(evidenceOf);
  const now = parts.length === 0 ? [{ datasets: [], rows: 0 }] : parts.map((one) => ({ ...one, rows: rowsOf(run!) }));
  mayReplace(join(folder, `${name}.json`), permission, () => {
    for (const evidence of now) refuseWeaker(`figures/${name}`, evidence, savedEvidence(root, name));
  });
}

function drawnFrom(root: string, name: string): DrawnFrom | undefined {
  try {
    return readSaved(root, name).run;
  } catch {
    return undefined; // a damaged figure may be drawn again
  }
}

/** The lines of the gallery on where a figure comes from; none where nothing is known. */
export function originLines(root: string, name: string, run: DrawnFrom | undefined): string[] {
  return [...originText(name, run, readResults(root, name)), ...(run?.beside ?? []).flatMap(besideText)];

  function besideText(other: DrawnFrom): string[] {
    const kept = keptAs(root, other) ?? "";
    return originText(kept, other, kept === "" ? {} : readResults(root, kept));
  }
}

function originText(name: string, run: DrawnFrom | undefined, { manifest, problem }: Results): string[] {
  const folder = `../data/results/${name}`;
  const drawn = run ? `drawn from ${describe(run)}; ` : "";
  if (problem !== undefined) return [`- ${drawn}the kept [manifest](${folder}/manifest.json) is broken: ${problem}`];
  if (manifest && (!run || isSame(run, manifest))) {
    const [sure, unsure] = run ? ["made from", ""] : ["kept with it:", `; ${name}.json does not say which run drew it`];
    const rows = `[rows](${folder}/rows.jsonl) of run ${runName(manifest)}${engineText(manifest)}`;
    return [
      `- ${sure} ${rows}, ${madeBy(manifest)}: [manifest](${folder}/manifest.json)${unsure}${laterSession(manifest)}`,
    ];
  }
  if (!run) return [];
  const others = manifest ? ` ([data/results/${name}](${folder}) is of ${describe(manifest)})` : "";
  return [`- ${drawn}these are not kept${others}: \`npx nonsmooth figure\`, or saveFigure, keeps them`];
}

/** The same run, as far as it was then. */
const isSame = (a: DrawnFrom, b: DrawnFrom): boolean =>
  a.experiment === b.experiment && a.hash === b.hash && a.rows === b.rows;

const runName = ({ experiment, hash }: DrawnFrom): string => `\`${experiment}/${hash.slice(0, 12)}\``;

const describe = (run: DrawnFrom): string => `run ${runName(run)}, ${rowsText(run.rows)}`;

/** "1,664 rows" */
export const rowsText = (count: number): string => `${count.toLocaleString("en")} ${count === 1 ? "row" : "rows"}`;

function engineText({ config, environment }: Manifest): string {
  const engine = config.engine ?? environment?.engine;
  return engine === undefined ? "" : `, ${engine}`;
}

/** How many rows were made at which commit. */
interface Share {
  readonly rows: number;
  /** null: not recorded */
  readonly commit: string | null;
  readonly dirty: boolean | null;
}

/** "5 rows at commit 1234567 …, 3 rows at commit 89abcde": of earlier code, then of the latest session's. */
function madeBy({ rows, earlierCode = [], provenance = {} }: Partial<Manifest> & Pick<Manifest, "rows">): string {
  const latest = { rows, commit: provenance.commit ?? null, dirty: provenance.dirty ?? null };
  let counted = 0;
  const shares = [...earlierCode, latest].map(({ rows: upTo, ...code }): Share => {
    const own = Math.max(0, Math.min(upTo, rows) - counted);
    counted += own;
    return { rows: own, ...code };
  });
  return shares
    .filter((share) => share.rows > 0)
    .map(shareText)
    .join(", ");
}

/** Why the manifest names another commit than that of the rows. */
function laterSession({ rows, earlierCode = [], provenance }: Manifest): string {
  const commit = provenance?.commit?.slice(0, 7);
  const isLater = commit !== undefined && earlierCode.some(({ rows: upTo }) => upTo >= rows);
  return isLater ? `; the manifest's own commit, ${commit}, is that of a later session, which added no row` : "";
}

function shareText({ rows, commit, dirty }: Share): string {
  const changes = dirty === null ? " (uncommitted changes not recorded)" : dirty ? " with uncommitted changes" : "";
  return `${rowsText(rows)} at commit ${commit?.slice(0, 7) ?? "unknown"}${changes}`;
}
