/** The files of the page: a fixed list, whatever is asked for. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { fail, projectRoot } from "../util";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
};

export interface Asset {
  readonly type: string;
  read(): Buffer;
}

/** By the path in the page's address. @throws NonsmoothError if the library was not built */
export function pageAssets(): ReadonlyMap<string, Asset> {
  const source = join(projectRoot, "src", "explore", "page");
  const built = join(projectRoot, "dist", "explore", "page");
  if (!existsSync(built)) fail("explore", "its page must be built", built, "npm run build");
  const scripts = readdirSync(built).filter((name) => name.endsWith(".mjs"));
  return new Map([
    ["/", asset(join(source, "index.html"))],
    ["/style.css", asset(join(source, "style.css"))],
    ["/plotly.js", asset(createRequire(__filename).resolve("plotly.js-dist"))],
    ...scripts.map((name): [string, Asset] => [`/${name}`, asset(join(built, name))]),
  ]);
}

function asset(path: string): Asset {
  let content: Buffer | undefined;
  return {
    type: TYPES[extname(path)]!,
    read: () => {
      content ??= readFileSync(path);
      return content;
    },
  };
}
