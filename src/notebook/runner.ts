/** Executes notebooks from the command line, without Python: cell by cell, in a fresh kernel for each notebook. */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Evidence, sumOfEvidence } from "../experiments";
import { JOURNAL, type JournalEntry, readJournal } from "../runs";
import { committedPlace, fail, formatDuration, mayReplace, NonsmoothError, type Permission } from "../util";
import { JupyterClient, type Message } from "./jupyter-client";
import { kernelspec } from "./kernelspec";
import { type Cell, type Notebook, readNotebook, writeNotebook } from "./nbformat";
import { OutputCollector } from "./outputs";

export interface RunOptions {
  /** Where to write the executed notebook; default: over `file`. */
  readonly out?: string;
  /** Seconds for one cell; default: no limit. */
  readonly timeout?: number;
  /** The kernel's working directory; default: the notebook's folder, as in JupyterLab. */
  readonly cwd?: string;
  /** Added to the kernel's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether to continue after a cell that failed (but not after a time-out); default false. */
  readonly keepGoing?: boolean;
  /** Receives a line per cell: "cell 13: ok, 1 min 8 s". */
  readonly log?: (line: string) => void;
  /** Receives the progress of the running cell whenever its display changes: "Zeros [##...] 12/30 runs (40 %)". */
  readonly progress?: (text: string, cell: number) => void;
  /** Whether a committed notebook may be replaced; default: what the environment says. */
  readonly permission?: Permission;
  /**
   * Called before a notebook is replaced in place, with what the outputs rest on. If it throws, that is the failure, and nothing is
   * written. Not called with `force`.
   */
  readonly accept?: (evidence: Evidence) => void;
  /** Stops the run, and every process that the kernel has started. */
  readonly signal?: AbortSignal;
}

export interface RunResult {
  readonly ok: boolean;
  /** How many code cells were executed. */
  readonly cells: number;
  readonly seconds: number;
  /** What its runs amount to; also in the notebook's metadata as `nonsmooth`. */
  readonly evidence: Evidence;
  /** The lasting files that its cells have written: figures and rows. */
  readonly files: readonly string[];
  /** The first failure: the cell's position among all cells, from 1 (0: the kernel did not start), and one clear message. */
  readonly failure?: { readonly cell: number; readonly message: string };
}

/** Waits in milliseconds: for an interrupted cell to end, for the final status after a reply, for tslab to recover from an error. */
const INTERRUPT_GRACE = 3_000;
const IDLE_GRACE = 5_000;
const ERROR_PAUSE = 300;

/** The longest time that a timer can wait, in milliseconds; a longer one would end at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Executes a notebook in a fresh kernel and writes it with its outputs. The same outputs give the same bytes: no time stamps,
 * sorted keys, no progress displays, no copy of the plotly library. A cell with the tag `raises-exception` may fail.
 *
 * A failed run does not change a notebook that it would overwrite. With `out` or `keepGoing` the partial result is written, but never
 * over a committed notebook.
 * @returns the outcome; it is a `failure` if a cell fails, loses output or takes too long, or if the kernel dies.
 * @throws if the file is not a notebook, if a committed one would be replaced without permission, or if the package has not been built.
 */
export async function runNotebook(file: string, options: RunOptions = {}): Promise<RunResult> {
  const { timeout = Number.POSITIVE_INFINITY } = options;
  if (!(timeout > 0)) fail("runNotebook timeout", "must be a positive number of seconds", timeout);
  const notebook = readNotebook(file);
  const target = options.out ?? file;
  mayReplace(target, options.permission ?? {});
  const { argv } = kernelspec();
  const begun = performance.now();
  const run: Run = { file, notebook, options, timeout: timeout * 1000, executed: 0, current: { request: "", cell: 0 } };
  const journal = await journalOf((env) =>
    withKernel(run, { argv, cwd: options.cwd ?? dirname(resolve(file)), env: { ...options.env, ...env } }),
  );
  const evidence = evidenceIn(journal, options);
  const refused = run.failure ? undefined : refusal(run, target, evidence);
  run.failure ??= refused;
  const { failure, executed } = run;
  const keepsHalf = committedPlace(target) === undefined && (options.out !== undefined || options.keepGoing);
  if (!failure || (!refused && keepsHalf)) {
    writeNotebook(target, { ...notebook, metadata: withEvidence(notebook.metadata, evidence) });
  }
  const files = journal.flatMap((entry) => (entry.kind === "files" ? entry.files : []));
  const seconds = (performance.now() - begun) / 1000;
  return { ok: !failure, cells: executed, seconds, evidence, files, ...(failure && { failure }) };
}

