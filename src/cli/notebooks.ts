/** `nonsmooth notebooks`: executes notebooks without Jupyter and Python. */
import { basename, join, resolve } from "node:path";
import { type Evidence, evidenceText, presetNames, refuseWeaker } from "../experiments";
import { saveRoot, writeGallery } from "../figures";
import { type RunResult, runNotebook } from "../notebook";
import { defaultRuns } from "../runs";
import {
  displayPath,
  fail,
  formatDuration,
  formatRange,
  mayReplace,
  NonsmoothError,
  outFolder,
  type Permission,
  requireName,
  settled,
  workspace,
} from "../util";
import { asUsage, EXIT, Exit, note, plural, print } from "./exit";
import { untilInterrupted } from "./interrupt";
import { requireEngine } from "./launch";
import { type Found, findDatasets, refuseBefore } from "./notebook-data";
import { findNotebooks, isOurs, notebookEvidence, notebookFiles, notebookName, requireOwn } from "./notebook-files";
import { tryPlaces } from "./notebook-places";
import { type Clock, clockFor, sumOfRanges } from "./notebook-times";
import { allDrawn, drawnFrom, replacedText, replacement } from "./replaced";
import type { SaveFlags } from "./save-flags";
import { pathsText } from "./written";

export interface NotebooksOptions extends SaveFlags {
  readonly preset?: string;
  readonly out?: string;
  readonly data?: string;
  readonly runs?: string;
  readonly engine?: string;
  readonly timeout?: number;
}

/** How often a long cell reports its progress, in milliseconds. */
const HEARTBEAT = 15_000;

/** What happens to an interrupted execution: runs are in the folder of runs, row by row. */
const AGAIN = "If it is interrupted, run it again: finished rows are kept";

/** An execution of several notebooks. */
interface Execution extends Required<Permission> {
  readonly files: readonly string[];
  readonly preset: string;
  readonly options: NotebooksOptions;
  readonly signal: AbortSignal;
}

/** An execution with its data and its expected time. */
interface Planned extends Execution {
  readonly clock: Clock;
  readonly found: readonly Found[];
}

export async function notebooks(words: readonly string[], options: NotebooksOptions): Promise<void> {
  const files = asUsage(() => chosenFiles(words, options));
  const preset = options.preset ?? process.env.NONSMOOTH_PRESET ?? "laptop";
  asUsage(() => requireEngine(options.engine ?? (process.env.NONSMOOTH_ENGINE || undefined)));
  const failures = await untilInterrupted(async (signal) => {
    return executeAll(await planned({ files, preset, ...placeOf(options), options, signal }));
  });
  if (failures.length === 0) return;
  throw new Exit(
    EXIT.failed,
    new Error(`${failures.length} of ${plural(files.length, "notebook")} failed\n${failures.join("\n")}`),
  );
}

/** A folder that is named overrides the environment. */
function placeOf({ out, ...flags }: NotebooksOptions): Required<Permission> {
  const permission = settled(flags);
  return { ...permission, inPlace: permission.inPlace && out === undefined };
}

/** What may be replaced: in place the existing files, elsewhere what the environment allows. */
const permissionOf = ({ inPlace, force }: Required<Permission>): Permission => ({ ...(inPlace && { inPlace }), force });

/** The file that an execution writes. */
const targetOf = (file: string, options: NotebooksOptions) =>
  placeOf(options).inPlace ? file : join(folderOf(options), basename(file));

function chosenFiles(words: readonly string[], options: NotebooksOptions): string[] {
  const { preset, out, inPlace } = options;
  if (preset !== undefined) requireName("preset", presetNames, preset);
  if (out !== undefined && inPlace)
    fail("--out", "must not be combined with --in-place, which has its own folder", out);
  const files = words.length > 0 ? words.flatMap((word) => findNotebooks(word)) : notebookFiles();
  if (files.length === 0) fail("notebooks", "must be in notebooks/, named NN-name.ipynb", "none");
  for (const file of files) mayReplace(targetOf(file, options), permissionOf(placeOf(options)));
  tryPlaces(files, { ...options, ...placeOf(options), folder: folderOf(options) });
  return files;
}

/** Says what will happen: where the results go, with which data, how long it takes. @throws Exit for what would be refused at the end */
async function planned(execution: Execution): Promise<Planned> {
  const { files, preset, inPlace, options, signal } = execution;
  const where = inPlace ? "in place" : `into ${displayPath(folderOf(options))}`;
  note(`executing ${plural(files.length, "notebook")} ${where}, preset ${preset}`);
  if (inPlace) asUsage(() => files.forEach(requireOwn));
  const found = files.some(isOurs) ? await findDatasets(dataOf(options), signal) : [];
  for (const { line } of found) note(line);
  asUsage(() => {
    for (const file of files) {
      const target = targetOf(file, options);
      const compare = () => refuseBefore(displayPath(resolve(target)), preset, found, notebookEvidence(target));
      mayReplace(target, permissionOf(execution), compare);
    }
  });
  const clock = await clockFor(files.map(notebookName), preset);
  for (const file of files) note(`  ${planLine(notebookName(file), clock)}`);
  if (files.length > 1) note(`total ${timeOf(files, clock)}. ${AGAIN}`);
  return { ...execution, clock, found };
}

const folderOf = ({ out }: NotebooksOptions) => resolve(out ?? join(outFolder, "notebooks"));

function planLine(name: string, clock: Clock): string {
  const range = clock.estimate(name);
  if (range === undefined) return name;
  return `${name}: ${formatRange(range)}${clock.remembers(name) ? ", as last time" : " if none of it is done yet"}`;
}

