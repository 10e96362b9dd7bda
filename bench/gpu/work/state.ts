/** Steps of a training whose tensors stay where the engine computes. */
import type { Engine, Held, Program, Tensor } from "nonsmooth";

export class Trainee {
  private constructor(
    private readonly program: Program,
    private readonly batch: Readonly<Record<string, Held>>,
    private state: Readonly<Record<string, Held>>,
  ) {}

  /** @param batch what every step is fed @param state what each step is fed of the last one's outputs, under the same names */
  static async on(
    engine: Engine,
    program: Program,
    batch: Readonly<Record<string, Tensor>>,
    state: Readonly<Record<string, Tensor>>,
  ): Promise<Trainee> {
    return new Trainee(program, await heldBy(engine, batch), await heldBy(engine, state));
  }

  /** Does one step, and reads its loss: one number, or one for each network. */
  async step(): Promise<number> {
    const { results, held } = await this.program.runHolding({ ...this.state, ...this.batch }, Object.keys(this.state));
    for (const tensor of Object.values(this.state)) tensor.dispose();
    this.state = held;
    return results.loss!.data[0]!;
  }

  /** The newest state, by name. */
  get tensors(): Readonly<Record<string, Held>> {
    return this.state;
  }

  dispose(): void {
    for (const tensor of [...Object.values(this.state), ...Object.values(this.batch)]) tensor.dispose();
  }

  async firstLosses(): Promise<number[]> {
    return [await this.step(), await this.step(), await this.step()];
  }
}

/** The same tensors in the engine's memory. */
export async function heldBy(engine: Engine, tensors: Readonly<Record<string, Tensor>>): Promise<Record<string, Held>> {
  const held: Record<string, Held> = {};
  for (const [name, tensor] of Object.entries(tensors)) held[name] = await engine.hold(tensor);
  return held;
}
