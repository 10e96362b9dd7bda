/** Bad inputs for the readers of images, datasets and tensors. */
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createLoader, type Dataset, download, readIdx } from "../../src/data";
import { unpack } from "../../src/data/archive";
import { cifar10 } from "../../src/data/cifar10";
import { decodeImage } from "../../src/data/decode";
import { mnist } from "../../src/data/mnist";
import { svhn } from "../../src/data/svhn";
import { decodeSafetensors, encodeSafetensors } from "../../src/train";
import { idx, tarGz, testFiles, writeTestFiles } from "../data/files";
import { MatWriter } from "../data/mat-file";
import type { Area, BadInput } from "./bad-input";

/** Something done with a file of these bytes. */
const withFile = (
  input: string,
  gets: string,
  bytes: Uint8Array | string,
  use: (path: string, folder: string) => unknown,
  name = "file",
): BadInput => ({
  input,
  gets,
  run: (folder) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return use(path, folder);
  },
});

const image = (input: string, gets: string, bytes: Uint8Array | string) => withFile(input, gets, bytes, decoded);

async function decoded(path: string): Promise<string> {
  const result = await decodeImage(path);
  return "reason" in result ? `broken: ${result.reason}` : `${result.height} × ${result.width} × ${result.channels}`;
}

const idxFile = (input: string, gets: string, bytes: Uint8Array | string) =>
  withFile(input, gets, bytes, (path) => readIdx(path, 3, 1 << 20));

const svhnFile = (input: string, gets: string, bytes: Uint8Array | string) =>
  withFile(input, gets, bytes, (_, directory) => svhn.load({ split: "test", directory }), "test_32x32.mat");

const archive = (input: string, gets: string, content: Readonly<Record<string, Uint8Array>> | string): BadInput => ({
  input,
  gets,
  run: async (folder) => {
    const path = join(folder, "archive.tar.gz");
    writeFileSync(path, typeof content === "string" ? content : await tarGz(content));
    const files = await unpack(path, folder, { files: { "one.bin": 100 }, total: 10_000 });
    return `unpacked in its folder: ${Object.keys(files)}`;
  },
});

const cifarFile = (input: string, gets: string, bytes: Uint8Array) =>
  withFile(
    input,
    gets,
    bytes,
    (_, directory) => cifar10.load({ split: "test", directory }).catch(inOneLine),
    "test_batch.bin",
  );

/** Throws the error with its hint in the first line. */
function inOneLine({ message }: Error): never {
  throw new Error(message.replace("\nHint: ", "; "));
}

const tensors = (input: string, gets: string, header: object | string | Uint8Array, bytes = 8): BadInput => ({
  input: `safetensors: ${input}`,
  gets,
  run: () => {
    const text =
      header instanceof Uint8Array ? header : Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    const read = decodeSafetensors(Buffer.concat([length, text, Buffer.alloc(bytes)]), "f");
    const skipped = Object.entries(read.skipped).map(([name, type]) => `${name} (${type})`);
    return `read: ${Object.keys(read.tensors).join(", ") || "no tensor"}; left out: ${skipped.join(", ") || "none"}`;
  },
});
const f32 = (...offsets: number[]) => ({ dtype: "F32", shape: [1], data_offsets: offsets });

const loader = (input: string, gets: string, changed: object): BadInput => ({
  input: `createLoader: ${input}`,
  gets,
  run: () => createLoader({ dataset: { ...small, ...changed } as unknown as Dataset, batchSize: 2 }),
});
const small = {
  ...{ name: "mine", split: "train", count: 4, shape: [2, 2, 1], images: new Uint8Array(16) },
  ...{ labels: new Uint8Array(4), classes: 2, description: "mine", files: [] },
};

const writer = new MatWriter();
const y = writer.bytes("y", [1, 1], Uint8Array.of(1));
const x = (kind: "char" | "uint8" = "uint8", shape = [32, 32, 3, 1]) =>
  writer.bytes("X", shape, new Uint8Array(3072), kind);
const hdf5 = Buffer.concat([
  Buffer.from("MATLAB 7.3 MAT-file, Platform: GLNXA64".padEnd(126)),
  Buffer.from([0, 2, 0x49, 0x4d]),
]);

