import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
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
const into = (names: string[]) => (name: string) => (names.includes(name) ? join(folder, "in", name) : undefined);

describe("unpacking an archive", () => {
  it("only the wanted files are unpacked, wherever they lie, and their hashes are returned", async () => {
    writeFileSync(
      archive,
      await tarGz({ "a/b/one.bin": bytes, "a/two.bin": bytes.subarray(1), "../three.bin": bytes }),
    );
    const hashes = await unpack(archive, into(["one.bin", "three.bin"]));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(hashes).toEqual({ "one.bin": sha256, "three.bin": sha256 });
    expect(readFileSync(join(folder, "in", "one.bin")).equals(bytes)).toBe(true);
    expect(["in/two.bin", "in/one.bin.part", "../three.bin"].filter((name) => existsSync(join(folder, name)))).toEqual(
      [],
    );
  });

  it("an archive that is cut, damaged or missing is refused and leaves no finished file", async () => {
    const whole = await tarGz({ "one.bin": bytes });
    writeFileSync(archive, whole.subarray(0, whole.length >> 1));
    const message = `${archive}: must be an intact .tar.gz archive, got`;
    await expect(unpack(archive, into(["one.bin"]))).rejects.toThrow(message);
    expect(existsSync(join(folder, "in", "one.bin"))).toBe(false);
    writeFileSync(archive, "no archive");
    await expect(unpack(archive, into(["one.bin"]))).rejects.toThrow(`${message} "incorrect header check"`);
    await expect(unpack(join(folder, "none.tar.gz"), into([]))).rejects.toThrow("must be an intact .tar.gz archive");
  });

  it("a file that cannot be written is an error, and an aborted signal gives its reason", async () => {
    writeFileSync(archive, await tarGz({ "one.bin": bytes }));
    writeFileSync(join(folder, "in"), "a file in the folder's place");
    await expect(unpack(archive, into(["one.bin"]))).rejects.toThrow(
      /one\.bin\.part: must be writable, got "(EEXIST|ENOTDIR)"/,
    );
    const reason = new Error("interrupted");
    await expect(unpack(archive, into(["one.bin"]), AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
