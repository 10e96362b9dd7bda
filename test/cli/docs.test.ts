/** The documentation as a site: complete, without dead links, searchable without a network. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as library from "../../src";
import { notebookFiles } from "../../src/cli/notebook-files";
import { documents } from "../documents";
import { findChromium } from "../jupyterlab/lab";
import { nonsmooth, type Outcome } from "./support";

const folder = mkdtempSync(join(tmpdir(), "nonsmooth-docs-"));
const site = join(folder, "site");
const built: Promise<Outcome> = nonsmooth(["docs", "--no-open", "--out", site]);
beforeAll(() => built);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pages = () => readdirSync(site, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".html"));
const text = (page: string) => readFileSync(join(site, page), "utf8");

describe("nonsmooth docs", () => {
  it("builds the site and prints its address; the next time it is there", async () => {
    expect(await built).toMatchObject({ code: 0, out: `${pathToFileURL(join(site, "index.html")).href}\n` });
    const { err } = await nonsmooth(["docs", "--no-open", "--out", site]);
    expect(err).toBe("");
  });

  it("has a page for every public value and for every document", () => {
    const names = pages().map((page) => /^(?:functions|variables|classes)\/nonsmooth\.(.*)\.html$/.exec(page)?.[1]);
    expect(Object.keys(library).filter((name) => !names.includes(name))).toEqual([]);
    // the README is the first page
    const headings = documents.slice(1).map((document) => /^# (.*)$/m.exec(readFileSync(document, "utf8"))![1]!);
    const titles = pages().map((page) => /<title>(.*?) \| nonsmooth/.exec(text(page))?.[1]);
    expect(headings.filter((heading) => !titles.includes(heading))).toEqual([]);
  });

  it("has the notebooks as pages, with their pictures, and links to notebooks lead there", () => {
    const all = pages().filter((page) => page.startsWith("documents/Notebook_"));
    expect(all.length).toBe(notebookFiles().length);
    expect(pages().filter((page) => /href="[^"]*\.ipynb/.test(text(page)))).toEqual([]);
    const tutorial = text(all.find((page) => page.includes("Start_here"))!);
    expect(tutorial).toMatch(/<img src="[^"]*\.png" alt="2 trainings\. /);
    expect(tutorial).toMatch(/<table[ >]/);
  });

  it("has no link to a file that is not there", () => {
    const dead = pages().flatMap((page) =>
      [...text(page).matchAll(/(?:href|src)="([^"#]+)[^"]*"/g)]
        .map(([, link]) => link!)
        .filter((link) => !/^(?:https?|data|mailto):/.test(link))
        .filter((link) => !existsSync(join(site, dirname(page), decodeURIComponent(link))))
        .map((link) => `${page}: ${link}`),
    );
    expect(dead).toEqual([]);
  });

  it("replaces no folder of something else", async () => {
    const other = mkdtempSync(join(folder, "other-"));
    writeFileSync(join(other, "mine.txt"), "mine");
    const { code, err } = await nonsmooth(["docs", "--no-open", "--out", other]);
    expect(code).toBe(2);
    expect(err).toContain("--out: must be a new folder, or one that holds the documentation, got ");
    expect(readdirSync(other)).toEqual(["mine.txt"]);
    const file = join(other, "mine.txt");
    expect(await nonsmooth(["docs", "--no-open", "--out", file])).toMatchObject({
      code: 2,
      err: expect.stringContaining("--out: must be a new folder"),
    });
  });

  const browser = findChromium();
  it.skipIf(browser === undefined)(
    `is searched in a browser, from a file, without any request${browser ? "" : " (skipped: no chromium)"}`,
    async () => {
      const running = await chromium.launch({ executablePath: browser, args: ["--no-sandbox", "--disable-gpu"] });
      try {
        const page = await running.newPage();
        const asked: string[] = [];
        page.on("request", (request) => asked.push(request.url()));
        await page.goto(pathToFileURL(join(site, "index.html")).href);
        await page.locator("#tsd-search-trigger").click();
        await page.locator("#tsd-search-input").fill("kinkSites");
        await page.locator("#tsd-search-results a", { hasText: "kinkSites" }).first().click();
        await page.getByRole("heading", { name: "Function kinkSites" }).waitFor();
        await page.getByRole("heading", { name: "Example" }).first().waitFor();
        expect(asked.filter((url) => !url.startsWith("file:"))).toEqual([]);
      } finally {
        await running.close();
      }
    },
  );
});
