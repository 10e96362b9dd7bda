import type { Engine, Held, HeldResults } from "../engines";
import type { Tensor } from "../ir";

/** The tensors of a training in its engine's memory, by name. */
export class HeldTensors {
  private constructor(private readonly held: Record<string, Held>) {}

  static async of(engine: Engine, tensors: Readonly<Record<string, Tensor>>): Promise<HeldTensors> {
    const held: Record<string, Held> = {};
    for (const [name, tensor] of Object.entries(tensors)) held[name] = await engine.hold(tensor);
    return new HeldTensors(held);
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

  async read(): Promise<Record<string, Tensor>> {
    const tensors: Record<string, Tensor> = {};
    for (const [name, held] of Object.entries(this.held)) tensors[name] = await held.read();
    return tensors;
  }

  dispose(): void {
    for (const held of Object.values(this.held)) held.dispose();
  }
}
