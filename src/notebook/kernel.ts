/** The tslab kernel around this code, if there is one: whether we are in it, and rich output to the running cell. */
import { createRequire } from "node:module";
import { join } from "node:path";

/** A value per MIME type: text, base64 for images, an object for JSON types. */
export type MimeBundle = Readonly<Record<string, unknown>>;

interface DisplayData {
  readonly data: MimeBundle;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly transient: { readonly display_id?: string };
}

interface TslabJupyter {
  /** Set once the kernel has executed a cell; writes to the latest one. */
  readonly lastWriteDisplayData: ((content: DisplayData, update?: boolean) => void) | null;
}

export interface EmitOptions {
  /** Metadata of the output, per MIME type. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Names the output, so that it can be updated. */
  readonly displayId?: string;
  /** Replaces the outputs of that name, whichever cell they are in. */
  readonly update?: boolean;
  /** Whether the output is only for the screen: the runner leaves it out of the file. */
  readonly volatile?: boolean;
}

/** Marks an output that the runner leaves out of a notebook file. */
export const volatileMetadata = { nonsmooth: { volatile: true } } as const;

// Looked up among the loaded modules, not required: outside a kernel tslab and its compiler are never loaded. A global tslab
// hands over to a local one, so there may be two, of which one has executed a cell.
const { cache } = createRequire(__filename);
const jupyterFile = join("tslab", "dist", "jupyter.js");
const loadedTslabs = (): string[] => Object.keys(cache).filter((file) => file.endsWith(jupyterFile));

function displayWriter(): NonNullable<TslabJupyter["lastWriteDisplayData"]> | undefined {
  for (const file of loadedTslabs()) {
    const write = (cache[file]?.exports as TslabJupyter | undefined)?.lastWriteDisplayData;
    if (write) return write;
  }
  return undefined;
}

/**
 * Whether this code runs in a tslab kernel that has executed a cell.
 *
 * @example
 * ```ts
 * import { inKernel, showMarkdown } from "nonsmooth";
 *
 * if (inKernel()) showMarkdown("**16 bits**");
 * else console.log("16 bits"); // 16 bits
 * ```
 */
export function inKernel(): boolean {
  return displayWriter() !== undefined;
}

/**
 * Sends one output with several MIME types to the running cell.
 * @returns false outside a kernel, where nothing is sent.
 */
export function emit(data: MimeBundle, options: EmitOptions = {}): boolean {
  const write = displayWriter();
  if (!write) return false;
  const metadata = { ...options.metadata, ...(options.volatile ? volatileMetadata : {}) };
  const transient = options.displayId === undefined ? {} : { display_id: options.displayId };
  write({ data, metadata, transient }, options.update ?? false);
  return true;
}
