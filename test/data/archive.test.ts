import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unpack } from "../../src/data/archive";
import { emptyFolder, removeFolder, tarGz } from "./files";

let folder: string;
let archive: string;
beforeEach(() => {
  folder = emptyFolder();
  archive = join(folder, "files.tar.gz");
});
afterEach(() => removeFolder(folder));

const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 7);
const target = () => join(folder, "in");
const wanted = (names: string[]) => ({
  files: Object.fromEntries(names.map((name) => [name, bytes.length])),
  total: 4 * bytes.length,
});
beforeEach(() => mkdirSync(target()));

describe("unpacking an archive", () => {
  it("only the wanted files are unpacked, wherever they lie, and their hashes are returned", async () => {
    writeFileSync(
      archive,
      await tarGz({ "a/b/one.bin": bytes, "a/two.bin": bytes.subarray(1), "../three.bin": bytes }),
    );
    const hashes = await unpack(archive, target(), wanted(["one.bin", "three.bin"]));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(hashes).toEqual({ "one.bin": sha256, "three.bin": sha256 });
    expect(readFileSync(join(folder, "in", "one.bin")).equals(bytes)).toBe(true);
    expect(readdirSync(target())).toEqual(["one.bin", "three.bin"]);
    expect(existsSync(join(folder, "..", "three.bin"))).toBe(false);
  });

  it("an archive that is cut, damaged or missing is refused", async () => {
    const whole = await tarGz({ "one.bin": bytes });
    writeFileSync(archive, whole.subarray(0, whole.length >> 1));
    const message = `${archive}: must be an intact .tar.gz archive, got`;
    await expect(unpack(archive, target(), wanted(["one.bin"]))).rejects.toThrow(message);
    writeFileSync(archive, "no archive");
    await expect(unpack(archive, target(), wanted(["one.bin"]))).rejects.toThrow(`${message} "incorrect header check"`);
    await expect(unpack(join(folder, "none.tar.gz"), target(), wanted([]))).rejects.toThrow(
      'none.tar.gz: must be a readable file, got "ENOENT"',
    );
  });

  it("a file that cannot be written is an error, and an aborted signal gives its reason", async () => {
    writeFileSync(archive, await tarGz({ "one.bin": bytes }));
    writeFileSync(join(folder, "else"), "untouched");
    symlinkSync(join(folder, "else"), join(target(), "one.bin"));
    await expect(unpack(archive, target(), wanted(["one.bin"]))).rejects.toThrow(
      /one\.bin: must be writable, got "EEXIST"/,
    );
    expect(readFileSync(join(folder, "else"), "utf8")).toBe("untouched");
    const reason = new Error("interrupted");
    await expect(unpack(archive, target(), wanted(["one.bin"]), AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it("no more is unpacked than is expected", async () => {
    writeFileSync(archive, await tarGz({ "a/one.bin": new Uint8Array(bytes.length + 1) }));
    await expect(unpack(archive, target(), wanted(["one.bin"]))).rejects.toThrow(
      `${archive}, a/one.bin: must hold at most 300000 bytes, got 300001`,
    );
    writeFileSync(archive, await tarGz({ "zeros.bin": new Uint8Array(4 * bytes.length) }));
    await expect(unpack(archive, target(), wanted(["one.bin"]))).rejects.toThrow(
      `${archive}: must hold at most 1200000 bytes unpacked, got "more"`,
    );
    expect(readdirSync(target())).toEqual([]);
  });
});
