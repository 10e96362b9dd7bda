/** What the tests ask of a page, in the page: injected beside JupyterLab, called by notebook-page.ts as `lab.<name>(…)`. */
window.lab = (() => {
  const panel = () => window.jupyterapp?.shell.currentWidget;
  const notebook = () => panel().content;
  const kernel = () => panel()?.sessionContext?.session?.kernel;
  const cell = (index) => notebook().widgets[index];
  const outputs = (index) => {
    const { model } = cell(index).outputArea;
    return Array.from({ length: model.length }, (_, at) => model.get(at).toJSON());
  };
  const text = (value) => [].concat(value ?? "").join("");

  return {
    /** The notebook is shown and its kernel, unless it is still busy with an earlier run, is known. */
    ready: () => Boolean(panel()?.content?.widgets && panel().context.isReady && kernel()?.status),
    /** What `ready` waits for, in words. */
    state: () =>
      `notebook ${panel()?.content?.widgets ? "shown" : "not shown"}, ` +
      `${panel()?.context?.isReady ? "loaded" : "not loaded"}, kernel ${kernel()?.status ?? "not known"}, ` +
      `document ${document.visibilityState}`,
    kernelStatus: () => kernel()?.status,
    modified: () => panel().context.model.dirty,
    save: () => window.jupyterapp.commands.execute("docmanager:save").then(() => true),
    theme: (theme) => window.jupyterapp.commands.execute("apputils:change-theme", { theme }).then(() => true),
    hideSidebars: () => window.jupyterapp.shell.collapseLeft(),

    /** Appends a code cell and returns its index. */
    add(source) {
      const { sharedModel } = notebook().model;
      const index = sharedModel.cells.length;
      sharedModel.insertCell(index, { cell_type: "code", source, metadata: {}, outputs: [] });
      return index;
    },
    select(index) {
      notebook().activeCellIndex = index;
      notebook().deselectAll();
      return notebook()
        .scrollToItem(index)
        .then(() => true);
    },
    edit: () => window.jupyterapp.commands.execute("notebook:enter-edit-mode").then(() => true),
    start(index) {
      this.select(index);
      window.jupyterapp.commands.execute("notebook:run-cell");
      return true;
    },
    /** The prompt of a cell that runs or waits has a star. */
    running: (index) => cell(index).node.querySelector(".jp-InputPrompt").textContent.includes("*"),

    /** What a cell printed, in order. */
    printed: (index) =>
      outputs(index)
        .filter((output) => output.output_type === "stream")
        .map((output) => text(output.text))
        .join(""),
    /** What a reader sees below a cell. */
    seen: (index) => cell(index).outputArea.node.innerText,
    errors: (index) => outputs(index).filter((output) => output.output_type === "error"),
    async pictures(within) {
      const images = [...document.querySelectorAll(`${within} img`)];
      // a picture that cannot be decoded has the width 0
      await Promise.allSettled(images.map((image) => image.decode()));
      return images.map(({ naturalWidth, naturalHeight, alt }) => ({
        width: naturalWidth,
        height: naturalHeight,
        alt,
      }));
    },
  };
})();
