/** The engine of a run: `auto`, precisions that an engine has not, and what the manifest says. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { chooseEngine } from "../../src/engines";
import { type Experiment, experiments, makeConfig, runExperiment } from "../../src/experiments";
import { resolveEngine } from "../../src/experiments/common/engine";
import { precisionOf } from "../../src/formats";
import { configHash } from "../../src/runs";
import { projectRoot } from "../../src/util";
import { temporaryFolder, train } from "./support";

const named = (name: string): Experiment => experiments.find((experiment) => experiment.name === name)!;
/** Experiments with a list of precisions. */
const NAMES = experiments
  .filter(({ schema }) => "precisions" in (z.toJSONSchema(schema, { io: "input" }).properties ?? {}))
  .map(({ name }) => name);
/** Those whose defaults are for MNIST's 60,000 images. */
const GREY = ["bifurcation-frequency", "gradient-difference", "law", "surprise", "zeros"];

async function resolve(name: string, set: Readonly<Record<string, unknown>>) {
  const lines: string[] = [];
  const config = makeConfig(named(name), {
    set: { dataset: GREY.includes(name) ? "glyphs" : "auto-colour", ...set },
  });
  const resolved = await named(name).resolve(config, { log: (line) => lines.push(line) });
  return { engine: (resolved as { engine: string }).engine, lines: lines.filter((line) => line.startsWith("engine")) };
}

describe.each(NAMES)("%s", (name) => {
  it("engine auto is resolved to the name of an engine, and the log says which and why", async () => {
    for (const precisions of [[32], [16, 64]]) {
      const { id, reason } = chooseEngine(precisions.map((precision) => precisionOf(precision).format));
      const resolved = await resolve(name, { engine: "auto", precisions });
      expect(resolved).toEqual({ engine: id, lines: [`engine auto: ${id}, ${reason}`] });
    }
  });

  it("an engine that is named is kept without a log line, and onnx-cpu is the default", async () => {
    expect(await resolve(name, {})).toEqual({ engine: "onnx-cpu", lines: [] });
    expect(await resolve(name, { engine: "reference", precisions: [16, 32, 64] })).toEqual({
      engine: "reference",
      lines: [],
    });
  });

  it("a precision that the engine lacks is refused, and the error names the engines that have it", async () => {
    await expect(resolve(name, { engine: "tfjs", precisions: [32, 64] })).rejects.toThrow(
      "engine tfjs: precision must be one of its formats, f32, got 64\nHint: engines that compute in f64: onnx-cpu, cuda, reference",
    );
    await expect(resolve(name, { engine: "onnx-webgpu", precisions: [64] })).rejects.toThrow(
      "engine onnx-webgpu: precision must be one of its formats, f16, f32, got 64\nHint: engines that compute in f64: onnx-cpu, cuda, reference",
    );
  });
});

it("an engine with formats by their numbers of bits says so where it lacks one", async () => {
  const wanted = { precisions: ["e8p6-stochastic"] as const, log: () => {} };
  await expect(resolveEngine("onnx-cpu", wanted)).rejects.toThrow(
    "precision must be one of its formats, e4m3, e5m2, f16, bf16, tf32, f32, f64, e<E>p<P> or e<E>p<P>-flush, got",
  );
});

it("mixed precision needs an engine that computes in 16 bits", async () => {
  await expect(resolve("training", { engine: "tfjs", precisions: ["mixed"] })).rejects.toThrow(
    'engine tfjs: precision must be one of its formats, f32, got "mixed"\nHint: engines that compute in f16: onnx-cpu, cuda, onnx-webgpu, reference',
  );
});

it("a precision without a number of runs is refused when a configuration is resolved", async () => {
  const set = { precisions: ["bf16"], runs: { 16: 4 } };
  for (const name of ["gradient-difference", "bifurcation-frequency"])
    await expect(resolve(name, set)).rejects.toThrow(
      'runs: must have a number for precision bf16, got {"16":4}\nHint: `--set runs.bf16=20`',
    );
});

it("an engine is accepted where no precisions are asked for", async () => {
  const wanted = { precisions: [], log: () => {} };
  expect(await resolveEngine("tfjs", wanted)).toBe("tfjs");
});

it.each(["bifurcation-frequency", "training-mnist", "training-cifar10"])(
  "the committed configuration of %s has the hash in its manifest",
  (folder) => {
    const file = join(projectRoot, "data", "results", folder, "manifest.json");
    const { experiment, config, hash } = JSON.parse(readFileSync(file, "utf8"));
    expect(configHash(experiment, makeConfig(named(experiment), { set: config }) as Record<string, unknown>)).toBe(
      hash,
    );
  },
);

describe("the engine in the manifest", () => {
  it("the manifest of a training has the engine's settings, and its configuration has not", async () => {
    const runs = temporaryFolder();
    const { manifest } = await train({ epochs: 1, threads: 2 }, { runs });
    expect(manifest.environment).toMatchObject({ engine: "onnx-cpu", engineSettings: { threads: 2 } });
    expect(Object.keys(manifest.config)).not.toContain("engineSettings");
    expect(configHash("training", manifest.config)).toBe(manifest.hash);
  });

  it("the manifest of a bifurcation run has the engine's name and settings", async () => {
    const set = {
      dataset: "glyphs",
      precisions: [32],
      widths: [8],
      depths: [1],
      batchSizes: [64],
      sampleSizes: [64],
      runs: 1,
    };
    const options = { runs: temporaryFolder(), workers: 0, set: { ...set, engine: "reference" } };
    const { manifest } = await runExperiment(named("bifurcation-frequency"), options);
    expect(manifest.environment).toMatchObject({ engine: "reference", engineSettings: {} });
    expect(configHash("bifurcation-frequency", manifest.config)).toBe(manifest.hash);
  });

  it("a run resumed on another device lists both settings, and reopening a finished run changes none", async () => {
    const runs = temporaryFolder();
    const stop = new AbortController();
    const log = (lines: string[]) => (line: string) => void lines.push(line);
    const progress = ({ done }: { done: number }) => done >= 4 && stop.abort();
    const first = train({ epochs: 2 }, { runs, progress, signal: stop.signal });
    await expect(first).rejects.toThrow();
    const file = join(runs, "training", readdirSync(join(runs, "training"))[0]!, "manifest.json");
    const change = () => {
      const manifest = JSON.parse(readFileSync(file, "utf8"));
      manifest.environment.engineSettings = { adapter: "old" };
      writeFileSync(file, JSON.stringify(manifest));
    };
    change();
    const lines: string[] = [];
    const { environment } = (await train({ epochs: 2 }, { runs, log: log(lines) })).manifest;
    expect(environment.engineSettings).toEqual({ threads: 1 });
    expect(environment.earlierEngineSettings).toEqual([{ rows: 1, settings: { adapter: "old" } }]);
    expect(lines).toContain('the engine was {"adapter":"old"} up to row 1, and is {"threads":1} now');
    change();
    const again = await train({ epochs: 2 }, { runs });
    expect(again.manifest.environment.engineSettings).toEqual({ adapter: "old" });
  });
});
