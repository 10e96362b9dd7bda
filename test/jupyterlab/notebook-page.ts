/** A notebook in a page of JupyterLab, with the hands and eyes of a reader. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { projectRoot } from "../../src/util";
import type { Server } from "./lab";

const helpers = join(projectRoot, "test", "jupyterlab", "in-page.js");
/** In milliseconds, on a machine that does other things, too: until a page or what it shows is there; until a cell has ended. */
const TIMEOUT = 60_000;
const CELL_TIMEOUT = 150_000;

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly alt: string;
}

/** An output of nbformat. */
export interface ErrorOutput {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

let pages = 0;

export class NotebookPage {
  private constructor(
    readonly page: Page,
    private readonly server: Server,
  ) {}

  /** Opens a notebook of the server's root in a browser of its own, and waits for its kernel. */
  static async open(browser: Browser, server: Server, path: string): Promise<NotebookPage> {
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(TIMEOUT);
    await page.addInitScript({ path: helpers });
    await page.goto(`${server.url}lab/workspaces/page${pages++}/tree/${path}?reset`);
    const notebook = new NotebookPage(page, server);
    await notebook.ready();
    await notebook.call("hideSidebars");
    return notebook;
  }

  /** Closes the page, as one closes a tab: the kernel goes on. */
  async close(): Promise<void> {
    await this.page.context().close();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  /** Appends a cell, runs it and waits until it has ended; returns its index. */
  async run(source: string): Promise<number> {
    const index = await this.start(source);
    await this.ended(index);
    return index;
  }

  /** Appends a cell and runs it; returns its index at once. */
  async start(source: string): Promise<number> {
    const index = await this.call<number>("add", source);
    await this.call("start", index);
    return index;
  }

  /** Runs a cell that is there, and waits until it has ended. */
  async runAgain(index: number): Promise<void> {
    await this.call("start", index);
    await this.ended(index);
  }

  /** Waits until a cell no longer has a star. */
  async ended(index: number): Promise<void> {
    await this.page.waitForFunction(`!lab.running(${index})`, null, { polling: 50, timeout: CELL_TIMEOUT });
  }

  async idle(): Promise<void> {
    await this.page.waitForFunction('lab.kernelStatus() === "idle"', null, { polling: 50, timeout: CELL_TIMEOUT });
  }

  /** Waits until a cell that runs has printed a text; fails with what it shows if it ends without. */
  async printedText(index: number, text: string): Promise<void> {
    const printed = `lab.printed(${index}).includes(${JSON.stringify(text)})`;
    await this.page.waitForFunction(`${printed} || !lab.running(${index})`, null, { polling: 50 });
    if (await this.page.evaluate(printed)) return;
    throw new Error(`the cell ended without printing ${JSON.stringify(text)}\n${await this.seen(index)}`);
  }

  /** Waits until a reader sees a text below a cell. */
  async seenText(index: number, text: RegExp): Promise<void> {
    await this.page.waitForFunction(`${text}.test(lab.seen(${index}))`, null, { polling: 50 });
  }

  /** Chooses a theme by its name. */
  async theme(name: string): Promise<void> {
    await this.call("theme", name);
    await this.page.waitForFunction(`document.body.dataset.jpThemeName === ${JSON.stringify(name)}`);
  }

  /** Makes a cell the active one, and shows it. */
  select(index: number): Promise<boolean> {
    return this.call("select", index);
  }

  /** What a cell printed. */
  printed(index: number): Promise<string> {
    return this.call("printed", index);
  }

  /** What a reader sees below a cell. */
  seen(index: number): Promise<string> {
    return this.call("seen", index);
  }

  errors(index: number): Promise<ErrorOutput[]> {
    return this.call("errors", index);
  }

  modified(): Promise<boolean> {
    return this.call("modified");
  }

  save(): Promise<void> {
    return this.call("save");
  }

  /** The pictures below the cells, or in another part that a CSS selector names, when they are loaded. */
  pictures(within = ".jp-OutputArea-output"): Promise<Picture[]> {
    return this.call("pictures", within);
  }

  /** Waits until something that a CSS selector names is shown. */
  async shown(selector: string): Promise<void> {
    await this.page.locator(selector).first().waitFor({ state: "visible" });
  }

  /** Presses ■ in the toolbar. */
  async interrupt(): Promise<void> {
    await this.page.click('.jp-NotebookPanel .jp-Toolbar [data-command="notebook:interrupt-kernel"]');
  }

  /** Types into a new cell and presses Tab: the names that the completer offers. */
  complete(source: string): Promise<string> {
    return this.ask(source, "Tab", ".jp-Completer");
  }

  /** Types into a new cell and presses Shift-Tab: the tooltip. */
  tooltip(source: string): Promise<string> {
    return this.ask(source, "Shift+Tab", ".jp-Tooltip");
  }

  private async ask(source: string, key: string, selector: string): Promise<string> {
    const index = await this.call<number>("add", "");
    await this.select(index);
    await this.call("edit");
    await this.page.keyboard.type(source);
    const popup = this.page.locator(selector).first();
    // JupyterLab gives the kernel a second to answer, and then shows nothing: ask again, as one does
    for (let attempt = 0; attempt < 10 && !(await popup.isVisible()); attempt++) {
      await this.page.keyboard.press(key);
      await popup.waitFor({ state: "visible", timeout: 3_000 }).catch(() => {});
    }
    const text = (await popup.isVisible()) ? await popup.innerText() : "";
    await this.page.keyboard.press("Escape");
    return text;
  }

  async pause(milliseconds: number): Promise<void> {
    await this.page.waitForTimeout(milliseconds);
  }

  /** A screenshot into the folder NONSMOOTH_SHOTS, where that is set. */
  async shot(name: string): Promise<void> {
    const folder = process.env.NONSMOOTH_SHOTS;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  private async ready(): Promise<void> {
    try {
      // at intervals: a page that a busy browser does not draw has no animation frames
      await this.page.waitForFunction("window.jupyterapp && lab.ready()", null, { polling: 50 });
    } catch (error) {
      const state = await this.page.evaluate("window.jupyterapp ? lab.state() : 'JupyterLab has not started'");
      throw new Error(`the notebook did not open: ${state}\n${this.server.log().slice(-4_000)}`, { cause: error });
    }
  }

  private call<T>(name: string, ...args: readonly unknown[]): Promise<T> {
    return this.page.evaluate(`lab.${name}(${args.map((value) => JSON.stringify(value)).join(", ")})`) as Promise<T>;
  }
}
