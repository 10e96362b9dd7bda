/** Prints the files of packages that the benchmark loads, relative to the project: what has to travel to a bare machine. */
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { benchFolder } from "../processes";
import "koffi";
import "nonsmooth";
import "onnxruntime-node";
import "./library";
// the program's `doctor`, which is the first thing to ask on a bare machine
import "commander";
import "nonsmooth/dist/cli/commands/doctor";
import "nonsmooth/dist/cli/doctor";

const project = dirname(benchFolder);
const inPackages = Object.keys(require.cache).filter((path) => path.includes("node_modules"));

/** The package.json that Node reads to find a file: those of all folders above it, up to node_modules. */
function manifestsOf(path: string): string[] {
  const found: string[] = [];
  for (let folder = dirname(path); !folder.endsWith("node_modules"); folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) found.push(join(folder, "package.json"));
  }
  return found;
}

const files = new Set(inPackages.flatMap((path) => [path, ...manifestsOf(path)]));
process.stdout.write(`${[...files].map((path) => relative(project, path)).join("\n")}\n`);
