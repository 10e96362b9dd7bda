/** Folders of runs that were torn, edited, copied or planted. */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { anyRows, configHash, exportRows, findRun, listRuns, openRun, query, rowsOf } from "../../src/runs";
import { visible, writeNamed } from "../../src/util";
import type { Area, BadInput } from "./bad-input";

const config = { seed: 1 };
const HASH = configHash("toy", config);
const SHORT = HASH.slice(0, 12);
const open = (folder: string) => openRun({ experiment: "toy", config, directory: folder, rows: anyRows("i") });
const place = (folder: string, file: string) => join(folder, "toy", SHORT, file);

/** An interrupted run of three rows. */
function made(folder: string): void {
  const store = open(folder);
  for (const i of [0, 1, 2]) store.append({ i, x: i / 2 });
  store.stop("interrupted");
}

/** The run, and then what is said when it is opened again, without names that depend on the configuration. */
function opened(folder: string): string {
  const store = open(folder);
  store.stop("interrupted");
  return [`${store.rows.length} rows`, ...store.notes].join("; ");
}

const named = async (work: () => unknown): Promise<string> => {
  const short = (text: string) => text.replaceAll(HASH, "…").replaceAll(SHORT, "…");
  try {
    return short(String(await work()));
  } catch (error) {
    throw new Error(short((error as Error).message));
  }
};

/** rows.jsonl after a change of its text, opened again. */
const rows = (input: string, change: (text: string) => string | Uint8Array, gets: string): BadInput => ({
  input: `rows.jsonl: ${input}`,
  gets,
  run: (folder) =>
    named(() => {
      made(folder);
      const file = place(folder, "rows.jsonl");
      writeFileSync(file, change(readFileSync(file, "utf8")));
      return opened(folder);
    }),
});

/** manifest.json with other fields, opened again. */
const manifest = (input: string, change: object, gets: string): BadInput => ({
  input: `manifest.json: ${input}`,
  gets: `…/toy/…/manifest.json: ${gets}`,
  run: (folder) =>
    named(() => {
      made(folder);
      const file = place(folder, "manifest.json");
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...change }));
      return opened(folder);
    }),
});

/** Something else in the place of a file of the run, opened again. */
const instead = (input: string, file: string, put: (path: string) => void, gets: string): BadInput => ({
  input,
  gets,
  run: (folder) =>
    named(() => {
      made(folder);
      rmSync(place(folder, file), { force: true });
      put(place(folder, file));
      return opened(folder);
    }),
});

const sql = (text: string, gets = noAccess(text)): BadInput => ({
  input: `SQL: ${text}`,
  gets,
  run: (folder) => named(() => query(text, { runs: folder, log: () => {} })),
});

function noAccess(text: string): string {
  return `query: must be one query, as SELECT …, got ${JSON.stringify(text)}`;
}

const line1 = (text: string) => text.split("\n").slice(1).join("\n");

