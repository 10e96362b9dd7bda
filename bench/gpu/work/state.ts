/** Steps of a training whose tensors stay where the engine computes. */
import type { Engine, Held, Program, Tensor } from "nonsmooth";
import { disposeAll, holdAll } from "../library";

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
    return new Trainee(program, await holdAll(engine, batch), await holdAll(engine, state));
  }

  /** Does one step, and reads its loss: one number, or one for each network. */
  async step(): Promise<number> {
    const { results, held } = await this.program.runHolding({ ...this.state, ...this.batch }, Object.keys(this.state));
    disposeAll(this.state);
    this.state = held;
    return results.loss!.data[0]!;
  }

  /** The newest state, by name. */
  get tensors(): Readonly<Record<string, Held>> {
    return this.state;
  }

  dispose(): void {
    disposeAll(this.state);
    disposeAll(this.batch);
  }

  async firstLosses(): Promise<number[]> {
    return [await this.step(), await this.step(), await this.step()];
  }
}
