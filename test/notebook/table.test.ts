import * as aq from "arquero";
import { DataFrame, Series } from "danfojs-node";
import { JSDOM } from "jsdom";
import { describe, expect, it } from "vitest";
import { tableOutput } from "../../src/notebook";
import { tableText, tableView } from "../../src/notebook/table";
import { formatColumn } from "../../src/notebook/table-format";
import { tableHtml } from "../../src/notebook/table-html";
import type { Table, TableLike } from "../../src/notebook/table-source";

const rows = [
  { name: "a<b>", share: 0.123456, n: 40 },
  { name: "c", share: Number.NaN, n: 5, extra: true },
];

describe("tables as text", () => {
  it("text is aligned to the left and numbers to the right", () => {
    expect(tableText(tableView(rows, { caption: "Shares" })).split("\n")).toEqual([
      "Shares",
      "name   share   n  extra",
      "----  ------  --  -----",
      "a<b>  0.1235  40",
      "c        NaN   5  true",
    ]);
  });

  it("a table shows no more rows than its limit, and says how many are left", () => {
    const many = Array.from({ length: 3000 }, (_, i) => ({ i }));
    expect(tableText(tableView(many)).split("\n")).toHaveLength(2 + 20 + 1);
    expect(tableText(tableView(many, { limit: 2999 }))).toMatch(/… and 1 more row$/);
    expect(tableText(tableView(many, { limit: 5 }))).toMatch(/… and 2,995 more rows$/);
    expect(tableHtml(tableView(many, { limit: 0 }))).toContain("<p>… and 3,000 more rows</p>");
  });

  it("bad limits, bad numbers of digits, and what is no table are refused", () => {
    expect(() => tableView(rows, { limit: -1 })).toThrow("showTable limit: must be a whole number, 0 or more, got -1");
    expect(() => tableView(rows, { digits: 0 })).toThrow("showTable digits: must be 1 to 17, got 0");
    for (const [wrong, shown] of [
      ["x", '"x"'],
      [[1, 2], "[1,2]"],
    ] as const) {
      expect(() => tableView(wrong as unknown as Table)).toThrow(
        `showTable: must be given an array of rows, an arquero table or a danfo frame, got ${shown}`,
      );
    }
  });
});

describe("a column of numbers", () => {
  it.each([
    ["one number of decimals", [0.5, 0.123456, 12], ["0.5000", "0.1235", "12.0000"]],
    ["no more decimals than needed", [0.1 + 0.2, 1.5, 2], ["0.3", "1.5", "2.0"]],
    ["integers without decimals", [40, 123456789, 0], ["40", "123456789", "0"]],
    ["powers of ten where the digits would be too many", [123456789.4, 1], ["1.235e+8", "1.000e+0"]],
    ["all digits before the point", [123456.789], ["123457"]],
    ["powers of ten for magnitudes far apart", [0.5, 1e-12 / 3, 0], ["5.000e-1", "3.333e-13", "0"]],
    ["no more digits of a mantissa than needed", [1e-9, 0.25, 1], ["1.0e-9", "2.5e-1", "1.0e+0"]],
    ["empty cells", [1.25, null, undefined, Number.NaN, -1 / 0], ["1.25", "", "", "NaN", "-Infinity"]],
    ["the sign of zero", [-0, 0.5], ["-0.0", "0.5"]],
    ["the sign of an integer zero", [-0, 0], ["-0", "0"]],
    ["big integers", [12n, 3], ["12", "3"]],
  ])("a column of numbers has %s", (_, values, cells) =>
    expect(formatColumn(values, 4)).toEqual({ cells, numeric: true }),
  );

  it("each number keeps as many significant digits as were asked for", () => {
    const values = [Math.PI, Math.E / 10, 123.456789, 0.0123456789];
    for (const digits of [1, 3, 6, 12]) {
      for (const [i, cell] of formatColumn(values, digits).cells.entries()) {
        expect(Math.abs(Number(cell) / values[i]! - 1)).toBeLessThanOrEqual(0.5 * 10 ** (1 - digits));
      }
    }
  });

  it.each([
    [[0.12345, 2], "0.1235, 2.0000"],
    [new Float32Array([1, 2]), "1, 2"],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [new Date(Number.NaN), "Invalid Date"],
    [{ a: 1 }, '{"a":1}'],
    [{ a: 12n }, '{"a":"12"}'],
  ])("a column with %s in it is no column of numbers", (value, text) =>
    expect(formatColumn([value], 4)).toEqual({ cells: [text], numeric: false }),
  );
});

