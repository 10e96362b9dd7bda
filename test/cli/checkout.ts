/** A checkout of its own, with the built program: committed files that a test may try to replace. */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../src/util";
import { temporaryFolder } from "./support";

/** What is committed in it, relative to it. */
const COPIED = [
  "package.json",
  join("figures", "README.md"),
  ...["svg", "png", "json", "csv"].map((kind) => join("figures", `bifurcation-frequency.${kind}`)),
  join("data", "results", "bifurcation-frequency"),
];

/** Its folder; removed after the test. @param notebooks the code of each notebook's only cell, by its name */
export function checkout(notebooks: Readonly<Record<string, string>> = {}): string {
  const root = temporaryFolder();
  // the documentation makes its pages in folders of dist/, perhaps just now
  const built = readdirSync(join(projectRoot, "dist")).filter((name) => !name.startsWith("site-"));
  for (const path of [...built.map((name) => join("dist", name)), ...COPIED])
    cpSync(join(projectRoot, path), join(root, path), { recursive: true });
  const packages = join(root, "node_modules");
  mkdirSync(packages);
  for (const name of readdirSync(join(projectRoot, "node_modules"))) {
    if (name !== "nonsmooth") symlinkSync(join(projectRoot, "node_modules", name), join(packages, name));
  }
  symlinkSync("..", join(packages, "nonsmooth"));
  mkdirSync(join(root, "notebooks"));
  for (const [name, source] of Object.entries(notebooks)) {
    const output = { output_type: "stream", name: "stdout", text: ["executed before\n"] };
    const cell = { cell_type: "code", id: "a", metadata: {}, source, outputs: [output], execution_count: 1 };
    const metadata = { nonsmooth: { preset: "laptop", datasets: ["mnist"], rows: 8 } };
    const text = JSON.stringify({ cells: [cell], metadata, nbformat: 4, nbformat_minor: 5 });
    writeFileSync(join(root, "notebooks", `${name}.ipynb`), text);
  }
  return root;
}

/** Every file of the committed folders with its content. */
export function committed(root: string): Record<string, string> {
  const files = ["figures", join("data", "results"), "notebooks"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return Object.fromEntries(files.sort().map((file) => [file, readFileSync(file, "latin1")]));
}
