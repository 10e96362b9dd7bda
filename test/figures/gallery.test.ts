import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { type Figure, figureTable, saveFigure, saveResults, writeFigure, writeGallery } from "../../src/figures";
import { anyRows, configHash, openRun, toCsv } from "../../src/runs";
import { projectRoot } from "../../src/util";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "nonsmooth-gallery-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
});

const figure = (name: string): Figure => ({
  name,
  title: `Title of<br>${name} | bits`,
  data: [{ type: "scatter", x: [1, 2], y: [1, 2] }],
  layout: {},
  alt: `What ${name} [shows].`,
  caption: "Runs a cell: 2.",
  table: [
    { x: 1, y: Number.NaN },
    { x: 2, y: null },
  ],
});

/** A session of the same run: finished, with these rows added. */
async function runFolder(
  keys = ["a", "b"],
  config: { engine: string; dataset?: string } = { engine: "onnx-cpu" },
): Promise<string> {
  const directory = join(root, "data", "runs");
  const store = openRun({ experiment: "alpha", config, directory, rows: anyRows("key") });
  for (const key of keys) store.append({ key });
  await store.finish();
  return store.directory;
}

interface Written {
  hash: string;
  rows: number;
  notes: string[];
  provenance: Record<string, unknown>;
}

function editManifest(folder: string, edit: (manifest: Written) => void): Written {
  const path = join(folder, "manifest.json");
  const manifest = JSON.parse(readFileSync(path, "utf8")) as Written;
  edit(manifest);
  writeFileSync(path, JSON.stringify(manifest));
  return manifest;
}

/** The gallery's line on where a figure comes from. */
function originOf(name: string): string {
  const text = readFileSync(writeGallery(root), "utf8");
  const lines = text.slice(text.indexOf(`<a id="${name}">`)).split("\n");
  return lines.find((line) => /^- (made from|drawn from|kept with it)|is broken/.test(line)) ?? "";
}

it("a saved figure has its data beside it and its place in the gallery", async () => {
  const runDirectory = await runFolder();
  mkdirSync(join(root, "notebooks"));
  const source = ['const other = "further";\n'];
  for (const [name, cells] of Object.entries({ "03-zeros": [], "11-more": [{ source }] })) {
    writeFileSync(join(root, "notebooks", `${name}.ipynb`), JSON.stringify({ cells }));
  }
  for (const name of ["further", "zeros", "bifurcation-frequency"])
    await saveFigure(figure(name), { runDirectory }, { root });

  expect(readFileSync(join(root, "figures", "zeros.csv"), "utf8")).toBe("x,y\n1,NaN\n2,\n");
  const text = readFileSync(join(root, "figures", "README.md"), "utf8");
  const table = text.split("\n").filter((line) => line.startsWith("| ["));
  // the notebook of the first is not there, the third is found by its name in a notebook
  expect(table).toEqual([
    "| [bifurcation-frequency](#bifurcation-frequency) | Title of bifurcation-frequency \\| bits | section 3 | `npx nonsmooth figure` | 2 |",
    "| [zeros](#zeros) | Title of zeros \\| bits | section 4 | [03-zeros](../notebooks/03-zeros.ipynb) | 2 |",
    "| [further](#further) | Title of further \\| bits |  | [11-more](../notebooks/11-more.ipynb) | 2 |",
  ]);
  expect(text).toContain("![What zeros \\[shows\\].](zeros.png)\n\nRuns a cell: 2.\n");
  expect(text).toMatch(/rows\.jsonl\) of run `alpha\/[0-9a-f]{12}`, onnx-cpu/);
  expect(readFileSync(writeGallery(root), "utf8")).toBe(text);
});

