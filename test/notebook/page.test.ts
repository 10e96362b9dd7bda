/** What goes from the kernel to the page: the outputs of a cell before anything is left out of the file. */
import { createCanvas, loadImage } from "@napi-rs/canvas";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { interactive, show, showTable } from "../../src/notebook/display";
import type { EmitOptions, MimeBundle } from "../../src/notebook/kernel";
import { projectRoot } from "../../src/util";

interface Sent extends EmitOptions {
  readonly data: Readonly<Record<string, string>>;
}

const outputs = vi.hoisted((): Sent[] => []);
vi.mock("../../src/notebook/kernel", () => ({
  inKernel: () => true,
  emit: (data: MimeBundle, options: EmitOptions) => outputs.push({ data: data as Sent["data"], ...options }) > 0,
}));

let printed: string;
beforeEach(() => {
  outputs.length = 0;
  printed = "";
  vi.stubEnv("VSCODE_PID", undefined);
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += text;
    return true;
  });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const alt = "A line that rises.";
const figure = (meta = "") => {
  const numbers = Float64Array.of(0, 1);
  const data = [{ type: "scatter", mode: "markers", x: numbers, y: numbers }];
  return { name: "test", title: "T", alt, caption: "", table: [], layout: { width: 300, height: 200, meta }, data };
};
const large = figure("x".repeat(1_100_000));

describe("a figure", () => {
  it("a figure is sent as a picture with its text and a script for the live plot, without local paths", async () => {
    await show(figure());
    const [{ data, metadata }] = outputs as [Sent];
    expect(Object.keys(data)).toEqual(["text/plain", "image/png", "text/html"]);
    expect(data["text/html"]).toContain(`<img alt="${alt}"`);
    expect(data["text/html"]).toContain("<script>");
    expect(data["text/html"]!.length).toBeLessThan(data["image/png"]!.length + 10_000);
    expect(metadata).toMatchObject({ "image/png": { alt, width: 300, height: 200 }, nonsmooth: { live: true } });
    expect(JSON.stringify(outputs)).not.toContain(projectRoot);
    expect(printed).toBe("");
  });

  it("in VS Code a figure is sent as plotly's own type, which VS Code draws itself", async () => {
    vi.stubEnv("VSCODE_PID", "1");
    await show(figure());
    const [{ data }] = outputs as [Sent];
    expect(Object.keys(data)).toEqual(["text/plain", "image/png", "application/vnd.plotly.v1+json"]);
    expect(data["application/vnd.plotly.v1+json"]).toMatchObject({ data: [{ x: [0, 1], y: [0, 1] }] });
  });

  it("a figure with much data is sent as a picture alone, unless a live plot is asked for", async () => {
    await show(large);
    expect(printed).toMatch(/1\.\d million characters\. For a live plot: show\(…, \{ live: true \}\)\n$/);
    await show(large, { live: true });
    await show(figure(), { live: false });
    expect(outputs.map(({ data }) => "text/html" in data)).toEqual([false, true, false]);
    expect(outputs.map(({ metadata }) => "nonsmooth" in metadata!)).toEqual([false, true, false]);
    expect(printed.match(/\n/g)).toHaveLength(1);
  });

  it("a figure is a dark picture where the dark theme is asked for", async () => {
    await show(figure());
    await show(figure(), { theme: "dark" });
    const grounds = outputs.map(async ({ data }) => {
      const context = createCanvas(1, 1).getContext("2d");
      context.drawImage(await loadImage(Buffer.from(data["image/png"]!, "base64")), 0, 0);
      return [...context.getImageData(0, 0, 1, 1).data];
    });
    expect(await Promise.all(grounds)).toEqual([
      [255, 255, 255, 255],
      [26, 26, 26, 255],
    ]);
  });

  it("a figure without alternative text is shown, and a line says that the text is missing", async () => {
    const { data } = figure();
    await show({ data, title: "Mine" });
    await show({ data });
    expect(outputs.map((output) => output.data["text/plain"])).toEqual(["Mine", "Plot"]);
    expect(printed.match(/^No alternative text: .*\n/gm)).toHaveLength(2);
  });
});

it("a table of many rows is marked as live, since its script is only for the page", () => {
  const rows = Array.from({ length: 21 }, (_, i) => ({ i }));
  showTable(rows.slice(1));
  showTable(rows);
  expect(outputs.map(({ metadata }) => metadata)).toEqual([{}, { nonsmooth: { live: true } }]);
});

it("plotly stays in the notebook only until the page has run it", async () => {
  vi.useFakeTimers();
  interactive();
  expect(outputs[0]!.data["text/html"]!.length).toBeGreaterThan(1e6);
  await vi.runAllTimersAsync();
  vi.useRealTimers();
  const [first, second] = outputs as [Sent, Sent];
  expect(Object.keys(second.data)).toEqual(["text/plain"]);
  expect(second).toMatchObject({ update: true, volatile: true, displayId: first.displayId });
  expect(first).toMatchObject({ volatile: true, displayId: expect.any(String) });
});
