/**
 * Rewrites files every two seconds, so that a process that cannot be seen can be seen to live. In a thread of its own: a process that
 * computes for minutes answers nothing else. The times of the files are those of their file system, whatever the clock here says.
 */
import { Worker } from "node:worker_threads";

export const BEAT_MS = 2000;

/**
 * What the thread runs. A file that is gone was taken by another writer: it is left alone, and its holder looks for itself. One with a later
 * beat than the last one from here is written by a copy of this process, made with its whole machine: of the two, this one is told to give up.
 */
const THREAD = `
const { closeSync, openSync, readSync, writeSync } = require("node:fs");
const { parentPort } = require("node:worker_threads");
const files = new Map();
const room = Buffer.alloc(4096);
parentPort.on("message", ({ path, content, lost }) => content === undefined ? files.delete(path) : files.set(path, { content, lost, beat: 0 }));
setInterval(() => {
  for (const [path, own] of files) {
    try {
      const file = openSync(path, "r+");
      try {
        const text = room.toString("utf8", 0, readSync(file, room, 0, room.length, 0));
        const isOwn = text === "" || (text.startsWith(own.content) && !(Number(text.slice(own.content.length)) > own.beat));
        if (!isOwn) {
          Atomics.store(own.lost, 0, 1);
          files.delete(path);
        } else {
          writeSync(file, own.content + (own.beat + 1) + "\\n", 0);
          own.beat++;
        }
      } finally { closeSync(file); }
    } catch (error) {
      if (error.code === "ENOENT") files.delete(path);
    }
  }
}, ${BEAT_MS});
`;

let thread: Worker | undefined;

/**
 * Begins to write the content, with a number that grows, into an existing file.
 * @returns whether a copy of this process writes it, too
 */
export function keepBeating(path: string, content: string): () => boolean {
  if (thread === undefined) {
    thread = new Worker(THREAD, { eval: true, execArgv: [], stdout: false, stderr: false });
    thread.unref();
  }
  const lost = new Int32Array(new SharedArrayBuffer(4));
  thread.postMessage({ path, content, lost });
  return () => Atomics.load(lost, 0) === 1;
}

export function stopBeating(path: string): void {
  thread?.postMessage({ path });
}
