import { disposeAll, type Engine, type Held, type HeldResults, holdAll, readAll } from "../engines";
import type { Tensor } from "../ir";

/** The tensors of a training in its engine's memory, by name. */
export class HeldTensors {
  private constructor(private readonly held: Record<string, Held>) {}

  static async of(engine: Engine, tensors: Readonly<Record<string, Tensor>>): Promise<HeldTensors> {
    return new HeldTensors(await holdAll(engine, tensors));
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

  read(): Promise<Record<string, Tensor>> {
    return readAll(this.held);
  }

  dispose(): void {
    disposeAll(this.held);
  }
}
