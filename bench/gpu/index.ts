/**
 * The benchmark on a GPU: every part, and the program that runs them. To add one: its file in parts/, and a line in the list.
 *
 * Needs Node, this folder compiled, the library and ONNX Runtime's package, and for the peers a Python with PyTorch.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { createEngine, type FormatName, NonsmoothError } from "nonsmooth";
import { benchFolder, runProgram } from "../processes";
import { pythonCandidates } from "../python";
import { machine } from "./machine";
import { Partner } from "./partner";
import { arithmetic } from "./parts/arithmetic";
import { bifurcation } from "./parts/bifurcation";
import { bits } from "./parts/bits";
import { conformance } from "./parts/conformance";
import { copies } from "./parts/copies";
import { profile } from "./parts/profile";
import { repeat } from "./parts/repeat";
import { replicas } from "./parts/replicas";
import { networks, step } from "./parts/step";
import { markdown, type Results, writeTables, writeWhole } from "./tables";
import { runTurns } from "./turns";
import type { Part, Setting, TorchPeer } from "./types";

/** The most important first: the time may end before the last. */
export const parts = [
  conformance,
  step,
  replicas,
  bifurcation,
  bits,
  repeat,
  copies,
  arithmetic,
  profile,
  networks,
] as unknown as readonly Part[];

const HELP = `node bench/out/gpu/index.js [part...]     of ${parts.map(({ name }) => name).join(", ")}; default: all

  --out DIR       where gpu.json and gpu.md are written, after every row; default: this folder
  --budget S      seconds that all may take; default 510. The first engine's parts share them, each next engine has what is left
  --rounds N      alternating rounds; default 5
  --seconds S     of one measurement in a round; default 0.4
  --engines A,B   one after the other; default: cuda,onnx-webgpu
  --device D      where PyTorch computes: cuda or cpu; default: cuda where it has it
  --python FILE   default: NONSMOOTH_PYTHON, else the first that has PyTorch
  --small         tiny sizes and 2 rounds, to try the programs
  --from FILE     measure nothing, take the results of a file
  --write         put the tables into bench/README.md`;

const { values: options, positionals } = parsed({
  allowPositionals: true,
  options: {
    out: { type: "string", default: "." },
    budget: { type: "string", default: "510" },
    rounds: { type: "string" },
    seconds: { type: "string" },
    engines: { type: "string", default: "cuda,onnx-webgpu" },
    device: { type: "string" },
    python: { type: "string" },
    small: { type: "boolean", default: false },
    from: { type: "string" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

/** The command line; a wrong one ends the program. */
function parsed<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    note((error as Error).message);
    return process.exit(2);
  }
}

async function main(): Promise<void> {
  if (options.help) return void process.stdout.write(`${HELP}\n`);
  const results = options.from ? read(options.from) : await measureAll();
  process.stdout.write(`${markdown(results, parts)}\n`);
  if (options.write) writeTables(join(benchFolder, "README.md"), results, parts);
}

function read(path: string): Results {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Results;
  } catch (cause) {
    throw new NonsmoothError("--from", "must be a gpu.json", { got: (cause as Error).message, cause });
  }
}

async function measureAll(): Promise<Results> {
  const chosen = choose(positionals);
  const budget = positive("--budget", options.budget);
  // since the process began
  const left = () => budget - performance.now() / 1000;
  const rounds = positive("--rounds", options.rounds ?? (options.small ? "2" : "5"));
  const torch = await findTorch();
  // its packages may hold NVRTC and cuBLAS, which are looked for in those of the first Python
  if (torch && isAbsolute(torch.program)) process.env.PATH = [dirname(torch.program), process.env.PATH].join(delimiter);
  const engines = Object.fromEntries(options.engines.split(",").map((id) => [id, formatsOf(id)]));
  const results: Results = { machine: machine(torch, { rounds, small: options.small }), engines, parts: {} };
  const common = commonSetting({ rounds, torch, engines });
  const out = resolve(options.out);
  mkdirSync(out, { recursive: true });
  const save = () => {
    writeWhole(join(out, "gpu.json"), `${JSON.stringify(results, undefined, 1)}\n`);
    writeWhole(join(out, "gpu.md"), `${markdown(results, parts)}\n`);
  };
  save();
  const setting = (engine: string, own: () => number) => settingOf(common, torch, engine, own);
  await runTurns({ parts: chosen, engines: [...common.engines.keys()], left, setting, results, save });
  if (common.engines.size === 0) process.exitCode = 1;
  return results;
}

function choose(names: readonly string[]): readonly Part[] {
  const known = parts.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new NonsmoothError("part", `must be one of ${known.join(", ")}`, { got: unknown });
  return parts.filter(({ name }) => names.length === 0 || names.includes(name));
}

function positive(what: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new NonsmoothError(what, "must be a positive number", { got: text });
  return number;
}

type Common = Omit<Setting, "left" | "ours" | "theirs">;

function commonSetting({
  rounds,
  torch,
  engines,
}: Pick<Setting, "rounds" | "torch"> & Pick<Results, "engines">): Common {
  const works = Object.entries(engines).flatMap(([id, found]) =>
    typeof found === "string" ? [] : [[id, found] as const],
  );
  return {
    rounds,
    seconds: positive("--seconds", options.seconds ?? (options.small ? "0.05" : "0.4")),
    small: options.small,
    engines: new Map(works),
    torch,
    data: process.env.NONSMOOTH_DATA,
    folder: temporaryFolder(),
    cores: options.small ? 1 : availableParallelism(),
    note,
  };
}

/** The setting of one part for one engine, with the time that it has. */
function settingOf(common: Common, torch: TorchPeer | undefined, engine: string, left: () => number): Setting {
  const start = (name: string, program: string, words: readonly string[]) =>
    new Partner(name, { program, words }, left);
  const worker = join(__dirname, "worker.js");
  return {
    ...common,
    engines: new Map([[engine, common.engines.get(engine)!]]),
    left,
    ours: (kind) => start(kind, process.execPath, [worker, kind]),
    theirs: (name) => torch && start(name, torch.program, [join(benchFolder, "peers", `${name}.py`)]),
  };
}

function formatsOf(id: string): readonly FormatName[] | string {
  try {
    return createEngine(id).formats;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The first Python whose PyTorch has the device that is asked for; without such a wish, the first that has PyTorch. */
async function findTorch(): Promise<TorchPeer | undefined> {
  for (const program of options.python ? [options.python] : pythonCandidates()) {
    try {
      const words = [join(benchFolder, "peers", "gpu_info.py"), ...(options.device ? [options.device] : [])];
      return { program, ...(await runProgram<Omit<TorchPeer, "program">>(program, words)) };
    } catch (error) {
      note(`${program}: ${(error as Error).message}`);
    }
  }
  return undefined;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "nonsmooth-gpu-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
  return folder;
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

main()
  .catch((error: Error) => {
    note(error instanceof NonsmoothError ? error.message : (error.stack ?? error.message));
    process.exitCode = 1;
  })
  // a process that hangs in a driver cannot even be killed: it is not waited for; the exit code is kept
  .then(() => process.exit());
