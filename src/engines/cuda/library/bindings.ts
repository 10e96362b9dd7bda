/** Functions of shared libraries, called through koffi. Every function returns a status; one that is not 0 becomes an error. */
import { createRequire } from "node:module";
import { NonsmoothError } from "../../../util";

/** Addresses and handles of the device are numbers below 2^53. */
export type Handle = number;

/** An argument of a function: a number, a buffer that is written or read, a text, or a list of these. */
export type Argument = number | bigint | string | Buffer | NodeJS.ArrayBufferView | null | readonly (Buffer | string)[];

export interface Library {
  func(prototype: string): (...values: Argument[]) => number;
}

interface Koffi {
  load(path: string): Library;
}

let loaded: Koffi | undefined;

/** koffi, loaded when the engine is first asked for. @throws NonsmoothError where it has no build for this platform */
function koffi(): Koffi {
  try {
    loaded ??= createRequire(__filename)("koffi") as Koffi;
    return loaded;
  } catch (cause) {
    throw new NonsmoothError("cuda", "needs koffi, which calls NVIDIA's libraries", {
      got: (cause as Error).message.split("\n")[0],
      hint: "npm install koffi",
      cause,
    });
  }
}

/** A library, or undefined if the loader does not find it. */
export function open(path: string): Library | undefined {
  try {
    return koffi().load(path);
  } catch (error) {
    if (error instanceof NonsmoothError) throw error;
    return undefined;
  }
}

/** "cuInit" of "int cuInit(uint32 flags)" */
const nameOf = (prototype: string): string => prototype.slice(4, prototype.indexOf("("));

/** A function of a library. @throws NonsmoothError where the library does not have it */
export function functionOf(library: Library, prototype: string): (...values: Argument[]) => number {
  try {
    return library.func(prototype);
  } catch (cause) {
    const hint = "another file may have its name: look at NONSMOOTH_CUDA, CUDA_HOME and LD_LIBRARY_PATH";
    throw new NonsmoothError("cuda", "needs every function of NVIDIA's libraries", {
      got: `no ${nameOf(prototype)}`,
      hint,
      cause,
    });
  }
}

/** The functions of a library by short names, found when they are first called. */
export function functions<Name extends string>(
  library: Library,
  prototypes: Readonly<Record<Name, string>>,
  check: (status: number, call: string) => void,
): Record<Name, (...values: Argument[]) => void> {
  const entries = Object.entries<string>(prototypes).map(([name, prototype]) => {
    let call: ((...values: Argument[]) => number) | undefined;
    const checked = (...values: Argument[]): void => {
      call ??= functionOf(library, prototype);
      const status = call(...values);
      if (status !== 0) check(status, nameOf(prototype));
    };
    return [name, checked] as const;
  });
  return Object.fromEntries(entries) as Record<Name, (...values: Argument[]) => void>;
}

/** Room for a result of 8 bytes. */
export const result = (): Buffer => Buffer.alloc(8);

export const handleIn = (buffer: Buffer): Handle => Number(buffer.readBigUInt64LE());
