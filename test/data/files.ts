/** Files for the tests: a folder of their own, an IDX writer, small stand-ins for MNIST. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterEach, beforeEach, vi } from "vitest";

/** A new empty folder. */
export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), "nonsmooth-data-"));
}

/** Hands each test of a file an empty folder, and takes care that no other place for data is named. */
export function eachInOwnFolder(use: (folder: string) => void): void {
  let folder: string;
  beforeEach(() => {
    folder = emptyFolder();
    vi.stubEnv("NONSMOOTH_DATA", "");
    vi.stubEnv("NONSMOOTH_OFFLINE", "");
    use(folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    removeFolder(folder);
  });
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** An IDX file of unsigned bytes, written from the format's description. */
export function idx(dimensions: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header.set([0, 0, 8, dimensions.length]);
  for (const [i, n] of dimensions.entries()) header.writeUInt32BE(n, 4 + 4 * i);
  return Buffer.concat([header, data]);
}

export interface TestFiles {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** A test split of MNIST's dimensions: image i begins with the bytes i mod 256, i div 256; label i is i mod 10. */
export function testFiles(count = 10_000, size = 28): TestFiles {
  const images = new Uint8Array(count * size * size);
  for (let i = 0; i < count; i++) images.set([i & 255, i >> 8], i * size * size);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  return { images: idx([count, size, size], images), labels: idx([count], labels) };
}

/** Writes a test split into a folder, gzipped under the official names. */
export function writeTestFiles(folder: string, { images, labels }: TestFiles): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "t10k-images-idx3-ubyte.gz"), gzipSync(images, { level: 1 }));
  writeFileSync(join(folder, "t10k-labels-idx1-ubyte.gz"), gzipSync(labels, { level: 1 }));
}

/** A gzipped tar archive of some files, by path. */
export async function tarGz(files: Readonly<Record<string, Uint8Array>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, bytes] of Object.entries(files)) tar.entry({ name }, Buffer.from(bytes));
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array);
  return gzipSync(Buffer.concat(chunks), { level: 1 });
}