export const runs: Area = {
  title: "Folders of runs",
  inputs: [
    rows(
      "its last line torn",
      (text) => text.slice(0, -4),
      "2 rows; dropped a torn last line of 10 bytes from rows.jsonl",
    ),
    rows(
      "its first line torn",
      (text) => `{"i":\n${line1(text)}`,
      '…/toy/…/rows.jsonl, line 1: must be a JSON object, got "{\\"i\\":"',
    ),
    rows(
      "a line of rubbish in the middle",
      (text) => text.replace('{"i":1', "%PDF"),
      '…/toy/…/rows.jsonl, line 2: must be a JSON object, got "%PDF,\\"x\\":0.5}"',
    ),
    rows(
      "a list for a row",
      (text) => text.replace(/\{"i":1.*/, "[1,2]"),
      '…/toy/…/rows.jsonl, line 2: must be a JSON object, got "[1,2]"',
    ),
    rows(
      "null for a row",
      (text) => text.replace(/\{"i":1.*/, "null"),
      '…/toy/…/rows.jsonl, line 2: must be a JSON object, got "null"',
    ),
    rows("an empty line", (text) => `\n${text}`, '…/toy/…/rows.jsonl, line 1: must be a JSON object, got ""'),
    rows("lines that end in CR LF", (text) => text.replaceAll("\n", "\r\n"), "3 rows"),
    rows(
      "a byte-order mark",
      (text) => `\ufeff${text}`,
      '…/toy/…/rows.jsonl, line 1: must be a JSON object, got "\ufeff{\\"i\\":0,\\"x\\":0}"',
    ),
    rows(
      "UTF-16",
      (text) => Buffer.from(text, "utf16le"),
      '…/toy/…/rows.jsonl, line 1: must be a JSON object, got "{\\u0000\\"\\u0000i\\u0000\\"\\u0000:\\u00000\\u0000,\\u0000\\"\\u0000x\\u0000\\"\\u0000:\\u00000\\u0000}\\u0000"',
    ),
    rows(
      "NUL bytes where a disk lost a block",
      (text) => text.replace('{"i":1', "\0\0\0\0\0\0"),
      '…/toy/…/rows.jsonl, line 2: must be a JSON object, got "\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000,\\"x\\":0.5}"',
    ),
    rows("a name twice in a row", (text) => text.replace('{"i":1', '{"i":7,"i":1'), "3 rows"),
    rows("the same row twice", (text) => `${text + text.split("\n")[0]}\n`, "3 rows; dropped 1 repeated rows"),
    rows(
      "two different rows of one key",
      (text) => `${text}{"i":1,"x":9}\n`,
      '…/toy/…/rows.jsonl: two different rows have the same key, got "1"',
    ),
    rows(
      "a row without its key",
      (text) => `${text}{"x":9}\n`,
      '…/toy/…/rows.jsonl, line 4: must have the column i, which is part of its key, got {"x":9}',
    ),
    rows(
      "an empty row",
      (text) => `{}\n${text}`,
      "…/toy/…/rows.jsonl, line 1: must have the column i, which is part of its key, got {}",
    ),
    rows(
      "a record in a cell",
      (text) => `${text}{"i":4,"x":{"y":1}}\n`,
      '…/toy/…/rows.jsonl, line 4: x must be text, a number, a boolean, null or a list of those, got {"y":1}',
    ),
    rows(
      "a number beyond all numbers",
      (text) => `${text}{"i":4,"x":1e999}\n`,
      '…/toy/…/rows.jsonl, line 4: must be a JSON object, got "{\\"i\\":4,\\"x\\":1e999}"',
    ),
    rows(
      "a column without a name",
      (text) => `${text}{"i":4,"":1}\n`,
      '…/toy/…/rows.jsonl, line 4: a column must have a name without NUL characters, got ""',
    ),
    rows(
      "a column that queries fill in",
      (text) => `${text}{"i":4,"Run":1}\n`,
      '…/toy/…/rows.jsonl, line 4: the columns experiment and run are filled in by queries, got "Run"',
    ),
    rows("a column __proto__", (text) => `${text}{"i":4,"__proto__":1}\n`, "4 rows"),
    rows(
      "a line of a megabyte",
      (text) => `${text}${"x".repeat(1e6)}\n`,
      '…/toy/…/rows.jsonl, line 4: must be a JSON object, got "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..."',
    ),
    rows("empty", () => "", "0 rows"),
    manifest("seconds that are text", { seconds: "NaN" }, "seconds must be a number of seconds, 0 or more, got NaN"),
    manifest("a negative number of rows", { rows: -1 }, "rows must be a whole number, 0 or more, got -1"),
    manifest("a note that is a number", { notes: [1] }, "notes.0 must be text, got 1"),
    manifest("notes that are text", { notes: "x" }, 'notes must be a list, got "x"'),
    manifest(
      "a status that there is not",
      { status: "finished" },
      'status must be one of running, done, interrupted, failed, got "finished"',
    ),
    manifest("another version", { version: 2 }, "must have version 1, got 2"),
    manifest(
      "a configuration that was edited",
      { config: { seed: 2 } },
      'its configuration must be that of its hash, …, got "bb9f7bd2040d86a87b718ee506cad54e64e7158fa4348ceb97d5a027b29e7d4c"',
    ),
    manifest("a configuration that is a list", { config: [] }, "config must be a record, got []"),
    manifest(
      "an experiment that leads elsewhere",
      { experiment: "../toy" },
      'experiment must be an experiment\'s name, got "../toy"',
    ),
    manifest(
      "a start that is no time",
      { started: "yesterday" },
      'started must be a time, as ISO 8601 has it, got "yesterday"',
    ),
    manifest("no provenance", { provenance: undefined }, "provenance must be a record, got undefined"),
    manifest(
      "a dataset's name that is a number",
      { environment: { dataset: { name: 5 } } },
      "environment.dataset.name must be text, got 5",
    ),
    instead(
      "manifest.json: a list",
      "manifest.json",
      (path) => writeFileSync(path, "[]"),
      "…/toy/…/manifest.json: must be a manifest, a record, got []",
    ),
    instead(
      "manifest.json: null",
      "manifest.json",
      (path) => writeFileSync(path, "null"),
      "…/toy/…/manifest.json: must be a manifest, a record, got null",
    ),
    instead(
      "manifest.json: empty",
      "manifest.json",
      (path) => writeFileSync(path, ""),
      '…/toy/…/manifest.json: must be a manifest in JSON, got "Unexpected end of JSON input"',
    ),
    instead("manifest.json: missing", "manifest.json", () => {}, "3 rows"),
    instead(
      "manifest.json: a folder",
      "manifest.json",
      (path) => mkdirSync(path),
      '…/toy/…/manifest.json: must be a regular file, got "a folder"',
    ),
    instead(
      "rows.jsonl: a folder",
      "rows.jsonl",
      (path) => mkdirSync(path),
      '…/toy/…/rows.jsonl: must be a regular file, got "a folder"',
    ),
    instead(
      "rows.jsonl: a named pipe",
      "rows.jsonl",
      (path) => execFileSync("mkfifo", [path]),
      '…/toy/…/rows.jsonl: must be a regular file, got "a named pipe"',
    ),
    instead(
      "rows.jsonl: a link to a device",
      "rows.jsonl",
      (path) => symlinkSync("/dev/zero", path),
      '…/toy/…/rows.jsonl: must be a regular file, got "a device"',
    ),
    instead("a folder in the place of a temporary file", "manifest.json.tmp", (path) => mkdirSync(path), "3 rows"),
    instead(
      "a lock of another container that shows life",
      "lock.7.12345.00000000",
      (path) => writeFileSync(path, "engine-room 2026-01-01T00:00:00.000Z 5\n"),
      'run folder: has one writer at a time, and process 7 of another container or machine, host engine-room, since 2026-01-01T00:00:00.000Z, is writing to it, got "…/toy/…"',
    ),
    instead("a lock of a process that is gone", "lock.2147483647.5", (path) => writeFileSync(path, ""), "3 rows"),
    {
      input: "a run's folder under the name of another run",
      gets: 'broken: …/toy/0123456789ab/manifest.json: must be of the run whose folder it is in, 0123456789ab, got "…"',
      run: (folder) =>
        named(() => {
          made(folder);
          execFileSync("mv", [place(folder, ""), join(folder, "toy", "0123456789ab")]);
          return listRuns(folder).map(({ status, problem }) => `${status}: ${problem}`);
        }),
    },
    {
      input: "a row that is lost from a finished run",
      gets: "run toy/…: is broken: …/toy/…/rows.jsonl: must have as many rows as its manifest says, 3, got 2",
      run: (folder) =>
        named(async () => {
          made(folder);
          await open(folder).finish();
          writeFileSync(place(folder, "rows.jsonl"), line1(readFileSync(place(folder, "rows.jsonl"), "utf8")));
          return rowsOf(findRun(SHORT, { runs: folder }));
        }),
    },
    {
      input: "a row of no run that the configuration asks for",
      gets: "3 rows; set aside in stray.jsonl: 1 of 4 rows is of no run that the configuration asks for, the first with the key 99",
      run: (folder) =>
        named(() => {
          made(folder);
          appendFileSync(place(folder, "rows.jsonl"), '{"i":99,"x":0}\n');
          const stray = (some: readonly { i?: unknown }[]) => some.filter(({ i }) => i === 99) as never;
          const store = openRun({ experiment: "toy", config, directory: folder, rows: anyRows("i"), stray });
          store.stop("interrupted");
          return [`${store.rows.length} rows`, ...store.notes].join("; ");
        }),
    },
    {
      input: "an escape sequence in a note",
      gets: "\\u001b]0;title\\u0007\\u009b2J",
      run: (folder) =>
        named(() => {
          made(folder);
          const file = place(folder, "manifest.json");
          const changed = { ...JSON.parse(readFileSync(file, "utf8")), notes: ["\u001b]0;title\u0007\u009b2J"] };
          writeFileSync(file, JSON.stringify(changed));
          return visible(findRun(SHORT, { runs: folder }).manifest!.notes[0]!);
        }),
    },
    {
      input: "a link in the place of a temporary file, to a file of the user",
      gets: "the user's file is as it was",
      run(folder) {
        const mine = join(folder, "mine.txt");
        writeFileSync(mine, "is as it was");
        symlinkSync(mine, join(folder, "e.csv.tmp"));
        writeNamed(join(folder, "e.csv"), "a,b\n");
        return `the user's file ${readFileSync(mine, "utf8")}`;
      },
    },
    {
      input: "a run of too few digits",
      gets: 'run: must be the only run in the folder of runs, or a run\'s folder, got "12"',
      run(folder) {
        made(folder);
        return findRun("12", { runs: folder });
      },
    },
    {
      input: "an export to a format that there is not",
      gets: 'export: the file\'s name must end in .csv, .parquet, .arrow, got "…/rows.xlsx"',
      run: (folder) => exportRows(join(folder, "rows.xlsx"), [{ i: 1 }]),
    },
    sql("SELECT * FROM read_text('/etc/passwd')"),
    sql("SELECT * FROM glob('/*')"),
    sql("COPY runs TO '/tmp/runs.csv'"),
    sql("ATTACH '/tmp/other.db' AS other"),
    sql("INSTALL httpfs"),
    sql("LOAD httpfs"),
    sql("SET enable_external_access = true"),
    sql("DROP TABLE runs"),
    sql("SELECT 1; SELECT 2"),
    sql(
      "SELECT nothing FROM rows",
      'query: Binder Error: Referenced column "nothing" not found in FROM clause, got "SELECT nothing FROM rows"',
    ),
  ],
};
