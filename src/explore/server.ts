/** The server of `nonsmooth explore`: this machine only, with a token, reading only. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { defaultRuns, encode } from "../runs";
import { fail } from "../util";
import { Indented, questions, Unanswered } from "./api";
import { type Asset, pageAssets } from "./assets";
import { Guard } from "./guard";
import { Shelf } from "./shelf";

export interface ExploreOptions {
  /** Folder of all runs; default: NONSMOOTH_RUNS, or else data/runs of the project. It may come into being later. */
  readonly runs?: string;
  /** Default 0: any free one. */
  readonly port?: number;
}

/** A page to explore runs, while it is served. */
export interface Explorer {
  /** The address, with its token: whoever has it, on this machine, sees the runs. */
  readonly url: string;
  /** An address that leads there once, within a minute: for the command line of a browser, which other users can see. */
  openingUrl(): string;
  close(): Promise<void>;
}

const HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    // plotly puts its own style sheet into the page
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Cache-Control": "no-cache",
};

/**
 * Serves a page on which runs can be listed, compared and drawn while they go on. It listens on 127.0.0.1, answers requests that
 * have its token, and writes nothing.
 * @throws NonsmoothError if the port is taken, or the library was not built
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { explore } from "nonsmooth";
 *
 * const page = await explore({ runs: mkdtempSync(join(tmpdir(), "runs-")) });
 * console.log(new URL(page.url).hostname); // 127.0.0.1
 * await page.close();
 * ```
 */
export async function explore({ runs = defaultRuns(), port = 0 }: ExploreOptions = {}): Promise<Explorer> {
  const shelf = new Shelf(resolve(runs));
  const assets = pageAssets();
  const server = createServer();
  const own = await listen(server, port);
  const guard = new Guard(own);
  server.on("request", (request, response) => send(request, response, replyTo(request, { shelf, assets, guard })));
  const base = `http://127.0.0.1:${own}/`;
  return {
    url: `${base}?token=${guard.token}`,
    openingUrl: () => `${base}?open=${guard.newOpener()}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((done, failed) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      try {
        fail("port", "must be one that is free and may be used", port, "leave it out for any free one");
      } catch (told) {
        failed(Object.assign(told as Error, { cause: error }));
      }
    });
    server.listen(port, "127.0.0.1", () => done((server.address() as AddressInfo).port));
  });
}

interface Parts {
  readonly shelf: Shelf;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly guard: Guard;
}

interface Reply {
  readonly status: number;
  readonly type?: string;
  readonly content: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

function replyTo(request: IncomingMessage, { shelf, assets, guard }: Parts): Reply {
  const url = addressOf(request);
  if (url === undefined) return { status: 400, content: "bad address" };
  const opener = url.pathname === "/" ? url.searchParams.get("open") : null;
  if (opener !== null && guard.opens(opener)) {
    return { status: 302, content: "", headers: { Location: `/?token=${guard.token}` } };
  }
  const refusal = guard.refusal(request, url);
  if (refusal !== undefined) return { status: refusal.status, content: refusal.message };
  const asset = assets.get(url.pathname);
  if (asset !== undefined) {
    const headers: Reply["headers"] = url.pathname === "/" ? { "Set-Cookie": guard.cookie() } : {};
    return { status: 200, type: asset.type, content: asset.read(), headers };
  }
  const ask = Object.hasOwn(questions, url.pathname) ? questions[url.pathname] : undefined;
  if (ask === undefined) return { status: 404, content: "there is nothing here" };
  try {
    return { status: 200, type: JSON_TYPE, content: jsonOf(ask(shelf, url.searchParams)) };
  } catch (error) {
    const status = error instanceof Unanswered ? error.status : 500;
    return { status, type: JSON_TYPE, content: JSON.stringify({ error: (error as Error).message }) };
  }
}

const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";

const jsonOf = (value: unknown): string =>
  value instanceof Indented ? JSON.stringify(JSON.parse(encode(value.value)), null, 2) : encode(value);

function addressOf(request: IncomingMessage): URL | undefined {
  try {
    return new URL(request.url ?? "/", "http://127.0.0.1");
  } catch {
    return undefined;
  }
}

/** With a stamp of the content: a browser that has it is not sent it again. */
function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, type = TEXT, content, headers = {} }: Reply,
): void {
  const all: Record<string, string> = { ...HEADERS, ...headers, "Content-Type": type };
  if (status === 200) all.ETag = `"${createHash("sha256").update(content).digest("base64url")}"`;
  if (status === 200 && request.headers["if-none-match"] === all.ETag) {
    response.writeHead(304, all).end();
    return;
  }
  response.writeHead(status, { ...all, "Content-Length": Buffer.byteLength(content) });
  response.end(request.method === "HEAD" ? undefined : content);
}
