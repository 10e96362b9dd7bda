import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { sketchSvg } from "../../src/figures/sketch";
import { type TrainingEvents, type WatchOptions, watch } from "../../src/notebook";
import { Course } from "../../src/notebook/watch/course";
import { DrawingPace } from "../../src/notebook/watch/pace";
import { pictureOf } from "../../src/notebook/watch/picture";
import { Thinned } from "../../src/notebook/watch/thinned";
import { observeZeros, runTraining, type StepEvent, type TrainingEvent, train } from "../../src/train";
import { Interrupted } from "../../src/util";
import { epochsOf, loaders, lossesOf, smallNetwork, smallTraining } from "../train/support";

function sink() {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return { stream, text: () => text };
}

/** Nothing on the screen of the tests. */
const silent = (): WatchOptions => ({ target: "log", stream: sink().stream });

const step = (epoch: number, batch: number, more: Partial<StepEvent> = {}): StepEvent => ({
  ...{ kind: "step", epoch, epochs: 2, batch, batches: 5, loss: 1 / (1 + 5 * epoch + batch), lr: 0.1, taken: true },
  observed: {},
  ...more,
});

const epochEnd = (epoch: number, accuracy: number): TrainingEvent => ({
  ...{ kind: "epoch", epoch, lr: 0.1, trainLoss: 0.5, diverged: null },
  test: { loss: 0.4, accuracy, correct: 1, count: 2 },
});

const twoEpochs = [0, 1].flatMap((epoch) => [
  ...[0, 1, 2, 3, 4].map((batch) => step(epoch, batch)),
  epochEnd(epoch, 0.5 + 0.25 * epoch),
]);

const state = { tensors: {}, position: {} } as never;

/** A training that gives these events; it notes what is asked of it, and throws what it is given at the end. */
function events(
  all: readonly TrainingEvent[],
  { asked = [] as string[], name = "", error = undefined as unknown } = {},
) {
  return (async function* (): TrainingEvents {
    try {
      for (const event of all) {
        asked.push(name);
        yield event;
      }
      if (error) throw error;
      return { outcome: "finished", state };
    } finally {
      asked.push(`${name} closed`);
    }
  })();
}

/** A training whose events are .6 s apart, so that each is shown. */
function atEachEvent(options: WatchOptions): Parameters<typeof watch> {
  const asked: string[] = [];
  return [events(twoEpochs, { asked }) as never, { ...options, clock: () => 600 * asked.length }];
}

