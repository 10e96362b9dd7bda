/** `nonsmooth run --wait`: a run that others are at work on is waited for. */
import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { lockFolder } from "../../src/runs";
import { ended, nonsmooth, onlyRun, start, temporaryFolder, until } from "../cli/support";

const words = (runs: string, seconds: number) =>
  ["run", "bifurcation-frequency", "--preset", "smoke", "--set", "dataset=glyphs", "--runs", runs].concat(
    "--wait",
    String(seconds),
  );

/** A run that this process holds, and one that waits for it. */
async function waiting(seconds: number) {
  const runs = temporaryFolder();
  expect((await nonsmooth(words(runs, 0))).code).toBe(0);
  const directory = onlyRun(runs)!;
  const hold = lockFolder(directory);
  const child = start(words(runs, seconds));
  const end = ended(child);
  let err = "";
  child.stderr!.on("data", (chunk) => {
    err += chunk;
  });
  expect(await until(() => err.includes("waits up to"), 60_000)).toBe(true);
  return { child, end, hold, directory };
}

it("waits until the run is free, and says when it begins and when it ends", async () => {
  const { end, hold } = await waiting(600);
  hold.release();
  const { code, err } = await end;
  expect([code, err]).toEqual([
    0,
    expect.stringMatching(
      /^waits up to 10 min for the run: has one writer at a time, and process \d+ is writing to it.*\nthe run is free after .*\n/,
    ),
  ]);
});

it("fails when the time is over", async () => {
  const { end, hold } = await waiting(2);
  const { code, err } = await end;
  expect([
    code,
    err.split("\n").filter((line) => line.startsWith("run folder: has one writer at a time")).length,
  ]).toEqual([1, 1]);
  hold.release();
});

it.each(["SIGINT", "SIGTERM", "SIGUSR1"] as const)("is ended by %s, and nothing is touched", async (signal) => {
  const { child, end, hold, directory } = await waiting(600);
  const before = readdirSync(directory);
  child.kill(signal);
  const { code, err } = await end;
  expect(code).toBe({ SIGINT: 130, SIGTERM: 143, SIGUSR1: 138 }[signal]);
  expect(err).toMatch(/^interrupted, run again to continue$/m);
  expect(readdirSync(directory)).toEqual(before);
  hold.release();
});
