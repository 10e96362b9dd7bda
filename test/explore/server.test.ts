/** The server of `nonsmooth explore`: who gets an answer, and what it says. */
import { appendFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { basename, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { explore } from "../../src/explore";
import type { CompareAnswer, RowsAnswer, RunAnswer, RunsAnswer } from "../../src/explore/types";
import { openRun } from "../../src/runs";
import { temporaryFolder } from "../runs/folder";
import { rows as toyRows } from "../runs/toy";
import { trainingRows, writeRun } from "./made-up";

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** A request with any headers, which `fetch` does not allow. */
function send(url: string, headers: Record<string, string> = {}, method = "GET", path?: string): Promise<Answer> {
  const { port, pathname, search } = new URL(url);
  return new Promise((done, failed) => {
    const options = { host: "127.0.0.1", port, path: path ?? pathname + search, method, headers };
    request(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => done({ status: response.statusCode!, headers: response.headers, text }));
    })
      .on("error", failed)
      .end();
  });
}

/** A page of a folder of runs, and a way to ask it. */
async function served(runs = temporaryFolder()) {
  const page = await explore({ runs });
  onTestFinished(() => page.close());
  const { origin, search } = new URL(page.url);
  const link = (path: string) => `${origin}${path}${path.includes("?") ? search.replace("?", "&") : search}`;
  const ask = async <T>(path: string): Promise<T> => JSON.parse((await send(link(path))).text) as T;
  return { page, runs, origin, link, ask };
}

describe("who gets an answer", () => {
  it("nothing is answered without the token, or with another one", async () => {
    const { page, origin } = await served();
    const other = `${page.url.slice(0, -1)}${page.url.endsWith("A") ? "B" : "A"}`;
    for (const path of ["/", "/api/runs", "/main.mjs", "/plotly.js", "/nothing", "/api/runs?token=", "/?open=x"]) {
      expect((await send(origin + path)).status, path).toBe(403);
    }
    expect((await send(other)).status).toBe(403);
    const { status, text } = await send(origin);
    expect([status, text]).toEqual([403, "the link must have the token of this start; nonsmooth explore prints it"]);
    expect((await send(page.url)).status).toBe(200);
  });

  it("the page sets a cookie that lets its requests through, and no script can read", async () => {
    const { page, origin } = await served();
    const [cookie = ""] = (await send(page.url)).headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/^nonsmooth-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const pair = cookie.split(";")[0]!;
    expect((await send(`${origin}/api/runs`, { Cookie: `a=b; ${pair}` })).status).toBe(200);
    expect((await send(`${origin}/api/runs`, { Cookie: pair.slice(0, -1) })).status).toBe(403);
  });

  it.each([
    [{ Host: "example.org" }, 403],
    [{ Host: "127.0.0.1.example.org" }, 403],
    [{ Host: "localhost:1" }, 200],
    [{ Origin: "http://example.org" }, 403],
    [{ Origin: "null" }, 403],
    [{ Origin: "http://127.0.0.1:1" }, 403],
    [{ "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" }, 403],
    [{ "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate" }, 200],
    [{ "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors" }, 200],
  ])("with the token and the headers %j: %i", async (headers, status) => {
    const { link } = await served();
    expect((await send(link("/api/runs"), headers as unknown as Record<string, string>)).status).toBe(status);
  });

  it("its own origin is answered, and none is allowed to read from elsewhere", async () => {
    const { link, origin } = await served();
    const { status, headers } = await send(link("/api/runs"), { Origin: origin });
    expect(status).toBe(200);
    expect(headers["access-control-allow-origin"]).toBeUndefined();
    expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self';");
    expect(headers["referrer-policy"]).toBe("no-referrer");
  });

  it("only GET and HEAD are answered", async () => {
    const { link } = await served();
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      expect((await send(link("/api/runs"), {}, method)).status, method).toBe(405);
    }
    expect(await send(link("/api/runs"), {}, "HEAD")).toMatchObject({ status: 200, text: "" });
  });

  it("the address for a browser's command line leads to the link once", async () => {
    const { page } = await served();
    const opening = page.openingUrl();
    expect(opening).not.toContain(new URL(page.url).searchParams.get("token"));
    const { status, headers } = await send(opening);
    expect([status, headers.location]).toEqual([302, `/${new URL(page.url).search}`]);
    expect((await send(opening)).status).toBe(403);
  });

  it("a port that is taken is refused", async () => {
    const { origin } = await served();
    const port = Number(new URL(origin).port);
    await expect(explore({ port })).rejects.toThrow(`port: must be one that is free and may be used, got ${port}`);
  });
});

