import { describe, expect, it } from "vitest";
import { OutputCollector, overwrite } from "../../src/notebook/outputs";

const stream = (text: string, name = "stdout") => ({ type: "stream", parent: "a", content: { name, text } });

describe("overwrite", () => {
  it.each([
    ["plain\ntext", "plain\ntext"],
    ["10 %\r100 %\n", "100 %\n"],
    ["a long line\rshort", "shortg line"],
    ["keep\r\nnext", "keep\nnext"],
    ["abc\b\bX", "aXc"],
  ])("the text %j is shown as %j", (raw, shown) => expect(overwrite(raw)).toBe(shown));
});

describe("OutputCollector", () => {
  it("only the text of displays that are not stored is passed on", () => {
    const told: [string, string][] = [];
    const collector = new OutputCollector((text, request) => told.push([text, request]));
    collector.begin("a");
    const content = (text: string, metadata: object) => ({
      data: { "text/plain": text, "text/html": `<b>${text}</b>` },
      metadata,
      transient: { display_id: "1" },
    });
    const volatile = { nonsmooth: { volatile: true } };
    collector.receive({ type: "display_data", parent: "a", content: content("1/3 runs", volatile) });
    collector.receive({ type: "update_display_data", parent: "a", content: content("2/3 runs", volatile) });
    collector.receive({ type: "update_display_data", parent: "b", content: content("of another client", volatile) });
    collector.receive({ type: "display_data", parent: "a", content: content("a table", {}) });
    collector.receive(stream("text"));
    expect(told).toEqual([
      ["1/3 runs", "a"],
      ["2/3 runs", "a"],
    ]);
  });

  it("a carriage return overwrites text of earlier messages too", () => {
    const collector = new OutputCollector();
    collector.begin("a");
    for (const text of ["1/2", "\r", "2/2", "\n"]) collector.receive(stream(text));
    expect(collector.outputs("a")).toEqual([{ name: "stdout", output_type: "stream", text: "2/2\n" }]);
  });

  it("outputs of another client's request are ignored", () => {
    const collector = new OutputCollector();
    collector.begin("a");
    collector.receive({ ...stream("x"), parent: "b" });
    expect(collector.outputs("a")).toEqual([]);
  });

  it("outputs are cleared at once, or with the next output", () => {
    const collector = new OutputCollector();
    collector.begin("a");
    collector.receive(stream("1"));
    collector.receive({ type: "clear_output", parent: "a", content: { wait: true } });
    expect(collector.outputs("a")).toHaveLength(1);
    collector.receive(stream("2"));
    expect(collector.outputs("a")).toEqual([{ name: "stdout", output_type: "stream", text: "2" }]);
    collector.receive({ type: "clear_output", parent: "a", content: {} });
    expect(collector.outputs("a")).toEqual([]);
  });

  it("errors and results are kept", () => {
    const collector = new OutputCollector();
    collector.begin("a");
    const content = { data: { "text/plain": "1" }, metadata: {}, execution_count: 3 };
    collector.receive({ type: "execute_result", parent: "a", content });
    collector.receive({ type: "error", parent: "a", content: { ename: "E", evalue: "v", traceback: ["t"], extra: 1 } });
    expect(collector.outputs("a")).toEqual([
      { output_type: "execute_result", ...content },
      { output_type: "error", ename: "E", evalue: "v", traceback: ["t"] },
    ]);
  });
});
