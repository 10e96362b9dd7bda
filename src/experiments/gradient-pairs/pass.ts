/** The mini-batches of one pass, held where an engine computes. */
import { Batches, type Dataset } from "../../data";
import type { Engine, Held } from "../../engines";
import { type FormatName, precisionOf } from "../../formats";
import { converted, type Tensor, wrap } from "../../ir";
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
export function currentPass(
  engine: Engine,
  dataset: Dataset,
  images: number,
): (cell: Pick<Perceptron, "precision" | "batchSize">) => Pass {
  let key = "";
  let pass: HeldPass | undefined;
  return ({ precision, batchSize }) => {
    if (key !== `${precision}/${batchSize}`) {
      pass?.dispose();
      pass = new HeldPass(engine, dataset, precisionOf(precision).format, batchSize, images);
      key = `${precision}/${batchSize}`;
    }
    return pass!;
  };
}

class HeldPass implements Pass {
  readonly batches: number;
  private readonly source: Batches;
  private readonly held: { readonly x: Held; readonly labels: Held }[] = [];

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
    for (const { x, labels } of Object.values(this.held)) {
      x.dispose();
      labels.dispose();
    }
  }

  private async hold(batch: number) {
    const { engine, format, source } = this;
    const { inputs, labels, size } = source.at(batch);
    const x = converted(format, inputs, [size, source.features]);
    return { x: await engine.hold(x), labels: await engine.hold(wrap("i32", labels, [size])) };
  }
}
