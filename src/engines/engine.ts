import type { FormatName } from "../formats";
import { formatType, type Graph, sameType, type Tensor } from "../ir";
import { fail, nearest } from "../util";

/** What carries out graphs. */
export interface Engine {
  readonly id: string;
  /** Formats in which it computes every operation. */
  readonly formats: readonly FormatName[];
  /** What the bits may depend on: part of a run's configuration. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Compiles a graph; the same graph again gives the same program, until it is disposed. */
  compile(graph: Graph): Promise<Program>;
  /** Frees every program. */
  dispose(): Promise<void>;
}

export interface Program {
  readonly graph: Graph;
  /** Runs the graph on the inputs, by name; gives the outputs, by name. */
  run(feeds: Feeds): Promise<Results>;
  dispose(): Promise<void>;
}

export type Feeds = Readonly<Record<string, Tensor>>;
export type Results = Readonly<Record<string, Tensor>>;

/** Throws unless there is exactly one feed of the right type for each input. */
export function checkFeeds(graph: Graph, feeds: Feeds): void {
  for (const [name, input] of graph.inputs) {
    const fed = feeds[name];
    if (!fed) fail(`graph ${graph.name}`, `input ${name} must be fed`, undefined);
    else if (!sameType(fed, input)) fail(`input ${name}`, `must be ${formatType(input)}`, formatType(fed));
  }
  for (const name of Object.keys(feeds)) {
    if (graph.inputs.has(name)) continue;
    const near = nearest(name, [...graph.inputs.keys()]);
    fail(`graph ${graph.name}`, "feeds must be inputs of the graph", name, near && `did you mean ${near}?`);
  }
}

/** What an engine makes of a graph. */
export interface Compiled {
  run(feeds: Feeds): Promise<Results>;
  release(): Promise<void>;
}

/** Programs by graph hash. A program that was asked for twice is released when it has been disposed of twice. */
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
    const compiled = await this.build(graph);
    let released = false;
    return {
      graph,
      async run(feeds) {
        if (released) fail(`program ${graph.name}`, "must not be run after it was disposed of", "run");
        checkFeeds(graph, feeds);
        return compiled.run(feeds);
      },
      dispose: async () => {
        const entry = this.entries.get(graph.hash);
        if (released || !entry || --entry.users > 0) return;
        released = true;
        this.entries.delete(graph.hash);
        await compiled.release();
      },
    };
  }
}
