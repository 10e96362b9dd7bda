import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { compiledModule } from "../../src/util";
import { errorText, requireBuild, runCells, streamText } from "./support";

const figure = `const figure = (points: number) => ({
  name: "test-figure", title: "T", alt: "A line that rises.", caption: "n = 2", table: [], layout: { width: 300, height: 200 },
  data: [{ type: "scatter", mode: "markers", x: Array.from({ length: points }, (_, i) => i), y: new Float64Array(points).map((_, i) => i) }],
});`;

const alternative = "A line that rises.";

describe("outputs in a kernel", () => {
  it("figures, tables and Markdown are stored in forms that every reader can show", async () => {
    const { ok, failure, stored, text } = await runCells(
      [
        `import { interactive, show, showMarkdown, showTable } from "nonsmooth"; ${figure}`,
        "await show(figure(2));",
        'showTable([{ a: 1.5, b: "<x>" }], { caption: "C" }); showMarkdown("**bold**");',
        "showTable(Array.from({ length: 100 }, (_, i) => ({ i })));",
        "interactive();",
        "await show(figure(2), { scale: 1 });",
      ],
      { inProject: true },
    );
    expect({ ok, failure }).toEqual({ ok: true, failure: undefined });
    const data = stored.map((cell) => cell.outputs.map((output) => output.data ?? {}));
    expect(Object.keys(data[1]?.[0] ?? {})).toEqual(["image/png", "text/plain"]);
    expect(data[1]?.[0]?.["text/plain"]).toEqual([alternative]);
    // nbconvert and nbsphinx look there
    expect(stored[1]?.outputs[0]?.metadata).toEqual({ "image/png": { width: 300, height: 200, alt: alternative } });
    const png = Buffer.from(data[1]?.[0]?.["image/png"] as string, "base64");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([600, 400]);
    expect(data[2]?.[0]?.["text/plain"]).toEqual(["C\n", "  a  b\n", "---  ---\n", "1.5  <x>"]);
    expect([data[2]?.[0]?.["text/html"]].flat().join("")).toContain("&#60;x&#62;");
    expect(data[2]?.[1]).toEqual({ "text/markdown": ["**bold**"], "text/plain": ["**bold**"] });
    // without scripts, the first rows
    const table = [data[3]?.[0]?.["text/html"]].flat().join("");
    expect(table.match(/<tr>/g)).toHaveLength(1 + 20);
    expect(table).toContain("… and 80 more rows");
    expect(text).not.toContain("<script");
    // neither the library itself nor what it draws
    expect(stored[4]?.outputs).toEqual([]);
    expect(Object.keys(data[5]?.[0] ?? {})).toEqual(["image/png", "text/plain"]);
  });

  it("a plot of one's own is shown, and a missing text or an unknown attribute is reported", async () => {
    const { failure, stored } = await runCells(
      [
        'import { show } from "nonsmooth"; const points = [{ x: [1, 2], y: [1, 2] }];',
        'await show({ data: points, title: "Mine" });',
        "await show({ data: points, layout: {} });",
        'await show({ data: [{ y: [1], kind: "bar" }] });',
      ].map((source, index) => (index === 3 ? { source, tags: ["raises-exception"] } : source)),
      { inProject: true },
    );
    expect(failure).toBeUndefined();
    expect(stored[1]?.outputs[0]?.data?.["text/plain"]).toEqual(["Mine"]);
    expect(streamText(stored[1], "stdout")).toMatch(/^No alternative text: .*`alt`.*\n$/);
    expect(stored[2]?.outputs[0]?.data).toHaveProperty("image/png");
    expect(errorText(stored[3])).toContain("figure plot, data[0]: must have attributes that plotly knows");
  });
});

describe("outputs outside a kernel", () => {
  const run = (body: string) => {
    requireBuild();
    const script = `const notebook = require(${JSON.stringify(compiledModule("notebook/index"))}); ${body}`;
    return execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
  };

  it("outside a kernel, the text forms of tables, Markdown and figures are printed", () => {
    const body = `notebook.interactive(); notebook.showTable([{ a: 1 }]); notebook.showMarkdown("**b**");
      notebook.show({ name: "f", alt: "What is seen." });`;
    expect(run(body)).toBe("a\n-\n1\n**b**\nWhat is seen.\n");
  });

  it("outside a kernel, neither plotly, nor a stand-in for a browser, nor tslab is loaded", () => {
    const heavy = run(
      "console.log(Object.keys(require.cache).filter((f) => /node_modules.(plotly|jsdom|tslab|zeromq|@napi-rs|@resvg)/.test(f)).length)",
    );
    expect(heavy).toBe("0\n");
  });
});
