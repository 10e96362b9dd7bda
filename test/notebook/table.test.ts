import * as aq from "arquero";
import { describe, expect, it } from "vitest";
import { formatCell, type TableLike, tableHtml, tableText, tableView } from "../../src/notebook/table";

const rows = [
  { name: "a<b>", share: 0.123456, n: 40 },
  { name: "c", share: Number.NaN, n: 5, extra: true },
];

describe("tables", () => {
  it("aligns text to the left and numbers to the right", () => {
    expect(tableText(tableView(rows, { caption: "Shares" })).split("\n")).toEqual([
      "Shares",
      "name   share   n  extra",
      "----  ------  --  -----",
      "a<b>  0.1235  40",
      "c        NaN   5  true",
    ]);
  });

  it("escapes HTML", () => {
    const html = tableHtml(tableView([{ "<i>": "a<b>&\"'" }], { caption: "<c>" }));
    expect(html).toContain("<caption>&#60;c&#62;</caption>");
    expect(html).toContain('<th style="text-align:left">&#60;i&#62;</th>');
    expect(html).toContain("&#60;b&#62;&#38;&#34;&#39;</td>");
  });

  it("shows no more than the limit, and says how many are left", () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ i }));
    expect(tableText(tableView(many)).split("\n")).toHaveLength(2 + 20 + 1);
    expect(tableText(tableView(many, { limit: 29 }))).toMatch(/… and 1 more row$/);
    expect(tableHtml(tableView(many, { limit: 0 }))).toContain("<p>… and 30 more rows</p>");
  });

  it("takes an arquero table, and shows it as its rows", () => {
    const table = aq.from(rows.map(({ name, share, n }) => ({ name, share, n }))) as unknown as TableLike;
    expect(tableText(tableView(table))).toBe(
      tableText(tableView(rows.map(({ name, share, n }) => ({ name, share, n })))),
    );
    expect(tableView(table, { limit: 1 }).hidden).toBe(1);
  });

  it.each([
    [1 / 3, "0.3333"],
    [123456.789, "123500"],
    [1e-12 / 3, "3.333e-13"],
    [123456789, "123456789"],
    [-0, "-0"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
    [null, ""],
    [[0.12345, 2], "0.1235, 2"],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [{ a: 1 }, '{"a":1}'],
    [12n, "12"],
  ])("writes %s as %s", (value, text) => expect(formatCell(value, 4)).toBe(text));

  it("refuses what it cannot show", () => {
    expect(() => tableView(rows, { limit: -1 })).toThrow("showTable limit: must be a whole number, 0 or more, got -1");
    expect(() => tableView(rows, { digits: 0 })).toThrow("showTable digits: must be 1 to 17, got 0");
    expect(() => tableView("x" as unknown as TableLike)).toThrow(
      'showTable: must be given an array of rows or an arquero table, got "x"',
    );
  });
});
