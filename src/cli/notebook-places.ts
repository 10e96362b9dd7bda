/** Whether an execution of notebooks can write where it will: said before anything is downloaded, measured or computed. */
import { dirname, join } from "node:path";
import { saveRoot } from "../figures";
import { defaultRuns, tryRuns } from "../runs";
import { displayPath, elsewhere, makeWritable } from "../util";
import { isOurs, notebookCode } from "./notebook-files";

/** What an execution writes into. */
export interface Places {
  readonly inPlace: boolean;
  /** The folder of the executed notebooks, as the user named it. */
  readonly out?: string;
  /** The same as an absolute path, with its default. */
  readonly folder: string;
  /** Folder of all runs; default: that of runs elsewhere. */
  readonly runs?: string;
}

/** @throws NonsmoothError if the notebooks, their figures or their runs cannot be written */
export function tryPlaces(files: readonly string[], { inPlace, out, folder, runs = defaultRuns() }: Places): void {
  if (inPlace) {
    const hint = "--out names a folder of yours for the executed notebooks";
    for (const place of new Set(files.map(dirname))) makeWritable("--in-place", place, hint);
  } else
    makeWritable(
      out === undefined ? "out" : "--out",
      folder,
      out === undefined ? `--out names another folder; or ${elsewhere}` : undefined,
    );
  // what other notebooks write is known to their authors
  const code = files.filter(isOurs).map(notebookCode).join("\n");
  const root = saveRoot({ inPlace });
  if (/\bsaveFigure\(/.test(code)) makeWritable(`${displayPath(root)}, for figures`, join(root, "figures"), elsewhere);
  if (/\b(run|start)InNotebook\(/.test(code)) tryRuns(runs);
}
