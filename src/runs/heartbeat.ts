/**
 * Rewrites files every two seconds, so that a process that cannot be seen can be seen to live. In a thread of its own: a process that
 * computes for minutes answers nothing else. The times of the files are those of their file system, whatever the clock here says.
 */
import { Worker } from "node:worker_threads";

export const BEAT_MS = 2000;

/** What the thread runs. A file that is gone was taken by another writer: it is left alone, and its holder looks for itself. */
const THREAD = `
const { closeSync, openSync, writeSync } = require("node:fs");
const { parentPort } = require("node:worker_threads");
const files = new Map();
let beat = 0;
parentPort.on("message", ({ path, content }) => content === undefined ? files.delete(path) : files.set(path, content));
setInterval(() => {
  beat++;
  for (const [path, content] of files) {
    try {
      const file = openSync(path, "r+");
      try { writeSync(file, content + beat + "\\n", 0); } finally { closeSync(file); }
    } catch (error) {
      if (error.code === "ENOENT") files.delete(path);
    }
  }
}, ${BEAT_MS});
`;

let thread: Worker | undefined;

/** Begins to write the content, with a number that grows, into an existing file. */
export function keepBeating(path: string, content: string): void {
  if (thread === undefined) {
    thread = new Worker(THREAD, { eval: true, execArgv: [], stdout: false, stderr: false });
    thread.unref();
  }
  thread.postMessage({ path, content });
}

export function stopBeating(path: string): void {
  thread?.postMessage({ path });
}
