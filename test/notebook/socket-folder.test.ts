import { mkdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { socketFolder } from "../../src/notebook/socket-folder";
import { runCells, temporaryFolder } from "./support";

afterEach(() => vi.unstubAllEnvs());

/** A folder whose path has so many bytes. */
function folderOf(bytes: number): string {
  const folder = temporaryFolder();
  const long = join(folder, "x".repeat(bytes - folder.length - 1));
  mkdirSync(long);
  return long;
}

/** Node cuts a path that is too long off: then the socket is not at its path. */
const bound = (path: string) =>
  new Promise<boolean>((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen(path, () => {
      const isThere = statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
      server.close(() => resolve(isThere));
    });
  });

it.each([60, 75, 80, 81, 82, 83, 85, 120, 200])(
  "a socket can be made in its folder where TMPDIR has %d bytes",
  async (bytes) => {
    vi.stubEnv("TMPDIR", folderOf(bytes));
    const folder = socketFolder("kernel:1", {});
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(await bound(join(folder, "kernel:1"))).toBe(true);
    // no shorter folder is taken without need
    expect(dirname(folder) === tmpdir()).toBe(bytes <= 81);
    rmSync(folder, { recursive: true });
  },
);

it("the user's own folder for sockets comes before the one that all share", () => {
  const own = temporaryFolder();
  vi.stubEnv("TMPDIR", folderOf(100));
  expect(dirname(socketFolder("kernel:1", { XDG_RUNTIME_DIR: own }))).toBe(own);
});

it("a notebook runs where the name of the folder for temporary files is too long for sockets", async () => {
  vi.stubEnv("TMPDIR", folderOf(120));
  expect((await runCells(["1 + 1"])).ok).toBe(true);
});
