import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createConverter } from "tslab/dist/converter";
import { expect, it, onTestFinished } from "vitest";
import { betterConverter } from "../../../src/notebook/tslab/converter";
import { projectRoot } from "../../../src/util";
import { temporaryFolder } from "../support";

it("packages that are installed while the kernel lives are found, and later cells compile", async () => {
  const folder = realpathSync(temporaryFolder());
  const before = process.cwd();
  process.chdir(folder);
  onTestFinished(() => process.chdir(before));
  mkdirSync("node_modules");
  symlinkSync(join(projectRoot, "node_modules", "@types"), join("node_modules", "@types"));
  let made = 0;
  const converter = betterConverter(() => {
    made++;
    return createConverter({ isJS: false, isBrowser: false });
  });
  onTestFinished(() => converter.close());
  const problems = (source: string) => converter.convert("", source).diagnostics.map(({ messageText }) => messageText);
  const found = async (name: string) => {
    for (let tries = 0; tries < 50; tries++) {
      if (problems(`import { x } from "${name}"; x + ${tries};`).length === 0) return true;
      await sleep(100);
    }
    return false;
  };

  for (const name of ["late", "later"]) {
    expect(problems(`import { x } from "${name}"; x;`)).toEqual([expect.stringContaining(`'${name}'`)]);
    install(name);
    // the compiler hears of the new files in a turn of its own, with no cell in between
    await sleep(500);
    expect(await found(name)).toBe(true);
    expect(problems("1 + 1")).toEqual([]);
  }
  // a compiler that broke down would have been made anew
  expect(made).toBe(1);
});

function install(name: string): void {
  const folder = join("node_modules", name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, main: "index.js", types: "index.d.ts" }));
  writeFileSync(join(folder, "index.d.ts"), "export declare const x: number;");
}
