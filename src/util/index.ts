export { firstFew, groupBy, postOrder, sumOf, valueAt } from "./collections";
export {
  committedPlace,
  mayReplace,
  mayReplaceUnknown,
  type Permission,
  refuseCommitted,
  settled,
} from "./committed";
export { clockTime, endTime, formatDuration, formatRange, type Range, timeLeft } from "./duration";
export { type ErrorCode, fail, NonsmoothError, nearest, requireName, show } from "./errors";
export {
  isDiskFull,
  isHollow,
  isKeptOpen,
  isUnwritable,
  makeFolder,
  makeWritable,
  moveFile,
  notWritten,
  removeFolder,
  removeLeftOver,
  reserveBeside,
  unlessGone,
  writeAtomically,
  writeNamed,
  writeTogether,
} from "./files";
export {
  currentWork,
  duringWork,
  endProcess,
  Interrupted,
  isInterrupted,
  processEnds,
  stopSignals,
  throwIfInterrupted,
  type Work,
  workReached,
} from "./interruption";
export { isLocalDisk } from "./local-disk";
export { coreCount, memorySize } from "./machine";
export { endWithParent } from "./parent";
export {
  compiledModule,
  displayPath,
  elsewhere,
  isWithin,
  outFolder,
  projectRoot,
  workspace,
  workspaceOf,
} from "./paths";
export { pause } from "./pause";
export { interruptProcess, isAlive, isPlaceKnown, ownPlace, ownStart, type Sight, sightOf } from "./process-identity";
export { Stream, stream, threefry2x32 } from "./random";
export {
  kindOf,
  openRegularFile,
  openRegularFileSync,
  readRegularFile,
  readRegularFileSync,
  readRegularIfThere,
  statRegular,
} from "./regular-file";
export {
  bootstrapMean,
  type Estimate,
  FEWEST_FOR_AN_INTERVAL,
  holm,
  intervalWords,
  isRangeOf,
  mean,
  meanOf,
  type PairedEstimate,
  pairedMean,
  proportion,
  quantile,
  signTest,
  smallestSignTest,
  wilson,
} from "./statistics";
export { equivalenceTest, type MeanInterval, studentCdf, studentQuantile, tInterval } from "./student";
export { alignedTable, terminalWidth, visible, wrap, wrapLine } from "./wrap";
