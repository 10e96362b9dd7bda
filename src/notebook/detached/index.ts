export { isDetachable, rowsSoFar, runDetached } from "./run-detached";
