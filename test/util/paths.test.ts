import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { compiledModule, displayPath, outFolder, projectRoot, workspace, workspaceOf } from "../../src/util";

it("the project's root is the folder of package.json", () => {
  expect(JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")).name).toBe("nonsmooth");
  expect(existsSync(join(projectRoot, "src", "util"))).toBe(true);
});

it("the workspace is the checkout for whoever is in it, else the working directory", () => {
  const checkout = join("/home", "someone", "nonsmooth");
  const installed = join("/home", "someone", "app", "node_modules", "nonsmooth");
  const pnpm = join("/home", "app", "node_modules", ".pnpm", "nonsmooth@1.0.0", "node_modules", "nonsmooth");
  const similar = join("/home", "node_modules_of_mine", "nonsmooth");
  for (const root of [checkout, similar]) {
    for (const inside of [root, join(root, "notebooks"), join(root, "..data")]) {
      expect(workspaceOf(root, {}, inside)).toBe(root);
    }
    for (const outside of ["/", join(root, ".."), `${root}-2`]) expect(workspaceOf(root, {}, outside)).toBe(outside);
  }
  for (const root of [installed, pnpm]) {
    for (const folder of ["/home/someone/app", root]) expect(workspaceOf(root, {}, folder)).toBe(folder);
  }
  for (const root of [installed, checkout]) expect(workspaceOf(root, { NONSMOOTH_WORKSPACE: "/else" })).toBe("/else");
  // the tests run from the checkout
  expect([workspace, outFolder]).toEqual([projectRoot, join(projectRoot, "out")]);
});

it("a module's compiled file is in dist, under the module's path", () => {
  expect(compiledModule("runs/pool-worker")).toBe(join(projectRoot, "dist", "runs", "pool-worker.js"));
});

it("paths in the project and beside it are shown relative to it, and others as they are", () => {
  expect(displayPath(join(projectRoot, "data", "mnist"))).toBe(join("data", "mnist"));
  expect(displayPath(join(projectRoot, "..", "elsewhere"))).toBe(join("..", "elsewhere"));
  expect(displayPath(projectRoot)).toBe(projectRoot);
  expect(displayPath(join(projectRoot, "..", "..", "far"))).toBe(join(projectRoot, "..", "..", "far"));
});
