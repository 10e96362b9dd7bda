/** The page of `nonsmooth explore` in a browser, on 200 made-up trainings of 50 rows; skipped with the reason where there is none. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Explorer, explore } from "../../src/explore";
import { openRun } from "../../src/runs";
import { projectRoot } from "../../src/util";
import { contrasts } from "../helpers/contrast";
import { findChromium } from "../jupyterlab/lab";
import { rows as toyRows } from "../runs/toy";
import { writeRun, writeTrainings } from "./made-up";

const program = findChromium();
const RUNS = 200;
/** Pictures for people to look at. */
const shots = join(projectRoot, "out", "explore");

describe.skipIf(program === undefined)(program ? "the page" : "the page (skipped: no chromium)", () => {
  const runs = mkdtempSync(join(tmpdir(), "nonsmooth-explore-"));
  let browser: Browser;
  let explorer: Explorer;

  beforeAll(async () => {
    writeTrainings(runs, RUNS);
    explorer = await explore({ runs });
    // without chromium's own sandbox, which root cannot have
    browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox", "--disable-gpu"] });
    mkdirSync(shots, { recursive: true });
  });

  afterAll(async () => {
    await browser?.close();
    await explorer?.close();
    rmSync(runs, { recursive: true, force: true });
  });

  /** A page of its own; what it complains about fails the test. */
  async function open(hash = "", { dark = false, link = explorer.url } = {}): Promise<Page> {
    const context = await browser.newContext({
      viewport: { width: 1300, height: 850 },
      colorScheme: dark ? "dark" : "light",
      acceptDownloads: true,
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    onTestFinished(async () => {
      await context.close();
      expect(complaints).toEqual([]);
    });
    await page.goto(`${link}#${hash}`);
    await page.waitForFunction(() => performance.getEntriesByName("first view").length > 0);
    return page;
  }

  const shot = (page: Page, name: string) => page.screenshot({ path: join(shots, `${name}.png`) });
  const rowsShown = (page: Page) => page.locator("tbody tr").count();
  const legend = (page: Page) => page.locator(".legendtext").allTextContents();
  const hashOf = (page: Page) => new URL(page.url()).hash;
  const named = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
  const drawn = (page: Page) => page.waitForSelector(".plot .main-svg");

  /** Milliseconds from an input to the picture after it. */
  const timed = (page: Page, selector: string, value: string) =>
    page.evaluate(
      `new Promise((done) => {
        const input = document.querySelector(${JSON.stringify(selector)});
        const begun = performance.now();
        input.value = ${JSON.stringify(value)};
        input.dispatchEvent(new Event("input", { bubbles: true }));
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
      })`,
    ) as Promise<number>;

  const report = (what: string, ms: readonly number[]) =>
    process.stdout.write(`explore, ${RUNS} runs × 50 rows: ${what} ${ms.map((x) => x.toFixed(0)).join(", ")} ms\n`);

  it("all runs are listed, filtered by words and conditions, and sorted by a column", async () => {
    const page = await open();
    report("first view", [(await page.evaluate('performance.getEntriesByName("first view")[0].startTime')) as number]);
    expect(await rowsShown(page)).toBe(RUNS);
    await shot(page, "runs");
    const times = [];
    for (const [words, count] of [
      ["seed=17", 1],
      ["training testAccuracy>0.80", 58],
      ["-glyphs", 0],
      ["", RUNS],
    ] as const) {
      times.push(await timed(page, "#filter", words));
      // a busy machine reads the rows of some runs a little later
      await expect.poll(() => rowsShown(page), { message: words }).toBe(count);
    }
    report("filter", times);
    await page.getByRole("button", { name: "seed" }).click();
    const seeds = () => page.locator("tbody tr td:last-child").allTextContents();
    expect((await seeds()).map(Number)).toEqual(Array.from({ length: RUNS }, (_, i) => i));
    await page.getByRole("button", { name: "seed" }).click();
    expect((await seeds())[0]).toBe(String(RUNS - 1));
    expect(await page.locator('th[aria-sort="descending"]').textContent()).toContain("seed");
  });

  it("selected runs are drawn over each other; slider and boxes choose rows, and the link shows the same", async () => {
    const page = await open();
    await named(page, `Select these ${RUNS}`).click();
    await page.getByRole("tab", { name: "Curves" }).click();
    await drawn(page);
    expect(await legend(page)).toEqual([0, 0.5, 1, 10, 100].map((value) => `ReLU'(0) = ${value}`));
    const times = [];
    for (const place of ["1", "2", "3", "5", "4"]) times.push(await timed(page, "#value", place));
    report("slider", times);
    expect(await legend(page)).toEqual(["ReLU'(0) = 10"]);
    expect(await page.locator("output").textContent()).toBe("10");
    await page.getByRole("group", { name: "precision: all" }).getByLabel("16").click();
    await page.getByRole("group", { name: "trial: all" }).getByLabel("3").click();
    await page.getByRole("combobox", { name: "Colour" }).selectOption("precision");
    expect(await legend(page)).toEqual(["precision 16"]);
    const label = await page.locator(".plot").getAttribute("aria-label");
    expect(label).toBe("testAccuracy by epoch, 20 lines, coloured by precision");
    await shot(page, "curves");
    const again = await open(hashOf(page).slice(1));
    await drawn(again);
    expect(await again.locator(".plot").getAttribute("aria-label")).toBe(label);
    expect(await again.locator("output").textContent()).toBe("10");
  });

  it("what differs between runs is shown side by side, and cell by cell for two", async () => {
    const page = await open();
    const boxes = page.locator("tbody input");
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    await page.getByRole("tab", { name: "Compare" }).click();
    await page.waitForSelector("h2");
    expect(await page.locator("h2").allTextContents()).toEqual(
      expect.arrayContaining(["Configuration", "Environment", "Results", "Row by row"]),
    );
    expect(await page.locator("table").first().locator("tbody td").first().textContent()).toBe("seed");
    await shot(page, "compare");
  });

  it("a distribution is drawn as a histogram and as a strip, in dark too", async () => {
    const id = await idOf(await open());
    const page = await open(`view=distribution&runs=${id}&column=testLoss`, { dark: true });
    await drawn(page);
    expect(await page.locator(".plot").getAttribute("aria-label")).toContain("histogram of testLoss in 50 rows");
    await page.getByRole("combobox", { name: "Drawn as" }).selectOption("strip");
    expect(await page.locator(".plot").getAttribute("aria-label")).toContain("strip of testLoss");
    expect(await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")).toBe("rgb(26, 26, 26)");
    await shot(page, "distribution-dark");
  });

  it("the rows are a table in pages; PNG, SVG and CSV are saved", async () => {
    const id = await idOf(await open());
    const page = await open(`view=rows&runs=${id}&rowFilter=value%3D100&rowSort=-epoch`);
    expect(await rowsShown(page)).toBe(10);
    expect(await page.locator("tbody").textContent()).toContain("NaN");
    await shot(page, "rows");
    const csv = readFileSync(await saved(page, "CSV"), "utf8").split("\n");
    expect(csv).toHaveLength(12);
    expect(csv[0]).toMatch(/^run,dataset,label,/);
    expect(csv[1]).toContain(",NaN,");
    await page.getByRole("tab", { name: "Curves" }).click();
    await drawn(page);
    expect(readFileSync(await saved(page, "SVG"), "utf8")).toMatch(/^<svg[\s\S]*testAccuracy/);
    expect(
      readFileSync(await saved(page, "PNG"))
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
    expect(readFileSync(await saved(page, "CSV"), "utf8").split("\n")).toHaveLength(52);
  });

  it.each(["light", "dark"])("every text is legible, %s", async (theme) => {
    const page = await open("", { dark: theme === "dark" });
    await page.locator("tbody input").first().check();
    for (const view of await page.getByRole("tab").all()) {
      await view.click();
      const [lowest] = await contrasts(page, "body");
      // WCAG 2.1, success criterion 1.4.3
      expect(lowest!.ratio, lowest!.text).toBeGreaterThan(4.5);
    }
  });

  it("everything can be reached by the keyboard", async () => {
    const page = await open();
    await page.getByRole("tab", { name: "Runs" }).focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Compare");
    await page.keyboard.press("ArrowLeft");
    await page.locator("tbody input").first().focus();
    await page.keyboard.press("Space");
    // the table was drawn anew, and the box is still in focus
    expect(await page.evaluate("document.activeElement.checked")).toBe(true);
    expect(await page.locator("#selected").textContent()).toBe("1 run selected");
    const nameless = `[...document.querySelectorAll("input, select, button")].filter((element) =>
      !element.labels?.length && !element.textContent && !element.ariaLabel).length`;
    expect(await page.evaluate(nameless)).toBe(0);
  });

  it("rows of a run that goes on appear, a damaged run says what is wrong, and the end of the program is told", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nonsmooth-explore-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const store = openRun({ experiment: "toy", config: {}, directory: folder, rows: toyRows });
    const page_ = await explore({ runs: folder });
    const append = (i: number) => store.append({ key: `row ${i}`, i, value: i / 7 });
    append(0);
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(page_.url);
    await page.getByText("live, 1 running").waitFor();
    store.report({ done: 1, total: 4, unit: "rows" });
    await page.getByText("running, 25 %").waitFor();
    await page.locator("tbody input").check();
    await page.getByRole("tab", { name: "Rows" }).click();
    await page.getByText("1 row of 1 run").waitFor();
    for (let i = 1; i < 4; i++) append(i);
    await page.getByText("4 rows of 1 run").waitFor();
    await store.finish();
    await page.getByText("live, 0 running").waitFor();
    rmSync(join(writeRun(folder, { rows: [{ i: 1 }] }), "manifest.json"));
    await page.getByRole("tab", { name: "Runs" }).click();
    await page.getByText("broken: has no manifest.json").waitFor();
    expect(await page.locator(".status").allTextContents()).toEqual(
      expect.arrayContaining(["done", "broken: has no manifest.json"]),
    );
    await page_.close();
    await page.getByText("no answer: start nonsmooth explore again").waitFor();
  });

  const idOf = async (page: Page): Promise<string> =>
    (await page.locator("tbody input").first().getAttribute("data-key"))!;

  async function saved(page: Page, button: string): Promise<string> {
    const [download] = await Promise.all([page.waitForEvent("download"), named(page, button).click()]);
    return download.path();
  }
});
