/** Notebooks as pages of the site: their words, code, tables and pictures, as markdown in a temporary folder of the build. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

/** Writes the pages; TypeDoc takes documents from the project's folder alone. @returns the page of each notebook by the notebook's path, and what removes the folder */
export function notebookPages(project) {
  const notebooks = join(project, "notebooks");
  const folder = mkdtempSync(join(project, "dist", "site-"));
  const files = readdirSync(notebooks).filter((name) => name.endsWith(".ipynb"));
  const pages = new Map(
    files.map((file) => {
      const name = file.replace(".ipynb", "");
      const pictures = join(folder, name);
      mkdirSync(pictures);
      const { cells } = JSON.parse(readFileSync(join(notebooks, file), "utf8"));
      const parts = cells.map((cell, i) =>
        cellText(cell, (image, k) => picture(image, join(pictures, `${i}-${k}.png`))),
      );
      const text = parts.join("\n\n").replace(/^# /m, `# Notebook ${name.slice(0, 2)}: `);
      const page = join(folder, `${name}.md`);
      writeFileSync(page, links(text, notebooks, folder));
      return [join(notebooks, file), page];
    }),
  );
  return { pages, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function cellText({ cell_type, source, outputs = [] }, picture) {
  const text = joined(source);
  if (cell_type === "markdown") return text;
  return [fenced("ts", text), ...outputs.map((output, k) => outputText(output, (image) => picture(image, k)))].join(
    "\n\n",
  );
}

function outputText({ data, text, metadata }, picture) {
  if (data === undefined) return fenced("text", joined(text));
  if (data["image/png"]) return picture({ data: joined(data["image/png"]), ...metadata?.["image/png"] });
  if (data["text/markdown"]) return joined(data["text/markdown"]);
  // an empty line would end the HTML
  if (data["text/html"]) return joined(data["text/html"]).replace(/\n\s*\n/g, "\n");
  return fenced("text", joined(data["text/plain"]));
}

function picture({ data, alt = "" }, file) {
  writeFileSync(file, Buffer.from(data, "base64"));
  return `![${alt.replace(/[[\]\n]/g, " ")}](${file})`;
}

/** Paths of links as they are from the folder of the pages. */
function links(text, from, to) {
  return text.replace(/\]\((?![a-z]+:|#)([^)#]+)/g, (_, path) => `](${relative(to, resolve(from, path))}`);
}

const fenced = (language, text) => `\`\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\``;
const joined = (text = "") => [].concat(text).join("");
