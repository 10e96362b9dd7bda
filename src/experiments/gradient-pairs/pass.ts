/** The mini-batches of one pass, held where an engine computes. */
import { Batches, type Dataset } from "../../data";
import { disposeAll, type Engine, type Held, holdAll } from "../../engines";
import { type FormatName, precisionOf } from "../../formats";
import { converted, type Tensor, wrap } from "../../ir";
import { Latest } from "../common/latest";
import type { Perceptron } from "./programs";

/** The mini-batches of one pass, in order, in a cell's format. */
export interface Pass {
  /** Full batches among the first images: floor(images / batchSize). */
  readonly batches: number;
  at(batch: number): Promise<MiniBatch>;
}

export interface MiniBatch {
  readonly x: Tensor | Held;
  readonly labels: Tensor | Held;
}

/** The data in the latest cell's format and batch size; converted and brought to the engine once, a batch at a time. */
export const latestPass = (engine: Engine, dataset: Dataset, images: number) =>
  new Latest(
    ({ precision, batchSize }: Pick<Perceptron, "precision" | "batchSize">) => `${precision}/${batchSize}`,
    ({ precision, batchSize }) => new HeldPass(engine, dataset, precisionOf(precision).format, batchSize, images),
  );

class HeldPass implements Pass {
  readonly batches: number;
  private readonly source: Batches;
  private readonly held: Record<"x" | "labels", Held>[] = [];

  constructor(
    private readonly engine: Engine,
    dataset: Dataset,
    private readonly format: FormatName,
    batchSize: number,
    images: number,
  ) {
    this.batches = Math.floor(images / batchSize);
    this.source = new Batches(dataset, { batchSize });
  }

  async at(batch: number) {
    this.held[batch] ??= await this.hold(batch);
    return this.held[batch]!;
  }

  dispose(): void {
    for (const batch of this.held.splice(0)) disposeAll(batch);
  }

  private async hold(batch: number) {
    const { engine, format, source } = this;
    const { inputs, labels, size } = source.at(batch);
    const x = converted(format, inputs, [size, source.features]);
    return holdAll(engine, { x, labels: wrap("i32", labels, [size]) });
  }
}
