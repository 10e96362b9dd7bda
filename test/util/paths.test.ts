import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { compiledModule, displayPath, projectRoot } from "../../src/util";

it("finds the folder of package.json", () => {
  expect(JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")).name).toBe("nonsmooth");
  expect(existsSync(join(projectRoot, "src", "util"))).toBe(true);
});

it("names the compiled file of a module", () => {
  expect(compiledModule("runs/pool-worker")).toBe(join(projectRoot, "dist", "runs", "pool-worker.js"));
});

it("shows paths in the project and beside it relative to it, others as they are", () => {
  expect(displayPath(join(projectRoot, "data", "mnist"))).toBe(join("data", "mnist"));
  expect(displayPath(join(projectRoot, "..", "elsewhere"))).toBe(join("..", "elsewhere"));
  expect(displayPath(projectRoot)).toBe(projectRoot);
  expect(displayPath(join(projectRoot, "..", "..", "far"))).toBe(join(projectRoot, "..", "..", "far"));
});
