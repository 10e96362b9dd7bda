/**
 * The progress of a long run, shown where the user looks: a live display in a notebook, a bar in a terminal, a line per 10 % in
 * a log.
 */
import { randomUUID } from "node:crypto";
import { Presets, SingleBar } from "cli-progress";
import type { Progress } from "../runs";
import { clockTime, endTime, formatDuration, timeLeft, workReached, wrapLine } from "../util";
import { escapeHtml } from "./html";
import { emit, inKernel } from "./kernel";

/** Shows one run's progress; made by `progressReporter`. After `finish` or `fail` nothing changes any more. */
export interface ProgressReporter {
  /** Shows a new state; call it as often as you like. */
  update(progress: Progress): void;
  /** Shows that the run is complete. */
  finish(message?: string): void;
  /** Shows that the run stopped before its end, and why. */
  fail(message: string): void;
}

export type ProgressTarget = "kernel" | "terminal" | "log";

export interface ProgressOptions {
  /** What is running: "Bifurcation frequency". */
  readonly title: string;
  /** Where to show it; default: the notebook in a kernel, a bar if `stream` is a terminal, otherwise lines. */
  readonly target?: ProgressTarget;
  /** Receives the text of the terminal or the log; default: standard error. */
  readonly stream?: NodeJS.WritableStream;
  /** The clock for the times in a notebook's display and for the waits of a log; default: the system's. */
  readonly now?: () => Date;
}

/**
 * Shows the progress of a run in the way that suits the place where this code runs.
 *
 * @example
 * ```ts
 * import { progressReporter } from "nonsmooth";
 *
 * const reporter = progressReporter({ title: "Counting" }); // in a terminal one line, which changes
 * for (let done = 1; done <= 3; done++) reporter.update({ done, total: 3, unit: "passes" });
 * reporter.finish("3 passes");
 * console.log("counted"); // counted
 * ```
 */
export function progressReporter(options: ProgressOptions): ProgressReporter {
  const { title, stream = process.stderr, now = () => new Date() } = options;
  const target = options.target ?? (inKernel() ? "kernel" : isTerminal(stream) ? "terminal" : "log");
  const begun = performance.now();
  const view = views[target](title, stream, now);
  let ended = false;
  const end = (message: string) => {
    if (!ended) view.end(`${title}: ${message} (${formatDuration((performance.now() - begun) / 1000)})`);
    ended = true;
  };
  return {
    update: (progress) => {
      if (ended) return;
      workReached(share(progress));
      view.show(progress);
    },
    finish: (message = "done") => end(message),
    fail: end,
  };
}

function isTerminal(stream: NodeJS.WritableStream): boolean {
  return (stream as Partial<NodeJS.WriteStream>).isTTY === true;
}

interface View {
  show(progress: Progress): void;
  end(message: string): void;
}

const views: Record<ProgressTarget, (title: string, stream: NodeJS.WritableStream, now: () => Date) => View> = {
  kernel: (title, _, now) => kernelView(title, now),
  terminal: terminalView,
  log: logView,
};

/** Shortest time between two updates of a live display, in milliseconds. */
const INTERVAL = 100;

/** A page that is closed and opened again shows the last line that reached it: so it gives clock times, which stay true. */
function kernelView(title: string, now: () => Date): View {
  const displayId = randomUUID();
  let shown = false;
  let last = Number.NEGATIVE_INFINITY;
  let pending: Progress | undefined;
  let timer: NodeJS.Timeout | undefined;
  const send = (text: string, html: string) => {
    emit({ "text/plain": text, "text/html": html }, { displayId, update: shown, volatile: true });
    shown = true;
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (!pending) return;
    last = performance.now();
    send(progressText(title, pending, now()), progressHtml(title, pending, now()));
    pending = undefined;
  };
  return {
    show(progress) {
      pending = progress;
      const wait = last + INTERVAL - performance.now();
      if (wait <= 0) flush();
      else timer ??= setTimeout(flush, wait);
    },
    end(message) {
      flush();
      send(message, `<div>${escapeHtml(message)}</div>`);
    },
  };
}

/** A bar whose redraw timer does not keep a failed process alive. */
class Bar extends SingleBar {
  declare private timer: NodeJS.Timeout | null;

  override render(): void {
    super.render();
    this.timer?.unref();
  }
}