describe("tables of libraries", () => {
  const plain = rows.map(({ name, share, n }) => ({ name, share, n }));
  const text = tableText(tableView(plain));

  it("an arquero table is shown as it is filtered", () => {
    const table = aq.from(plain) as unknown as TableLike;
    expect(tableText(tableView(table))).toBe(text);
    expect(tableOutput(table)?.data["text/plain"]).toBe(text);
    const filtered = aq.from(plain).filter(aq.escape((row: { n: number }) => row.n > 10));
    expect(tableText(tableView(filtered as unknown as TableLike)).split("\n")).toHaveLength(3);
  });

  it("a danfo frame and a danfo series are shown as tables", () => {
    expect(tableOutput(new DataFrame(plain))?.data["text/plain"]).toBe(text);
    expect(tableOutput(new Series([1.5, 2], { columns: ["x"] }))?.data["text/plain"]).toBe("  x\n---\n1.5\n2.0");
    expect(tableOutput(new DataFrame([]))?.data["text/plain"]).toBe("\n");
  });

  it("the index of a danfo frame is shown where it has names", () => {
    const frame = new DataFrame(plain, { index: ["r", "s"] });
    expect(tableOutput(frame.loc({ columns: ["n"] }))?.data["text/plain"]).toBe(
      "index   n\n-----  --\nr      40\ns       5",
    );
  });

  it("any other value is left alone, even if reading it throws", () => {
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error("not to be touched");
        },
      },
    );
    const broken = { columnNames: () => ["a"], numRows: () => 1, objects: () => [hostile] };
    for (const value of [undefined, null, 3, "text", plain, { columns: [] }, () => 1, hostile, broken]) {
      expect(tableOutput(value)).toBeUndefined();
    }
  });
});

describe("tables as HTML", () => {
  it("captions, headings and cells are escaped, in the script too", () => {
    const html = tableHtml(tableView([{ "<i>": "a<b>&\"'" }], { caption: "<c>" }));
    expect(html).toContain("<caption>&#60;c&#62;</caption>");
    expect(html).toContain('<th style="text-align:left">&#60;i&#62;</th>');
    expect(html).toContain("&#60;b&#62;&#38;&#34;&#39;</td>");
    const many = Array.from({ length: 30 }, () => ({ a: "</script><b>" }));
    expect(tableHtml(tableView(many)).match(/<\/script>/g)).toHaveLength(1);
    const { document } = new JSDOM(tableHtml(tableView(many)), { runScripts: "dangerously" }).window;
    expect(document.querySelectorAll("b")).toHaveLength(0);
    expect(document.querySelector("td")!.textContent).toBe("</script><b>");
  });

  it("a table that shows all its rows has no script", () => {
    expect(tableHtml(tableView(rows))).not.toContain("<script");
  });

  describe("tables with more rows than are shown at a time", () => {
    // 0 … 2499 in an order of their own; every hundredth is absent
    const many = Array.from({ length: 2500 }, (_, i) => ({ n: (i * 7) % 2500, half: i % 100 === 0 ? null : i / 2 }));
    const open = () => {
      const { window } = new JSDOM(tableHtml(tableView(many)), { runScripts: "dangerously" });
      const { document } = window;
      const column = (i: number) =>
        [...document.querySelectorAll(`td:nth-child(${i + 1})`)].map((cell) => cell.textContent);
      const press = (label: string) =>
        (document.querySelector(`button[aria-label="${label}"]`) as unknown as { click(): void }).click();
      return { document, column, press, note: () => document.querySelector("p span")!.textContent };
    };

    it("the buttons turn the pages", () => {
      const { column, press, note } = open();
      expect(column(0)).toEqual(many.slice(0, 20).map(({ n }) => String(n)));
      expect(note()).toBe("rows 1 – 20 of the first 1,000 of 2,500 rows");
      press("next rows");
      expect(column(0)).toEqual(many.slice(20, 40).map(({ n }) => String(n)));
      press("last rows");
      expect(note()).toBe("rows 981 – 1,000 of the first 1,000 of 2,500 rows");
      press("next rows");
      press("first rows");
      press("previous rows");
      expect(column(0)).toEqual(many.slice(0, 20).map(({ n }) => String(n)));
    });

    it("a column is sorted by its numbers, up and down, with absent values last", () => {
      const { document, column, press } = open();
      const there = many.slice(0, 1000);
      const sorted = there.map(({ n }) => n).sort((a, b) => a - b);
      press("sort by n");
      expect(column(0)).toEqual(sorted.slice(0, 20).map(String));
      press("sort by n");
      expect(column(0)).toEqual(sorted.reverse().slice(0, 20).map(String));
      expect(document.querySelector("th")!.getAttribute("aria-sort")).toBe("descending");
      for (const _ of ["ascending", "descending"]) {
        press("sort by half");
        expect(column(1)).not.toContain("");
      }
      press("last rows");
      expect(column(1).slice(-10)).toEqual(Array(10).fill(""));
    });

    it("without scripts there is a plain table of the first rows", () => {
      const { document } = new JSDOM(tableHtml(tableView(many))).window;
      expect(document.querySelectorAll("tbody tr")).toHaveLength(20);
      expect(document.querySelector("p")!.textContent).toBe("… and 2,480 more rows");
    });
  });
});
