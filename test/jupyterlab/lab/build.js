/** Bundles JupyterLab into `build/`: what the packages say of themselves, as generated modules, then rspack. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rspack } from "@rspack/core";
import svgToDataUri from "mini-svg-data-uri";

const here = dirname(fileURLToPath(import.meta.url));
const build = join(here, "build");
const readJson = (...path) => JSON.parse(readFileSync(join(here, ...path), "utf8"));

const packages = Object.keys(readJson("package.json").dependencies)
  .filter((name) => name.endsWith("-extension"))
  .map((name) => ({ name, ...readJson("node_modules", name, "package.json") }));

/** The module that a package names under `jupyterlab`: `true` is its main one. */
const modules = (key) =>
  packages
    .filter(({ jupyterlab }) => jupyterlab[key])
    .map(({ name, jupyterlab }) => (jupyterlab[key] === true ? name : `${name}/${jupyterlab[key]}`));

function generate() {
  const list = (names) => `[\n${names.map((name) => `  () => import("${name}"),`).join("\n")}\n]`;
  const styles = packages.flatMap(({ name, styleModule }) => (styleModule ? [`import "${name}/${styleModule}";`] : []));
  mkdirSync(join(here, "generated"), { recursive: true });
  writeFileSync(
    join(here, "generated", "extensions.js"),
    `export const extensions = ${list(modules("extension"))};\n` +
      `export const mimeExtensions = ${list(modules("mimeExtension"))};\n`,
  );
  writeFileSync(join(here, "generated", "styles.js"), `${styles.join("\n")}\n`);
}

/** The server hands out the settings' schemas: plugin.json files, and the package.json that they belong to. */
function copySchemas() {
  for (const { name, jupyterlab } of packages.filter(({ jupyterlab }) => jupyterlab.schemaDir)) {
    const to = join(build, "schemas", name);
    cpSync(join(here, "node_modules", name, jupyterlab.schemaDir), to, { recursive: true });
    cpSync(join(here, "node_modules", name, "package.json"), join(to, "package.json.orig"));
  }
}

const css = (loader) => ({
  test: /\.css$/,
  exclude: /\.raw\.css$/,
  type: "javascript/auto",
  use: [loader, "css-loader"],
});
const svg = /\.svg(\?v=[\d.]+)?$/;
const assets = [
  { test: /\.(raw\.css|md)$/, type: "asset/source" },
  { test: /\.(html|jpg|png|gif|js\.map)$/, type: "asset/resource" },
  { test: /\.(woff2?|ttf|otf|eot)(\?v=[\d.]+)?$/, type: "asset/resource" },
  {
    test: svg,
    issuer: /\.css$/,
    type: "asset/inline",
    generator: { dataUrl: { content: ({ content }) => svgToDataUri(String(content)), mimetype: "image/svg+xml" } },
  },
  { test: svg, issuer: /\.js$/, type: "asset/source" },
  { test: /\.m?js/, resolve: { fullySpecified: false } },
];

const page = {
  context: here,
  mode: "production",
  optimization: { minimize: false },
  devtool: false,
  entry: "./index.js",
  output: { path: build, filename: "bundle.js" },
  module: { rules: [css("style-loader"), ...assets] },
  resolve: { fallback: { url: false, buffer: false, crypto: false, path: false } },
  // relative paths of pictures and links are resolved against the working directory, as in the browser's `process`
  plugins: [new rspack.DefinePlugin({ process: '({ env: {}, cwd: () => "/" })' })],
};

const themes = packages
  .filter(({ jupyterlab }) => jupyterlab.themePath)
  .map(({ name, jupyterlab }) => ({
    context: here,
    mode: "production",
    entry: { index: `${name}/${jupyterlab.themePath}` },
    output: { path: join(build, "themes", name), publicPath: "" },
    module: { rules: [css(rspack.CssExtractRspackPlugin.loader), ...assets] },
    plugins: [new rspack.CssExtractRspackPlugin()],
  }));

generate();
copySchemas();
rspack([page, ...themes], (error, stats) => {
  if (!error && !stats.hasErrors()) return;
  console.error(error ?? stats.toString("errors-only"));
  process.exitCode = 1;
});