describe("watch", () => {
  it("its rows are the numbers of the training's events", async () => {
    const settings = smallTraining({
      ...{ network: smallNetwork(), ...loaders({ blackImages: 30 }), observe: observeZeros },
    });
    const all: TrainingEvent[] = [];
    const alone = await runTraining(settings, (event) => all.push(event));
    const { loss, accuracy, zeros, results } = await watch(train(settings), silent());
    expect(loss.map((row) => row.loss)).toEqual(lossesOf(all));
    expect(loss[6]).toEqual({ training: "training", step: 7, epoch: 2, batch: 2, loss: lossesOf(all)[6] });
    const expected = epochsOf(all).map(({ epoch, trainLoss, test }) => {
      return { training: "training", epoch: epoch + 1, trainLoss, testLoss: test!.loss, accuracy: test!.accuracy };
    });
    expect(accuracy).toEqual(expected);
    expect(results.training.state.tensors).toEqual(alone.state.tensors);
    // of each layer, as the steps counted them
    const counted = (epoch: number, name: string) =>
      all.reduce((sum, event) => {
        return event.kind === "step" && event.epoch === epoch ? sum + event.observed[name]!.data[0]! : sum;
      }, 0);
    expect(zeros).toEqual(
      [0, 1].flatMap((epoch) =>
        ["1", "2"].map((layer) => {
          return { training: "training", epoch: epoch + 1, layer, zeros: counted(epoch, `zeros ${layer}`) };
        }),
      ),
    );
  });

  it("trainings side by side share loader, engine and network, advance in turn, and give the numbers that each gives alone", async () => {
    const settings = smallTraining({ network: smallNetwork(), ...loaders({ blackImages: 30 }) });
    const arm = (value: number) => ({ ...settings, kinks: { "relu.zero": value } });
    const { loss } = await watch({ zero: train(arm(0)), one: train(arm(1)) }, silent());
    for (const [name, value] of [["zero", 0] as const, ["one", 1] as const]) {
      const all: TrainingEvent[] = [];
      await runTraining(arm(value), (event) => all.push(event));
      expect(loss.filter(({ training }) => training === name).map((row) => row.loss)).toEqual(lossesOf(all));
    }
    const asked: string[] = [];
    await watch({ a: events(twoEpochs, { asked, name: "a" }), b: events(twoEpochs, { asked, name: "b" }) }, silent());
    expect(asked.slice(0, 6)).toEqual(["a", "b", "a", "b", "a", "b"]);
  });

  it("an error passes through with the name of its training, and the other trainings are closed", async () => {
    const [asked, error] = [[] as string[], new Error("no such luck")];
    const { stream, text } = sink();
    const failing = events(twoEpochs.slice(0, 3), { asked, name: "a", error });
    const other = events(twoEpochs, { asked, name: "b" });
    await expect(watch({ a: failing, b: other }, { target: "log", stream })).rejects.toBe(error);
    expect(asked.slice(-2)).toEqual(["a closed", "b closed"]);
    expect(error.message).toBe("a: no such luck");
    expect(text()).toMatch(/2 trainings: a: no such luck; a: loss 0\.333; b: loss 0\.333 \([\d.]+ s\)\n$/);
  });

  it("the error of a single training, and one whose text cannot be set, pass through", async () => {
    const plain = new Error("no such luck");
    await expect(watch(events([], { error: plain }), silent())).rejects.toThrow(/^no such luck$/);
    const aborted = new DOMException("no such luck", "AbortError");
    const trainings = { a: events([], { error: aborted }), b: events(twoEpochs) };
    await expect(watch(trainings, silent())).rejects.toBe(aborted);
  });

  it("a training may be called __proto__", async () => {
    const { results, loss } = await watch({ ["__proto__"]: events(twoEpochs), b: events(twoEpochs) }, silent());
    expect(Object.keys(results)).toEqual(["__proto__", "b"]);
    expect(new Set(loss.map(({ training }) => training))).toEqual(new Set(["__proto__", "b"]));
  });

  it("after a stop the other trainings go on until they notice it, and write their checkpoints", async () => {
    const asked: string[] = [];
    const stop = new Interrupted();
    const first = events(twoEpochs.slice(0, 3), { asked, name: "a", error: stop });
    const other = events(twoEpochs.slice(0, 4), { asked, name: "b", error: stop });
    await expect(watch({ a: first, b: other }, silent())).rejects.toBe(stop);
    expect(asked.slice(-3)).toEqual(["a closed", "b", "b closed"]);
  });

  it("a training that diverges ends, and the others go on", async () => {
    const lost: TrainingEvent = { ...twoEpochs[5]!, kind: "epoch", test: null, diverged: "the loss is NaN" } as never;
    const { stream, text } = sink();
    const trainings = { a: events([step(0, 0), lost]), b: events(twoEpochs) };
    const { accuracy, loss } = await watch(trainings, { target: "log", stream });
    expect(accuracy[0]).toEqual({
      training: "a",
      epoch: 1,
      trainLoss: 0.5,
      testLoss: Number.NaN,
      accuracy: Number.NaN,
    });
    expect(loss).toHaveLength(1 + 10);
    expect(text()).toContain("10 steps, 2 epochs; a: loss 1.00, diverged; b: loss 0.100, accuracy 75.0 % (");
  });

  it.each([
    [undefined, "watch: must get a training, got undefined"],
    [{}, "watch: must get a training, got {}"],
    [{ a: smallTraining() }, "watch, a: must be what train returns"],
    [{ __proto__: events(twoEpochs), b: events(twoEpochs) }, "watch: must get trainings under other names"],
  ])("something else than a training is an error: %#", async (given, message) => {
    await expect(watch(given as never, silent())).rejects.toThrow(message);
  });

  it("the same training twice is an error, and so is a picture more often than twice a second", async () => {
    const training = events(twoEpochs);
    const twice = watch({ a: training, b: training }, silent());
    await expect(twice).rejects.toThrow("watch, b: must be a training of its own");
    await expect(watch(training, { every: 0.1 })).rejects.toThrow("every: must be seconds, 0.5 or more, got 0.1");
  });

  it("a training that has ended is refused", async () => {
    const ended = events(twoEpochs);
    while (!(await ended.next()).done);
    await expect(watch(ended, silent())).rejects.toThrow("watch, training: must be a training that has not ended");
  });

  it("a terminal has one line, with steps, the latest numbers and the time that is left", async () => {
    const { stream, text } = sink();
    const terminal = Object.assign(stream, {
      isTTY: true,
      columns: 120,
      cursorTo() {},
      moveCursor() {},
      clearLine() {},
    });
    await watch(...atEachEvent({ target: "terminal", stream: terminal }));
    expect(text()).toContain("1/10 steps, Training, loss 1.00");
    expect(text()).toMatch(/Training: 10 steps, 2 epochs; training: loss 0\.100, accuracy 75\.0 % \([\d.]+ s\)\n$/);
  });

  it("a log has a line for each tenth", async () => {
    const { stream, text } = sink();
    await watch(...atEachEvent({ target: "log", stream }));
    const tenths = [...text().matchAll(/(\d+)\/10 steps \((\d+) %\)/g)].map(([, done]) => Number(done));
    expect(tenths).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

describe("pictures of trainings", () => {
  it("are drawn at most twice a second, and so that drawing takes a twentieth of the time", () => {
    let now = 0;
    const pace = new DrawingPace(0.5, () => now);
    const drawing = (milliseconds: number) =>
      pace.draw(() => {
        now += milliseconds;
      });
    const dueAt = () => {
      while (!pace.due) now++;
      return now;
    };
    expect(dueAt()).toBe(0);
    // the first one loads what draws, and does not count
    drawing(300);
    expect(dueAt()).toBe(500);
    drawing(10);
    expect(dueAt()).toBe(1000);
    drawing(100);
    expect(dueAt()).toBe(3000);
    expect(pace.seconds).toBeCloseTo(0.41);
  });

  it("a long curve is drawn as means of steps, which leave nothing out", () => {
    const thinned = new Thinned(8);
    for (let x = 1; x <= 40; x++) thinned.add(x, x === 20 ? Number.POSITIVE_INFINITY : x);
    expect(thinned.width).toBe(8);
    expect(thinned.points).toEqual([
      { x: 4.5, y: 4.5 },
      { x: 12.5, y: 12.5 },
      // without the 20
      { x: 20.5, y: (17 + 18 + 19 + 21 + 22 + 23 + 24) / 7 },
      { x: 28.5, y: 28.5 },
      { x: 36.5, y: 36.5 },
    ]);
    // the mean of a few steps would jump
    for (let x = 41; x <= 47; x++) thinned.add(x, 100);
    expect(thinned.points).toHaveLength(5);
    thinned.add(48, 100);
    expect(thinned.points.at(-1)).toEqual({ x: 44.5, y: 100 });
    for (let x = 49; x <= 10_000; x++) thinned.add(x, x);
    expect(thinned.points.length).toBeLessThanOrEqual(8);
  });

  it("hold the numbers of the events, on axes with units, and say them in words", () => {
    const course = new Course("ReLU'(0) = 1");
    for (const event of twoEpochs) course.take(event);
    const { panels, alt, legend } = pictureOf([course, new Course("later")], "T", "S");
    const [loss, accuracy] = panels;
    expect(loss!.series[0]!.spots).toEqual(
      twoEpochs
        .filter((event) => event.kind === "step")
        .map((event, i) => ({ x: i + 1, y: (event as StepEvent).loss })),
    );
    expect(loss!.remark).toBe("nats, logarithmic scale");
    expect(loss!.y.at(0.1)).toBeLessThan(0.05);
    expect(accuracy!.series[0]!.spots).toEqual([
      { x: 1, y: 0.5 },
      { x: 2, y: 0.75 },
    ]);
    expect(panels).toHaveLength(2);
    expect(legend.map(({ name }) => name)).toEqual(["ReLU'(0) = 1", "later"]);
    expect(alt).toBe("T. S. ReLU'(0) = 1: loss 0.100, accuracy 75.0 %; later: not begun.");
  });

  it("show zeros by layer where they are counted, all epochs together", () => {
    const course = new Course("a");
    const observed = (zeros: number) => ({
      "zeros fc1": { data: [zeros] },
      "zeros fc2": { data: [1] },
      other: { data: [9] },
    });
    for (const [epoch, zeros] of [0, 2, 3].entries())
      course.take(step(epoch, 0, { observed: observed(zeros) as never }));
    const [, , zeros] = pictureOf([course], "T", "S").panels;
    expect(zeros!.x.ticks.map(({ text }) => text)).toEqual(["fc1", "fc2"]);
    expect(zeros!.series[0]!.spots).toEqual([
      { x: 0, y: 5 },
      { x: 1, y: 3 },
    ]);
  });

  it("words from outside cannot break the picture: control characters are left out", () => {
    const name = "\u001b[31mred\u0000 <b>";
    const svg = sketchSvg(pictureOf([new Course(name)], name, "S"), 800).svg;
    expect(svg).toContain("[31mred &lt;b&gt;");
    expect(Array.from(svg).every((each) => each >= " " || each === "\n")).toBe(true);
  });

  it("a training that continues begins where it stopped", () => {
    const course = new Course("a");
    course.take(step(1, 2));
    expect([course.skipped, course.done, course.total]).toEqual([7, 8, 10]);
    expect(pictureOf([course], "T", "S").panels[0]!.x.at(7)).toBe(0);
  });
});