/** What a kernel has done, from its own journal. */
async function journalOf(work: (env: Readonly<Record<string, string>>) => Promise<void>): Promise<JournalEntry[]> {
  const file = join(tmpdir(), `nonsmooth-${randomUUID()}.jsonl`);
  try {
    // nobody comes back to a run that outlives its notebook
    await work({ [JOURNAL]: file, NONSMOOTH_DETACHED: "0" });
    return readJournal(file);
  } finally {
    rmSync(file, { force: true });
  }
}

/** A cell may name a preset of its own: what counts is the one that the whole notebook was given. */
function evidenceIn(journal: readonly JournalEntry[], { env }: RunOptions): Evidence {
  const runs = journal.flatMap((entry) => (entry.kind === "run" ? [entry] : []));
  const { datasets, rows } = sumOfEvidence(runs);
  return { preset: env?.NONSMOOTH_PRESET ?? process.env.NONSMOOTH_PRESET ?? "laptop", datasets, rows };
}

function refusal({ executed, options }: Run, target: string, evidence: Evidence): Run["failure"] {
  try {
    mayReplace(target, options.permission ?? {}, () => options.accept?.(evidence));
    return undefined;
  } catch (error) {
    if (!(error instanceof NonsmoothError)) throw error;
    return { cell: executed, message: error.message };
  }
}

/** A notebook without runs says nothing about presets and data. */
function withEvidence(metadata: Notebook["metadata"], evidence: Evidence): Notebook["metadata"] {
  const { nonsmooth: _earlier, ...others } = metadata;
  const { preset, datasets, rows = 0 } = evidence;
  return rows === 0 ? others : { ...others, nonsmooth: { ...(preset && { preset }), datasets, rows } };
}

interface Run {
  readonly file: string;
  readonly notebook: Notebook;
  readonly options: RunOptions;
  /** In milliseconds. */
  readonly timeout: number;
  executed: number;
  /** The cell that is running. */
  readonly current: { request: string; cell: number };
  failure?: { cell: number; message: string };
}

/** A run with its kernel. */
interface Session {
  readonly run: Run;
  readonly client: JupyterClient;
  readonly collector: OutputCollector;
  /** The request that executed each cell. */
  readonly requests: Map<Cell, string>;
}

async function withKernel(run: Run, command: Parameters<typeof JupyterClient.start>[0]): Promise<void> {
  if (run.options.signal?.aborted) {
    run.failure = stopped(run, 0);
    return;
  }
  let client: JupyterClient;
  try {
    client = await JupyterClient.start(command);
  } catch (error) {
    const { message } = new NonsmoothError(run.file, "must have a kernel", { got: (error as Error).message });
    run.failure = { cell: 0, message };
    return;
  }
  let politely = false;
  try {
    politely = await runCells({ run, client, collector: collectorOf(run), requests: new Map() });
  } finally {
    await client.stop({ politely });
  }
}

function collectorOf({ options, current }: Run): OutputCollector {
  return new OutputCollector((text, request) => {
    if (request === current.request) options.progress?.(text, current.cell);
  });
}

/** Executes the cells in order; returns whether the kernel is still usable. */
async function runCells(session: Session): Promise<boolean> {
  const { run, collector, requests } = session;
  let usable = true;
  for (const [index, cell] of run.notebook.cells.entries()) {
    if (cell.cell_type !== "code" || cell.source.trim() === "") continue;
    if (run.options.signal?.aborted) {
      run.failure ??= stopped(run, index + 1);
      break;
    }
    const outcome = await runCell(session, cell, index + 1);
    if (outcome.kind === "ok") continue;
    usable = outcome.kind === "error" || outcome.kind === "lost";
    if (outcome.kind !== "error" || !tags(cell).includes("raises-exception")) {
      run.failure ??= describe(session, cell, index + 1, outcome);
      if (!usable || !run.options.keepGoing) break;
    }
    await sleep(ERROR_PAUSE);
  }
  // at the end, since a later cell may update an earlier one's display
  for (const [cell, request] of requests) cell.outputs = collector.outputs(request);
  return usable;
}

