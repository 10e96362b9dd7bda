/** Whether notebooks can be used, and which optional programs are installed. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { jupyterFolder, kernelName, kernelspec } from "../../notebook";
import { NonsmoothError } from "../../util";
import { startCommand } from "../kernel";
import { type Check, needed, optional } from "./check";

const PYTHON_PACKAGES = {
  nbclient: "a second opinion on executed notebooks",
  torch: "comparisons with PyTorch",
};

export function kernelFile(): Check {
  const file = join(jupyterFolder(), "kernels", kernelName, "kernel.json");
  const check = (ok: boolean, detail: string) => optional("notebooks", "kernel", ok, detail, "npx nonsmooth kernel");
  if (!existsSync(file)) return check(false, `no ${file}`);
  try {
    const same = JSON.stringify(JSON.parse(readFileSync(file, "utf8"))) === JSON.stringify(kernelspec());
    return check(same, same ? file : `${file} belongs to another folder or another Node`);
  } catch (error) {
    if (error instanceof NonsmoothError) return needed("notebooks", "kernel", false, error.message, "npm run build");
    return check(false, `${file}: ${(error as Error).message}`);
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
