/** What the library knows about an engine before it computes: one record each, one line in registry.ts. */
import type { FormatName } from "../formats";
import type { NonsmoothError } from "../util";
import type { Engine, Supported } from "./engine";
import type { Machine } from "./machine";

export interface EngineOptions {
  /** Threads within an operation, if the engine has a choice; default 1. */
  readonly threads?: number;
  /** Whether products in f32 may be computed in TensorFloat-32, if the device has it; default false. */
  readonly tf32?: boolean;
  /** Whether a program on the CPU that acts as a GPU may be used; default: whether NONSMOOTH_SOFTWARE_GPU is 1. */
  readonly software?: boolean;
  /** The backend, if the engine has a choice; default: the best one installed. */
  readonly backend?: string;
  /** The formats that `auto` has to provide; default f32. */
  readonly formats?: readonly FormatName[];
  /** Of stochastic rounding, if the engine has it; default 0. */
  readonly seed?: number;
}

/** An engine's description of itself; nothing is compiled or computed for it. */
export type Description = Pick<
  Engine,
  "formats" | "hasFormat" | "settings" | "memory" | "sharedDevice" | "largestTensor" | "latitude" | "atOnce"
>;

/** An engine and the formats in which it computes at best; a device may have fewer. */
export interface EngineRecord extends Supported {
  readonly id: string;
  /** A sentence for `nonsmooth list`. */
  readonly summary: string;
  /** @throws NonsmoothError if it is not available here */
  describe(options: EngineOptions): Description;
  /**
   * @param others the ids of the engines that compute in a format, for the hints of errors
   * @throws NonsmoothError if it is not available here
   */
  create(options: EngineOptions, others: (format: FormatName) => readonly string[]): Engine;
  /** What speaks for it and against it when `auto` chooses; absent: `auto` takes it only as the default. */
  suits?(formats: readonly FormatName[], machine: Machine): Suitability;
  /** Whether it may be installed without working, so that `auto` tries it on one node first; default false. */
  readonly uncertain?: boolean;
  /** Whether the library needs it: `doctor` then fails without it and tries it in its own process. Default false. */
  readonly required?: boolean;
  /** What `doctor` says about its device; absent if it has no device of its own. */
  device?(): string;
  /** The libraries of this machine that it found, also where others are missing; absent if it brings its own. */
  libraries?(): readonly { readonly name: string; readonly detail: string }[];
  /** If it is not available: what is missing, and how to get it; undefined if the error says both. */
  missing?(error: NonsmoothError): { readonly detail: string; readonly remedy: string } | undefined;
}

/** The device on which it would compute, or an obstacle as part of a sentence; neither if there is nothing to say. */
export type Suitability = { readonly device: string } | { readonly obstacle?: string };
