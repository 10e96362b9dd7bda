/** What `nonsmooth doctor` tries, one thing after the other. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { gradient } from "../autodiff";
import { dataPlaces, dataSources, folderSources } from "../data";
import { createEngine, type Engine, engines } from "../engines";
import { type FormatName, formatNames } from "../formats";
import { graph, input, tensor } from "../ir";
import { jupyterFolder, kernelName, kernelspec } from "../notebook";
import { ops } from "../ops";
import { NonsmoothError, projectRoot, show } from "../util";
import { isHere } from "./data";
import { startCommand } from "./kernel";

export interface Check {
  /** What it belongs to: "engines". */
  readonly area: string;
  readonly name: string;
  readonly ok: boolean;
  /** Whether the laboratory is of no use without it. */
  readonly required: boolean;
  readonly detail: string;
  /** The command that makes it work. */
  readonly remedy?: string;
}

/** Below this many bytes the disk is reported as full: datasets and runs of all presets fit in it. */
const ENOUGH_DISK = 2 * 2 ** 30;

const PYTHON_PACKAGES = {
  nbclient: "a second opinion on executed notebooks",
  torch: "comparisons with PyTorch",
};

/** All checks; each is made when it is asked for. */
export async function* checkAll(dataDirectory?: string): AsyncGenerator<Check> {
  yield nodeVersion();
  yield await diskSpace();
  for (const { id } of engines) {
    for (const format of formatNames) yield await trainsOn(id, format);
  }
  yield tensorflow();
  for (const source of [...dataSources, ...folderSources]) {
    const ok = isHere(source, dataDirectory);
    const detail = ok ? source.summary : `not in ${dataPlaces(dataDirectory).join(", ")}`;
    const remedy = "remedy" in source ? source.remedy : `npx nonsmooth data fetch ${source.name}`;
    yield optional("datasets", source.name, ok, detail, remedy);
  }
  yield kernelFile();
  yield* programs();
}

function needed(area: string, name: string, ok: boolean, detail: string, remedy?: string): Check {
  return { area, name, ok, required: true, detail, ...(!ok && remedy !== undefined && { remedy }) };
}

function optional(area: string, name: string, ok: boolean, detail: string, remedy?: string): Check {
  return { ...needed(area, name, ok, detail, remedy), required: false };
}

function nodeVersion(): Check {
  const { engines: asked } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
  const oldest = String(asked.node).replace(/^>=/, "");
  const order = process.versions.node.localeCompare(oldest, "en", { numeric: true });
  const detail = `${process.versions.node}, ${process.platform}-${process.arch}; needs ${oldest} or newer`;
  return needed("system", "Node", order >= 0, detail, "install a newer Node: https://nodejs.org");
}

async function diskSpace(): Promise<Check> {
  const { bavail, bsize } = await statfs(projectRoot);
  const free = bavail * bsize;
  const detail = `${(free / 2 ** 30).toFixed(1)} GiB free`;
  return needed(
    "system",
    "disk",
    free >= ENOUGH_DISK,
    detail,
    "make room, or keep runs elsewhere: npx nonsmooth run --runs DIR",
  );
}

/** One step of gradient descent at a kink: w ← w − ½ ∇ relu(x·w), where x·w = 0 and ReLU'(0) = ½. Exact in every format. */
async function trainsOn(id: string, format: FormatName): Promise<Check> {
  const name = `${id} ${format}`;
  let engine: Engine | undefined;
  try {
    engine = createEngine(id);
    if (!engine.formats.includes(format)) {
      return optional("engines", name, false, `not among its formats, ${engine.formats.join(", ")}`);
    }
    const got = await step(engine, format);
    const right = got.join() === "1.75,-1.5";
    return needed(
      "engines",
      name,
      right,
      right ? "a training step gives the right bits" : `gives ${show(got)}, not 1.75, -1.5`,
    );
  } catch (error) {
    const [detail, hint] = (error as Error).message.split("\nHint: ") as [string, string?];
    return needed("engines", name, false, detail, hint ?? "npm ci");
  } finally {
    await engine?.dispose();
  }
}

async function step(engine: Engine, format: FormatName): Promise<number[]> {
  const [x, w, s] = [input("x", format, [1, 2]), input("w", format, [2, 1]), input("s", format, [])];
  const loss = ops.reduceSum(ops.relu(ops.matmul(x, w)));
  const [dw] = gradient(loss, [w], { kinks: { "relu.zero": s } });
  const updated = ops.sub(w, ops.mul(ops.constant(0.5, format), dw!));
  const program = await engine.compile(graph({ updated }, "doctor"));
  const results = await program.run({
    x: tensor(format, [1, 2], [1, 2]),
    w: tensor(format, [2, -1], [2, 1]),
    s: tensor(format, 0.5),
  });
  return [...results.updated!.data];
}

function tensorflow(): Check {
  const name = "@tensorflow/tfjs-node-gpu";
  const ok = isInstalled(name);
  return optional(
    "engines",
    name,
    ok,
    ok ? "installed" : "not installed (CUDA 11.2, Node 22 or older)",
    `npm install --no-save ${name}`,
  );
}

function isInstalled(name: string): boolean {
  const folders = createRequire(__filename).resolve.paths(name) ?? [];
  return folders.some((folder) => existsSync(join(folder, name, "package.json")));
}

function kernelFile(): Check {
  const file = join(jupyterFolder(), "kernels", kernelName, "kernel.json");
  const check = (ok: boolean, detail: string) => optional("notebooks", "kernel", ok, detail, "npx nonsmooth kernel");
  if (!existsSync(file)) return check(false, `no ${file}`);
  try {
    const same = JSON.stringify(JSON.parse(readFileSync(file, "utf8"))) === JSON.stringify(kernelspec());
    return check(same, same ? file : `${file} is of another place or another Node`);
  } catch (error) {
    if (error instanceof NonsmoothError) return needed("notebooks", "kernel", false, error.message, "npm run build");
    return check(false, `${file}: ${(error as Error).message}`);
  }
}

async function* programs(): AsyncGenerator<Check> {
  const jupyter = await output("jupyter", ["lab", "--version"]);
  const found = `JupyterLab ${jupyter}; start it with ${startCommand()}`;
  const install = (name: string) => `python3 -m pip install ${name}`;
  yield optional(
    "notebooks",
    "JupyterLab",
    jupyter !== undefined,
    jupyter ? found : "not found",
    install("jupyterlab"),
  );
  for (const [name, purpose] of Object.entries(PYTHON_PACKAGES)) {
    const version = await pythonPackage(name);
    const detail = `${version ?? "not found"}; for ${purpose}`;
    yield optional("Python", name, version !== undefined, detail, install(name));
  }
}

/** The version of a package in the first Python that has it. */
async function pythonPackage(name: string): Promise<string | undefined> {
  const script = `from importlib.metadata import version; print(version("${name}"))`;
  for (const python of [process.env.NONSMOOTH_PYTHON ?? "python3", "/usr/bin/python3"]) {
    const version = await output(python, ["-c", script]);
    if (version !== undefined) return version;
  }
  return undefined;
}

/** The first line that a program prints; undefined where it does not exist or fails. */
async function output(program: string, words: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, [...words], { timeout: 20_000 });
    return stdout.trim().split("\n")[0] || undefined;
  } catch {
    return undefined; // the check says so
  }
}
