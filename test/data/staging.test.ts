import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { finishMoves, staged } from "../../src/data/staging";
import { eachInOwnFolder } from "./files";

let folder: string;
eachInOwnFolder((path) => {
  folder = path;
});

describe("files that are made beside their place", () => {
  const inside = () => Object.fromEntries(readdirSync(folder).map((name) => [name, text(name)]));
  const text = (name: string) => readFileSync(join(folder, name), "utf8");

  it("they replace the old ones when all are made", async () => {
    writeFileSync(join(folder, "one"), "old");
    writeFileSync(join(folder, "three"), "kept");
    await staged(folder, async (beside) => {
      for (const name of ["one", "two"]) writeFileSync(join(beside, name), "new");
      expect(text("one")).toBe("old");
    });
    expect(inside()).toEqual({ one: "new", two: "new", three: "kept" });
  });

  it("an error leaves the folder as it was", async () => {
    writeFileSync(join(folder, "one"), "old");
    const fill = async (beside: string) => {
      writeFileSync(join(beside, "one"), "new");
      throw new Error("the second is broken");
    };
    await expect(staged(folder, fill)).rejects.toThrow("the second is broken");
    expect(inside()).toEqual({ one: "old" });
  });

  it("a folder in a file's place is an error", async () => {
    mkdirSync(join(folder, "one"));
    const fill = async (beside: string) => writeFileSync(join(beside, "one"), "new");
    await expect(staged(folder, fill)).rejects.toThrow(/: must be writable, got "EISDIR"/);
    expect(readdirSync(folder)).toEqual(["one"]);
  });

  it("a folder of the user under a similar name, and one behind a link, keep their files", async () => {
    const [data, own] = [join(folder, "data"), join(folder, "own")];
    const similar = join(data, ".whole-backup");
    for (const path of [own, similar]) {
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "notes"), "mine");
    }
    symlinkSync(own, join(data, ".whole-1.1.00000000-abcdef"));
    finishMoves(data);
    expect(readdirSync(data).sort()).toEqual([".whole-1.1.00000000-abcdef", ".whole-backup"]);
    for (const path of [own, similar]) expect(readdirSync(path)).toEqual(["notes"]);
  });
});
