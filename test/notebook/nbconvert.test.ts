/** What nbconvert makes of our outputs: pictures with their alternative text and tables, in the form that is kept and in the live one. */
import { spawnSync } from "node:child_process";
import { JSDOM } from "jsdom";
import { beforeAll, describe, expect, it } from "vitest";
import { convert, figureAlt, nbconvert, ROWS, writeNotebooks } from "./exported";
import { temporaryFolder } from "./support";

const pandoc = spawnSync("pandoc", ["--version"], { stdio: "ignore" }).status === 0;

describe.skipIf(!nbconvert)(nbconvert ? "nbconvert" : "nbconvert (skipped: not installed)", () => {
  const folder = temporaryFolder();
  let alts: string[];

  const documentOf = (html: string, { scripts = false } = {}) =>
    new JSDOM(html, scripts ? { runScripts: "dangerously" } : {}).window.document;
  const pictures = (html: string) =>
    [...documentOf(html).images].map((image) => ({
      alt: image.alt,
      png: image.src.startsWith("data:image/png;base64,iVBOR"),
    }));

  beforeAll(async () => {
    alts = await writeNotebooks(folder);
  });

  it("a live figure becomes one picture with its text, whichever template is used", () => {
    for (const template of ["lab", "classic"]) {
      const [first, ...others] = pictures(convert(folder, "live", "--to", "html", "--template", template));
      expect(first).toEqual({ alt: figureAlt, png: true });
      expect(others).toHaveLength(1);
    }
  });

  it("figures as the runner stores them become one picture each, with its text", () => {
    const found = ["lab", "classic"].map((template) =>
      pictures(convert(folder, "kept", "--to", "html", "--template", template)),
    );
    // of nbconvert 6 the template classic writes the texts, of nbconvert 7 the template lab
    expect(found).toContainEqual(alts.map((alt) => ({ alt, png: true })));
    for (const list of found) expect(list.map(({ png }) => png)).toEqual([true, true]);
  });

  it("a table keeps its caption and its cells; a live one has pages, and one as the runner stores it shows its first rows", () => {
    const kept = documentOf(convert(folder, "kept", "--to", "html"));
    expect(kept.querySelector("caption")?.textContent).toBe("Halves");
    const cells = [...kept.querySelectorAll("tbody td")].map(({ textContent }) => textContent);
    expect(cells).toEqual(Array.from({ length: 20 }, (_, i) => [String(i), (i / 2).toFixed(1)]).flat());
    expect(kept.body.textContent).toContain(`… and ${ROWS - 20} more rows`);
    const live = documentOf(convert(folder, "live", "--to", "html"), { scripts: true });
    expect(live.body.textContent).toContain(`rows 1 – 20 of ${ROWS} rows`);
  });

  it("code is highlighted as TypeScript, without a kernel", () => {
    const document = documentOf(convert(folder, "kept", "--to", "html"));
    expect(document.querySelector(".hl-typescript .kr, .hl-typescript .kd")?.textContent).toBe("const");
  });

  it.skipIf(!pandoc)("LaTeX gets a PNG for each picture, which needs no other program, and tables as text", () => {
    for (const name of ["kept", "live"]) {
      const latex = convert(folder, name, "--to", "latex");
      expect(latex.match(/\\adjustimage\{.*\}\{[^}]*\.png\}/g)).toHaveLength(2);
      expect(latex).toMatch(/Halves\n *i +half\n/);
    }
  });
});