function terminalView(title: string, stream: NodeJS.WritableStream, now: () => Date): View {
  let latest: Progress = { done: 0, total: 0, unit: "" };
  const bar = new Bar(
    {
      format: () => terminalLine(title, latest, (stream as Partial<NodeJS.WriteStream>).columns || 80),
      stream,
      fps: 1000 / INTERVAL,
      // otherwise it would listen to SIGINT, and Ctrl-C would not end the process
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  let started = false;
  // the bar is drawn again and again
  const silence = whileSilent(now, (remark) => {
    latest = { ...latest, secondsLeft: undefined, label: remark };
  });
  return {
    show(progress) {
      latest = progress;
      silence.news();
      const { done, total } = progress;
      if (!started) bar.start(total, done);
      started = true;
      bar.setTotal(total);
      bar.update(done);
    },
    end(message) {
      silence.end();
      if (started) bar.stop();
      stream.write(`${wrapLine(message, 0, stream as Partial<NodeJS.WriteStream>)}\n`);
    },
  };
}

/** Characters of the bar on a terminal. A terminal narrower than `from` has a bar only if it takes no room from the text. */
const BAR = { longest: 40, shortest: 10, from: 80 } as const;

/** One line, shorter than the terminal is wide, the most important first: `40 %, about 3 minutes left ███░░░ 12/30 runs, title, f32`. */
export function terminalLine(title: string, progress: Progress, columns: number): string {
  const { done, total, unit } = progress;
  const { left, where } = remarks(progress);
  const [before, after] = [`${percent(progress)} %${left} `, ` ${done}/${total} ${unit}, ${title}${where}`];
  // the last column stays free: when it is written, some terminals go to the next line
  const room = columns - 1 - before.length - after.length;
  const size = Math.max(columns < BAR.from ? 0 : BAR.shortest, Math.min(BAR.longest, room));
  const filled = Math.floor(share(progress) * size);
  const bar = size >= BAR.shortest ? "█".repeat(filled) + "░".repeat(size - filled) : "";
  return cutBetweenWords(bar === "" ? before.trimEnd() + after : before + bar + after, columns - 1);
}

/** The words of a text for which there is room; "…" stands for the others. */
function cutBetweenWords(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = text.lastIndexOf(" ", width - 1);
  return end < 0 ? text.slice(0, width) : `${text.slice(0, end).replace(/[,:]$/, "")}…`;
}

/**
 * When a log gives an estimate, in seconds. The first results say little about the others: it waits for `from`, and until the time
 * left is at most `times` the time so far, or for `anyway`; the next estimate comes no sooner than `every` after the last.
 */
const ESTIMATE = { from: 10, times: 3, anyway: 120, every: 30 } as const;

/** So long after the last news, in milliseconds, it is said since when there are none; the next time after twice as long. */
const SILENCE = 600_000;

/** Work that hangs cannot be told from slow work: says since when nothing came, and leaves it to the person. */
function whileSilent(now: () => Date, say: (remark: string) => void) {
  let timer: NodeJS.Timeout | undefined;
  const wait = (since: Date, milliseconds: number) => {
    timer = setTimeout(() => {
      say(`nothing new since ${clockTime(since)}; Ctrl-C stops it, and what is done is kept`);
      wait(since, 2 * milliseconds);
    }, milliseconds);
    timer.unref();
  };
  const end = () => clearTimeout(timer);
  return {
    news() {
      end();
      wait(now(), SILENCE);
    },
    end,
  };
}

/** Lines of a log stay: one for each tenth, and the time left only now and then, so that they do not contradict each other. */
function logView(title: string, stream: NodeJS.WritableStream, now: () => Date): View {
  const seconds = () => now().getTime() / 1000;
  const begun = seconds();
  let tenths = -1;
  let told = Number.NEGATIVE_INFINITY;
  const isDue = (secondsLeft: number) => {
    const seen = seconds() - begun;
    const isSettled = seen >= ESTIMATE.anyway || (seen >= ESTIMATE.from && secondsLeft <= ESTIMATE.times * seen);
    return isSettled && seconds() - told >= ESTIMATE.every;
  };
  let latest: Progress | undefined;
  const silence = whileSilent(now, (remark) => {
    const { secondsLeft: _, ...progress } = latest!;
    stream.write(`${progressText(title, { ...progress, label: remark })}\n`);
  });
  return {
    show(news) {
      latest = news;
      silence.news();
      const { secondsLeft, ...progress } = news;
      const tenth = Math.floor(share(progress) * 10 + 1e-9);
      if (tenth <= tenths) return;
      tenths = tenth;
      const isTold = secondsLeft !== undefined && isDue(secondsLeft);
      if (isTold) told = seconds();
      stream.write(`${progressText(title, { ...progress, ...(isTold && { secondsLeft }) })}\n`);
    },
    end(message) {
      silence.end();
      stream.write(`${message}\n`);
    },
  };
}

/**
 * One line: `title [####......] 12/30 runs (40 %), about 3 minutes left, f32`; with a given time
 * `title [####......] 12/30 runs (40 %) at 14:03:12, ends about 14:06:12, f32`.
 */
export function progressText(title: string, progress: Progress, at?: Date): string {
  const { done, total, unit } = progress;
  const { left, where } = remarks(progress, at);
  const filled = Math.round(share(progress) * 20);
  return `${title} [${"#".repeat(filled)}${".".repeat(20 - filled)}] ${done}/${total} ${unit} (${percent(progress)} %)${left}${where}`;
}

/** The same line, with a bar that JupyterLab shows in untrusted notebooks too. */
export function progressHtml(title: string, progress: Progress, at?: Date): string {
  const { done, total, unit } = progress;
  const { left, where } = remarks(progress, at);
  const bar = `<progress value="${done}" max="${total}"></progress>`;
  return `<div>${escapeHtml(title)} ${bar} ${done}/${total} ${escapeHtml(unit)} (${percent(progress)} %)${left}${escapeHtml(where)}</div>`;
}

function share({ done, total }: Progress): number {
  return total > 0 ? Math.min(1, Math.max(0, done / total)) : 1;
}

/** Rounded down, so that 100 % means the end. */
function percent(progress: Progress): number {
  return Math.floor(share(progress) * 100 + 1e-9);
}

function remarks(progress: Progress, at?: Date): { left: string; where: string } {
  const { label } = progress;
  const secondsLeft = share(progress) < 1 ? progress.secondsLeft : undefined;
  const left = at ? clockTimes(at, secondsLeft) : timeLeft(secondsLeft) && `, ${timeLeft(secondsLeft)}`;
  return { left, where: label ? `, ${label}` : "" };
}

/** " at 14:03:12, ends about 14:03:27" */
function clockTimes(at: Date, secondsLeft: number | undefined): string {
  const end = endTime(at, secondsLeft);
  return ` at ${clockTime(at)}${end && `, ends about ${end}`}`;
}