export const data: Area = {
  title: "Images, datasets and tensors",
  inputs: [
    image("an empty image", "broken: Input Buffer is empty", ""),
    image(
      "a web page in an image's place",
      "broken: Input buffer contains unsupported image format",
      "<!DOCTYPE html><html></html>",
    ),
    image("a PPM image that is cut off", "broken: P6 of 4 × 4 is truncated: 45 bytes are missing", "P6\n4 4\n255\nabc"),
    image(
      "a PPM image of 10^12 pixels",
      "broken: P6 of 1000000 × 1000000 is truncated: 3000000000000 bytes are missing",
      "P6\n1000000 1000000\n255\n",
    ),
    image(
      "a BMP image that is cut off",
      "broken: header of a bitmap must have 12 or at least 40 bytes, got 0",
      "BM\x46\x00\x00\x00",
    ),
    { input: "a folder in an image's place", gets: 'broken: must be a regular file, got "a folder"', run: decoded },
    {
      input: "an image that is a link to /dev/zero",
      gets: 'broken: must be a regular file, got "a device"',
      run: (folder) => {
        symlinkSync("/dev/zero", join(folder, "image.png"));
        return decoded(join(folder, "image.png"));
      },
    },
    idxFile(
      "an IDX file without its end",
      "…/file: must hold 24 bytes (2 × 2 × 2 and the header), got 23",
      idx([2, 2, 2], new Uint8Array(7)),
    ),
    idxFile(
      "an IDX file with bytes after its end",
      "…/file: must hold 24 bytes (2 × 2 × 2 and the header), got 25",
      idx([2, 2, 2], new Uint8Array(9)),
    ),
    idxFile(
      "a gzipped IDX file with a megabyte after its end",
      '…/file: must hold 24 bytes (2 × 2 × 2 and the header), got "more"',
      gzipSync(idx([2, 2, 2], new Uint8Array(1 << 20))),
    ),
    idxFile(
      "a gzipped IDX file whose header says 128 GB",
      "…/file: must hold at most 1048576 bytes, got 137438953488",
      gzipSync(idx([2 ** 31, 8, 8], new Uint8Array(8))),
    ),
    idxFile(
      "a gzipped IDX file that is cut off",
      '…/file: must be an intact gzip file, got "unexpected end of file"',
      gzipSync(idx([2, 2, 2], new Uint8Array(8))).subarray(0, 20),
    ),
    idxFile(
      "labels in the place of images (IDX)",
      '…/file: magic number must be 0x00000803 (bytes in 3-d), got "0x00000801"',
      idx([8], new Uint8Array(8)),
    ),
    {
      input: "images of 32 × 32 in the place of MNIST",
      gets: '…/t10k-images-idx3-ubyte.gz: images must be 28 × 28, got "32 × 32"',
      run: (folder) => {
        writeTestFiles(folder, testFiles(20, 32));
        return mnist.load({ split: "test", directory: folder });
      },
    },
    cifarFile(
      "CIFAR-10's Python version under the binary version's name",
      "…/test_batch.bin: must hold 30730000 bytes (10,000 records of 1 + 3072), got 3; this is CIFAR-10's Python version (pickled), which is not read: get the binary version, cifar-10-binary.tar.gz",
      Uint8Array.of(0x80, 2, 0x7d),
    ),
    cifarFile(
      "CIFAR-100 under the name of CIFAR-10",
      "…/test_batch.bin: must hold 30730000 bytes (10,000 records of 1 + 3072), got 30740; this has the size of CIFAR-100, which is not read: get CIFAR-10's binary version, cifar-10-binary.tar.gz",
      new Uint8Array(10 * 3074),
    ),
    svhnFile(
      "a MAT-file of version 7.3 (HDF5)",
      '…/test_32x32.mat: must be a MAT-file of level 5 (v5 to v7), got "v7.3, which is HDF5"',
      hdf5,
    ),
    svhnFile(
      "a web page in a MAT-file's place",
      '…/test_32x32.mat: must be a MAT-file of level 5, with the byte order IM or MI at byte 126, got "  "',
      "<html>".padEnd(200),
    ),
    svhnFile(
      "a MAT-file that is cut off",
      '…/test_32x32.mat: must be a whole MAT-file, got "one cut after 1000 bytes"',
      writer.file(y, x()).subarray(0, 1000),
    ),
    svhnFile(
      "a MAT-file with text in the place of images",
      '…/test_32x32.mat: X must be of a class of numbers, as uint8, got "char"',
      writer.file(x("char"), y),
    ),
    svhnFile(
      "a MAT-file whose header says 10^9 images",
      "…/test_32x32.mat: X must hold at most 531131 images, got 1000000000",
      writer.file(x("uint8", [32, 32, 3, 1e9]), y),
    ),
    svhnFile(
      "a MAT-file with a negative dimension",
      '…/test_32x32.mat: the dimensions of an array must not be negative, got "32 × 32 × 3 × -1"',
      writer.file(x("uint8", [32, 32, 3, 2 ** 32 - 1]), y),
    ),
    svhnFile(
      "a MAT-file without labels",
      '…/test_32x32.mat: must hold the arrays X and y, got "no y"',
      writer.file(x()),
    ),
    svhnFile(
      "a MAT-file with a megabyte after a compressed array",
      '…/test_32x32.mat: a compressed array must end with its values, got "more bytes"',
      writer.file(new MatWriter({ deflated: true, trailing: 1 << 20 }).bytes("y", [1, 1], Uint8Array.of(1))),
    ),
    archive(
      "an archive that is none",
      '…/archive.tar.gz: must be an intact .tar.gz archive, got "incorrect header check"',
      "not an archive",
    ),
    archive(
      "an archive with a file that is larger than expected",
      "…/archive.tar.gz, a/one.bin: must hold at most 100 bytes, got 101",
      { "a/one.bin": new Uint8Array(101) },
    ),
    archive(
      "an archive that unpacks to more than expected",
      '…/archive.tar.gz: must hold at most 10000 bytes unpacked, got "more"',
      { "other.bin": new Uint8Array(10_001) },
    ),
    archive("an archive with a path out of its folder", "unpacked in its folder: one.bin", {
      "../../one.bin": new Uint8Array(3),
    }),
    {
      input: "a download with NONSMOOTH_OFFLINE=1",
      gets: 'NONSMOOTH_OFFLINE: must not be 1 to download http://127.0.0.1:9/file, got "1"',
      run: async (folder) => {
        const before = process.env.NONSMOOTH_OFFLINE;
        process.env.NONSMOOTH_OFFLINE = "1";
        try {
          await download({ url: "http://127.0.0.1:9/file", path: join(folder, "file") });
        } finally {
          if (before === undefined) delete process.env.NONSMOOTH_OFFLINE;
          else process.env.NONSMOOTH_OFFLINE = before;
        }
      },
    },
    tensors("a scalar of I64, as batch-norm in PyTorch has it", "read: no tensor; left out: n (I64 [])", {
      n: { dtype: "I64", shape: [], data_offsets: [0, 8] },
    }),
    tensors("metadata that are null", "read: no tensor; left out: none", '{"__metadata__": null}', 0),
    tensors(
      "a type that does not exist",
      'f, tensor w: dtype must be one of F64, F32, I32, BF16, F16, F8_E5M2, F8_E4M3, BOOL, U64, I64, C64, U32, U16, I16, U8, I8, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ, F6_E2M3, F6_E3M2, F4, got "F31"',
      { w: { dtype: "F31", shape: [2], data_offsets: [0, 8] } },
    ),
    tensors(
      "a name twice",
      'f: names in the header must differ, got "w"',
      `{"w":${JSON.stringify(f32(0, 4))},"w":${JSON.stringify(f32(4, 8))}}`,
    ),
    tensors("tensors that overlap", "f, tensor w: must begin where the one before ends, at 4, without overlap, got 2", {
      v: f32(0, 4),
      w: f32(2, 6),
    }),
    tensors("offsets beyond the data", "f, tensor w: F32 of shape [1] must have 4 bytes, got 1099511627772", {
      v: f32(0, 4),
      w: f32(4, 2 ** 40),
    }),
    tensors(
      "a gap between tensors",
      "f, tensor w: must begin where the one before ends, at 4, without a gap, got 5",
      { v: f32(0, 4), w: f32(5, 9) },
      9,
    ),
    tensors(
      "a header that is not UTF-8",
      'f: header must be JSON in UTF-8, got "The encoded data was not valid for encoding utf-8"',
      Uint8Array.of(0x7b, 0xff, 0x7d),
    ),
    {
      input: "safetensors: a header of 2^60 bytes",
      gets: "f: header must have at most 100000000 bytes, got 1152921504606846976",
      run: () => decodeSafetensors(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 16), "f"),
    },
    {
      input: "a checkpoint with a flipped bit",
      gets: 'f: content must have the SHA-256 1deba0b75ff8be748704c7ecd5116eb6f2bba5581f9b81f7a2b9ebe5a363f108, got "ee2a2eab0fd2c691b32ab8f225da92eb12bde7e0f2e8ef38f7b346b4ff790975"',
      run: () => {
        const bytes = encodeSafetensors(
          { w: { format: "f32", shape: [1], data: Float32Array.of(1) } },
          {},
          { hashed: true },
        );
        bytes[bytes.length - 1]! ^= 1;
        return decodeSafetensors(bytes, "f");
      },
    },
    loader("images in [0, 1], in a Float32Array", 'mine images: must be bytes, a Uint8Array, got "Float32Array"', {
      images: new Float32Array(16),
    }),
    loader("fewer images than count says", "mine images: must hold 4 × 2 × 2 × 1 values, got 15", {
      images: new Uint8Array(15),
    }),
    loader("fewer labels than count says", "mine labels: must hold 4 values, got 3", { labels: new Uint8Array(3) }),
    loader("a label that is no class", "mine labels: must be 0 to 1, got 2", { labels: Uint8Array.of(0, 1, 2, 0) }),
    loader("a label that is no integer", "mine labels: must be 0 to 1, got 0.5", {
      labels: Float32Array.of(0, 1, 0.5, 0),
    }),
  ],
};
