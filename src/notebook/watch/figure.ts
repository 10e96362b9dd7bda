/** The figure of an experiment that runs, drawn again and again from the rows so far. */
import { randomUUID } from "node:crypto";
import type { Experiment, RunSoFar } from "../../experiments";
import { type FigureDefinition, figures, type RunRecord } from "../../figures";
import type { Row } from "../../runs";
import { figureOutput, type Output } from "../display";
import { emit, inKernel } from "../kernel";
import { DrawingPace } from "./pace";

/** Seconds between two pictures: plotly takes about half a second for one. */
const EVERY = 3;

export interface FigureView {
  /** Draws the figure, if it is time; a run does not wait for it. */
  update(soFar: RunSoFar): void;
  /** Draws the figure of the finished run, as `show` does: it stays. */
  finish(run: RunRecord): Promise<void>;
  /** Leaves the last picture. */
  stop(): Promise<void>;
}

/** Undefined outside a kernel, and for an experiment without a figure; of several figures it is the first. */
export function figureView<C extends object, S, R extends Row>(
  experiment: Experiment<C, S, R>,
): FigureView | undefined {
  const definition = figures.find((figure) => figure.experiment.name === experiment.name);
  return definition && inKernel() ? new View(definition) : undefined;
}

class View implements FigureView {
  private readonly pace = new DrawingPace(EVERY, () => performance.now());
  private readonly displayId = randomUUID();
  private latest: Output | undefined;
  private drawing: Promise<void> = Promise.resolve();

  constructor(private readonly definition: FigureDefinition) {}

  update({ config, rows }: RunSoFar): void {
    const some = this.pace.due ? rows() : [];
    if (some.length > 0) this.drawing = this.draw({ config, rows: some, manifest: {} });
  }

  async finish(run: RunRecord): Promise<void> {
    await this.drawing;
    this.send(await figureOutput(this.definition.draw(run)));
  }

  async stop(): Promise<void> {
    await this.drawing;
    if (this.latest) this.send(this.latest);
  }

  /** Rows that are too few for the figure give no picture. */
  private async draw(run: RunRecord): Promise<void> {
    const drawn = this.pace.begin();
    try {
      this.send(await figureOutput(this.definition.draw(run), { live: false }), true);
    } catch {
      // the run goes on; at the end the same failure is an error
    } finally {
      drawn();
    }
  }

  private send(output: Output, volatile = false): void {
    const { data, metadata } = output;
    emit(data, { metadata, displayId: this.displayId, update: this.latest !== undefined, volatile });
    this.latest = output;
  }
}
