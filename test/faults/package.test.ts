/** The package as another project has it: packed into one file, and installed into an empty folder from the registry. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { projectRoot } from "../../src/util";

const TIME = 300_000;
const folder = mkdtempSync(join(tmpdir(), "nonsmooth-package-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (program: string, words: readonly string[], cwd = folder, env: NodeJS.ProcessEnv = process.env) =>
  execFileSync(program, words, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string };
const registry = spawnSync("npm", ["view", "zod", "version"], { encoding: "utf8", timeout: 60_000 }).status === 0;
const title = registry ? "the package" : "the package (skipped: npm's registry cannot be reached)";

/** TypeScript's major versions, each in a folder of its own. */
const compilers = [5, 6];

/** The packed file of this checkout, installed into an empty project. */
function install(cwd: string, words: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  run("npm", ["pack", "--silent", "--pack-destination", cwd], projectRoot);
  writeFileSync(join(cwd, "package.json"), `{ "name": "own", "version": "1.0.0", "private": true }`);
  run("npm", ["install", "--silent", ...words, `./nonsmooth-${version}.tgz`], cwd, env);
}

/** README's programs: the imports, and the rest. */
const programs = [...readFileSync(join(projectRoot, "README.md"), "utf8").matchAll(/```ts\n([\s\S]*?)```/g)]
  .map(([, code]) => /^(import [^;]*;\n)([\s\S]*)$/.exec(code!))
  .map((parts) => ({ imports: parts![1]!, body: parts![2]! }));

describe.skipIf(!registry)(title, () => {
  it(
    "installs into an empty project without install scripts and optional packages, and leaves out what few need",
    () => {
      const types = ["@types/node@20", ...compilers.map((major) => `typescript${major}@npm:typescript@${major}`)];
      install(folder, ["--ignore-scripts", ...types]);
      const installed = readdirSync(join(folder, "node_modules"));
      expect(installed).toEqual(expect.arrayContaining(["nonsmooth", "onnxruntime-node", "arquero", "tslab"]));
      for (const name of ["danfojs-node", "@tensorflow", "webgpu"]) expect(installed).not.toContain(name);
    },
    TIME,
  );

  it(
    "installs with install scripts where NuGet cannot be reached, and computes",
    () => {
      const own = join(folder, "scripts");
      mkdirSync(own);
      // onnxruntime-node's proxy, which npm does not use: nobody listens there
      const env = { ...process.env, GLOBAL_AGENT_HTTPS_PROXY: "http://127.0.0.1:9" };
      install(own, ["--ignore-scripts=false", "--dangerously-allow-all-scripts"], env);
      const script = readFileSync(join(own, "node_modules/onnxruntime-node/script/install.js"), "utf8");
      const downloads = `${process.platform}/${process.arch}` === "linux/x64"; // elsewhere it downloads nothing
      expect(/NuGet cannot be reached: .*127\.0\.0\.1:9/.test(script)).toBe(downloads);
      const program = `
        const { createEngine, graph, input, ops, tensor } = require("nonsmooth");
        const of = graph({ y: ops.neg(input("x", "f32", [2])) });
        (async () => console.log((await (await createEngine("onnx-cpu").compile(of)).run({ x: tensor("f32", [1, 2]) })).y.data))();`;
      expect(run(process.execPath, ["-e", program], own)).toBe("Float32Array(2) [ -1, -2 ]\n");
    },
    TIME,
  );

  it.each([
    ["ES modules", "mts"],
    ["CommonJS", "cts"],
  ])(
    "README's programs compile under strict TypeScript 5 and 6 and run as %s",
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
      for (const major of compilers) {
        const tsc = `node_modules/typescript${major}/bin/tsc`;
        expect(run(process.execPath, [tsc, "--version"])).toContain(`Version ${major}.`);
        run(process.execPath, [tsc, "-p", "."]);
      }
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