it("an alternative text is shown once, and figures of one title have headings that differ", async () => {
  const runDirectory = await runFolder();
  for (const name of ["zeros", "surprise"])
    await saveFigure({ ...figure(name), title: "One" }, { runDirectory }, { root });
  const results = join(root, "data", "results", "zeros");
  const config = { network: "mlp", dataset: "mnist" };
  editManifest(results, (manifest) => Object.assign(manifest, { config, hash: configHash("alpha", config) }));
  const text = readFileSync(writeGallery(root), "utf8");
  expect(text.match(/What zeros/g)).toHaveLength(1);
  expect(text.match(/^## .*/gm)).toEqual(["## One", "## One – perceptron on mnist"]);
});

it("the data of a saved figure are its table, NaN and missing values included", async () => {
  await saveFigure(figure("zeros"), { runDirectory: await runFolder() }, { root });
  expect(figureTable("zeros", root)).toEqual(figure("zeros").table);
  expect(() => figureTable("zero", root)).toThrow(
    'figure: must be one of zeros, got "zero"\nHint: did you mean zeros?',
  );
});

it("the gallery names the commits that made the rows, and uncommitted changes where they are known", async () => {
  const commits = { a: "a".repeat(40), b: "b".repeat(40), c: "c".repeat(40) };
  const made = async (keys: string[], provenance: object) => {
    const folder = await runFolder(keys);
    editManifest(folder, (manifest) => Object.assign(manifest.provenance, provenance));
    saveResults("zeros", folder, root);
    return originOf("zeros");
  };
  await writeFigure(figure("zeros"), join(root, "figures"));
  expect(await made(["1", "2"], { commit: commits.a, dirty: true })).toContain(
    "onnx-cpu, 2 rows at commit aaaaaaa with uncommitted changes: [manifest]",
  );
  const twoSessions = "2 rows at commit aaaaaaa with uncommitted changes, 1 row at commit bbbbbbb:";
  expect(await made(["3"], { commit: commits.b, dirty: false })).toContain(twoSessions);
  // a session without a row of its own is no origin of rows
  expect(await made([], {})).toContain(twoSessions);
  const three = await made(["4", "5"], { commit: commits.c, dirty: null });
  expect(three).toContain(", 1 row at commit bbbbbbb, 2 rows at commit ccccccc (uncommitted changes not recorded)");
});

it("the commit of a session that made no row is not taken for that of the rows", async () => {
  const runDirectory = await runFolder();
  editManifest(runDirectory, (manifest) => {
    Object.assign(manifest.provenance, { commit: "f669a5c", dirty: true });
    manifest.notes = ["the first 2 rows come from commit 3432661f9428", "dropped 3 repeated rows"];
  });
  await saveFigure(figure("zeros"), { runDirectory }, { root });
  const rows = "2 rows at commit 3432661 (uncommitted changes not recorded)";
  expect(originOf("zeros")).toContain(`${rows}: [manifest]`);
  expect(originOf("zeros")).toMatch(
    /the manifest's own commit, f669a5c, is that of a later session, which added no row$/,
  );
});

it("kept rows are linked only where they are of the run that drew the figure", async () => {
  const runDirectory = await runFolder();
  await saveFigure(figure("zeros"), { runDirectory }, { root });
  const { hash } = editManifest(runDirectory, () => {});
  const json = join(root, "figures", "zeros.json");
  expect(JSON.parse(readFileSync(json, "utf8")).run).toEqual({ experiment: "alpha", hash, rows: 2 });
  expect(originOf("zeros")).toMatch(/^- made from \[rows\]/);

  const kept = `\`alpha/${hash.slice(0, 12)}\`, 2 rows`;
  const another = { experiment: "beta", hash: "0123456789abcdef", rows: 1 };
  await writeFigure(figure("zeros"), join(root, "figures"), another);
  expect(originOf("zeros")).toBe(
    "- drawn from run `beta/0123456789ab`, 1 row; these are not kept " +
      `([data/results/zeros](../data/results/zeros) is of run ${kept}): ` +
      "`npx nonsmooth figure`, or saveFigure, keeps them",
  );
  expect(readFileSync(join(root, "figures", "README.md"), "utf8")).toContain("| 1 |");

  // the same run before it was finished
  await writeFigure(figure("zeros"), join(root, "figures"), { experiment: "alpha", hash, rows: 1 });
  expect(originOf("zeros")).toContain("1 row; these are not kept ([data");
  await writeFigure(figure("more"), join(root, "figures"), another);
  expect(originOf("more")).toContain("`, 1 row; these are not kept: `npx");

  await writeFigure(figure("zeros"), join(root, "figures"));
  expect(originOf("zeros")).toMatch(/^- kept with it: \[rows\].*; zeros\.json does not say which run drew it$/);
});

it("damaged files are listed with their problem, and another figure is still saved", async () => {
  const runDirectory = await runFolder();
  for (const name of ["zeros", "surprise", "bifurcation-frequency"])
    await saveFigure(figure(name), { runDirectory }, { root });
  writeFileSync(join(root, "data", "results", "zeros", "manifest.json"), "<<<<<<< HEAD");
  writeFileSync(
    join(root, "data", "results", "surprise", "manifest.json"),
    '{"experiment":"a","hash":"b","status":"done","config":{}}',
  );
  writeFileSync(join(root, "figures", "bifurcation-frequency.json"), '{"title":1}');
  mkdirSync(join(root, "notebooks"));
  writeFileSync(join(root, "notebooks", "11-more.ipynb"), "<<<<<<< HEAD");
  await saveFigure(figure("further"), { runDirectory }, { root });
  expect(originOf("further")).toMatch(/^- made from/);
  expect(originOf("zeros")).toMatch(
    /is broken: data\/results\/zeros\/manifest\.json: must be a manifest in JSON, got "/,
  );
  expect(originOf("surprise")).toContain('surprise/manifest.json: hash must be the 64 digits of a SHA-256, got "b"');
  const text = readFileSync(join(root, "figures", "README.md"), "utf8");
  expect(text).toContain("Broken: figures/bifurcation-frequency.json: must have title, alt, caption and table, got {");
  expect(text).not.toContain(root);
  expect(() => figureTable("bifurcation-frequency", root)).toThrow("must have title, alt, caption and table");
});

it("saving a weaker run in place is refused and changes nothing, unless it is forced", async () => {
  const strong = await runFolder(["a", "b", "c"]);
  await saveFigure(figure("zeros"), { runDirectory: strong }, { root, inPlace: true });
  const kept = () =>
    ["figures/zeros.json", "data/results/zeros/rows.jsonl"].map((file) => readFileSync(join(root, file), "utf8"));
  const before = kept();
  editManifest(strong, (manifest) => {
    manifest.rows = 2;
  });
  const again = { ...figure("zeros"), caption: "Another." };
  const weaker = saveFigure(again, { runDirectory: strong }, { root, inPlace: true });
  await expect(weaker).rejects.toThrow("figures/zeros: must not be replaced by fewer rows: it is from");
  expect(kept()).toEqual(before);

  await saveFigure(again, { runDirectory: strong }, { root, inPlace: true, force: true });
  expect(kept()[0]).toContain("Another.");
  // elsewhere anything may be replaced
  await saveFigure(figure("zeros"), { runDirectory: await runFolder([]) }, { root });
});

it("a figure that is drawn again from the same rows leaves their manifest as it is", async () => {
  const folder = await runFolder(["a"]);
  await saveFigure(figure("zeros"), { runDirectory: folder }, { root });
  const kept = () => readFileSync(join(root, "data", "results", "zeros", "manifest.json"), "utf8");
  const before = kept();
  editManifest(folder, (manifest) => Object.assign(manifest, { sessions: 7 }));
  await saveFigure({ ...figure("zeros"), caption: "Drawn again." }, { runDirectory: folder }, { root });
  expect(kept()).toBe(before);
  expect(readFileSync(join(root, "figures", "zeros.json"), "utf8")).toContain("Drawn again.");
});

it("a figure of several runs names all of them, and all of their rows count", async () => {
  const [own, other] = [await runFolder(["a", "b"]), await runFolder(["c", "d", "e"], { engine: "reference" })];
  const several = { root, beside: [{ runDirectory: other }] };
  const lost = saveFigure(figure("zeros"), { runDirectory: own }, several);
  await expect(lost).rejects.toThrow("saveFigure beside: must be runs whose rows are kept in data/results/");
  saveResults("others", other, root);
  await saveFigure(figure("zeros"), { runDirectory: own }, several);
  const text = readFileSync(join(root, "figures", "README.md"), "utf8");
  expect(text).toContain("- rows: 5\n- made from [rows](../data/results/zeros/rows.jsonl)");
  expect(text).toContain("\n- made from [rows](../data/results/others/rows.jsonl) of run ");
  // without the other run it is weaker
  const alone = saveFigure(figure("zeros"), { runDirectory: own }, { root, inPlace: true });
  await expect(alone).rejects.toThrow("must not be replaced by fewer rows");
});

it("a run beside a figure's own is another one, kept under another name, and no weaker than what it replaces", async () => {
  const [own, other] = [await runFolder(["a", "b"]), await runFolder(["c", "d"], { engine: "reference" })];
  const save = (runDirectory: string, beside: string, name = "zeros") =>
    saveFigure(figure(name), { runDirectory }, { root, beside: [{ runDirectory: beside }], inPlace: true });
  await saveFigure(figure("zeros"), { runDirectory: own }, { root });
  await expect(save(own, own)).rejects.toThrow("saveFigure beside: must be runs that differ from each other");
  // its only rows would be replaced by those of the figure
  await expect(save(other, own)).rejects.toThrow("must be runs whose rows are kept in data/results/ under names");
  const [real, made] = [
    runFolder(["e", "f"], { engine: "e", dataset: "mnist" }),
    runFolder(["g"], { engine: "g", dataset: "glyphs" }),
  ];
  saveResults("made", await made, root);
  await saveFigure(figure("real"), { runDirectory: await real }, { root });
  await expect(save(await real, await made, "real")).rejects.toThrow("must not be replaced by synthetic data");
});

it("a folder that holds no run cannot be saved with a figure", async () => {
  const saved = saveFigure(figure("zeros"), { runDirectory: root }, { root });
  await expect(saved).rejects.toThrow("saveFigure run: must be a run's folder, with manifest.json, got ");
});

it("every committed figure has its data beside it and stands in the committed gallery", () => {
  const folder = join(projectRoot, "figures");
  const text = readFileSync(join(folder, "README.md"), "utf8");
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
    const name = file.slice(0, -".json".length);
    expect(text).toContain(`](${name}.png)`);
    expect(readFileSync(join(folder, `${name}.csv`), "utf8"), name).toBe(toCsv(figureTable(name)));
  }
});
