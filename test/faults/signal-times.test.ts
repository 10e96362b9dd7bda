/** A campaign: runs are told to stop at random moments, by all signals, alone and with their processes; each stops in order and goes on. */
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { readManifest } from "../../src/runs";
import { type Stream, stopSignals, stream } from "../../src/util";
import { countRows, ended, onlyRun, rowsOf, start, temporaryFolder, until } from "../cli/support";

const STOPS = 3;

const TRAINING = [
  "images=1024",
  "testImages=256",
  "widths=32,32",
  "precisions=16,32",
  "runs=2",
  "epochs=2",
  "batchSize=64",
];
const FREQUENCY = ["precisions=16,32", "widths=32", "depths=2", "batchSizes=64", "sampleSizes=2560", "runs=40"];

/** The experiment, its settings, and with how many workers. */
const kinds = [
  ["training", TRAINING, 0],
  ["training", TRAINING, 2],
  ["bifurcation-frequency", FREQUENCY, 0],
  ["bifurcation-frequency", FREQUENCY, 2],
] as const;

const pick = <T>(random: Stream, list: readonly T[]): T => list[random.integer(list.length)]!;

describe.each(kinds)("%s", (experiment, settings, workers) => {
  // the end of a run is the same whoever has computed it
  const isLast = experiment === "training" ? workers === 0 : workers === 2;
  const words = (runs: string) => [
    ...["run", experiment, "--runs", runs, "--workers", String(workers)],
    ...["dataset=glyphs", ...settings].flatMap((setting) => ["--set", setting]),
  ];

  /** Stops a run at a random moment. @returns whether it was at its end before */
  async function stop(runs: string, random: Stream): Promise<boolean> {
    const child = start(words(runs), {}, undefined, { detached: true });
    const end = ended(child);
    // a quarter of them in the first moments
    const delay = random.uniform() < 0.25 ? random.uniformIn(0, 150) : random.uniformIn(150, 4000);
    const name = pick(random, stopSignals);
    const [whole, twice] = [random.uniform() < 0.5, random.uniform() < 0.3];
    if (await Promise.race([end, sleep(delay)])) return true;
    for (let i = 0; i < (twice ? 2 : 1); i++) {
      try {
        process.kill(whole ? -child.pid! : child.pid!, name);
      } catch {} // it has ended meanwhile
    }
    const { code, err } = await end;
    const what = `${name}${whole ? " to all" : ""}${twice ? ", twice" : ""} after ${delay} ms: ${err}`;
    // null: Node was not so far that it could tell the program
    expect([0, null, 128 + constants.signals[name]], what).toContain(code);
    if (child.exitCode === null) expect(child.signalCode, what).toBe(name);
    expect(err, what).not.toContain("Error");
    const directory = onlyRun(runs, experiment);
    if (code && directory && /^interrupted, run again/m.test(err))
      expect(["interrupted", "done"], what).toContain(readManifest(directory)?.status);
    return code === 0;
  }

  it(`with ${workers} workers: stopped ${STOPS} times, it ends with the bytes of an undisturbed run`, async () => {
    const undisturbed = temporaryFolder();
    expect((await ended(start(words(undisturbed)))).code).toBe(0);
    const random = stream(1, "signals", experiment, String(workers));
    let runs = temporaryFolder();
    for (let stops = 0; stops < STOPS; ) {
      if (await stop(runs, random)) {
        expect(rowsOf(runs, experiment)).toBe(rowsOf(undisturbed, experiment));
        runs = temporaryFolder();
      } else stops++;
    }
    expect((await ended(start(words(runs)))).code).toBe(0);
    expect(rowsOf(runs, experiment)).toBe(rowsOf(undisturbed, experiment));
  }, 600_000);

  if (!isLast) return;
  it(`with ${workers} workers: stopped as it finishes, it ends in order, and is whole when it is run again`, async () => {
    const undisturbed = temporaryFolder();
    expect((await ended(start(words(undisturbed)))).code).toBe(0);
    const rows = rowsOf(undisturbed, experiment);
    for (const [i, name] of stopSignals.entries()) {
      const runs = temporaryFolder();
      const child = start(words(runs));
      const end = ended(child);
      expect(await until(() => countRows(runs, experiment) === rows.split("\n").length - 1, 120_000)).toBe(true);
      await sleep(30 * i);
      child.kill(name);
      const { code, err } = await end;
      expect([0, null, 128 + constants.signals[name]], `${name}: ${err}`).toContain(code);
      expect(["interrupted", "done"], `${name}: ${err}`).toContain(readManifest(onlyRun(runs, experiment)!)?.status);
      expect((await ended(start(words(runs)))).code).toBe(0);
      expect(rowsOf(runs, experiment)).toBe(rows);
      expect(readManifest(onlyRun(runs, experiment)!)?.status).toBe("done");
    }
  }, 600_000);
});
