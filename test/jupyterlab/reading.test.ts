/** What a reader and a writer of notebooks see in JupyterLab. */
import { copyFileSync, cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "../../src/util";
import type { StoredCell } from "../notebook/support";
import { describeInLab } from "./support";

const livePlot = ".jp-OutputArea-output .js-plotly-plot .main-svg";

const show = `
import { show } from "nonsmooth";
await show({
  name: "line", title: "A line", alt: "Two points.", caption: "", table: [],
  layout: { width: 400, height: 300 }, data: [{ type: "scatter", y: [1, 2] }],
});`;

/** How many figures a notebook's file holds. */
function storedFigures(file: string): number {
  const { cells } = JSON.parse(readFileSync(file, "utf8")) as { cells: StoredCell[] };
  return cells.flatMap((cell) => cell.outputs ?? []).filter((output) => output.data?.["image/png"]).length;
}

describeInLab("a notebook in JupyterLab", (desk) => {
  it.each(["00-start", "00-explore-runs", "02-bifurcation-frequency", "04-training-curves"])(
    "the notebook %s opens with its figures, and is not marked as modified",
    async (name) => {
      const stored = join(projectRoot, "notebooks", `${name}.ipynb`);
      // beside the figures that its text shows, as in the project
      for (const folder of ["notebooks", "figures"]) mkdirSync(join(desk().folder, folder), { recursive: true });
      cpSync(join(projectRoot, "figures"), join(desk().folder, "figures"), { recursive: true });
      copyFileSync(stored, join(desk().folder, "notebooks", `${name}.ipynb`));
      const page = await desk().open(`notebooks/${name}.ipynb`);
      await page.idle();
      // what a kernel says of its language arrives after it is idle
      await page.pause(1_000);
      const pictures = await page.pictures();
      expect(pictures).toHaveLength(storedFigures(stored));
      // the one that it opens with belongs to its text
      const opening = await page.pictures(".jp-MarkdownOutput");
      expect(opening).toHaveLength(1);
      for (const { width, height } of [...opening, ...pictures]) expect(Math.min(width, height)).toBeGreaterThan(100);
      await page.shot(`opened-${name.slice(0, 2)}`);
      expect(await page.modified()).toBe(false);
    },
  );

  it("a cell that is run shows its value", async () => {
    const page = await desk().open(desk().create("value"));
    expect((await page.seen(await page.run("6 * 7"))).trim()).toBe("42");
  });

  it("a figure is shown as a picture, and live after interactive()", async () => {
    const page = await desk().open(desk().create("figure"));
    await page.run(show);
    await page.shot("figure");
    const [picture, ...others] = await page.pictures();
    expect(others).toEqual([]);
    expect(picture?.width).toBeGreaterThanOrEqual(400);
    expect(picture?.height).toBeGreaterThanOrEqual(300);
    await page.run('import { interactive } from "nonsmooth";\ninteractive();');
    await page.run(show);
    await page.shown(livePlot);
  });

  it("a figure is live where the server has plotly", async () => {
    const plotly = join("node_modules", "plotly.js-dist", "plotly.js");
    cpSync(join(projectRoot, plotly), join(desk().folder, "live", plotly));
    const page = await desk().open(desk().create("live/figure"));
    await page.run(show);
    await page.shown(livePlot);
    await page.shot("figure-live");
  });

  it("names are completed, and a tooltip shows what a function is", async () => {
    const page = await desk().open(desk().create("names"));
    await page.run('import { createNetwork, ops } from "nonsmooth";');
    expect(await page.complete("ops.re")).toMatch(/^relu$/m);
    expect(await page.tooltip("createNetwork")).toContain("createNetwork(");
    await page.shot("tooltip");
  });

  it("the names of networks are completed", async () => {
    const page = await desk().open(desk().create("networks"));
    await page.run('import { createNetwork } from "nonsmooth";');
    expect(await page.complete('createNetwork("')).toMatch(/\bmlp\b/);
    await page.shot("completion");
  });
});
