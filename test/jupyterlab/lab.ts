/**
 * A real JupyterLab: its packages from npm, bundled once into `.jupyter/lab-<hash>`; the Jupyter server of Python; chromium.
 * What cannot be had on a machine is said in one line, and the tests skip with it.
 */
import { execFile, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { writeKernelspec } from "../../src/notebook";
import { projectRoot } from "../../src/util";

const run = promisify(execFile);
const source = join(projectRoot, "test", "jupyterlab", "lab");
const cache = join(projectRoot, ".jupyter");
const START_TIMEOUT = 60_000;

/** What the tests start. */
export interface Lab {
  readonly chromium: string;
  readonly python: string;
  /** The folder of the bundled JupyterLab. */
  readonly app: string;
}

/** Finds, installs and bundles what is needed, or says what is missing. */
export async function prepareLab(): Promise<Lab | { readonly missing: string }> {
  const chromium = findChromium();
  if (chromium === undefined) return { missing: "no chromium" };
  const python = ["/usr/bin/python3", "python3"].find(
    (command) =>
      spawnSync(command, ["-c", "import jupyter_server, jupyterlab_server"], { stdio: "ignore" }).status === 0,
  );
  if (python === undefined) return { missing: "no Jupyter server in Python" };
  const app = join(cache, `lab-${hashOf(source)}`);
  if (!existsSync(app)) {
    console.log("installing and bundling JupyterLab, about a minute");
    const missing = await buildApp(app);
    if (missing !== undefined) return { missing };
  }
  return { chromium, python, app };
}

/** The program of a browser, if there is one. */
export const findChromium = (): string | undefined =>
  ["chromium", "chromium-browser", "google-chrome"].flatMap(inPath)[0];

function inPath(command: string): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, command)).filter((file) => existsSync(file));
}

function hashOf(folder: string): string {
  const hash = createHash("sha256");
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  for (const file of names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()) {
    hash.update(file.slice(folder.length)).update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 12);
}

/** Built beside and renamed; the packages (half a gigabyte) are of no use afterwards. */
async function buildApp(app: string): Promise<string | undefined> {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "lab-new-"));
  try {
    cpSync(source, folder, { recursive: true });
    const failed = await install(folder);
    if (failed !== undefined) return failed;
    await run(process.execPath, ["build.js"], { cwd: folder });
    rmSync(join(folder, "node_modules"), { recursive: true });
    // another process may have been first
    if (!existsSync(app)) renameSync(folder, app);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function install(folder: string): Promise<string | undefined> {
  try {
    await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"], { cwd: folder });
    return undefined;
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    const why = stderr.split("\n").find((line) => line.startsWith("npm error") && !/ (code|errno) /.test(line));
    return `JupyterLab's packages could not be installed: ${(why ?? String(error)).replace("npm error ", "")}`;
  }
}

/** A running Jupyter server. */
export interface Server {
  /** http://127.0.0.1:<port>/ */
  readonly url: string;
  /** What it has printed so far. */
  log(): string;
  shutDownKernels(): Promise<void>;
  /** Stops it and its kernels. */
  stop(): Promise<void>;
}

/**
 * Starts the server on a free port of 127.0.0.1 with the project's kernel and nobody's settings.
 * @param root the folder that it shows; its own files go to a hidden folder within.
 */
export async function startServer({ python, app }: Lab, root: string): Promise<Server> {
  const own = join(root, ".server");
  writeKernelspec({ folder: join(own, ".jupyter") });
  const port = await freePort();
  const options = { ip: "127.0.0.1", port, port_retries: 0, token: "", password: "", root_dir: root };
  const process_ = spawn(
    python,
    [
      join(app, "main.py"),
      "--no-browser",
      "--allow-root",
      "--ServerApp.disable_check_xsrf=True",
      `--App.user_settings_dir=${join(own, "settings")}`,
      `--App.workspaces_dir=${join(own, "workspaces")}`,
      ...Object.entries(options).map(([name, value]) => `--ServerApp.${name}=${value}`),
    ],
    {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        JUPYTER_PATH: join(own, ".jupyter"),
        JUPYTER_CONFIG_DIR: join(own, "config"),
        JUPYTER_DATA_DIR: join(own, "data"),
        JUPYTER_RUNTIME_DIR: join(own, "runtime"),
      },
    },
  );
  let log = "";
  for (const stream of [process_.stdout, process_.stderr]) {
    stream.on("data", (data: Buffer) => {
      log += data;
    });
  }
  const ended = new Promise<void>((resolve) => process_.once("exit", () => resolve()));
  const url = `http://127.0.0.1:${port}/`;
  const stop = async () => {
    process_.kill("SIGTERM");
    const late = sleep(10_000, "late", { ref: false });
    if ((await Promise.race([ended, late])) === "late") process_.kill("SIGKILL");
    await ended;
  };
  const deadline = Date.now() + START_TIMEOUT;
  while (!(await answers(`${url}api/status`))) {
    if (process_.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`the Jupyter server did not start\n${log}`);
    }
    await sleep(100);
  }
  const shutDownKernels = async () => {
    const sessions = (await (await fetch(`${url}api/sessions`)).json()) as { id: string }[];
    await Promise.all(sessions.map(({ id }) => fetch(`${url}api/sessions/${id}`, { method: "DELETE" })));
  };
  return { url, log: () => log, shutDownKernels, stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
