/** tslab notebooks: display, progress, interrupts, the kernelspec and the headless runner. */

export { Interrupted } from "../util";
export { interactive, type Output, type ShowOptions, show, showMarkdown, showTable, tableOutput } from "./display";
export { type NotebookRunOptions, notebookPreset, runInNotebook } from "./experiment";
export { interruptible } from "./interrupt";
export { inKernel } from "./kernel";
export { type Kernelspec, kernelspec, writeKernelspec } from "./kernelspec";
export { type StoredNotebook, storedNotebook } from "./nbformat";
export { jupyterFolder, jupyterFolders, kernelName, kernelspecFile, userJupyterFolder } from "./paths";
export { type ProgressOptions, type ProgressReporter, type ProgressTarget, progressReporter } from "./progress";
export { type RunOptions, type RunResult, runNotebook } from "./runner";
export { type StartedRun, startInNotebook } from "./started-run";
export type { TableOptions } from "./table";
export type { FrameLike, Table, TableLike, TableRows } from "./table-source";
export {
  type TrainingEvents,
  type Watched,
  type WatchedEpoch,
  type WatchedStep,
  type WatchedZeros,
  type WatchOptions,
  watch,
} from "./watch";
