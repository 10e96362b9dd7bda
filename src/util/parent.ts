/** A process that does not outlive the one that started it. */
import { Worker } from "node:worker_threads";

/** In a thread, since the event loop may be busy: ends the process, and the group that it leads, once it has another parent. */
const WATCH = `
const { workerData: parent } = require("node:worker_threads");
const kill = (pid) => {
  try { process.kill(pid, "SIGKILL"); } catch {} // it leads no group
};
setInterval(() => {
  if (process.ppid === parent) return;
  kill(-process.pid);
  kill(process.pid);
}, 500);
`;

/**
 * Ends this process, whatever it computes, within a second after its parent has ended.
 * On Windows the parent that a process has does not change; there this does nothing.
 * @param parent the parent's process id, as the parent gave it: it may have ended already
 */
export function endWithParent(parent: number): void {
  new Worker(WATCH, { eval: true, execArgv: [], workerData: parent }).unref();
}
