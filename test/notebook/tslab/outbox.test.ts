import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Outbox } from "../../../src/notebook/tslab/outbox";

interface Sent {
  at: number;
  type: string;
  content: { name?: string; text?: string; data?: unknown };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function box() {
  const sent: Sent[] = [];
  const send = (type: string, content: object) => void sent.push({ at: Date.now(), type, content });
  const text = () => sent.map(({ content }) => content.text ?? "").join("");
  return { outbox: new Outbox({ now: () => Date.now() }), send, sent, text };
}

/** What Jupyter's server lets through: 3,000 messages and 3 MB of text in any three seconds. */
function isWithinLimits(sent: readonly Sent[]): boolean {
  return sent.every(({ at }) => {
    const window = sent.filter((other) => other.at > at - 3_000 && other.at <= at);
    const bytes = window.map(({ type, content }) =>
      type === "stream" ? Buffer.byteLength(JSON.stringify(content)) : 0,
    );
    return window.length <= 3_000 && bytes.reduce((a, b) => a + b, 0) <= 3_000_000;
  });
}

describe("an outbox", () => {
  it("the first line is sent at once, and the following ones are gathered", async () => {
    const { outbox, send, sent, text } = box();
    for (let i = 0; i < 1_000; i++) outbox.print(send, "stdout", `${i}\n`);
    expect(sent.map(({ content }) => content.text)).toEqual(["0\n"]);
    await vi.advanceTimersByTimeAsync(50);
    expect(sent).toHaveLength(2);
    expect(text()).toBe(Array.from({ length: 1_000 }, (_, i) => `${i}\n`).join(""));
  });

  it("the first line of each cell is sent at once, however soon it comes", () => {
    const { outbox, send, sent } = box();
    outbox.print(send, "stdout", "a");
    outbox.print((type, content) => send(type, content), "stdout", "b");
    expect(sent.map(({ content }) => content.text)).toEqual(["a", "b"]);
  });

  it("the two streams, displays and cells stay in order", async () => {
    const { outbox, send, sent } = box();
    const other = (type: string, content: object) => send(`other ${type}`, content);
    outbox.print(send, "stdout", "a");
    outbox.print(send, "stdout", "b");
    outbox.print(send, "stderr", "c");
    outbox.print(send, "stdout", "d");
    outbox.post(send, "display_data", { data: 1 });
    outbox.print(other, "stdout", "e");
    await outbox.drained();
    expect(sent.map(({ type, content }) => `${type} ${content.name ?? ""} ${content.text ?? content.data}`)).toEqual([
      "stream stdout a",
      "stream stdout b",
      "stream stderr c",
      "stream stdout d",
      "display_data  1",
      "other stream stdout e",
    ]);
  });

  it("12 MB of text is sent without loss and within the server's limits", async () => {
    const { outbox, send, sent, text } = box();
    const line = `${"\u001b[1mä😀\n".repeat(20_000)}`;
    for (let i = 0; i < 50; i++) outbox.print(send, "stdout", line);
    let drained = false;
    void outbox.drained().then(() => {
      drained = true;
    });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(drained).toBe(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(drained).toBe(true);
    expect(text() === line.repeat(50)).toBe(true);
    expect(isWithinLimits(sent)).toBe(true);
    // no character is cut in two
    expect(sent.every(({ content }) => Buffer.from(content.text!).toString() === content.text)).toBe(true);
  });

  it("displays are sent within the server's limits, too", async () => {
    const { outbox, send, sent } = box();
    for (let i = 0; i < 10_000; i++) outbox.post(send, "display_data", { data: i });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent.map(({ content }) => content.data)).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
    expect(isWithinLimits(sent)).toBe(true);
  });

  it("a line says how much text of a backlog is given up, and displays are kept", async () => {
    const { outbox, send, sent, text } = box();
    for (let i = 0; i < 100; i++) outbox.print(send, "stdout", "x".repeat(100_000));
    outbox.post(send, "display_data", { data: "kept" });
    outbox.dropBacklog();
    await vi.advanceTimersByTimeAsync(10_000);
    const shown = text().replace(/[^x]/g, "").length;
    expect(text()).toContain(`${(10_000_000 - shown).toLocaleString("en")} more characters are not shown`);
    expect(shown).toBeGreaterThan(0);
    expect(sent.at(-1)!.content.data).toBe("kept");
  });

  it("nothing is given up where all has been sent", async () => {
    const { outbox, send, sent } = box();
    outbox.print(send, "stdout", "a");
    outbox.dropBacklog();
    await outbox.drained();
    expect(sent.map(({ content }) => content.text)).toEqual(["a"]);
  });
});
