/**
 * The causal test on a GPU: the studies of notebook 13 at full width, on all images, for 30 epochs, with eight pairs. Rows are appended as
 * they come; when the time is over the program ends, and the same command goes on where it stopped.
 */
import { parseArgs } from "node:util";
import { type HarmStudy, harm, harmStudies, harmStudy, NonsmoothError, runExperiment } from "nonsmooth";

const HELP = `node bench/out/gpu/harm.js [study...]     of ${harmStudies.join(", ")}; default: vgg11, mlp, resnet18, resnet18-plain

  --data DIR      where MNIST and CIFAR-10 are
  --out DIR       folder of the runs, in which rows are appended; default: harm-runs
  --budget S      seconds after which it stops, to be continued; default 3500
  --engine ID     default: cuda
  --preset P      smoke, laptop or paper; default: paper`;

/** What answers most in an hour comes first. */
const ORDER: readonly HarmStudy[] = ["vgg11", "mlp", "resnet18", "resnet18-plain"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string" },
    out: { type: "string", default: "harm-runs" },
    budget: { type: "string", default: "3500" },
    engine: { type: "string", default: "cuda" },
    preset: { type: "string", default: "paper" },
    help: { type: "boolean", default: false },
  },
});

async function run(study: HarmStudy, signal: AbortSignal): Promise<void> {
  const { data, out: runs, engine, preset } = values;
  let latest = "";
  const { rows, runDirectory, seconds } = await runExperiment(harm, {
    ...{ preset, set: harmStudy(study, preset), engine, runs, signal },
    ...(data === undefined ? {} : { data }),
    log: (line) => console.log(`${study}: ${line}`),
    progress: ({ done, total, label }) => {
      const line = `${study}: ${done} of ${total}${label ? `, ${label}` : ""}`;
      if (line !== latest) console.log(line);
      latest = line;
    },
  });
  console.log(`${study}: ${rows.length} rows in ${Math.round(seconds)} s, ${runDirectory}`);
}

async function main(): Promise<number> {
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const seconds = Number(values.budget);
  if (!(seconds > 0))
    throw new NonsmoothError("--budget", "must be a positive number of seconds", { got: values.budget });
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(new Error("the time is over")), 1000 * seconds);
  try {
    for (const study of positionals.length > 0 ? (positionals as HarmStudy[]) : ORDER) await run(study, stop.signal);
    return 0;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    console.log("the time is over: the same command continues");
    return 0;
  } finally {
    clearTimeout(timer);
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(error instanceof NonsmoothError ? error.message : error);
    process.exitCode = 1;
  },
);
