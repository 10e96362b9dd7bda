import { type FormatName, formatNames, isFloat, type NamedFormat } from "../formats";
import { formatType, type Graph, sameType, type Tensor, type Type } from "../ir";
import type { OpName } from "../ops";
import { currentWork, fail, nearest, pause, throwIfInterrupted } from "../util";

/** The formats in which an engine computes every operation. */
export interface Supported {
  /** Those with names of their own, from narrow to wide. */
  readonly formats: readonly NamedFormat[];
  readonly hasFormat: (format: FormatName) => boolean;
}

/** What is the name of no format, an engine has not. */
export const supporting = (has: (format: FormatName) => boolean): Supported => ({
  formats: formatNames.filter(has),
  hasFormat: (format) => typeof format === "string" && isFloat(format) && has(format),
});

/** @throws NonsmoothError if the engine lacks the format of one of the graph's values */
export function requireFormats(
  engine: string,
  { nodes }: Graph,
  { formats, hasFormat }: Supported,
  hint?: string,
): void {
  const wrong = nodes.find(({ format }) => isFloat(format) && !hasFormat(format));
  if (!wrong) return;
  fail(engine, `computes in ${formats.join(", ")} and formats such as e5p10`, formatType(wrong), hint);
}

/** Computes graphs. */
export interface Engine extends Supported {
  readonly id: string;
  /** What the bits may depend on; part of a run's configuration. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** `device` if tensors have to be copied to where it computes, a GPU's memory. */
  readonly memory: "host" | "device";
  /** Bytes of the largest tensor, if the device has a limit. */
  readonly largestTensor?: number;
  /** Whether processes would share one device, so that a single process does as much as several. */
  readonly sharedDevice: boolean;
  /** How the platform promises less than the contract of docs/numerics.md; absent if the engine keeps the contract. */
  readonly latitude?: Latitude;
  /** Compiles a graph; compiling the same graph again gives the same program, until it is disposed of. */
  compile(graph: Graph): Promise<Program>;
  /** Copies a tensor to where the engine computes, so that it can be fed again and again. */
  hold(tensor: Tensor): Promise<Held>;
  /** Draws numbers where it computes, the same bits as on the host; absent if it cannot. */
  draw?(uniform: UniformDraw): Promise<Held>;
  /**
   * How much goes into one program at best, if starting a program costs more than a small one computes: networks side by side, mini-batches one
   * after another. A network then has the same bits among 2 or more, whatever their number. Absent if one of each is best.
   */
  readonly atOnce?: { readonly networks: number; readonly batches: number };
  /** Frees every program. */
  dispose(): Promise<void>;
}

/** Numbers of several random streams, one stream for each part of the first axis: U(−bound, bound) in f32, then rounded to the format. */
export interface UniformDraw extends Type {
  readonly format: FormatName;
  readonly bound: number;
  /** Of each stream (`Stream.key`). */
  readonly keys: readonly (readonly [number, number])[];
  /** How many numbers each stream has given before. */
  readonly position: number;
}

/** How far results may be from the contract. */
export interface Latitude {
  /** Whether subnormal operands and results may count as zero. */
  readonly flushesSubnormals: boolean;
  /** Whether a zero may have either sign. */
  readonly losesZeroSigns: boolean;
  /** By operation: units in the last place by which a result may be off; x is the first operand. */
  readonly ulps: Readonly<Partial<Record<OpName, (x: number) => number>>>;
  /** By operation: the same, in absolute numbers. */
  readonly absolute: Readonly<Partial<Record<OpName, number>>>;
  /** Operations whose results are undefined if an operand is not finite or outside the operation's domain. */
  readonly finiteOnly: readonly OpName[];
}

/** A tensor that stays where an engine computes. Programs of that engine take it as a feed. */
export interface Held extends Type {
  /** Copies it into the host's memory. */
  read(): Promise<Tensor>;
  /** Frees it; it must not be fed or read afterwards. */
  dispose(): void;
}

export interface Program {
  readonly graph: Graph;
  /** Runs the graph on the inputs, by name; gives the outputs, by name. */
  run(feeds: Feeds): Promise<Results>;
  /** The same, but the named outputs stay where the engine computes. */
  runHolding(feeds: Feeds, names: Iterable<string>): Promise<{ readonly results: Results; readonly held: HeldResults }>;
  dispose(): Promise<void>;
}

export type Feeds = Readonly<Record<string, Tensor | Held>>;
export type Results = Readonly<Record<string, Tensor>>;
export type HeldResults = Readonly<Record<string, Held>>;

export const isHeld = (tensor: Tensor | Held): tensor is Held => !("data" in tensor);

/** A tensor held by an engine that computes in the host's memory: the tensor itself. */
export class HostTensor implements Held {
  readonly format;
  readonly shape;
  constructor(readonly tensor: Tensor) {
    this.format = tensor.format;
    this.shape = tensor.shape;
  }
  read = async () => this.tensor;
  dispose() {}
}

