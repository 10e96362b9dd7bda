import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Download, download } from "../../src/data";
import { onDisk } from "../../src/data/download";
import { emptyFolder, removeFolder } from "./files";

const content = randomBytes(300_000);
const md5 = createHash("md5").update(content).digest("hex");

let folder: string;
let server: Server;
let requests: IncomingMessage[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  for (const name of ["http_proxy", "HTTP_PROXY", "NONSMOOTH_OFFLINE"]) vi.stubEnv(name, "");
  folder = emptyFolder();
  requests = [];
  answer = withRanges;
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  removeFolder(folder);
});

const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
const target = () => join(folder, "deep", "file");
const file = (): Download => ({ url: address(), path: target(), bytes: content.length, md5 });

/** A server that knows ranges. */
function withRanges(request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (start >= content.length) {
    response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
    return;
  }
  const range = { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` };
  response.writeHead(request.headers.range ? 206 : 200, request.headers.range ? range : {});
  response.end(content.subarray(start));
}

/** Sends so many bytes of what was promised, then cuts the connection. */
function cutAfter(bytes: number) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const range = { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` };
    response.writeHead(start ? 206 : 200, { "content-length": content.length - start, ...(start ? range : {}) });
    response.write(content.subarray(start, start + bytes), () => setTimeout(() => response.destroy(), 20));
  };
}

function expectWhole(): void {
  expect(readFileSync(target()).equals(content)).toBe(true);
  expect(readdirSync(join(folder, "deep"))).toEqual(["file"]);
}

describe("download", () => {
  it("a file is downloaded, and the progress rises to its size", async () => {
    const steps: [number, number][] = [];
    await download(file(), { progress: (done, total) => steps.push([done, total]) });
    expectWhole();
    expect(steps.at(-1)).toEqual([content.length, content.length]);
    expect(steps.map(([done]) => done)).toEqual(steps.map(([done]) => done).sort((a, b) => a - b));
  });

  it("a file of unknown size and hash is downloaded", async () => {
    await download({ url: address(), path: target() });
    expectWhole();
  });

  it("a download goes on where a cut connection ended", async () => {
    answer = cutAfter(120_000);
    await download(file(), { resumes: 10 });
    expectWhole();
    const starts = requests.map((request) => Number(request.headers.range?.match(/\d+/)?.[0] ?? 0));
    expect(starts.length).toBeGreaterThanOrEqual(3);
    expect(new Set(starts).size).toBe(starts.length);
  });

  it("a download that gives up keeps what it has, and the next call goes on from there", async () => {
    answer = cutAfter(100_000);
    await expect(download(file(), { resumes: 0 })).rejects.toThrow(
      `${address()}: must arrive whole (300000 bytes), got `,
    );
    expect(readdirSync(join(folder, "deep"))).toEqual(["file.part"]);
    const arrived = statSync(`${target()}.part`).size;
    answer = withRanges;
    await download(file());
    expectWhole();
    expect(requests[1]!.headers.range).toBe(`bytes=${arrived}-`);
  });

  it("a download starts again where the server ignores ranges", async () => {
    answer = cutAfter(100_000);
    await expect(download(file(), { resumes: 0 })).rejects.toThrow("the connection was cut");
    answer = (_, response) => void response.end(content);
    await download(file());
    expectWhole();
  });

  it("a download starts again where the server does not have the range", async () => {
    answer = cutAfter(100_000);
    await expect(download(file(), { resumes: 0 })).rejects.toThrow("the connection was cut");
    answer = (request, response) =>
      void (request.headers.range ? response.writeHead(416).end() : response.end(content));
    await download(file());
    expectWhole();
    expect(requests.map((request) => request.headers.range)).toEqual([undefined, expect.any(String), undefined]);
  });

  it("a complete partial file needs no request, and one that is too long is downloaded again", async () => {
    await download(file());
    writeFileSync(`${target()}.part`, content);
    await download(file());
    expect(requests).toHaveLength(1);
    writeFileSync(`${target()}.part`, Buffer.concat([content, content]));
    await download(file());
    expectWhole();
  });

  it("a file with a wrong hash is refused and removed", async () => {
    const wrong = "0".repeat(32);
    await expect(download({ ...file(), md5: wrong })).rejects.toThrow(`MD5 must be ${wrong}, got "${md5}"`);
    expect(readdirSync(join(folder, "deep"))).toEqual([]);
  });

  it("a file with a wrong size is refused and removed", async () => {
    answer = (_, response) => void response.end("<html>log in</html>");
    await expect(download(file())).rejects.toThrow(`${address()}: must hold 300000 bytes, got 19`);
    answer = (_, response) => void response.end(Buffer.concat([content, content]));
    await expect(download(file())).rejects.toThrow(`${address()}: must hold 300000 bytes, got `);
    expect(readdirSync(join(folder, "deep"))).toEqual([]);
  });

  it("an answer other than 200 or 206 is an error that names it", async () => {
    answer = (_, response) => void response.writeHead(404).end();
    await expect(download(file())).rejects.toThrow(`${address()}: the server must answer 200 or 206, got 404`);
    expect(existsSync(target())).toBe(false);
  });

  it("a server that does not answer is an error with a hint", async () => {
    server.closeAllConnections();
    const url = address();
    await new Promise((closed) => server.close(closed));
    await expect(download({ url, path: target() })).rejects.toThrow(
      `${url}: the server must answer, got "ECONNREFUSED"\nHint: without a network`,
    );
    vi.stubEnv("HTTP_PROXY", "http://proxy.example.org:3128");
    await expect(download({ url, path: target() })).rejects.toThrow(
      `${url}: the server must answer, got "ECONNREFUSED; HTTP_PROXY is set and not used"\nHint: run with NODE_USE_ENV_PROXY=1`,
    );
    server.listen(0, "127.0.0.1");
  });

  it("a download gives up on a silent server, before the answer and during it", async () => {
    answer = () => {};
    await expect(download(file(), { patience: 0.1 })).rejects.toThrow("must send something within 0.1 s");
    answer = (_, response) => void response.writeHead(200).write(content.subarray(0, 1000));
    await expect(download(file(), { patience: 0.1 })).rejects.toThrow("must send something within 0.1 s");
  });

  it("an aborted download ends with the signal's reason and keeps its partial file", async () => {
    const reason = new Error("interrupted");
    const controller = new AbortController();
    answer = (_, response) => void response.writeHead(200).write(content.subarray(0, 1000));
    const progress = () => controller.abort(reason);
    await expect(download(file(), { signal: controller.signal, progress })).rejects.toBe(reason);
    await expect(download(file(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(readdirSync(join(folder, "deep"))).toEqual(["file.part"]);
  });

  it.skipIf(!existsSync("/dev/full"))("a full disk is an error that says so", async () => {
    await expect(onDisk("file", () => writeFile("/dev/full", "x"))).rejects.toThrow(
      'file: the disk must have room for it, got "no space left"',
    );
  });

  it("a link in the partial file's place is replaced, never written through", async () => {
    const path = join(folder, "file");
    const elsewhere = join(folder, "elsewhere");
    writeFileSync(elsewhere, "untouched");
    symlinkSync(elsewhere, `${path}.part`);
    await download({ ...file(), path });
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(readFileSync(elsewhere, "utf8")).toBe("untouched");
  });

  it("a folder that cannot be written is an error that says so", async () => {
    writeFileSync(join(folder, "deep"), "a file, not a folder");
    await expect(download(file())).rejects.toThrow(`${target()}.part: must be writable, got "EEXIST"`);
  });
});
