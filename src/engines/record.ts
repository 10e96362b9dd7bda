/** What the library knows of an engine before it computes: one record each, one line in registry.ts. */
import type { FormatName } from "../formats";
import type { NonsmoothError } from "../util";
import type { Engine } from "./engine";
import type { Machine } from "./machine";

export interface EngineOptions {
  /** Threads within an operation, where the engine has a choice; default 1. */
  readonly threads?: number;
  /** Whether products in f32 may be computed in TensorFloat-32, where there is such a thing; default false. */
  readonly tf32?: boolean;
  /** Whether a program on the CPU that acts as a GPU will do; default: whether NONSMOOTH_SOFTWARE_GPU is 1. */
  readonly software?: boolean;
  /** What computes, where the engine has a choice; default: the best that is installed. */
  readonly backend?: string;
  /** What the engine has to compute in, where `auto` chooses it; default f32. */
  readonly formats?: readonly FormatName[];
}

/** What an engine says of itself; nothing is compiled or computed for it. */
export type Description = Pick<
  Engine,
  "formats" | "settings" | "memory" | "sharedDevice" | "largestTensor" | "latitude"
>;

export interface EngineRecord {
  readonly id: string;
  /** A sentence for `nonsmooth list`. */
  readonly summary: string;
  /** In which it computes where it can: a device may have fewer. */
  readonly formats: readonly FormatName[];
  /** @throws NonsmoothError where it cannot be had here */
  describe(options: EngineOptions): Description;
  /**
   * @param others the ids of the engines that compute in a format, for the hints of errors
   * @throws NonsmoothError where it cannot be had here
   */
  create(options: EngineOptions, others: (format: FormatName) => readonly string[]): Engine;
  /** What speaks for it where `auto` is asked for, and against it; absent: `auto` never takes it, but as the default. */
  suits?(formats: readonly FormatName[], machine: Machine): Suitability;
  /** Whether it may be installed and not work, so that `auto` tries it on one node; default false. */
  readonly uncertain?: boolean;
  /** Whether the library needs it, so that `doctor` fails without; it is tried in the process itself then. Default false. */
  readonly required?: boolean;
  /** What there is to say of its device; absent where it has none of its own. */
  device?(): string;
  /** What is missing where it cannot be had, and what brings it; undefined where the error says both. */
  missing?(error: NonsmoothError): { readonly detail: string; readonly remedy: string } | undefined;
}

/** The device on which it would compute, or an obstacle as part of a sentence; neither where there is nothing to say. */
export type Suitability = { readonly device: string } | { readonly obstacle?: string };
