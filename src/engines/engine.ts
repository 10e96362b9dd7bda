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

/** Programs by graph hash. */
export class ProgramCache {
  private readonly programs = new Map<string, Promise<Program>>();

  /** The cached program of a graph, else the one that `compile` gives; `compile` is passed how to forget it again. */
  get(graph: Graph, compile: (forget: () => void) => Promise<Program>): Promise<Program> {
    let found = this.programs.get(graph.hash);
    if (!found) {
      found = compile(() => this.programs.delete(graph.hash));
      this.programs.set(graph.hash, found);
      found.catch(() => this.programs.delete(graph.hash));
    }
    return found;
  }

  async dispose(): Promise<void> {
    for (const program of [...this.programs.values()]) await (await program).dispose();
  }
}
