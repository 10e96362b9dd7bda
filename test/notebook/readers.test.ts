/** Our outputs in a browser without JupyterLab: nbconvert's page, and an output of VS Code's notebook; light and dark. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { progressHtml } from "../../src/notebook/progress";
import { contrasts } from "../helpers/contrast";
import { findChromium } from "../jupyterlab/lab";
import { convert, liveTable, nbconvert, ROWS, writeNotebooks } from "./exported";
import { temporaryFolder } from "./support";

const program = findChromium();
const themes = ["light", "dark"] as const;
/** WCAG 2.1, success criterion 1.4.3. */
const LEGIBLE = 4.5;

describe.skipIf(!program)(program ? "a reader" : "a reader (skipped: no chromium)", () => {
  let browser: Browser;

  beforeAll(async () => {
    // without chromium's own sandbox, which root cannot have
    browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox", "--disable-gpu"] });
  });
  afterAll(() => browser?.close());

  /** An empty page without a network; `asked` collects what it asks for, `complaints` the errors of its scripts. */
  async function emptyPage() {
    const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const [asked, complaints]: [string[], string[]] = [[], []];
    await page.route("**/*", (route) => {
      const { url, isNavigation } = { url: route.request().url(), isNavigation: route.request().isNavigationRequest() };
      if (isNavigation) return route.continue();
      asked.push(url);
      return route.abort();
    });
    page.on("pageerror", ({ message }) => complaints.push(message));
    return { page, asked, complaints };
  }

  async function shot(page: Page, name: string): Promise<void> {
    const folder = process.env.NONSMOOTH_SHOTS;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }

  const lowest = async (page: Page, selector: string) => (await contrasts(page, selector))[0]!.ratio;

  const rowsShown = (page: Page) => page.locator("tbody tr td:first-child").allTextContents();

  async function turnPages(page: Page): Promise<void> {
    expect(await rowsShown(page)).toHaveLength(20);
    await page.getByRole("button", { name: "last rows" }).click();
    expect(await rowsShown(page)).toEqual(Array.from({ length: ROWS - 40 }, (_, i) => String(40 + i)));
    await page.getByRole("button", { name: "sort by half" }).click();
    await page.getByRole("button", { name: "sort by half" }).click();
    expect((await rowsShown(page))[0]).toBe(String(ROWS - 1));
  }

  describe.skipIf(!nbconvert)(
    nbconvert ? "of nbconvert's page" : "of nbconvert's page (skipped: not installed)",
    () => {
      const folder = temporaryFolder();
      beforeAll(async () => {
        await writeNotebooks(folder);
      });

      it.each(themes)("it has the pictures without a network, and legible tables, %s", async (theme) => {
        for (const name of ["kept", "live"]) {
          convert(folder, name, "--to", "html", "--theme", theme);
          const { page, asked, complaints } = await emptyPage();
          await page.goto(pathToFileURL(join(folder, `${name}.html`)).href);
          await shot(page, `nbconvert-${name}-${theme}`);
          const sizes = await page.evaluate("[...document.images].map((image) => image.naturalWidth)");
          expect(sizes).toEqual([300, expect.any(Number)]);
          expect(Math.min(...(sizes as number[]))).toBeGreaterThan(0);
          // what nbconvert's template loads for formulas and widgets, of which we have none
          expect(asked.filter((url) => !/mathjax|require(\.min)?\.js/i.test(url))).toEqual([]);
          expect(await lowest(page, "table, .jp-OutputArea-output p, .jp-OutputArea-output button")).toBeGreaterThan(
            LEGIBLE,
          );
          if (name === "live") await turnPages(page);
          expect(complaints.filter((words) => !/MathJax|require/.test(words))).toEqual([]);
        }
      });
    },
  );

  /** What VS Code's renderer of HTML does with an output: `renderHTML` and `domEval` in extensions/notebook-renderers/src/index.ts. */
  const renderInVsCode = (html: string) => `(() => {
    const element = document.createElement("div");
    element.innerHTML = ${JSON.stringify(html)};
    document.body.append(element);
    for (const node of [...element.getElementsByTagName("script")]) {
      const script = document.createElement("script");
      script.text = node.innerText;
      element.append(script);
      script.remove();
    }
  })()`;

  it.each(themes)("of VS Code has tables with pages and a legible progress line, %s", async (theme) => {
    const { page, asked, complaints } = await emptyPage();
    const colours = theme === "dark" ? "background:#1e1e1e;color:#cccccc" : "background:#ffffff;color:#3b3b3b";
    await page.setContent(`<body class="vscode-${theme}" style="${colours};font:13px sans-serif"></body>`);
    const progress = progressHtml("Exact zeros", { done: 3, total: 10, unit: "runs", secondsLeft: 5 });
    for (const html of [liveTable(), progress]) await page.evaluate(renderInVsCode(html));
    await shot(page, `vscode-${theme}`);
    expect(await lowest(page, "body")).toBeGreaterThan(LEGIBLE);
    const [i, half] = await page.locator("tbody tr:first-child td").all();
    const [left, right] = [(await i!.boundingBox())!, (await half!.boundingBox())!];
    // the cells have room around their text
    expect(Math.min(left.height, right.height)).toBeGreaterThan(24);
    await turnPages(page);
    expect([asked, complaints]).toEqual([[], []]);
  });

  it("a text that is too faint is found", async () => {
    const { page } = await emptyPage();
    await page.setContent(
      '<p style="color:#777">faint</p><p style="color:#000">clear</p><p style="opacity:.1">pale</p>',
    );
    const found = await contrasts(page, "body");
    expect(found.map(({ text, ratio }) => [text, ratio.toFixed(2)])).toEqual([
      ["pale", "1.25"],
      ["faint", "4.48"],
      ["clear", "21.00"],
    ]);
  });
});
