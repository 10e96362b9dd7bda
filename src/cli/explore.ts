/** `nonsmooth explore`: serves the page until Ctrl-C, and opens the browser if there is one. */
import { once } from "node:events";
import { explore } from "../explore";
import { defaultRuns } from "../runs";
import { displayPath, NonsmoothError } from "../util";
import { openBrowser } from "./browser";
import { EXIT, Exit, note, print } from "./exit";
import { untilInterrupted } from "./interrupt";

export interface Options {
  readonly runs?: string;
  readonly port?: number;
  readonly open: boolean;
}

export async function explorePage({ runs = defaultRuns(), port, open }: Options): Promise<void> {
  await untilInterrupted(async (signal) => {
    const page = await explore({ runs, port }).catch((error: unknown) => {
      throw error instanceof NonsmoothError && port ? new Exit(EXIT.usage, error) : error;
    });
    print(page.url);
    note(`runs of ${displayPath(runs)}; Ctrl-C ends it`);
    if (open) openBrowser(page.openingUrl());
    if (!signal.aborted) await once(signal, "abort");
    await page.close();
  });
}
