/** A real Slurm on this machine: its controller and two nodes, in a temporary folder. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PROGRAMS = ["slurmctld", "slurmd", "slurmstepd", "sbatch", "squeue", "scontrol", "scancel", "setpriv"];
/** Where Debian has daemons, which is not in every user's path. */
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

export type Node = "n1" | "n2";
const NODES: readonly Node[] = ["n1", "n2"];
const CPUS = 4;

/** Why there can be no Slurm here; undefined if there can. */
export function whyNoSlurm(): string | undefined {
  if (process.platform !== "linux") return "Slurm runs on Linux";
  if (process.getuid?.() !== 0) return "its nodes must be started by root";
  const missing = PROGRAMS.filter((name) => !PATH.split(":").some((folder) => isExecutable(join(folder, name))));
  return missing.length > 0 ? `${missing.join(", ")} missing (Debian: slurm-wlm)` : undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export class Cluster {
  /** What programs need in their environment to find it. */
  readonly env: Readonly<Record<string, string>>;
  private readonly daemons = new Map<string, ChildProcess>();

  private constructor(readonly folder: string) {
    this.env = { SLURM_CONF: join(folder, "slurm.conf"), PATH };
  }

  /** Starts the controller and both nodes, and waits until they are idle. */
  static async start(): Promise<Cluster> {
    const folder = mkdtempSync(join(tmpdir(), "nonsmooth-slurm-"));
    const cluster = new Cluster(folder);
    try {
      const [controller, ...nodes] = await freePorts(1 + NODES.length);
      writeFileSync(join(folder, "slurm.conf"), configuration(folder, controller!, nodes));
      for (const name of ["state", ...NODES.map((node) => `spool-${node}`)]) mkdirSync(join(folder, name));
      cluster.spawn("slurmctld", ["-D", "-c"]);
      for (const node of NODES) cluster.startNode(node);
      await cluster.idle();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** What one of Slurm's programs prints. */
  call(program: string, words: readonly string[]): string {
    return execFileSync(program, words, { encoding: "utf8", env: { ...process.env, ...this.env } });
  }

  startNode(node: Node): void {
    this.spawn(node, ["-D", "-N", node], "slurmd");
  }

  /** As when a machine loses its power: its daemon, and all processes of its tasks; nobody is left to report the end of a task. */
  killNode(node: Node): void {
    kill(this.daemons.get(node)!.pid!);
    const { keepers, tasks } = this.processesOf(node);
    for (const pid of [...keepers, ...tasks]) kill(pid);
  }

  /** Waits until the controller has missed a node; it puts the node's tasks back into the queue. */
  async down(node: Node): Promise<void> {
    for (let tries = 0; tries < 120; tries++) {
      if (/^down/.test(this.call("sinfo", ["--noheader", `--nodes=${node}`, "--format=%T"]))) return;
      await sleep(500);
    }
    throw new Error(`the controller did not miss ${node}:\n${this.log("slurmctld")}`);
  }

  /** The processes of the tasks on a node, and those of Slurm's that look after them. */
  processesOf(node: Node): { readonly keepers: number[]; readonly tasks: number[] } {
    const all = processes();
    const tasks = all.filter((one) => this.isTask(one) && one.environment.includes(`SLURMD_NODENAME=${node}\0`));
    const parents = new Set(tasks.map(({ parent }) => parent));
    const keepers = all.filter(({ pid, words }) => parents.has(pid) && words.startsWith("slurmstepd"));
    return { keepers: keepers.map(({ pid }) => pid), tasks: tasks.map(({ pid }) => pid) };
  }

  /** Processes of tasks that run a program of this name, on both nodes. */
  taskProcesses(program: RegExp): number[] {
    return processes().flatMap((one) => (this.isTask(one) && program.test(one.words) ? [one.pid] : []));
  }

  /** How many tasks have been started again by Slurm itself. */
  restarts(): number {
    return this.call("scontrol", ["show", "job"]).match(/ Restarts=[1-9]/g)?.length ?? 0;
  }

  /** Whether no task waits or runs. */
  isEmpty(): boolean {
    return this.call("squeue", ["--noheader"]).trim() === "";
  }

  /** Waits until every task has left the queue; false if that takes too long. */
  async empty(seconds: number): Promise<boolean> {
    for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
      if (this.isEmpty()) return true;
      await sleep(500);
    }
    return false;
  }

  /** Ends everything, and removes the folder. */
  async stop(): Promise<void> {
    spawnSync("scancel", ["--full", "--user=root"], { env: { ...process.env, ...this.env }, timeout: 10_000 });
    for (const node of NODES) if (this.daemons.has(node)) this.killNode(node);
    // their log is open in all of Slurm's processes; those that look after tasks end some time after these
    for (let tries = 0; tries < 100; tries++) {
      const left = processes().filter(({ pid }) => hasOpen(pid, this.folder));
      if (left.length === 0) break;
      for (const { pid } of left) kill(pid);
      await sleep(100);
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private isTask({ environment }: Process): boolean {
    return environment.includes(`SLURM_CONF=${this.env.SLURM_CONF}\0`) && environment.includes("SLURM_ARRAY_TASK_ID=");
  }

  private spawn(name: string, words: readonly string[], program = name): void {
    const options = { env: { ...process.env, ...this.env }, stdio: "ignore" as const };
    // it must not outlive these tests, however they end
    this.daemons.set(name, spawn("setpriv", ["--pdeathsig", "KILL", program, ...words], options));
  }

  private async idle(): Promise<void> {
    for (let tries = 0; tries < 120; tries++) {
      const found = spawnSync("sinfo", ["--noheader", "--format=%T %D"], {
        encoding: "utf8",
        env: { ...process.env, ...this.env },
      });
      if (found.stdout?.trim() === `idle ${NODES.length}`) return;
      await sleep(500);
    }
    throw new Error(`Slurm did not start:\n${this.log("slurmctld")}\n${this.log("n1")}`);
  }

  private log(name: string): string {
    const path = join(this.folder, `${name}.log`);
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(-20).join("\n") : "";
  }
}

/**
 * No keys and no accounting; more cores than there are; a dead node is found out after seconds, and what goes back into the queue waits no
 * longer than a credential lasts.
 */
const configuration = (folder: string, controller: number, ports: readonly number[]) => `
ClusterName=test
SlurmctldHost=${hostname().split(".")[0]}(127.0.0.1)
SlurmctldPort=${controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/none
CredType=cred/none
AuthInfo=cred_expire=5
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool-%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU,CR_LLN
SchedulerParameters=bf_interval=1,sched_interval=1
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
JobAcctGatherType=jobacct_gather/none
SlurmdTimeout=5
KillWait=3
OverTimeLimit=0
MinJobAge=3600
ReturnToService=2
${NODES.map((node, i) => `NodeName=${node} NodeHostname=${hostname().split(".")[0]} NodeAddr=127.0.0.1 Port=${ports[i]} CPUs=${CPUS}`).join("\n")}
PartitionName=main Nodes=${NODES.join(",")} Default=YES MaxTime=INFINITE State=UP
`;

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly words: string;
  readonly environment: string;
}

function processes(): Process[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const [words, environment] = ["cmdline", "environ"].map((file) => readFileSync(`/proc/${name}/${file}`, "utf8"));
      const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, "utf8"))?.[1]);
      return [{ pid: Number(name), parent, words: words!, environment: environment! }];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

/** Whether a process has a file open in a folder. */
function hasOpen(pid: number, folder: string): boolean {
  try {
    const files = readdirSync(`/proc/${pid}/fd`).map((file) => readlinkSync(`/proc/${pid}/fd/${file}`));
    return files.some((file) => file.startsWith(`${folder}/`));
  } catch {
    return false; // it has ended meanwhile
  }
}

export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Ports that nobody uses just now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) =>
          server.once("listening", () => resolve((server.address() as { port: number }).port)),
        ),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
