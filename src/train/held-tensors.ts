import { disposeAll, type Engine, type Held, type HeldResults, holdAll, readAll } from "../engines";
import type { Tensor } from "../ir";
import { fail } from "../util";

/** The tensors of a training in its engine's memory, by name. */
export class HeldTensors {
  private constructor(
    private readonly engine: Engine,
    private readonly held: Record<string, Held>,
  ) {}

  static async of(engine: Engine, tensors: Readonly<Record<string, Tensor>>): Promise<HeldTensors> {
    return new HeldTensors(engine, await holdAll(engine, tensors));
  }

  get feeds(): HeldResults {
    return this.held;
  }

  get names(): readonly string[] {
    return Object.keys(this.held);
  }

  /** Replaces the tensors of the same names by new ones; the old ones are freed. */
  replace(next: HeldResults): void {
    for (const [name, tensor] of Object.entries(next)) {
      this.held[name]?.dispose();
      this.held[name] = tensor;
    }
  }

  /** Puts what a function makes of a tensor in its place. @throws NonsmoothError for a name that no tensor has */
  async change(name: string, make: (tensor: Tensor) => Tensor): Promise<void> {
    const held = this.held[name] ?? fail("tensor", `must be one of ${this.names.join(", ")}`, name);
    this.replace({ [name]: await this.engine.hold(make(await held.read())) });
  }

  read(): Promise<Record<string, Tensor>> {
    return readAll(this.held);
  }

  dispose(): void {
    disposeAll(this.held);
  }
}
