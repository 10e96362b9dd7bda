// npm runs this before any package's `postinstall`. The one of onnxruntime-node downloads a CUDA provider from NuGet, which this
// library never uses, and its failure would end the whole installation. So it is left out where NuGet cannot be reached.
const { createRequire } = require("node:module");
const { join } = require("node:path");
const { existsSync, renameSync, writeFileSync } = require("node:fs");
const https = require("node:https");

const SECONDS = 4;
const NAME = "onnxruntime-node";

/** Why NuGet cannot be reached, in the way in which onnxruntime-node asks it; undefined if it can. */
const failure = (url) =>
  new Promise((resolve) => {
    const request = https.get(url, ({ statusCode }) => {
      end(statusCode === 200 ? undefined : `${url} answers ${statusCode}`);
    });
    const timer = setTimeout(() => end(`${url} does not answer within ${SECONDS} s`), SECONDS * 1000);
    const end = (reason) => {
      clearTimeout(timer);
      request.destroy();
      resolve(reason);
    };
    request.on("error", ({ message }) => end(message));
  });

/** Replaced, not written into: other projects may have the same file through a hard link. */
function replace(file, text) {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

async function leaveOutWhatCannotBeDownloaded() {
  const decided = /^(npm_config_)?onnxruntime_node_install/i; // by the user, in onnxruntime-node's own variables
  if (Object.keys(process.env).some((name) => decided.test(name))) return;
  const folder = createRequire(__filename)
    .resolve.paths(NAME)
    .map((folder) => join(folder, NAME, "script"))
    .find((folder) => existsSync(join(folder, "install.js")));
  if (folder === undefined) return;
  const load = createRequire(join(folder, "install.js"));
  const { requirements, feeds } = load("./install-metadata.js");
  if (!requirements[`${process.platform}/${process.arch}`]?.length) return;
  load("global-agent").bootstrap(); // its script asks through the same proxy
  const reason = await failure(feeds.nuget.index);
  if (reason === undefined) return;
  const message = `${NAME}'s CUDA provider is left out (nonsmooth does not use it): NuGet cannot be reached: ${reason}`;
  const stub = `// written by nonsmooth's bin/preinstall.js in place of ${NAME}'s own\nconsole.log(${JSON.stringify(message)});\n`;
  replace(join(folder, "install.js"), stub);
  console.log(message);
}

leaveOutWhatCannotBeDownloaded().catch((error) => {
  console.warn(
    `nonsmooth, preinstall: ${error.message}. If ${NAME} fails to install, set ONNXRUNTIME_NODE_INSTALL=skip`,
  );
});