interface Outcome {
  readonly kind: "ok" | "error" | "lost" | "timeout" | "stopped" | "died";
  readonly count?: number;
  readonly detail?: string;
}

async function runCell({ run, client, collector, requests }: Session, cell: Cell, number: number): Promise<Outcome> {
  const begun = performance.now();
  run.executed++;
  const { id, reply } = client.execute(cell.source);
  requests.set(cell, id);
  Object.assign(run.current, { request: id, cell: number });
  collector.begin(id);
  // the request is sent in a later turn, so no answer can come before this listens
  const idled = new Promise<void>((resolve) => {
    client.onBroadcast = (message) => {
      collector.receive(message);
      const isStatus = message.parent === id && message.type === "status";
      if (isStatus && message.content.execution_state === "idle") resolve();
    };
  });
  const finished = reply.then((message) => complete(message, idled));
  const died = client.ended.then((detail): Outcome => ({ kind: "died", detail }));
  const outcome = await withLimits(run, client, Promise.race([finished, died]));
  cell.execution_count = outcome.count ?? null;
  run.options.log?.(`cell ${number}: ${outcome.kind}, ${formatDuration((performance.now() - begun) / 1000)}`);
  return outcome;
}

/** The reply comes on a different channel than the outputs, which are complete once the status `idle` has arrived. */
async function complete({ content }: Message, idled: Promise<void>): Promise<Outcome> {
  const all = await within(
    IDLE_GRACE,
    idled.then((): true => true),
  );
  const count = typeof content.execution_count === "number" ? { count: content.execution_count } : {};
  if (content.status !== "ok") return { kind: "error", ...count };
  return { kind: all ? "ok" : "lost", ...count };
}

/** Interrupts a cell that takes too long or whose run is stopped. */
async function withLimits(run: Run, client: JupyterClient, outcome: Promise<Outcome>): Promise<Outcome> {
  const { signal } = run.options;
  let stop = () => {};
  const unwanted = new Promise<Outcome>((resolve) => {
    stop = () => resolve({ kind: "stopped" });
    signal?.addEventListener("abort", stop);
  });
  const first = (await within(run.timeout, Promise.race([outcome, unwanted]))) ?? { kind: "timeout" };
  signal?.removeEventListener("abort", stop);
  if (first.kind === "timeout" || first.kind === "stopped") {
    client.signal("SIGINT");
    await within(INTERRUPT_GRACE, outcome);
  }
  return first;
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  const limit = new AbortController();
  try {
    return await Promise.race([promise, wait(milliseconds, limit.signal)]);
  } finally {
    limit.abort();
  }
}

/** Waits for any time, even for ever. */
async function wait(milliseconds: number, signal: AbortSignal): Promise<undefined> {
  for (let left = milliseconds; left > 0; left -= LONGEST_TIMER) {
    await sleep(Math.min(left, LONGEST_TIMER), undefined, { signal });
  }
}

function describe(session: Session, cell: Cell, number: number, outcome: Outcome): Run["failure"] {
  const { run, client } = session;
  const what = where(run, number);
  const failure = (rule: string, got: string, hint?: string) => ({
    cell: number,
    message: new NonsmoothError(what, rule, { got, ...(hint && { hint }) }).message,
  });
  switch (outcome.kind) {
    case "error":
      return { cell: number, message: `${what}: must run without an error, got\n${errorText(session, cell)}` };
    case "lost":
      return failure("must not lose output", "a reply but no final status");
    case "timeout":
      return failure(`must finish within ${formatDuration(run.timeout / 1000)}`, "a timeout");
    case "died":
      return failure("must not end the kernel", outcome.detail ?? "its end", client.processOutput || undefined);
    default:
      return stopped(run, number);
  }
}

function stopped(run: Run, cell: number): { cell: number; message: string } {
  return { cell, message: `${where(run, cell)}: stopped on request` };
}

function where(run: Run, cell: number): string {
  return `${run.file}, cell ${cell}`;
}

function errorText({ collector, requests }: Session, cell: Cell): string {
  const outputs = collector.outputs(requests.get(cell) ?? "");
  const text = outputs.map((output) => (output.output_type === "error" ? output.traceback.join("\n") : ""));
  return text.join("").trim().slice(-2_000) || "no message";
}

function tags(cell: Cell): readonly unknown[] {
  return Array.isArray(cell.metadata.tags) ? cell.metadata.tags : [];
}
