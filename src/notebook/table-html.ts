/** Tables as HTML: the first rows, and a script for sorting and paging all rows that the page has. */
import { scriptJson } from "../figures";
import { escapeHtml } from "./html";
import type { TableView } from "./table";

/** An HTML table, for `text/html`. Without scripts it shows the first rows, and how many more there are. */
export function tableHtml(view: TableView): string {
  const { columns, rows, embedded, total, caption } = view;
  const cell = (tag: string, text: string, numeric: boolean) =>
    `<${tag} style="text-align:${numeric ? "right" : "left"}">${escapeHtml(text)}</${tag}>`;
  const head = columns.map(({ name, numeric }) => cell("th", name, numeric)).join("");
  const body = Array.from({ length: rows }, (_, row) => {
    const cells = columns.map((column) => cell("td", column.cells[row]!, column.numeric)).join("");
    return `<tr>${cells}</tr>`;
  });
  return [
    "<div>",
    // pages without a style sheet, as nbconvert's template "classic" makes them, have no room between columns
    '<table cellpadding="6">',
    ...(caption === undefined ? [] : [`<caption>${escapeHtml(caption)}</caption>`]),
    `<thead><tr>${head}</tr></thead>`,
    "<tbody>",
    ...body,
    "</tbody>",
    "</table>",
    ...(total > rows ? [`<p>${remainder(total - rows)}</p>`] : []),
    ...(rows > 0 && embedded > rows ? [pagerScript(view)] : []),
    "</div>",
  ].join("\n");
}

/** The line about rows that are not shown. */
export function remainder(hidden: number): string {
  return `… and ${count(hidden)} more ${hidden === 1 ? "row" : "rows"}`;
}

const count = (value: number): string => value.toLocaleString("en-US");

function pagerScript({ columns, rows, embedded, total }: TableView): string {
  const cells = columns.map((column) => column.cells);
  const numeric = columns.map((column) => column.numeric);
  const of = total > embedded ? `the first ${count(embedded)} of ${count(total)} rows` : `${count(total)} rows`;
  return `<script>
((columns, numeric, page, of) => {
  const place = document.currentScript.parentNode;
  const [body, note] = [place.querySelector("tbody"), place.querySelector("p")];
  const heads = [...place.querySelectorAll("th")];
  const size = columns[0].length;
  let order = columns[0].map((_, row) => row);
  let first = 0;
  const button = (text, label, press) => {
    const made = document.createElement("button");
    made.append(text);
    made.title = label;
    made.setAttribute("aria-label", label);
    made.style.cssText = "font:inherit;color:inherit;background:none;border:1px solid currentColor;border-radius:3px;margin-right:4px;cursor:pointer";
    made.onclick = press;
    return made;
  };
  const turn = (to) => () => draw(Math.max(0, Math.min(to(), Math.floor((size - 1) / page) * page)));
  const buttons = [
    button("«", "first rows", turn(() => 0)),
    button("‹", "previous rows", turn(() => first - page)),
    button("›", "next rows", turn(() => first + page)),
    button("»", "last rows", turn(() => size)),
  ];
  const where = document.createElement("span");
  where.setAttribute("aria-live", "polite");
  note.replaceChildren(...buttons, where);
  function draw(from) {
    first = from;
    body.replaceChildren(...order.slice(first, first + page).map((row) => {
      const line = document.createElement("tr");
      line.append(...columns.map((cells, i) => {
        const cell = document.createElement("td");
        cell.style.textAlign = numeric[i] ? "right" : "left";
        cell.textContent = cells[row];
        return cell;
      }));
      return line;
    }));
    const [begin, end] = [first + 1, Math.min(first + page, size)].map((row) => row.toLocaleString("en-US"));
    where.textContent = "rows " + begin + " – " + end + " of " + of;
    for (const [i, made] of buttons.entries()) made.disabled = i < 2 ? first === 0 : first + page >= size;
    for (const made of buttons) made.style.opacity = made.disabled ? 0.4 : 1;
  }
  // absent values and NaN come last in both directions
  const compare = (cells, isNumber, sign) => (a, b) => {
    const [x, y] = [a, b].map((row) => (isNumber ? (cells[row] === "" ? NaN : Number(cells[row])) : cells[row]));
    const [noX, noY] = [x, y].map((value) => value === "" || Number.isNaN(value));
    if (noX || noY) return noX - noY || a - b;
    return sign * (isNumber ? (x > y) - (x < y) : x.localeCompare(y, undefined, { numeric: true })) || a - b;
  };
  heads.forEach((head, i) => {
    const name = head.textContent;
    const sort = button(name, "sort by " + name, () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) {
        other.removeAttribute("aria-sort");
        other.querySelector("span").textContent = " ↕";
      }
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      head.querySelector("span").textContent = down ? " ↓" : " ↑";
      order = columns[i].map((_, row) => row).sort(compare(columns[i], numeric[i], down ? -1 : 1));
      draw(0);
    });
    const arrow = document.createElement("span");
    arrow.append(" ↕");
    arrow.setAttribute("aria-hidden", "true");
    sort.style.cssText += ";border:none;padding:0;margin:0;font-weight:inherit";
    sort.append(arrow);
    head.replaceChildren(sort);
  });
  draw(0);
})(${[cells, numeric, rows, of].map(scriptJson).join(", ")});
</script>`;
}
