import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { projectRoot } from "../src/util";

const readme = readFileSync(join(projectRoot, "README.md"), "utf8");
const documents = [
  "README.md",
  "environment.md",
  "docs/layout.md",
  "docs/adding.md",
  "docs/numerics.md",
  "bench/README.md",
  "figures/README.md",
];

/** What the README's programs print, one after another. */
const programs = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, program]) => program!);

function run(program: string): string {
  const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const [imports, body] = program.split("\n\n") as [string, string];
  const { outputText } = ts.transpileModule(`${imports}\n(async () => {\n${body}\n})();`, { compilerOptions: options });
  return execFileSync(process.execPath, ["-e", outputText], { cwd: projectRoot, encoding: "utf8" }).trim();
}

it("the README's first program prints what its comment says", () => {
  const [, said] = /console\.log\(.*\); \/\/ (.*)/.exec(programs[0]!)!;
  expect(run(programs[0]!)).toBe(said);
});

it("the README's second program trains, and ends", () => {
  const lines = run(programs[1]!).split("\n");
  expect(lines.map((line) => line.split(" ")[0])).toEqual(["0", "1"]);
  const [first, second] = lines.map((line) => Number(line.split(" ")[1]));
  expect(second!).toBeLessThan(first!);
});

it("every link between the documents leads somewhere", () => {
  for (const document of documents) {
    const text = readFileSync(join(projectRoot, document), "utf8");
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      expect(existsSync(join(projectRoot, document, "..", target!)), `${document}: ${target}`).toBe(true);
    }
  }
});

it("every script that the documents name exists", () => {
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
  for (const document of documents) {
    const text = readFileSync(join(projectRoot, document), "utf8");
    for (const [, name] of text.matchAll(/npm run ([a-z:]+)/g)) {
      expect(Object.keys(scripts), `${document}: npm run ${name}`).toContain(name);
    }
  }
});
