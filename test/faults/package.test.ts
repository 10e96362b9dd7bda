/** The package as another project has it: packed into one file, and installed into an empty folder from the registry. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { projectRoot } from "../../src/util";

const TIME = 300_000;
const folder = mkdtempSync(join(tmpdir(), "nonsmooth-package-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (program: string, words: readonly string[], cwd = folder) =>
  execFileSync(program, words, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string };
const registry = spawnSync("npm", ["view", "zod", "version"], { encoding: "utf8", timeout: 60_000 }).status === 0;
const title = registry ? "the package" : "the package (skipped: npm's registry cannot be reached)";

/** README's programs: the imports, and the rest. */
const programs = [...readFileSync(join(projectRoot, "README.md"), "utf8").matchAll(/```ts\n([\s\S]*?)```/g)]
  .map(([, code]) => /^(import [^;]*;\n)([\s\S]*)$/.exec(code!))
  .map((parts) => ({ imports: parts![1]!, body: parts![2]! }));

describe.skipIf(!registry)(title, () => {
  it(
    "installs into an empty project without install scripts and optional packages, and leaves out what few need",
    () => {
      run("npm", ["pack", "--silent", "--pack-destination", folder], projectRoot);
      writeFileSync(join(folder, "package.json"), `{ "name": "own", "version": "1.0.0", "private": true }`);
      const types = ["typescript@6", "@types/node@20"];
      run("npm", ["install", "--silent", "--ignore-scripts", `./nonsmooth-${version}.tgz`, ...types]);
      const installed = readdirSync(join(folder, "node_modules"));
      expect(installed).toEqual(expect.arrayContaining(["nonsmooth", "onnxruntime-node", "arquero", "tslab"]));
      for (const name of ["danfojs-node", "@tensorflow", "webgpu"]) expect(installed).not.toContain(name);
    },
    TIME,
  );

  it.each([
    ["ES modules", "mts"],
    ["CommonJS", "cts"],
  ])(
    "README's programs compile under strict TypeScript and run as %s",
    (_, extension) => {
      for (const [i, { imports, body }] of programs.entries()) {
        const whole = extension === "mts" ? imports + body : `${imports}void (async () => {\n${body}\n})();\n`;
        writeFileSync(join(folder, `program${i}.${extension}`), whole);
      }
      const compilerOptions = {
        strict: true,
        module: "nodenext",
        target: "es2022",
        skipLibCheck: true,
        types: ["node"],
      };
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: [`*.${extension}`] }));
      run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "."]);
      const outputs = programs.map((__, i) => run(process.execPath, [`program${i}.${extension.replace("ts", "js")}`]));
      expect(outputs[0]).toBe("Float32Array(3) [ 0, 0.5, 1 ]\n");
      expect(outputs.every((output) => output.length > 0)).toBe(true);
    },
    TIME,
  );

  it.each([
    [
      "danfojs-node",
      `const { toDanfo, toTable } = require("nonsmooth"); toDanfo(toTable([{ a: 1 }]));`,
      'toDanfo: needs the package danfojs-node, got "not installed"',
    ],
    [
      "webgpu",
      `require("nonsmooth").createEngine("onnx-webgpu");`,
      'onnx-webgpu: needs the package webgpu, got "not installed"',
    ],
    [
      "TensorFlow.js",
      `require("nonsmooth").createEngine("tfjs");`,
      'engine tfjs, backend: must be installed, got "wasm"',
    ],
  ])("without %s, one line says so", (_, program, message) => {
    const { stderr } = spawnSync(process.execPath, ["-e", program], { cwd: folder, encoding: "utf8" });
    expect(stderr).toContain(`${message}\nHint: npm install `);
  });

  it("the command line starts", () => {
    const list = run("npx", ["--no-install", "nonsmooth", "list"]);
    expect(list).toContain("bifurcation-frequency");
  });
});
