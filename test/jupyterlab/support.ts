/** A server and a browser for the tests of one file. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, inject } from "vitest";
import { requireBuild, temporaryFolder } from "../notebook/support";
import { type Server, startServer } from "./lab";
import { NotebookPage } from "./notebook-page";

export interface Desk {
  /** The folder that the server shows; its notebooks can import the package. */
  readonly folder: string;
  readonly server: Server;
  /** Opens a notebook of the folder in a page of its own. */
  open(path: string): Promise<NotebookPage>;
  /** Writes a notebook without cells and returns its path. */
  create(name: string): string;
}

/** Tests in the real JupyterLab; where it cannot be had they skip, and their name says why. */
export function describeInLab(name: string, tests: (desk: () => Desk) => void): void {
  const lab = inject("lab");
  if ("missing" in lab) {
    describe.skip(`${name} (skipped: ${lab.missing})`, () => tests(() => ({}) as Desk));
    return;
  }
  describe(name, () => {
    let browser: Browser;
    let desk: Desk;

    beforeAll(async () => {
      requireBuild();
      const folder = temporaryFolder({ inProject: true });
      const server = await startServer(lab, folder);
      // without chromium's own sandbox, which root cannot have
      browser = await chromium.launch({ executablePath: lab.chromium, args: ["--no-sandbox", "--disable-gpu"] });
      desk = {
        folder,
        server,
        open: (path) => NotebookPage.open(browser, server, path),
        create: (notebook) => createNotebook(folder, notebook),
      };
    });

    // a failed test leaves nothing behind that would slow the next one down
    afterEach(async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
      await desk.server.shutDownKernels();
    });

    afterAll(async () => {
      await browser?.close();
      await desk?.server.stop();
    });

    tests(() => desk);
  });
}

function createNotebook(folder: string, name: string): string {
  const kernelspec = { display_name: "nonsmooth (TypeScript)", language: "typescript", name: "nonsmooth" };
  const notebook = { cells: [], metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 };
  const path = `${name}.ipynb`;
  writeFileSync(join(folder, path), JSON.stringify(notebook));
  return path;
}
