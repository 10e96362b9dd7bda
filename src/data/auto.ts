/** From a dataset's name to its data; the names `auto` and `auto-colour` stand for a dataset that is available. */
import { displayPath, fail, nearest } from "../util";
import type { FolderSource } from "./imagenet";
import { dataPlaces } from "./places";
import type { DataSource, Dataset, FetchOptions, LoadOptions } from "./types";

/** A name that stands for one of two datasets. */
interface Choice {
  readonly name: string;
  readonly preferred: string;
  /** Needs no file. */
  readonly fallback: string;
  /** Size of the preferred dataset's download, if it is small enough to be downloaded without asking. */
  readonly download?: string;
}

const CHOICES: readonly Choice[] = [
  { name: "auto", preferred: "mnist", fallback: "glyphs", download: "11 MB" },
  { name: "auto-colour", preferred: "cifar10", fallback: "colour-glyphs" },
];

/** The real dataset that a drawn one replaces; undefined for a dataset that is not drawn. */
export const realOf = (dataset: string): string | undefined =>
  CHOICES.find(({ fallback }) => fallback === dataset)?.preferred;

/** Seconds without an answer after which the network counts as absent. */
const AUTO_PATIENCE = 8;

/** Downloads in progress (so that none runs twice) and failed ones (so that none is tried again). */
type Attempts = Map<string, Promise<string | undefined>>;

export interface ResolveOptions extends FetchOptions {
  /** Whether a dataset may be an image folder, which does not fit into memory; default false. */
  readonly folders?: boolean;
  /** Whether a dataset may be downloaded; default true. If not, the reason says what a run would download. */
  readonly download?: boolean;
}

export interface Resolved {
  /** A registered dataset's name. */
  readonly name: string;
  /** Why this one, as part of a sentence. */
  readonly reason: string;
  /** The command that fetches the real dataset, if a drawn one replaces it. */
  readonly hint?: string;
}

/** The datasets by name. */
export interface Registry {
  /** The source of a dataset. @throws NonsmoothError for an unknown name, with the nearest known one as a hint */
  dataSource(name: string): DataSource;
  /** The same, image folders included. */
  anySource(name: string): DataSource | FolderSource;
  /**
   * Turns `auto` and `auto-colour` into an available dataset, and says in one line through `log` which one and why.
   * `auto` (28×28 grey): MNIST if it is on disk or can be downloaded (11 MB), otherwise glyphs; `NONSMOOTH_OFFLINE=1`
   * forbids the download, and the same process does not try a failed download again. `auto-colour` (32×32×3): CIFAR-10
   * if it is on disk, otherwise colour-glyphs; it downloads nothing. Other names are checked and returned. With
   * `download: false` nothing is downloaded, and the line says what a run would download.
   *
   * @throws NonsmoothError for an unknown name; the signal's reason when it is aborted
   */
  resolveDataset(name: string, options?: ResolveOptions): Promise<Resolved>;
  /** Loads a dataset by name, also by `auto` and `auto-colour`. @throws NonsmoothError as `resolveDataset` and the source's `load` do */
  loadDataset(name: string, options: LoadOptions & ResolveOptions): Promise<Dataset>;
}

/** The functions that look datasets up in lists of sources. */
export function registry(sources: readonly DataSource[], folders: readonly FolderSource[] = []): Registry {
  const attempts: Attempts = new Map();

  function dataSource(name: string): DataSource {
    const folder = folders.find((candidate) => candidate.name === name);
    return find(name, sources, folder && `${name} is an image folder, which does not fit into memory`);
  }

  const anySource = (name: string) => find(name, [...sources, ...folders]);

  async function resolveDataset(name: string, options: ResolveOptions = {}): Promise<Resolved> {
    const choice = CHOICES.find((candidate) => candidate.name === name);
    if (!choice) return { name: (options.folders ? anySource : dataSource)(name).name, reason: "as asked for" };
    const resolved = await choose(choice, dataSource(choice.preferred), options, attempts);
    options.log?.(`dataset ${name}: ${resolved.name}, ${resolved.reason}`);
    if (resolved.hint && choice.download === undefined) options.log?.(`Hint: ${resolved.hint}`);
    return resolved;
  }

  async function loadDataset(name: string, options: LoadOptions & ResolveOptions): Promise<Dataset> {
    const resolved = await resolveDataset(name, options);
    return dataSource(resolved.name).load(options);
  }

  return { dataSource, anySource, resolveDataset, loadDataset };
}

/** The source of that name; `hint` replaces the hint with the nearest name. */
function find<Source extends { readonly name: string }>(name: string, sources: readonly Source[], hint?: string) {
  const source = sources.find((candidate) => candidate.name === name);
  if (source) return source;
  const choices = CHOICES.map((choice) => choice.name);
  const names = sources.map((candidate) => candidate.name);
  const near = nearest(name, [...choices, ...names]);
  const rule = `must be ${choices.join(", ")} or one of ${names.join(", ")}`;
  return fail("dataset", rule, name, hint ?? (near && `did you mean ${near}?`));
}

async function choose(
  { fallback, download }: Choice,
  source: DataSource,
  options: ResolveOptions,
  attempts: Attempts,
): Promise<Resolved> {
  const { name } = source;
  const { directory } = options;
  if (source.available({ split: "train", directory }) && source.available({ split: "test", directory })) {
    return { name, reason: "found on disk" };
  }
  const hint = `npx nonsmooth data fetch ${name}`;
  const drawn = (why: string) => ({ name: fallback, reason: `drawn here, because ${name} is not on disk${why}`, hint });
  if (download === undefined) return drawn("");
  if (process.env.NONSMOOTH_OFFLINE === "1") return drawn(" and NONSMOOTH_OFFLINE=1 forbids the download");
  if (options.download === false) return drawn(`; a run first tries to download ${name} (${download})`);
  const key = JSON.stringify([name, dataPlaces(directory), options.from]);
  const failure = await shared(attempts, key, () => attempt(source, options));
  if (failure !== undefined) return drawn(` and ${failure}`);
  return { name, reason: `downloaded into ${displayPath(dataPlaces(directory)[0]!)}` };
}

/** Does something unless it is in progress or has failed under the same key. */
async function shared(attempts: Attempts, key: string, action: () => Promise<string | undefined>) {
  const running = attempts.get(key) ?? action();
  attempts.set(key, running);
  try {
    const failure = await running;
    if (failure === undefined) attempts.delete(key);
    return failure;
  } catch (aborted) {
    attempts.delete(key);
    throw aborted;
  }
}

/** Downloads silently; returns why it failed, on one line, or undefined. Throws if it was aborted. */
async function attempt(source: DataSource, options: ResolveOptions): Promise<string | undefined> {
  try {
    await source.fetch?.({ ...options, patience: options.patience ?? AUTO_PATIENCE, log: undefined });
    return undefined;
  } catch (error) {
    options.signal?.throwIfAborted();
    return `the download failed (${(error as Error).message.split("\n")[0]})`;
  }
}