/** "10 to 14 min", and how many notebooks are not included. */
function timeOf(files: readonly string[], clock: Clock): string {
  const known = files.flatMap((file) => {
    const range = clock.estimate(notebookName(file));
    return range ? [range] : [];
  });
  const unknown = files.length - known.length;
  if (known.length === 0) return "time unknown";
  return `${formatRange(sumOfRanges(known))}${unknown > 0 ? `, not counting ${unknown} never executed here` : ""}`;
}

/** Executes notebooks in turn. @returns what went wrong in those that failed */
async function executeAll(planned: Planned): Promise<string[]> {
  const { files, clock, signal } = planned;
  const failed: string[] = [];
  for (const [i, file] of files.entries()) {
    note(`${notebookName(file)}: ${i + 1} of ${files.length}`);
    const failure = await executeOne(file, planned).finally(() => {
      if (signal.aborted) note(`finished before that: ${files.slice(0, i).map(notebookName).join(", ") || "none"}`);
    });
    signal.throwIfAborted();
    if (failure !== undefined) failed.push(failure);
    const left = files.slice(i + 1);
    if (left.length > 0) note(`${plural(left.length, "notebook")} left, ${timeOf(left, clock)}`);
  }
  return failed;
}

/** Executes one notebook. @returns what went wrong, or undefined */
async function executeOne(file: string, planned: Planned): Promise<string | undefined> {
  const { inPlace, options, clock, signal } = planned;
  const { timeout } = options;
  const name = notebookName(file);
  const alive = heartbeat(name);
  try {
    const target = targetOf(file, options);
    const before = { evidence: notebookEvidence(target), figures: allDrawn(saveRoot({ inPlace })) };
    const result = await runNotebook(file, {
      out: inPlace ? undefined : target,
      timeout: timeout === 0 ? undefined : timeout,
      signal,
      log: alive.log,
      progress: alive.progress,
      env: kernelEnvironment(planned),
      permission: permissionOf(planned),
      accept: (evidence) => refuseWeaker(displayPath(resolve(target)), evidence, notebookEvidence(target)),
    });
    if (!result.ok) return result.failure!.message;
    clock.took(name, result.seconds, { remember: isOurs(file) });
    tellWritten(name, target, result, inPlace);
    tellReplaced(target, result, before, options.runs);
    return undefined;
  } catch (error) {
    if (error instanceof NonsmoothError) return error.message; // the file is no notebook: the others are still executed
    throw error;
  } finally {
    alive.stop();
  }
}

/** A kernel runs in the notebook's folder, where a relative path would mean another folder. */
function kernelEnvironment({ options, preset, inPlace, force, found }: Planned): Record<string, string> {
  const data = dataOf(options);
  const isDrawn = found.some(({ choice, name }) => choice === "auto" && name === "glyphs");
  return {
    NONSMOOTH_PRESET: preset,
    NONSMOOTH_WORKSPACE: workspace,
    ...(options.engine === undefined ? {} : { NONSMOOTH_ENGINE: options.engine }),
    NONSMOOTH_IN_PLACE: inPlace ? "1" : "",
    NONSMOOTH_FORCE: force ? "1" : "",
    ...(data && { NONSMOOTH_DATA: data }),
    NONSMOOTH_RUNS: options.runs ?? defaultRuns(),
    // kernels do not repeat a download that has failed here
    ...(isDrawn && { NONSMOOTH_OFFLINE: "1" }),
  };
}

function dataOf(options: NotebooksOptions): string | undefined {
  const data = options.data ?? process.env.NONSMOOTH_DATA;
  return data ? resolve(data) : undefined;
}

function tellWritten(
  name: string,
  target: string,
  { cells, seconds, evidence, files }: RunResult,
  inPlace: boolean,
): void {
  print(`${name}: ${plural(cells, "cell")}, ${formatDuration(seconds)}`);
  if (evidence.rows) note(`  of ${evidenceText(evidence)}`);
  // the gallery has links to the existing notebooks
  const gallery = files.length > 0 ? [writeGallery(saveRoot({ inPlace }), { inPlace })] : [];
  for (const path of pathsText([target, ...files, ...gallery])) note(`  wrote ${path}`);
}

/** What there was before: the notebook with its outputs, and the figures. */
interface Before {
  readonly evidence: Evidence | undefined;
  readonly figures: ReturnType<typeof allDrawn>;
}

function tellReplaced(target: string, { evidence, files }: RunResult, before: Before, runs?: string): void {
  const isOther = before.evidence?.rows && evidenceText(before.evidence) !== evidenceText(evidence);
  const lines = files.flatMap((file) => replacedText(file, before.figures.get(file), drawnFrom(file, runs), runs));
  if (isOther) lines.unshift(replacement(displayPath(resolve(target)), before.evidence, evidence));
  for (const line of lines) note(`  ${line}`);
}

interface Heartbeat {
  log(line: string): void;
  progress(text: string): void;
  stop(): void;
}

/** Passes on the lines of finished cells, and from time to time reports the progress of the running one. */
function heartbeat(name: string): Heartbeat {
  let since = performance.now();
  let latest: string | undefined;
  const beat = () => {
    const running = `a cell has been running for ${formatDuration((performance.now() - since) / 1000)}`;
    note(`${name}: ${latest ?? running}`);
  };
  const timer = setInterval(beat, HEARTBEAT);
  return {
    log(line) {
      since = performance.now();
      latest = undefined;
      timer.refresh();
      note(`${name}, ${line}`);
    },
    progress(text) {
      latest = text;
    },
    stop: () => clearInterval(timer),
  };
}
