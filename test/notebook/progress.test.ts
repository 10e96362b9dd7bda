import { execFileSync } from "node:child_process";
import { Writable } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { progressReporter } from "../../src/notebook";
import { progressHtml, progressText, terminalLine } from "../../src/notebook/progress";
import { compiledModule, endTime, formatDuration, timeLeft } from "../../src/util";
import { requireBuild, runCells } from "./support";

function sink(properties: object = {}) {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return { stream: Object.assign(stream, properties), text: () => text };
}

describe("durations", () => {
  it.each([
    [0, "0 s"],
    [0.4235, "0.42 s"],
    [7.26, "7.3 s"],
    [9.97, "10 s"],
    [59.4, "59 s"],
    [59.7, "1 min"],
    [185, "3 min 5 s"],
    [3599.6, "1 h"],
    [7200, "2 h"],
    [7999, "2 h 13 min"],
    [86_399, "1 d"],
    [97_200, "1 d 3 h"],
    [Number.NaN, "?"],
    [-1, "?"],
  ])("%d seconds are written as %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it.each([
    [undefined, ""],
    [2, "a few seconds left"],
    [21, "about 20 seconds left"],
    [58, "about 1 minute left"],
    [130, "about 2 minutes left"],
    [4810, "about 1 hour 20 minutes left"],
    [86_400 * 2 + 3_600 * 5, "about 2 days 5 hours left"],
  ])('a time left of %s seconds is told as "%s"', (seconds, text) => expect(timeLeft(seconds)).toBe(text));
});

describe("the end, as a clock time", () => {
  const now = new Date(2026, 1, 28, 14, 3, 12);
  it.each([
    [undefined, ""],
    [Number.NaN, ""],
    [15, "14:03:27"],
    [3 * 3600 + 48, "17:04"],
    [12 * 3600, "2026-03-01 02:03"],
  ])('the time %s seconds after 14:03:12 is "%s"', (seconds, text) => expect(endTime(now, seconds)).toBe(text));

  it("an end time on the next day has its date, unless it is less than 10 minutes away", () => {
    expect(endTime(new Date(2026, 11, 31, 23, 59, 50), 15)).toBe("00:00:05");
    expect(endTime(new Date(2026, 11, 31, 23, 50, 0), 700)).toBe("2027-01-01 00:01");
  });
});

