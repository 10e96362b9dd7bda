/** What can be said of the images without building one; containers/try.sh builds and tries one. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../src/util";

const folder = join(projectRoot, "containers");
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const [dockerfile, definition, install] = ["Dockerfile", "nonsmooth.def", "install.sh"].map(read) as [
  string,
  string,
  string,
];

/** A section of the definition, without its indentation. */
const section = (name: string) =>
  new RegExp(`^%${name}\\n((?: {4}.*\\n|\\n)*)`, "m").exec(definition)![1]!.replace(/^ {4}/gm, "");

describe("the images", () => {
  it("are of one Debian, and have the same in them: what install.sh installs, of the same archive", () => {
    const [, debian] = /^ARG BASE=debian:(\w+)-slim$/m.exec(dockerfile)!;
    expect(definition).toContain(`OSVersion: ${debian}\n`);
    expect(definition).toContain(`# From: debian:${debian}-slim\n`);
    const call = "sh /opt/nonsmooth/containers/install.sh /opt/nonsmooth\n";
    expect(dockerfile).toContain(`\nRUN ${call}`);
    expect(section("post")).toContain(`\n${call}`);
    expect(dockerfile).toContain("\nADD nonsmooth.tar /opt/nonsmooth/\n");
    expect(section("files")).toContain("nonsmooth.tar /opt/nonsmooth.tar\n");
    for (const [, path] of `${dockerfile}${definition}`.matchAll(/\/opt\/nonsmooth\/(\S+\.\w+)/g))
      expect(existsSync(join(projectRoot, path!))).toBe(true);
  });

  it("are told by scripts that a shell can read, and name no host", () => {
    const scripts = readdirSync(folder).filter((name) => name.endsWith(".sh"));
    expect(scripts).toEqual(expect.arrayContaining(["install.sh", "try.sh"]));
    for (const script of [...scripts.map(read), section("post"), section("runscript")]) {
      const { status, stderr } = spawnSync("bash", ["-n"], { input: script, encoding: "utf8" });
      expect([status, stderr]).toEqual([0, ""]);
    }
    for (const text of [dockerfile, definition, ...scripts.map(read)]) expect(text).not.toMatch(/https?:\/\//);
  });

  it("install and link programs that the project has", () => {
    const { scripts } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
    for (const [, script] of install.matchAll(/npm10 run (\S+)/g)) expect(scripts).toHaveProperty(script!);
    for (const [, path] of install.matchAll(/\$project\/([^"]+)/g))
      expect(existsSync(join(projectRoot, path!))).toBe(true);
  });
});
