/** Every example in the documents, as a program, as a cell, and statement by statement in cells of its own. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectRoot } from "../src/util";
import { documents } from "./documents";
import { type KernelSession, openKernel } from "./notebook/session";

const examples = documents.flatMap((document) => {
  const text = readFileSync(join(projectRoot, document), "utf8");
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code], i) => ({
    name: `${document} ${i + 1}`,
    code: code!,
  }));
});

function statements(code: string): string[] {
  const file = ts.createSourceFile("example.ts", code, ts.ScriptTarget.ES2022, true);
  return file.statements.map((statement) => statement.getText());
}

/** What the code prints as a program; its imports stay at the top. */
function runProgram(code: string): string {
  const isImport = (text: string) => text.startsWith("import ");
  const all = statements(code);
  const [imports, body] = [all.filter(isImport), all.filter((text) => !isImport(text))];
  const source = `${imports.join("\n")}\n(async () => {\n${body.join("\n")}\n})();`;
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(source, { compilerOptions });
  return execFileSync(process.execPath, ["-e", outputText], { cwd: projectRoot, encoding: "utf8" });
}

it("the documents have examples", () => {
  expect(examples.map(({ name }) => name)).toContain("README.md 1");
});

describe.each(examples)("$name", ({ code }) => {
  let kernel: KernelSession;
  let printed: string;
  beforeAll(async () => {
    kernel = await openKernel();
    printed = runProgram(code);
  });
  afterAll(() => kernel?.close());

  it("the example prints something, and what its comment says", () => {
    expect(printed).not.toBe("");
    for (const [, said] of code.matchAll(/console\.log\(.*\); \/\/ (.*)/g)) expect(printed).toContain(`${said}\n`);
  });

  it("the example prints the same as a cell", async () => {
    const { status, stdout, error } = await kernel.run(code);
    expect({ status, error }).toEqual({ status: "ok", error: undefined });
    // a cell shows its last value as well
    expect(stdout.slice(0, printed.length)).toBe(printed);
  });

  it("the example prints the same with each statement in a cell of its own", async () => {
    await kernel.close();
    kernel = await openKernel();
    let stdout = "";
    for (const statement of statements(code)) {
      const executed = await kernel.run(statement);
      expect(executed.error, statement).toBeUndefined();
      stdout += executed.stdout;
    }
    for (const line of printed.trim().split("\n")) expect(stdout).toContain(`${line}\n`);
  });
});
