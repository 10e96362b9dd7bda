/** Runs as tables for people to read. */
export { configTable } from "./config";
export { datasetLabel, labelled } from "./label";
export { points } from "./points";
