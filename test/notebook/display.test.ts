import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { compiledModule } from "../../src/util";
import { requireBuild, runCells } from "./support";

const figure = `const figure = (points: number) => ({
  name: "test-figure", title: "T", alt: "A line that rises.", caption: "n = 2", table: [], layout: { width: 300, height: 200 },
  data: [{ type: "scatter", mode: "markers", x: Array.from({ length: points }, (_, i) => i), y: new Float64Array(points).map((_, i) => i) }],
});`;

describe("in a kernel", () => {
  it("shows figures, tables and Markdown, and the live plot only where it was asked for", async () => {
    const { ok, failure, stored } = await runCells(
      [
        `import { interactive, show, showMarkdown, showTable } from "nonsmooth"; ${figure}`,
        "await show(figure(2));",
        "await show(figure(1500));",
        'showTable([{ a: 1.5, b: "<x>" }], { caption: "C" }); showMarkdown("**bold**");',
        "interactive();",
        "await show(figure(2), { scale: 1 });",
      ],
      { inProject: true },
    );
    expect({ ok, failure }).toEqual({ ok: true, failure: undefined });
    const data = stored.map((cell) => cell.outputs.map((output) => output.data ?? {}));
    expect(Object.keys(data[1]?.[0] ?? {})).toEqual(["image/png", "image/svg+xml", "text/plain"]);
    expect(data[1]?.[0]?.["text/plain"]).toEqual(["A line that rises."]);
    expect(stored[1]?.outputs[0]?.metadata).toEqual({ "image/png": { width: 300, height: 200 } });
    const png = Buffer.from(data[1]?.[0]?.["image/png"] as string, "base64");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([600, 400]);
    // many points: the SVG would be heavy
    expect(Object.keys(data[2]?.[0] ?? {})).toEqual(["image/png", "text/plain"]);
    expect(data[3]?.[0]?.["text/plain"]).toEqual(["C\n", "  a  b\n", "---  ---\n", "1.5  <x>"]);
    expect([data[3]?.[0]?.["text/html"]].flat().join("")).toContain("&#60;x&#62;");
    expect(data[3]?.[1]).toEqual({ "text/markdown": ["**bold**"], "text/plain": ["**bold**"] });
    // the library itself is left out of the file
    expect(stored[4]?.outputs).toEqual([]);
    const live = data[5]?.[0] as Record<string, unknown>;
    expect(Object.keys(live)).toEqual([
      "application/vnd.plotly.v1+json",
      "image/png",
      "image/svg+xml",
      "text/html",
      "text/plain",
    ]);
    expect(live["application/vnd.plotly.v1+json"]).toMatchObject({ data: [{ type: "scatter", x: [0, 1], y: [0, 1] }] });
    expect([live["text/html"]].flat().join("")).toContain('<img alt="A line that rises."');
  });
});

describe("outside a kernel", () => {
  const run = (body: string) => {
    requireBuild();
    const script = `const notebook = require(${JSON.stringify(compiledModule("notebook/index"))}); ${body}`;
    return execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
  };

  it("prints the text forms", () => {
    const body = `notebook.interactive(); notebook.showTable([{ a: 1 }]); notebook.showMarkdown("**b**");
      notebook.show({ name: "f", alt: "What is seen." });`;
    expect(run(body)).toBe("a\n-\n1\n**b**\nWhat is seen.\n");
  });

  it("loads neither plotly, nor a browser's stand-in, nor tslab", () => {
    const heavy = run(
      "console.log(Object.keys(require.cache).filter((f) => /node_modules.(plotly|jsdom|tslab|zeromq|@napi-rs|@resvg)/.test(f)).length)",
    );
    expect(heavy).toBe("0\n");
  });
});
