/** Whether notebooks can be used, and which optional programs are installed. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { isDeepStrictEqual, promisify } from "node:util";
import { jupyterFolders, kernelspec, kernelspecFile } from "../../notebook";
import { startCommand } from "../kernel";
import { type Check, needed, optional } from "./check";

const PYTHON_PACKAGES = {
  nbclient: "a second opinion on executed notebooks",
  torch: "comparisons with PyTorch",
};

export function kernelFile(): Check {
  const check = (ok: boolean, detail: string) => optional("notebooks", "kernel", ok, detail, "npx nonsmooth kernel");
  const files = jupyterFolders().map(kernelspecFile);
  const found = files.filter((file) => existsSync(file));
  if (found.length === 0) return check(false, `no ${files[0]}`);
  try {
    const own = found.find(isOwn);
    return check(own !== undefined, own ?? `${found[0]} belongs to another folder or another Node, or is damaged`);
  } catch (error) {
    return needed("notebooks", "kernel", false, (error as Error).message, "npm run build");
  }
}

/** Whether a kernelspec starts this program's kernel under this Node. */
function isOwn(file: string): boolean {
  const { argv } = kernelspec();
  try {
    return isDeepStrictEqual(JSON.parse(readFileSync(file, "utf8"))?.argv, argv);
  } catch {
    return false; // damaged: it starts none
  }
}

export async function* programs(): AsyncGenerator<Check> {
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

/** The version of a package, from the first Python that has it. */
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
    return undefined; // the check reports it
  }
}