/** For engines that compute in the host's memory. */
export const holdInHost = async (tensor: Tensor): Promise<Held> => new HostTensor(tensor);

/** Throws unless there is exactly one feed of the right type for each input. */
export function checkFeeds(graph: Graph, feeds: Feeds): void {
  for (const [name, input] of graph.inputs) {
    const fed = feeds[name];
    if (!fed) fail(`graph ${graph.name}`, `input ${name} must be fed`, undefined, misspelt(name, graph, feeds));
    else if (!sameType(fed, input)) fail(`input ${name}`, `must be ${formatType(input)}`, formatType(fed));
  }
  for (const name of Object.keys(feeds)) {
    if (graph.inputs.has(name)) continue;
    fail(`graph ${graph.name}`, "feeds must be inputs of the graph", name, strayHint(name, graph));
  }
}

/** Every input is fed, so the name of a parameter is no slip: the graph computes its outputs without it. */
function strayHint(name: string, { inputs }: Graph): string | undefined {
  if (name.includes(".")) return `no output of the graph depends on ${name}: leave it out`;
  const near = nearest(name, [...inputs.keys()]);
  return near && `did you mean ${near}?`;
}

function misspelt(name: string, { inputs }: Graph, feeds: Feeds): string | undefined {
  const near = nearest(
    name,
    Object.keys(feeds).filter((fed) => !inputs.has(fed)),
  );
  return near && `${near} is fed, which is no input`;
}

/** What an engine makes of a graph. */
export interface Compiled {
  /** The outputs named in `held` are returned as `Held`, the others as tensors. */
  run(feeds: Feeds, held: ReadonlySet<string>): Promise<Readonly<Record<string, Tensor | Held>>>;
  release(): Promise<void>;
}

/** What an engine that computes in the host's memory makes of a graph. */
export function compiledInHost(
  run: (feeds: Readonly<Record<string, Tensor>>) => Promise<Results>,
  release: () => Promise<void>,
): Compiled {
  const own = (name: string, fed: Tensor | Held): Tensor => {
    if (!isHeld(fed)) return fed;
    return fed instanceof HostTensor
      ? fed.tensor
      : fail(`input ${name}`, "must be held by the engine that runs the graph", "a tensor of another engine");
  };
  return {
    async run(feeds, held) {
      const results = await run(Object.fromEntries(Object.entries(feeds).map(([name, fed]) => [name, own(name, fed)])));
      const wrapped = Object.entries(results).map(([name, x]) => [name, held.has(name) ? new HostTensor(x) : x]);
      return Object.fromEntries(wrapped) as Record<string, Tensor | Held>;
    },
    release,
  };
}

/** Programs by graph hash. A program that was requested twice is released after it has been disposed of twice. */
export class ProgramCache {
  private readonly entries = new Map<string, { readonly program: Promise<Program>; users: number }>();

  constructor(private readonly build: (graph: Graph) => Promise<Compiled>) {}

  get(graph: Graph): Promise<Program> {
    const found = this.entries.get(graph.hash);
    if (found) {
      found.users++;
      return found.program;
    }
    const entry = { program: this.make(graph), users: 1 };
    this.entries.set(graph.hash, entry);
    entry.program.catch(() => this.entries.delete(graph.hash));
    return entry.program;
  }

  /** Releases every program, however many users it has. */
  async dispose(): Promise<void> {
    for (const entry of [...this.entries.values()]) {
      entry.users = 1;
      await (await entry.program).dispose();
    }
  }

  private async make(graph: Graph): Promise<Program> {
    throwIfInterrupted();
    const compiled = await this.build(graph);
    let released = false;
    const running = new Set<Promise<unknown>>();
    const runHolding: Program["runHolding"] = async (feeds, names) => {
      if (released) fail(`program ${graph.name}`, "must not be run after it was disposed of", "run");
      checkFeeds(graph, feeds);
      const kept = new Set(names);
      const stray = [...kept].find((name) => !graph.outputs.has(name));
      if (stray !== undefined) fail(`graph ${graph.name}`, "only outputs can be held", stray);
      const begin = () => compiled.run(feeds, kept);
      const work = currentWork();
      const run = work ? pause(work.signal).then(begin) : begin();
      running.add(run);
      const all = await run.finally(() => running.delete(run));
      const pick = (wanted: boolean) => Object.entries(all).filter(([name]) => kept.has(name) === wanted);
      return {
        results: Object.fromEntries(pick(false)) as Results,
        held: Object.fromEntries(pick(true)) as HeldResults,
      };
    };
    return {
      graph,
      runHolding,
      run: async (feeds) => (await runHolding(feeds, [])).results,
      dispose: async () => {
        const entry = this.entries.get(graph.hash);
        if (released || !entry || --entry.users > 0) return;
        released = true;
        this.entries.delete(graph.hash);
        await Promise.allSettled(running);
        await compiled.release();
      },
    };
  }
}
