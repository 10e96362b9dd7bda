/** bin/preinstall.js in a folder as npm lays it out, with packages that stand in for onnxruntime-node and the network. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { projectRoot } from "../../src/util";

const here = `${process.platform}/${process.arch}`;
const original = 'console.log("downloads");\n';

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
});

interface Installation {
  /** What stands for `https.get(url, answer)`. */
  readonly get?: string;
  readonly platform?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly without?: string;
}

const unreachable = `throw new Error("must not ask")`;
const answers = (status: number) => `setImmediate(answer, { statusCode: ${status} });`;
const fails = `setImmediate(() => request.emit("error", new Error("getaddrinfo ENOTFOUND")));`;

function preinstall({ get = unreachable, platform = here, environment = {}, without }: Installation) {
  const root = mkdtempSync(join(tmpdir(), "preinstall-"));
  made.push(root);
  const script = "onnxruntime-node/script";
  const feeds = { nuget: { type: "nuget", index: "https://nuget.test/index.json" } };
  const files: Readonly<Record<string, string>> = {
    [`${script}/install.js`]: original,
    [`${script}/install-metadata.js`]: `module.exports = ${JSON.stringify({ requirements: { [platform]: ["cuda12"] }, feeds })};`,
    "global-agent/index.js": `
      const { EventEmitter } = require("node:events");
      exports.bootstrap = () => {
        require("node:https").get = (url, answer) => {
          const request = Object.assign(new EventEmitter(), { destroy() {} });
          ${get}
          return request;
        };
      };`,
  };
  for (const [path, text] of Object.entries(files).filter(([path]) => path !== without)) {
    mkdirSync(join(root, "node_modules", dirname(path)), { recursive: true });
    writeFileSync(join(root, "node_modules", path), text);
  }
  const file = join(root, "node_modules/nonsmooth/bin/preinstall.js");
  cpSync(join(projectRoot, "bin/preinstall.js"), file, { recursive: true });
  const env = { PATH: process.env.PATH, ...environment };
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8", env });
  const installed = join(root, "node_modules", script, "install.js");
  return { status, stdout, stderr, installed, text: () => readFileSync(installed, "utf8") };
}

describe("before the packages' install scripts", () => {
  it.each([
    ["is not found", fails, "getaddrinfo ENOTFOUND"],
    ["refuses", answers(403), "https://nuget.test/index.json answers 403"],
    ["does not answer", "", "https://nuget.test/index.json does not answer within 4 s"],
  ])("where NuGet %s, onnxruntime-node's script says why it downloads nothing, and succeeds", (_, get, reason) => {
    const { status, stderr, installed } = preinstall({ get });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const postinstall = spawnSync(process.execPath, [installed], { encoding: "utf8" });
    expect(postinstall).toMatchObject({
      status: 0,
      stdout: `onnxruntime-node's CUDA provider is left out (nonsmooth does not use it): NuGet cannot be reached: ${reason}\n`,
    });
  });

  it("where NuGet answers, nothing is changed", () => {
    const { status, stdout, stderr, text } = preinstall({ get: answers(200) });
    expect({ status, stdout, stderr, text: text() }).toEqual({ status: 0, stdout: "", stderr: "", text: original });
  });

  it.each([
    ["on a platform for which nothing is downloaded", { platform: "plan9/x64" }],
    ["where the user has decided", { environment: { ONNXRUNTIME_NODE_INSTALL: "cuda12" } }],
    ["where npm's configuration has decided", { environment: { npm_config_onnxruntime_node_install: "skip" } }],
  ])("%s, NuGet is not asked", (_, installation) => {
    const { status, stdout, stderr, text } = preinstall(installation);
    expect({ status, stdout, stderr, text: text() }).toEqual({ status: 0, stdout: "", stderr: "", text: original });
  });

  it("a failure of its own is said and ends no installation", () => {
    const { status, stderr, text } = preinstall({ without: "global-agent/index.js" });
    expect(status).toBe(0);
    expect(stderr).toMatch(/^nonsmooth, preinstall: Cannot find module 'global-agent'/);
    expect(stderr).toContain("set ONNXRUNTIME_NODE_INSTALL=skip");
    expect(text()).toBe(original);
  });
});
