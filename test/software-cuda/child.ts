/** Programs on the device in software in a process of their own: libraries are opened once in a process, and a lost device stays lost. */
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { compiledModule, projectRoot } from "../../src/util";
import { softwareCuda } from "./build";

/** What a program writes to its standard output as JSON. @param program CommonJS, in which `nonsmooth` is the built library */
export function inChild(program: string, env: Readonly<Record<string, string | undefined>>): unknown {
  const script = `const nonsmooth = require(${JSON.stringify(compiledModule("index"))});
    (async () => { ${program} })().then((said) => process.stdout.write(JSON.stringify(said)));`;
  const inherited = { ...process.env };
  for (const name of ["NONSMOOTH_CUDA", "CUDA_HOME", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "NODE_OPTIONS"])
    delete inherited[name];
  const { stdout, stderr } = spawnSync(process.execPath, ["--eval", script], {
    cwd: projectRoot,
    encoding: "utf8",
    env: { ...inherited, ...env },
  });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

/** The device's libraries under other names: each file is a link to the one library that plays all of them. */
export function libraryFiles(folder: string, names: readonly string[]): string {
  const software = softwareCuda();
  if ("missing" in software) throw new Error(software.missing);
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    symlinkSync(join(software.folder, "device.so"), join(folder, name));
  }
  return folder;
}
