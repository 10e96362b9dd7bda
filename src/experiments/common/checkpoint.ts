/**
 * The state of an unfinished initialisation, in the run folder: after a stop or a kill it continues from there. Each has one
 * safetensors file, replaced as a whole; its finished rows wait in the file until all of the initialisation's rows are there.
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { decode, encode } from "../../runs";
import {
  asCheckpointError,
  CheckpointPace,
  readMetadata,
  readSafetensors,
  type Tensors,
  writeSafetensors,
} from "../../train";
import { fail, makeFolder, pause } from "../../util";
import type { RunContext } from "../types";

const KIND = "nonsmooth checkpoint of an initialisation, version 1";

/** Where a run's checkpoints are, and how often they are written; plain data. */
export interface CheckpointPlace {
  readonly folder: string;
  /** Distinguishes the run from all others. */
  readonly hash: string;
  readonly seconds?: number;
}

/** What an initialisation needs to go on. */
export interface Midway<Data> {
  /** How much of it is done, from 0 to 1. */
  readonly share: number;
  /** Plain data. */
  readonly data: Data;
  readonly tensors?: Tensors;
}

export const checkpointFolder = (directory: string): string => join(directory, "checkpoints");

export const checkpointPlace = ({ store, checkpointSeconds }: RunContext): CheckpointPlace => ({
  folder: checkpointFolder(store.directory),
  hash: store.hash,
  seconds: checkpointSeconds,
});

/** The file for this key, and what it has to say about itself. Any key gives a name that every file system accepts. */
export const checkpointOf = ({ folder, hash }: CheckpointPlace, key: string) => ({
  path: join(folder, `${encodeURIComponent(key)}.safetensors`),
  identity: `${hash} ${key}`,
});

/** What is stored beside the tensors. */
export const besideText = ({ share, data }: Midway<unknown>): string => encode({ share, data });
export const besideData = <Data>(text: string): Pick<Midway<Data>, "share" | "data"> =>
  decode(text) as Pick<Midway<Data>, "share" | "data">;

/** How much of it is in its checkpoint, from 0 to 1; 0 where there is none. */
export function shareDone(place: CheckpointPlace, key: string): number {
  const { path } = checkpointOf(place, key);
  if (!existsSync(path)) return 0;
  const { beside } = asCheckpointError(path, () => readMetadata(path));
  return beside === undefined ? 0 : besideData(beside).share;
}

export function removeCheckpoint(place: CheckpointPlace, key: string): void {
  rmSync(checkpointOf(place, key).path, { force: true });
}

/** Removes files that killed processes began to write. */
export function removeUnfinished({ folder }: CheckpointPlace): void {
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder)) if (file.endsWith(".tmp")) rmSync(join(folder, file), { force: true });
}

/** The checkpoint of one initialisation, written from time to time and when the signal aborts. */
export class Checkpoint<Data> {
  private readonly pace: CheckpointPace;
  private readonly path: string;
  private readonly identity: string;

  constructor(
    private readonly place: CheckpointPlace,
    key: string,
    private readonly signal: AbortSignal,
  ) {
    this.pace = new CheckpointPace(place.seconds);
    ({ path: this.path, identity: this.identity } = checkpointOf(place, key));
  }

  /** @throws for a file that does not belong to this initialisation */
  load(): Midway<Data> | undefined {
    return existsSync(this.path) ? asCheckpointError(this.path, () => this.read()) : undefined;
  }

  /**
   * Lets events in, and writes the state if it is due or the signal has aborted. Call it between steps of half a second
   * or less.
   * @throws the signal's reason
   */
  async pause(state: () => Midway<Data> | Promise<Midway<Data>>): Promise<void> {
    await pause();
    if (this.pace.due || this.signal.aborted) await this.save(await state());
    this.signal.throwIfAborted();
  }

  /** Writes the state now. */
  async save(midway: Midway<Data>): Promise<void> {
    await this.pace.write(() => asCheckpointError(this.path, () => this.write(midway)));
  }

  private read(): Midway<Data> {
    const { tensors, metadata } = readSafetensors(this.path);
    const hint = "remove the file to start its initialisation over";
    const what = `checkpoint ${this.path}`;
    if (metadata.kind !== KIND) fail(what, `must be a ${KIND}`, metadata.kind, hint);
    if (metadata.identity !== this.identity) fail(what, "must be of this run", metadata.identity, hint);
    return { ...besideData<Data>(metadata.beside ?? "null"), tensors };
  }

  private write(state: Midway<Data>): void {
    makeFolder(this.place.folder);
    const metadata = { kind: KIND, identity: this.identity, beside: besideText(state) };
    writeSafetensors(this.path, state.tensors ?? {}, metadata, { hashed: true });
  }
}
