/** The command that draws a figure from a run of its own, with every setting that is not its preset's. */
import { experiments, makeConfig } from "../experiments";
import type { Manifest } from "../runs";

/** What the command `figure` starts from where no preset is named. */
const PRESET = "laptop";

/**
 * `npx nonsmooth figure bifurcation-frequency --as bifurcation-frequency-bf16 --set precisions=16,bf16,32`: with the data of the run at
 * hand, it ends with the same rows.
 * @param figure the name of its definition; @param name that of its files
 */
export function figureCommand(
  figure: string,
  name: string,
  manifest: Pick<Manifest, "experiment" | "config" | "preset">,
): string {
  const { preset = PRESET, config } = manifest;
  const as = name === figure ? [] : [`--as ${name}`];
  const from = preset === PRESET ? [] : [`--preset ${preset}`];
  return ["npx nonsmooth figure", figure, ...as, ...from, ...settingsOf(manifest.experiment, preset, config)].join(" ");
}

/** `--set key=value` for each key of a configuration that has another value in the preset. */
export function settingsOf(name: string, preset: string, config: Manifest["config"]): string[] {
  const experiment = experiments.find((known) => known.name === name);
  const start = new Map<string, unknown>(experiment ? Object.entries(makeConfig(experiment, { preset })) : []);
  const differs = ([key, value]: [string, unknown]) => JSON.stringify(start.get(key)) !== JSON.stringify(value);
  return Object.entries(config)
    .filter(differs)
    .map(([key, value]) => `--set ${quoted(`${key}=${valueText(value)}`)}`);
}

/** As a command line has it: lists of words and numbers without brackets. */
function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  const isPlain = Array.isArray(value) && value.length > 0 && value.every((item) => /^[\w.-]+$/.test(String(item)));
  return isPlain ? value.join(",") : JSON.stringify(value);
}

const quoted = (text: string): string => (/^[\w=.,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
