/** Whether a folder is on a file system that other machines cannot write to. */
import { statfsSync } from "node:fs";

/** Types of file systems, as statfs(2) has them: ext, XFS, Btrfs, ZFS, F2FS, the layers of a container, and those in memory. */
const LOCAL: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x2fc12fc1, 0xf2f52010, 0x794c7630, 0x01021994, 0x858458f6,
]);

/** Of a file system that is not known, NFS or Lustre perhaps, it is false. */
export function isLocalDisk(folder: string): boolean {
  try {
    // some systems give the number with its sign
    return LOCAL.has(statfsSync(folder).type >>> 0);
  } catch {
    return false;
  }
}
