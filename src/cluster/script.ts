/** The sbatch array script of a run: a task for each of its shards. */
import { NonsmoothError } from "../util";
import { divisionText } from "./division";
import { indexList } from "./indices";
import { shellLine, shellWord } from "./quote";

/** What a script is made from. */
export interface BatchScript {
  /** The run as people read it: `bifurcation-frequency/1939ad1357ec`. */
  readonly run: string;
  /** The job's name in the queue. */
  readonly name: string;
  /** How many shards the run is divided into. */
  readonly count: number;
  /** Those that are to be computed, in ascending order. */
  readonly indices: readonly number[];
  /** Tasks at a time; default: as many as the cluster allows. */
  readonly limit?: number;
  /** Time limit of a task as Slurm takes it: `00:10:00`. */
  readonly time: string;
  /** Seconds before the limit at which a task is told to stop. */
  readonly lead: number;
  readonly partition?: string;
  readonly account?: string;
  /** Memory of a task as Slurm takes it, `4G`; default: the cluster's. */
  readonly memory?: string;
  /** Cores of a task. */
  readonly cpus: number;
  /** GPUs of a task; default 0. */
  readonly gpus?: number;
  /** Absolute path of the folder of the logs, which must exist when a task starts. */
  readonly logs: string;
  /** Environment modules to load. */
  readonly modules?: readonly string[];
  /** Image that Apptainer runs the command in. */
  readonly container?: string;
  /** Absolute paths that the container sees besides its own. */
  readonly binds?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The command without its shard, its words in the lines in which they are shown. */
  readonly command: readonly (readonly string[])[];
  /** Seconds for which a task waits while another process is at work on its shard. */
  readonly wait: number;
}

/** After so many starts a task is not put back into the queue: something else is wrong. */
const MOST_STARTS = 100;

/**
 * The text of a script for `sbatch`, for people to read and to change.
 * @throws NonsmoothError for text that Slurm cannot take
 */
export function batchScript(script: BatchScript): string {
  const { run, count, modules = [], environment = {} } = script;
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${shellWord(value)}`);
  const sections = [
    [
      "#!/bin/bash",
      `# ${oneLine("run", run)} in ${count} shards, a task for each. Read it, change it, and submit it with sbatch.`,
    ],
    directives(script),
    modules.map((name) => `module load ${shellWord(name)}`),
    exports,
    commandLines(script),
    [FOLLOW],
    [END],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function directives(script: BatchScript): string[] {
  const { name, count, indices, limit, time, lead, partition, account, memory, cpus, gpus = 0, logs } = script;
  const array = `${indexList(indices)}${limit === undefined ? "" : `%${limit}`}`;
  const log = `${logFolder(logs)}/%A_%a.log`;
  const options: readonly (readonly [option: string, value: unknown])[] = [
    ["job-name", name],
    ["array", array],
    ["time", time],
    ["ntasks", 1],
    ["cpus-per-task", cpus],
    ...(memory === undefined ? [] : [["mem", memory] as const]),
    ...(gpus > 0 ? [["gpus-per-task", gpus] as const] : []),
    ...(partition === undefined ? [] : [["partition", partition] as const]),
    ...(account === undefined ? [] : [["account", account] as const]),
    ["output", log],
  ];
  const comment = directiveValue("comment", divisionText({ folder: logs, count }));
  return [
    ...options.map(([option, value]) => `#SBATCH --${option}=${directiveValue(option, String(value))}`),
    "# by this, jobs and submit know the task while it waits",
    `#SBATCH --comment=${comment}`,
    "# a task that is started again goes on in its log",
    "#SBATCH --open-mode=append",
    "# a task whose node fails, or that is pushed aside, goes back into the queue",
    "#SBATCH --requeue",
    `# this shell hears of the time limit ${lead} s before it comes`,
    `#SBATCH --signal=B:USR1@${lead}`,
  ];
}

function commandLines({ command, count, wait, container, gpus = 0, binds = [] }: BatchScript): string[] {
  const inside = container === undefined ? [] : containerLines(container, gpus > 0, binds);
  const lines = [...inside, ...command].map((words) => `  ${shellLine(words)}`);
  return [
    "command=(",
    ...lines,
    `  --shard "$SLURM_ARRAY_TASK_ID/${count}"`,
    "  # so long while another process is at work on the shard: the lock of a node that failed, a second job",
    `  --wait ${wait}`,
    ")",
  ];
}

const containerLines = (image: string, hasGpu: boolean, binds: readonly string[]): string[][] => [
  ["apptainer", "exec", ...(hasGpu ? ["--nv"] : [])],
  ...binds.map((path) => ["--bind", path]),
  [image],
];

/**
 * The traps stand before the command: a signal that comes while it starts is kept, and passed on once its number is known. `wait` ends early
 * when a signal comes: it is called again until the command itself has ended.
 */
const FOLLOW = `# the command hears of the time limit, and of being stopped: it then writes its rows and a checkpoint, and ends
pid='' early=''
trap 'heard=USR1; kill -USR1 "$pid" 2>/dev/null || early=USR1' USR1
trap 'heard=TERM; kill -TERM "$pid" 2>/dev/null || early=TERM' TERM
"\${command[@]}" &
pid=$!
[ -z "$early" ] || kill -"$early" "$pid"
while
  heard=
  wait "$pid"
  code=$?
  [ -n "$heard" ]
do :; done`;

const END = `# 138 is 128 + USR1: stopped before its time limit. Back into the queue, where it goes on from what it has written; not after
# ${MOST_STARTS} starts, when something else must be wrong. Named by array and task: the number alone may mean the whole array.
if [ "$code" = 138 ]; then
  if [ "\${SLURM_RESTART_COUNT:-0}" -lt ${MOST_STARTS} ]; then
    scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && exit 0
  fi
  echo "stopped before its time limit, and not put back into the queue (start \${SLURM_RESTART_COUNT:-0} of ${MOST_STARTS}): submit the shard again"
fi
exit "$code"`;

/** Slurm reads directives much as a shell does; within double quotes it takes everything but these two as it is. */
function directiveValue(option: string, value: string): string {
  oneLine(`--${option}`, value);
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
}

/** Slurm fills in what follows a percent sign, unless there are two of them; a backslash turns all of that off. */
function logFolder(path: string): string {
  if (path.includes("\\"))
    throw new NonsmoothError("run folder", "must have no backslash in its path, for Slurm's logs", { got: path });
  return path.replaceAll("%", "%%");
}

function oneLine(what: string, text: string): string {
  if (/[\r\n\0]/.test(text)) throw new NonsmoothError(what, "must be one line", { got: text });
  return text;
}
