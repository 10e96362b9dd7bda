import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { describe, expect, it } from "vitest";
import { kernelspec, userJupyterFolder, writeKernelspec } from "../../src/notebook";
import { openKernel } from "./session";
import { requireBuild, temporaryFolder } from "./support";

describe("writeKernelspec", () => {
  it("a kernelspec is written into the folder where Jupyter looks, and nothing else is", () => {
    requireBuild();
    const folder = temporaryFolder();
    const file = writeKernelspec({ folder });
    expect(file).toBe(join(folder, "kernels", "nonsmooth", "kernel.json"));
    expect(readdirSync(join(folder, "kernels", "nonsmooth"))).toEqual(["kernel.json"]);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(kernelspec());
    expect(writeKernelspec({ folder })).toBe(file);
  });

  it("the user's Jupyter folder follows JUPYTER_DATA_DIR, and XDG_DATA_HOME on Linux", () => {
    expect(userJupyterFolder({ JUPYTER_DATA_DIR: "/a" })).toBe("/a");
    if (process.platform === "linux") expect(userJupyterFolder({ XDG_DATA_HOME: "/b" })).toBe("/b/jupyter");
  });

  it("a notebook in any folder imports the library with its types, and packages that come with it", async () => {
    const kernel = await openKernel({ inProject: false });
    try {
      const imports = 'import * as aq from "arquero"; import { wilson } from "nonsmooth";';
      const { stdout } = await kernel.run(`${imports} [aq.table({ a: [1, 2] }).numRows(), wilson(0, 10).low]`);
      expect(stdout).toBe("[ 2, 0 ]\n");
      expect((await kernel.run('wilson("0", 10)')).error?.evalue).toMatch(/'string' is not assignable/);
    } finally {
      await kernel.close();
    }
  });

  it("a kernelspec starts the compiled kernel under this Node, and interrupts it by a signal", () => {
    requireBuild();
    const { argv, ...rest } = kernelspec();
    expect(rest).toEqual({ display_name: "nonsmooth (TypeScript)", interrupt_mode: "signal", language: "typescript" });
    const [node, main, ...command] = argv;
    expect([node, command]).toEqual([process.execPath, ["--config-path", "{connection_file}"]]);
    for (const path of [node!, main!]) expect([isAbsolute(path), existsSync(path)]).toEqual([true, true]);
  });
});
