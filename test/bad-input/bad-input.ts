/**
 * Bad inputs, each with what it gets. Every area has a list in a file beside this one; the lists are run as tests, and `docs/reliability.md`
 * is made of them.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface BadInput {
  /** In a few words: "an image that is cut off". */
  readonly input: string;
  /** The first line of the error; or in a few words what happens instead. The temporary folder is written as `…`. */
  readonly gets: string;
  /** Gives the input, made in an empty folder, to the library; returns what happened, or throws. */
  run(folder: string): unknown;
}

export interface Area {
  /** "Images and data" */
  readonly title: string;
  readonly inputs: readonly BadInput[];
}

/** What a bad input gets, as `gets` has it. */
export async function outcomeOf({ run }: BadInput): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "nonsmooth-bad-"));
  try {
    return said(String(await run(folder)), folder);
  } catch (error) {
    return said((error as Error).message, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const said = (text: string, folder: string): string => text.split("\n", 1)[0]!.replaceAll(folder, "…");
