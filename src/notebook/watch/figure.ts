/** The figure of an experiment that runs, drawn again and again from the rows so far. */
import { randomUUID } from "node:crypto";
import { type Experiment, isOfLibrary, type RunSoFar } from "../../experiments";
import { type Figure, figureOf, figures, type Plot, type RunRecord } from "../../figures";
import type { Row } from "../../runs";
import { fail } from "../../util";
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

/** What draws a run: a function of your own, or one of the library's, such as `drawZeros`. */
export type Drawing<C extends object, R extends Row> = (run: RunRecord<C, R>) => Figure | Plot;

/**
 * Undefined outside a kernel, and where the library has no figure for its own experiment; of several figures it is the first.
 * @param drawing true: the library's figure of the experiment
 * @throws NonsmoothError for an experiment from outside without a drawing
 */
export function figureView<C extends object, S, R extends Row>(
  experiment: Experiment<C, S, R>,
  drawing: true | Drawing<C, R>,
): FigureView | undefined {
  const draw = drawing === true ? ownDrawing(experiment.name) : drawing;
  if (draw !== undefined && typeof draw !== "function")
    fail("watch", "must be true, false or a function of a run", draw);
  return draw && inKernel() ? new View(draw as Draw) : undefined;
}

type Draw = (run: RunRecord) => Figure | Plot;

function ownDrawing(name: string): Draw | undefined {
  const found = figures.find(({ experiment }) => experiment.name === name);
  if (found !== undefined || isOfLibrary(name)) return found?.draw;
  const hint = "watch: (run) => ({ title, data, layout })";
  return fail(
    "watch",
    "must be a function that draws a run, for an experiment without a figure in the library",
    true,
    hint,
  );
}

class View implements FigureView {
  private readonly pace = new DrawingPace(EVERY, () => performance.now());
  private readonly displayId = randomUUID();
  private latest: Output | undefined;
  private drawing: Promise<void> = Promise.resolve();

  constructor(private readonly drawOf: Draw) {}

  update({ config, rows }: RunSoFar): void {
    const some = this.pace.due ? rows() : [];
    if (some.length > 0) this.drawing = this.draw({ config, rows: some, manifest: {} });
  }

  async finish(run: RunRecord): Promise<void> {
    await this.drawing;
    this.send(await figureOutput(figureOf(this.drawOf(run))));
  }

  async stop(): Promise<void> {
    await this.drawing;
    if (this.latest) this.send(this.latest);
  }

  /** Rows that are too few for the figure give no picture. */
  private async draw(run: RunRecord): Promise<void> {
    const done = this.pace.begin();
    try {
      this.send(await figureOutput(figureOf(this.drawOf(run)), { live: false }), true);
    } catch {
      // the run goes on; at the end the same failure is an error
    } finally {
      done();
    }
  }

  private send(output: Output, volatile = false): void {
    const { data, metadata } = output;
    emit(data, { metadata, displayId: this.displayId, update: this.latest !== undefined, volatile });
    this.latest = output;
  }
}
