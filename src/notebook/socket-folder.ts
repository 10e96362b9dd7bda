/** A private folder for a kernel's sockets. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NonsmoothError } from "../util";

/** Bytes in the path of a Unix socket: 108 with the zero at its end on Linux, 104 elsewhere (`sun_path` in sys/un.h). */
const LONGEST = process.platform === "linux" ? 107 : 103;
/** What `mkdtemp` makes of the name. */
const NAME = "nonsmooth-XXXXXX";

/** Short folders, for where the one for temporary files has a long name, as on clusters and macOS. */
const shortFolders = ({ XDG_RUNTIME_DIR }: NodeJS.ProcessEnv): string[] => [
  ...(XDG_RUNTIME_DIR ? [XDG_RUNTIME_DIR] : []),
  "/tmp",
  "/var/tmp",
];

/**
 * Makes an empty folder that only this user can enter: in the folder for temporary files, or in a shorter one if the paths of sockets would
 * be too long for the system there.
 * @param longest the longest name of a socket
 * @throws NonsmoothError if there is no such folder that can be written
 */
export function socketFolder(longest: string, environment: NodeJS.ProcessEnv = process.env): string {
  const fits = (folder: string) => Buffer.byteLength(join(folder, NAME, longest)) <= LONGEST;
  const places = [...new Set([tmpdir(), ...shortFolders(environment)])].filter(fits);
  const reasons: string[] = [];
  for (const place of places) {
    try {
      return mkdtempSync(join(place, "nonsmooth-"));
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  throw new NonsmoothError(
    "folder for sockets",
    places.length > 0 ? `must be one of ${places.join(", ")}` : "must have a short name",
    {
      got: reasons[0] ?? tmpdir(),
      hint: "TMPDIR names one that can be written; the path of a socket has at most about 100 bytes",
    },
  );
}
