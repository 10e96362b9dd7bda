import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type MatArray, readMat } from "../../src/data";
import { listMat } from "../../src/data/mat-list";
import { stream } from "../../src/util";
import { emptyFolder, removeFolder } from "./files";
import { MatWriter } from "./mat-file";

const golden = join(__dirname, "golden");

let folder: string;
let path: string;
beforeEach(() => {
  folder = emptyFolder();
  path = join(folder, "file.mat");
});
afterEach(() => removeFolder(folder));

/** What the reader that goes through the whole file sees. */
async function seen(file: string): Promise<MatArray[]> {
  const arrays: MatArray[] = [];
  await readMat(file, (array) => void arrays.push(array));
  return arrays;
}

describe("the list of a MAT-file's arrays", () => {
  it.each(["plain.mat", "deflated.mat", "numbers.mat"])(
    "the list of %s is what the reader of the whole file sees",
    async (name) => {
      const list = [...listMat(join(golden, name))];
      expect(list.length).toBeGreaterThan(1);
      expect(list).toEqual(await seen(join(golden, name)));
    },
  );

  it.each([
    { little: false, deflated: false },
    { little: false, deflated: true },
    { little: true, deflated: true },
  ])("values are passed over and need not be there in a file with %o", async (layout) => {
    const writer = new MatWriter(layout);
    const random = stream(1, "noise");
    const noise = Uint8Array.from({ length: 50_000 }, () => random.integer(256));
    const last = writer.bytes("s", [1, 2], Uint8Array.of(1, 2));
    writeFileSync(path, writer.file(writer.bytes("large", [500, 100], noise), writer.doubles("d", [1, 1], [3]), last));
    expect([...listMat(path)]).toEqual(await seen(path));
    expect([...listMat(path)].map(({ name }) => name)).toEqual(["large", "d", "s"]);
    // the values need not be there
    writeFileSync(path, readFileSync(path).subarray(0, 6_000));
    expect([...listMat(path)]).toEqual([{ name: "large", class: "uint8", dimensions: [500, 100] }]);
  });

  it("other files, and files whose beginnings are cut or damaged, are refused", () => {
    const errorFor = (bytes: Uint8Array) => {
      writeFileSync(path, bytes);
      return () => [...listMat(path)];
    };
    expect(errorFor(Buffer.alloc(300))).toThrow(`${path}: must be a MAT-file of level 5, with the byte order IM or MI`);
    const writer = new MatWriter({ deflated: true });
    const plain = new MatWriter();
    const cut = `${path}: must be a whole MAT-file, got "one whose arrays are cut in their beginnings"`;
    const file = plain.file(plain.bytes("x", [100, 1], new Uint8Array(100)));
    for (const length of [0, 100, 131, 150, 170]) expect(errorFor(file.subarray(0, length))).toThrow(cut);
    const deflated = writer.file(writer.bytes("x", [100, 1], new Uint8Array(100)));
    deflated.fill(0xff, 136, 140);
    expect(errorFor(deflated)).toThrow(`${path}: its compressed data must be intact, got "incorrect header check"`);
    expect(errorFor(Buffer.concat([file, Buffer.alloc(8, 7)]))).toThrow(
      `${path}: its elements must be arrays (types 14 and 15), got 1799`,
    );
  });
});
