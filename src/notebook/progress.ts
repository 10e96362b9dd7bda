/**
 * How far a long run is, where the person who started it looks: a live display in a notebook, a bar in a terminal, a line per
 * 10 % in a log.
 */
import { randomUUID } from "node:crypto";
import { Presets, SingleBar } from "cli-progress";
import type { Progress } from "../runs";
import { formatDuration, timeLeft, workReached } from "../util";
import { escapeHtml } from "./html";
import { emit, inKernel } from "./kernel";

/** Shows one run's progress; get it from `progressReporter`. After `finish` or `fail` nothing changes any more. */
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
  /** What runs: "Bifurcation frequency". */
  readonly title: string;
  /** Where to show it; default: the notebook in a kernel, a bar if `stream` is a terminal, else lines. */
  readonly target?: ProgressTarget;
  /** Receives the terminal's or the log's text; default: standard error. */
  readonly stream?: NodeJS.WritableStream;
}

/** Shows the progress of a run, in the way that suits where this code runs. */
export function progressReporter(options: ProgressOptions): ProgressReporter {
  const { title, stream = process.stderr } = options;
  const target = options.target ?? (inKernel() ? "kernel" : isTerminal(stream) ? "terminal" : "log");
  const begun = performance.now();
  const view = views[target](title, stream);
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

const views: Record<ProgressTarget, (title: string, stream: NodeJS.WritableStream) => View> = {
  kernel: kernelView,
  terminal: terminalView,
  log: logView,
};

/** Shortest time between two updates of a live display, in milliseconds. */
const INTERVAL = 100;

function kernelView(title: string): View {
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
    send(progressText(title, pending), progressHtml(title, pending));
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

/** A bar whose redraw timer does not keep a process alive that has failed. */
class Bar extends SingleBar {
  declare private timer: NodeJS.Timeout | null;

  override render(): void {
    super.render();
    this.timer?.unref();
  }
}

function terminalView(title: string, stream: NodeJS.WritableStream): View {
  const format = "{title} {bar} {value}/{total} {unit}{left}{where}";
  // gracefulExit would listen to SIGINT, and so keep Ctrl-C from ending the process
  const bar = new Bar({ format, stream, fps: 1000 / INTERVAL, gracefulExit: false }, Presets.shades_classic);
  let started = false;
  return {
    show(progress) {
      const { done, total, unit } = progress;
      const payload = { title, unit, ...remarks(progress) };
      if (!started) bar.start(total, done, payload);
      started = true;
      bar.setTotal(total);
      bar.update(done, payload);
    },
    end(message) {
      if (started) bar.stop();
      stream.write(`${message}\n`);
    },
  };
}

function logView(title: string, stream: NodeJS.WritableStream): View {
  let tenths = -1;
  return {
    show(progress) {
      const now = Math.floor(share(progress) * 10 + 1e-9);
      if (now <= tenths) return;
      tenths = now;
      stream.write(`${progressText(title, progress)}\n`);
    },
    end: (message) => void stream.write(`${message}\n`),
  };
}

/** One line: `title [####......] 12/30 runs (40 %), about 3 minutes left, f32`. */
export function progressText(title: string, progress: Progress): string {
  const { done, total, unit } = progress;
  const { left, where } = remarks(progress);
  const filled = Math.round(share(progress) * 20);
  return `${title} [${"#".repeat(filled)}${".".repeat(20 - filled)}] ${done}/${total} ${unit} (${percent(progress)} %)${left}${where}`;
}

/** The same line with a bar that JupyterLab keeps in notebooks that are not trusted. */
export function progressHtml(title: string, progress: Progress): string {
  const { done, total, unit } = progress;
  const { left, where } = remarks(progress);
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

function remarks({ secondsLeft, label }: Progress): { left: string; where: string } {
  const left = timeLeft(secondsLeft);
  return { left: left ? `, ${left}` : "", where: label ? `, ${label}` : "" };
}
