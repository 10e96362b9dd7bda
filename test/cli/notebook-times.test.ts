import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { clockFor } from "../../src/cli/notebook-times";

const place = vi.hoisted(() => ({ folder: "" }));
vi.mock("../../src/notebook", () => ({ jupyterFolder: () => place.folder }));
const file = () => join(place.folder, "notebook-seconds.json");

beforeEach(() => {
  place.folder = mkdtempSync(join(tmpdir(), "nonsmooth-times-"));
  onTestFinished(() => rmSync(place.folder, { recursive: true, force: true }));
  writeFileSync(file(), JSON.stringify({ "01-a laptop": 100, "02-b laptop": 50 }));
});

it("estimates come from earlier times here, corrected by what notebooks take now", async () => {
  const clock = await clockFor(["01-a", "02-b", "03-c"], "smoke");
  expect(clock.estimate("01-a")).toBeUndefined();

  const laptop = await clockFor(["01-a", "02-b"], "laptop");
  const middle = (name: string) => (laptop.estimate(name)![0] + laptop.estimate(name)![1]) / 2;
  expect([laptop.remembers("02-b"), laptop.remembers("03-c")]).toEqual([true, false]);
  const before = middle("02-b");
  expect(Math.abs(before - 50)).toBeLessThan(10);
  laptop.took("01-a", 200, { remember: false });
  expect(middle("02-b")).toBeCloseTo(2 * before);
  // one that was done before says nothing of the speed
  laptop.took("01-a", 3, { remember: true });
  expect(middle("02-b")).toBeCloseTo(2 * before);
  expect(JSON.parse(readFileSync(file(), "utf8"))).toEqual({ "01-a laptop": 3, "02-b laptop": 50 });
});

it("the estimate for a notebook that is new to the machine is a range", async () => {
  const clock = await clockFor(["00-explore-runs"], "laptop");
  const [low, high] = clock.estimate("00-explore-runs")!;
  expect(low).toBeGreaterThan(0);
  expect(high / low).toBeGreaterThan(1.5);
});
