import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
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

  it("starts this Node with the preload and tslab, by absolute paths, and is interrupted by a signal", () => {
    requireBuild();
    const { argv, ...rest } = kernelspec();
    expect(rest).toEqual({ display_name: "nonsmooth (TypeScript)", interrupt_mode: "signal", language: "typescript" });
    const [node, flag, preload, tslab, ...command] = argv;
    expect([node, flag, command]).toEqual([process.execPath, "-r", ["kernel", "--config-path", "{connection_file}"]]);
    expect([basename(preload!), basename(tslab!)]).toEqual(["preload.js", "tslab"]);
    for (const path of [node!, preload!, tslab!]) expect([isAbsolute(path), existsSync(path)]).toEqual([true, true]);
  });
});