describe("progress", () => {
  const half = { done: 20, total: 40, unit: "runs", secondsLeft: 61, label: "f32 <3 × 256>" };

  it("progress is one line with bar, count, time left and label", () => {
    expect(progressText("Frequency", half)).toBe(
      "Frequency [##########..........] 20/40 runs (50 %), about 1 minute left, f32 <3 × 256>",
    );
    expect(progressHtml("A & B", half)).toBe(
      '<div>A &#38; B <progress value="20" max="40"></progress> 20/40 runs (50 %), about 1 minute left, f32 &#60;3 × 256&#62;</div>',
    );
  });

  it("progress at a given time tells clock times instead of the time left", () => {
    const at = new Date(2026, 1, 28, 14, 3, 12);
    expect(progressText("Frequency", half, at)).toBe(
      "Frequency [##########..........] 20/40 runs (50 %) at 14:03:12, ends about 14:04:13, f32 <3 × 256>",
    );
    expect(progressHtml("A", { done: 0, total: 40, unit: "runs" }, at)).toBe(
      '<div>A <progress value="0" max="40"></progress> 0/40 runs (0 %) at 14:03:12</div>',
    );
  });

  it.each([50, 80, 120])("a line fits a terminal of %d columns, percentage and time left first", (columns) => {
    const title = "How often does ReLU'(0) change the gradient of a convolutional network?";
    const line = terminalLine(title, half, columns);
    expect(line).toMatch(/^50 %, about 1 minute left /);
    expect(line).toContain(`${columns < 80 ? "" : "░"} 20/40 runs, How often`);
    expect(line.length).toBeLessThan(columns);
    const told = `${line.slice(line.indexOf(" 20/40"))}`;
    const whole = ` 20/40 runs, ${title}, f32 <3 × 256>`;
    expect(told.endsWith("…")).toBe(told !== whole);
    // what is cut off begins with a word
    const kept = told.replace("…", "");
    expect(whole.startsWith(kept)).toBe(true);
    expect(whole.slice(kept.length)).toMatch(/^(,? |$)/);
  });

  it("a line with room for it has a bar as long as the share that is done", () => {
    expect(terminalLine("T", { ...half, label: undefined }, 60)).toBe(
      `50 %, about 1 minute left ${"█".repeat(9)}${"░".repeat(10)} 20/40 runs, T`,
    );
    expect(terminalLine("T", { done: 1, total: 4, unit: "runs" }, 200)).toBe(
      `25 % ${"█".repeat(10)}${"░".repeat(30)} 1/4 runs, T`,
    );
  });

  it("a line at the end has no time left", () => {
    const end = { done: 4, total: 4, unit: "runs", secondsLeft: 0 };
    expect(terminalLine("T", end, 30)).toBe(`100 % ${"█".repeat(11)} 4/4 runs, T`);
    expect(progressText("T", end)).toMatch(/ \(100 %\)$/);
    expect(progressText("T", end, new Date(2026, 1, 28, 14, 3, 12))).toMatch(/ \(100 %\) at 14:03:12$/);
  });

  it("a log gets a line for every 10 %, and nothing after the end", () => {
    const { stream, text } = sink();
    const reporter = progressReporter({ title: "T", target: "log", stream });
    for (let done = 0; done <= 200; done++) reporter.update({ done, total: 200, unit: "steps" });
    reporter.finish("200 steps");
    reporter.update({ done: 0, total: 200, unit: "steps" });
    reporter.fail("late");
    const lines = text().trimEnd().split("\n");
    expect(lines).toHaveLength(12);
    expect(lines.slice(0, 11).map((line) => line.match(/\((\d+) %\)/)?.[1])).toEqual(
      Array.from({ length: 11 }, (_, i) => String(10 * i)),
    );
    expect(lines[11]).toMatch(/^T: 200 steps \([\d.]+ s\)$/);
  });

  it("a log says since when nothing came, ever less often, and not after the end", () => {
    vi.useFakeTimers({ now: new Date(2026, 1, 28, 14, 3, 12) });
    try {
      const { stream, text } = sink();
      const reporter = progressReporter({ title: "T", target: "log", stream });
      reporter.update({ done: 1, total: 4, unit: "runs" });
      const silences = () => text().match(/nothing new since.*/g) ?? [];
      vi.advanceTimersByTime(9 * 60_000);
      expect(silences()).toEqual([]);
      vi.advanceTimersByTime(61 * 60_000);
      const line = "nothing new since 14:03:12; Ctrl-C stops it, and what is done is kept";
      expect(silences()).toEqual([line, line, line]); // after 10, 30 and 70 minutes
      reporter.update({ done: 1, total: 4, unit: "runs" });
      vi.advanceTimersByTime(9 * 60_000);
      reporter.fail("stopped");
      vi.advanceTimersByTime(1000 * 60_000);
      expect(silences()).toHaveLength(3);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each<[string, number, number, string[]]>([
    // 8 s a tenth: not at 0 and 8 s, for that is too little; then at 16 and 48 s; at 80 s it is over
    ["now and then", 8, 40, ["20", "60"]],
    ["only once the first results no longer promise too much", 8, 200, ["90"]],
    ["after a while in any case", 50, 36_000, ["30", "40", "50", "60", "70", "80", "90"]],
  ])("a log tells the time left %s", (_, step, secondsLeft, expected) => {
    const { stream, text } = sink();
    let seconds = 0;
    const reporter = progressReporter({ title: "T", target: "log", stream, now: () => new Date(1000 * seconds) });
    for (let done = 0; done <= 10; done++) {
      reporter.update({ done, total: 10, unit: "runs", secondsLeft });
      reporter.update({ done: done + 0.1, total: 10, unit: "runs", secondsLeft });
      seconds += step;
    }
    const told = text()
      .split("\n")
      .flatMap((line) => (line.includes("left") ? [/\((\d+) %\)/.exec(line)?.[1]] : []));
    expect(told).toEqual(expected);
  });

  it.each([30, 50])("the last line on a terminal of %d columns breaks between words", (columns) => {
    const { stream, text } = sink({ isTTY: true, columns, cursorTo: () => {}, clearLine: () => {} });
    const title = "How often does ReLU'(0) change the gradient?";
    progressReporter({ title, target: "terminal", stream }).finish();
    const lines = text().trimEnd().split("\n");
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    expect(lines.map((line) => line.trim()).join(" ")).toMatch(
      /^How often does ReLU'\(0\) change the gradient\?: done \(/,
    );
  });

  it("a terminal shows a bar, and keeps the final message", () => {
    const { stream, text } = sink({ isTTY: true, columns: 100, cursorTo: () => {}, clearLine: () => {} });
    const reporter = progressReporter({ title: "Bar {total}", target: "terminal", stream });
    for (let done = 0; done <= 3; done++) reporter.update({ done, total: 3, unit: "runs" });
    reporter.fail("interrupted");
    expect(text()).toMatch(/100 % █+ 3\/3 runs, Bar \{total\}/);
    expect(text()).toMatch(/Bar \{total\}: interrupted \([\d.]+ s\)\n$/);
  });

  it("a bar that is left open keeps no process alive", () => {
    requireBuild();
    const script = `const { progressReporter } = require(${JSON.stringify(compiledModule("notebook/index"))});
      const reporter = progressReporter({ title: "T", target: "terminal", stream: Object.assign(process.stderr, { isTTY: true }) });
      reporter.update({ done: 1, total: 3, unit: "runs" });
      setTimeout(() => {}, 250);`;
    expect(() => execFileSync(process.execPath, ["-e", script], { timeout: 20_000, stdio: "pipe" })).not.toThrow();
  });

  it("a kernel updates a single display, which the stored notebook leaves out", async () => {
    const lines: number[] = [];
    const { ok, stored, failure } = await runCells(
      [
        'import { progressReporter, showMarkdown } from "nonsmooth"; const sent: any[] = [];',
        `const jupyter = require("tslab/dist/jupyter.js"), write = jupyter.lastWriteDisplayData;
        jupyter.lastWriteDisplayData = (content: any, update: boolean) => { sent.push([update, content]); write(content, update); };
        const reporter = progressReporter({ title: "T", now: () => new Date(2026, 1, 28, 14, 3, 12) });
        for (let done = 0; done < 1000; done++) reporter.update({ done, total: 1000, unit: "runs", secondsLeft: 15 });
        await new Promise((resolve) => setTimeout(resolve, 150));
        reporter.finish("complete");`,
        "console.log(JSON.stringify(sent.map(([update, c]) => [update, c.data['text/plain'], c.transient.display_id])))",
      ],
      { inProject: true, log: () => lines.push(1) },
    );
    expect({ ok, failure, cells: lines.length }).toEqual({ ok: true, failure: undefined, cells: 3 });
    expect(stored[1]?.outputs).toEqual([]);
    const sent = JSON.parse(stored[2]?.outputs[0]?.text?.[0] ?? "") as [boolean, string, string][];
    expect(sent.map(([update]) => update)).toEqual([false, ...Array(sent.length - 1).fill(true)]);
    expect(new Set(sent.map(([, , id]) => id)).size).toBe(1);
    // the first state, the last one, the end; more only if the thousand updates took longer than 100 ms
    expect(sent[0]?.[1]).toContain("0/1000 runs (0 %)");
    expect(sent.at(-2)?.[1]).toContain("999/1000 runs (99 %) at 14:03:12, ends about 14:03:27");
    expect(sent.at(-1)?.[1]).toMatch(/^T: complete \(/);
    expect(sent.length).toBeLessThan(20);
  });
});