describe("what is served", () => {
  it("no path leads to a file outside", async () => {
    const { runs, link } = await served();
    writeRun(runs, { rows: [] });
    const token = new URL(link("/")).search;
    const paths = [
      "/../package.json",
      "/%2e%2e/package.json",
      "/..%2fpackage.json",
      "/main.mts",
      "/server.js",
      "//etc/passwd",
    ];
    for (const path of paths) {
      expect((await send(link("/"), {}, "GET", path + token)).status, path).toBe(404);
    }
    for (const id of ["../../etc", "training/..", "training/../../x", "/etc", "training", "__proto__"]) {
      for (const question of ["run", "rows", "manifest"]) {
        const answer = await send(link(`/api/${question}?id=${encodeURIComponent(id)}`));
        expect([answer.status, answer.text], id).toEqual([404, JSON.stringify({ error: `there is no run ${id}` })]);
      }
    }
    expect((await send(link("/api/constructor"))).status).toBe(404);
    expect((await send(link("/api/rows"))).status).toBe(400);
  });

  it("what a link leads to outside of the folder of runs is not read", async () => {
    const [{ runs, ask }, elsewhere] = [await served(), temporaryFolder()];
    const secret = writeRun(elsewhere, { rows: [{ i: 1, secret: "word" }] });
    const folder = writeRun(runs, { config: { seed: 1 }, rows: [{ i: 1 }] });
    renameSync(join(folder, "rows.jsonl"), join(folder, "old.jsonl"));
    symlinkSync(join(secret, "rows.jsonl"), join(folder, "rows.jsonl"));
    symlinkSync(secret, join(runs, "training", basename(secret)));
    const answer = await ask<RunsAnswer>("/api/runs");
    expect(answer.runs).toHaveLength(2);
    for (const { id, status, problem } of answer.runs) {
      expect([status, problem]).toEqual(["broken", expect.stringMatching(/is not in the folder of runs$/)]);
      expect(JSON.stringify(await ask(`/api/rows?id=${id}`))).not.toContain("word");
    }
  });

  it("a folder that is empty or missing has no runs, and may come into being", async () => {
    const folder = temporaryFolder();
    const { ask } = await served(join(folder, "runs"));
    expect(await ask("/api/runs")).toEqual({ folder: join(folder, "runs"), runs: [], unread: 0 });
    mkdirSync(join(folder, "runs"));
    expect(await ask("/api/runs")).toMatchObject({ runs: [] });
    writeRun(join(folder, "runs"), { rows: [{ i: 1 }] });
    expect(await ask("/api/runs")).toMatchObject({ runs: [{ status: "done", rows: 1 }] });
  });

  it("a damaged run is listed with what is wrong, and the others are as they were", async () => {
    const { runs, ask, link } = await served();
    writeRun(runs, { config: { seed: 1 }, rows: trainingRows(1) });
    const damaged = writeRun(runs, { config: { seed: 2 }, rows: trainingRows(2) });
    expect((await ask<RunsAnswer>("/api/runs")).runs.map(({ status }) => status)).toEqual(["done", "done"]);
    appendFileSync(join(damaged, "rows.jsonl"), '{"epoch":\n');
    const torn = writeRun(runs, { experiment: "toy", rows: [] });
    writeFileSync(join(torn, "manifest.json"), "{");
    const { runs: lines, unread } = await ask<RunsAnswer>("/api/runs");
    const found = Object.fromEntries(lines.map(({ id, status, problem = "" }) => [id, [status, problem]]));
    expect(
      Object.values(found)
        .map(([status]) => status)
        .sort(),
    ).toEqual(["broken", "broken", "done"]);
    expect(found[`training/${basename(damaged)}`]![1]).toContain("line 51: must be a JSON object");
    expect(found[`toy/${basename(torn)}`]![1]).toContain("must be a manifest in JSON");
    expect(unread).toBe(0);
    expect(await ask(`/api/rows?id=training/${basename(damaged)}`)).toMatchObject({ total: 0, rows: [] });
    expect((await send(link(`/api/manifest?id=toy/${basename(torn)}`))).status).toBe(404);
  });

  it("a run gives its configuration, its numbers, its columns and its manifest", async () => {
    const { runs, ask } = await served();
    const config = { dataset: "glyphs", schedule: { epochs: 10 }, widths: [8, 16] };
    const folder = writeRun(runs, { config, rows: trainingRows(2) });
    const id = `training/${basename(folder)}`;
    const { line, columns, key, manifest } = await ask<RunAnswer>(`/api/run?id=${id}`);
    expect(line).toMatchObject({ id, status: "done", preset: "smoke", dataset: "glyphs", rows: 50 });
    expect(line.config).toEqual({ dataset: "glyphs", "schedule.epochs": 10, widths: [8, 16] });
    // the loss that is not a number is left out
    expect(line.numbers!.testLoss).toMatchObject({ count: 49, min: 2.2 / 10, max: 2.2 });
    expect(line.numbers!.epoch).toBeUndefined();
    expect(columns.find(({ name }) => name === "trainLoss")).toMatchObject({ unit: "nats" });
    expect(key).toContain("epoch");
    expect(manifest).toEqual(JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")));
    expect(await ask(`/api/manifest?id=${id}`)).toEqual(manifest);
  });

  it("several runs are compared by configuration, environment and results, two row by row", async () => {
    const { runs, ask } = await served();
    const ids = [0, 1, 2].map((seed) => {
      const rows = trainingRows(0).map((row) => (seed === 2 && row.epoch === 3 ? { ...row, testAccuracy: 0 } : row));
      return `training/${basename(writeRun(runs, { config: { dataset: "glyphs", seed }, rows }))}`;
    });
    const all = await ask<CompareAnswer>(`/api/compare?ids=${ids.join(",")}`);
    expect(all).toMatchObject({ ids, config: [{ key: "seed", cells: [0, 1, 2] }], environment: [] });
    expect(all.results.find(({ column }) => column === "testAccuracy")!.of.map((found) => found!.min === 0)).toEqual([
      false,
      false,
      true,
    ]);
    expect(all.rows).toBeUndefined();
    const { rows } = await ask<CompareAnswer>(`/api/compare?ids=${ids[0]},${ids[2]}`);
    expect(rows).toMatchObject({ inBoth: 50, equal: 45, onlyA: 0, onlyB: 0, columns: [{ column: "testAccuracy" }] });
    expect(rows!.cells).toHaveLength(5);
  });
});

describe("a run that goes on", () => {
  const row = (i: number) => ({ key: `row ${i}`, i, value: i / 7 });

  it("its new rows are given alone, and its state follows; what has not changed is not sent again", async () => {
    const { runs, ask, link } = await served();
    const store = openRun({ experiment: "toy", config: {}, directory: runs, rows: toyRows });
    const id = `toy/${basename(store.directory)}`;
    store.append(row(1));
    store.append(row(0));
    const list = await send(link("/api/runs"));
    expect(JSON.parse(list.text)).toMatchObject({ runs: [{ id, status: "running", rows: 2 }] });
    const same = { "If-None-Match": String(list.headers.etag) };
    expect(await send(link("/api/runs"), same)).toMatchObject({ status: 304, text: "" });
    const first = await ask<RowsAnswer>(`/api/rows?id=${id}`);
    expect(first).toMatchObject({ from: 0, total: 2, rows: [row(1), row(0)] });
    // how far it is does not make its rows new
    store.report({ done: 2, total: 8, unit: "rows" });
    const [before, then] = [JSON.parse(list.text) as RunsAnswer, await ask<RunsAnswer>("/api/runs")];
    expect(then.runs).toEqual([{ ...before.runs[0], done: 0.25 }]);
    store.append(row(2));
    expect(await send(link("/api/runs"), same)).toMatchObject({ status: 200 });
    const more = await ask<RowsAnswer>(`/api/rows?id=${id}&from=2&of=${first.file}`);
    expect(more).toEqual({ file: first.file, from: 2, total: 3, rows: [row(2)] });
    // the finished file is a new one, in canonical order
    await store.finish();
    expect(await ask("/api/runs")).toMatchObject({ runs: [{ status: "done", rows: 3 }] });
    expect((await ask<RunsAnswer>("/api/runs")).runs[0]).not.toHaveProperty("done");
    const last = await ask<RowsAnswer>(`/api/rows?id=${id}&from=3&of=${first.file}`);
    expect(last).toMatchObject({ from: 0, total: 3, rows: [row(0), row(1), row(2)] });
  });

  it("many rows come in several answers", async () => {
    const { runs, ask } = await served();
    const rows = Array.from({ length: 12_000 }, (_, i) => ({ i }));
    const id = `toy/${basename(writeRun(runs, { experiment: "toy", rows }))}`;
    const got: RowsAnswer["rows"][number][] = [];
    for (let file = ""; got.length < rows.length; ) {
      const answer = await ask<RowsAnswer>(`/api/rows?id=${id}&from=${got.length}&of=${file}`);
      file = answer.file;
      got.push(...answer.rows);
    }
    expect(got).toEqual(rows);
  });

  it("numbers that JSON does not have are written as rows.jsonl has them", async () => {
    const { runs, link } = await served();
    const rows = [{ i: 0, x: Number.NaN, y: -0, z: Number.NEGATIVE_INFINITY, text: "NaN" }];
    const id = `toy/${basename(writeRun(runs, { experiment: "toy", rows }))}`;
    expect((await send(link(`/api/rows?id=${id}`))).text).toContain(
      '"rows":[{"i":0,"x":"NaN","y":-0.0,"z":"-Infinity","text":"\\\\NaN"}]',
    );
  });
});
