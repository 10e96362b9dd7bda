import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { describe, expect, it } from "vitest";
import { kernelspec, writeKernelspec } from "../../src/notebook";
import { requireBuild, temporaryFolder } from "./support";

describe("writeKernelspec", () => {
  it("writes where JUPYTER_PATH=.jupyter finds it, and nothing else", () => {
    requireBuild();
    const root = temporaryFolder();
    const file = writeKernelspec({ root });
    expect(file).toBe(join(root, ".jupyter", "kernels", "nonsmooth", "kernel.json"));
    expect(readdirSync(join(root, ".jupyter", "kernels", "nonsmooth"))).toEqual(["kernel.json"]);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(kernelspec());
    expect(writeKernelspec({ root })).toBe(file);
  });

  it("starts the compiled kernel under this Node, by absolute paths, and is interrupted by a signal", () => {
    requireBuild();
    const { argv, ...rest } = kernelspec();
    expect(rest).toEqual({ display_name: "nonsmooth (TypeScript)", interrupt_mode: "signal", language: "typescript" });
    const [node, main, ...command] = argv;
    expect([node, command]).toEqual([process.execPath, ["--config-path", "{connection_file}"]]);
    for (const path of [node!, main!]) expect([isAbsolute(path), existsSync(path)]).toEqual([true, true]);
  });
});
