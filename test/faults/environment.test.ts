/** What surrounds a run, and must not change a byte of its rows and figures. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { experiment, runExperiment } from "../../src/experiments";
import { ended, rowsOf, start, temporaryFolder } from "../cli/support";

afterEach(() => vi.useRealTimers());

const WORDS = ["--preset", "smoke", "--set", "dataset=glyphs", "--set", "widths=16", "--set", "sampleSizes=2560"];

/** The bytes of the rows and of every picture and file of a figure, drawn in a process of its own. */
async function drawn(surroundings: Readonly<Record<string, string>>, workers: string, cwd?: string) {
  const [runs, out] = [temporaryFolder(), temporaryFolder()];
  const words = ["figure", "bifurcation-frequency", ...WORDS, "--runs", runs, "--out", out, "--workers", workers];
  const { code, err } = await ended(start(words, surroundings, undefined, { cwd }));
  expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
  // the file with the run's origin has its dates
  const files = readdirSync(out)
    .filter((name) => !name.endsWith(".json"))
    .sort();
  expect(files.length).toBeGreaterThan(0);
  return { rows: rowsOf(runs), files: files.map((name) => [name, readFileSync(join(out, name), "base64")]) };
}

it("locale, time zone, working directory and the number of workers change no byte of rows and figures", async () => {
  const plain = await drawn({ LC_ALL: "C", TZ: "UTC" }, "0");
  expect(plain.rows.split("\n").length).toBeGreaterThan(3);
  for (const [surroundings, workers, cwd] of [
    [{ LC_ALL: "de_DE.UTF-8", LANG: "de_DE.UTF-8", LANGUAGE: "de", TZ: "Asia/Kathmandu" }, "2", "/"],
    [{ LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8", TZ: "Pacific/Apia" }, "1", temporaryFolder()],
    [{ LC_ALL: "ar_EG.UTF-8", LANG: "ar_EG.UTF-8", TZ: ":nowhere" }, "3", undefined],
  ] as const) {
    expect(await drawn(surroundings, workers, cwd)).toEqual(plain);
  }
}, 240_000);

it("a clock that jumps back makes no time negative", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2030-01-01") });
  const { seconds, manifest } = await runExperiment(experiment("bifurcation-frequency"), {
    preset: "smoke",
    runs: temporaryFolder(),
    workers: 0,
    set: { dataset: "glyphs", widths: [16], sampleSizes: [512], runs: 1 },
    progress: () => vi.setSystemTime(new Date("2001-01-01")),
  });
  expect(new Date(manifest.finished!).getTime()).toBeLessThan(new Date(manifest.started).getTime());
  for (const time of [seconds, manifest.seconds]) {
    expect(time).toBeGreaterThan(0);
    expect(time).toBeLessThan(60);
  }
});
