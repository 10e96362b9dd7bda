/** The tutorial in both themes of JupyterLab: as it is stored, and with outputs that are made in the page. */
import { copyFileSync, cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "../../src/util";
import { contrasts } from "../helpers/contrast";
import { describeInLab } from "./support";

/** WCAG 2.1, success criterion 1.4.3. */
const LEGIBLE = 4.5;

const made = `import { interactive, progressReporter, show, showTable } from "nonsmooth";
interactive();
await show({ title: "Live", alt: "A line that rises.", data: [{ y: [1, 2] }], layout: { width: 400, height: 250 } });
showTable(Array.from({ length: 50 }, (_, i) => ({ i, half: i / 2 })), { caption: "Halves" });
progressReporter({ title: "Exact zeros" }).update({ done: 3, total: 10, unit: "runs" });`;

/** What a live plot stands on. */
const ground = `getComputedStyle(document.querySelector(".js-plotly-plot .main-svg")).backgroundColor`;

describeInLab("the tutorial in JupyterLab", (desk) => {
  it.each(["Light", "Dark"])("tables, progress and pictures are seen in the theme %s", async (theme) => {
    for (const folder of ["notebooks", "figures"]) mkdirSync(join(desk().folder, folder), { recursive: true });
    cpSync(join(projectRoot, "figures"), join(desk().folder, "figures"), { recursive: true });
    copyFileSync(join(projectRoot, "notebooks/00-start.ipynb"), join(desk().folder, "notebooks/00-start.ipynb"));
    const page = await desk().open("notebooks/00-start.ipynb");
    await page.idle();
    await page.theme(`JupyterLab ${theme}`);
    await page.shown(".jp-RenderedHTML table");
    await page.shot(`tutorial-${theme}`);
    const index = await page.run(made);
    await page.shown(".jp-OutputArea-output button");
    await page.shown(".js-plotly-plot .main-svg");
    await page.shot(`tutorial-made-${theme}`);
    expect(await page.page.evaluate(ground)).toBe(theme === "Dark" ? "rgb(26, 26, 26)" : "rgb(255, 255, 255)");
    const [lowest] = await contrasts(page.page, ".jp-OutputArea-output table, .jp-OutputArea-output p, progress");
    expect(lowest!.ratio, lowest!.text).toBeGreaterThan(LEGIBLE);
    for (let cell = 0; cell < index; cell++) {
      await page.select(cell);
      await page.shot(`tutorial-${theme}-${String(cell).padStart(2, "0")}`);
      const texts = await contrasts(page.page, ".jp-OutputArea-output:not(.jp-RenderedText)");
      for (const { text, ratio } of texts) expect(ratio, text).toBeGreaterThan(LEGIBLE);
    }
    for (const { width } of await page.pictures()) expect(width).toBeGreaterThan(100);
  });
});
