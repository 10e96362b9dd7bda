/** JupyterLab's start: every extension of package.json, and the app as `window.jupyterapp`. */
import { JupyterLab } from "@jupyterlab/application";
import { JupyterPluginRegistry, PageConfig } from "@jupyterlab/coreutils";
import { IConnectionStatus, IServiceManager } from "@jupyterlab/services";
import { extensions, mimeExtensions } from "./generated/extensions.js";

__webpack_public_path__ = `${PageConfig.getOption("fullStaticUrl")}/`;

const load = async (modules) =>
  (await Promise.all(modules.map((module) => module()))).flatMap((module) => module.default ?? module);

async function start() {
  await import("./generated/styles.js");
  const pluginRegistry = new JupyterPluginRegistry();
  pluginRegistry.registerPlugins(await load(extensions));
  const lab = new JupyterLab({
    pluginRegistry,
    serviceManager: await pluginRegistry.resolveRequiredService(IServiceManager),
    connectionStatus: await pluginRegistry.resolveOptionalService(IConnectionStatus),
    mimeExtensions: await load(mimeExtensions),
  });
  lab.start({ bubblingKeydown: true });
  await lab.restored;
  window.jupyterapp = lab;
}

window.addEventListener("load", start);
