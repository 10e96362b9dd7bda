import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "../src/util";
import { documents } from "./documents";

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
