/** Where trainings are shown: a picture in a notebook, a line in a terminal, lines in a log. */
import { randomUUID } from "node:crypto";
import { counted, sketchSvg, toPng, whole } from "../../figures";
import { clockTime, endTime, formatDuration, sumOf, workReached } from "../../util";
import { emit, inKernel } from "../kernel";
import { type ProgressOptions, progressReporter } from "../progress";
import type { Course } from "./course";
import { pictureOf, wordsOf } from "./picture";

export interface WatchView {
  /** Shows where the trainings stand. */
  draw(courses: readonly Course[], secondsLeft: number | undefined): void;
  /** Shows the last state, which stays. @param message why they stopped, if they did not reach their end */
  end(courses: readonly Course[], seconds: number, message?: string): void;
}

export function viewOf(options: ProgressOptions): WatchView {
  const isInKernel = options.target === undefined ? inKernel() : options.target === "kernel";
  return isInKernel ? pictureView(options) : lineView(options);
}

const stepsOf = (courses: readonly Course[]) => ({
  done: sumOf(courses, ({ done }) => done),
  total: sumOf(courses, ({ total }) => total),
});

/** "step 1,200 of 4,000, epoch 2 of 5": of the training that is least far. */
function placeOf(courses: readonly Course[]): string {
  const going = courses.filter(({ ended, latest }) => latest && !ended);
  const last = going.sort((a, b) => a.done / a.total - b.done / b.total)[0];
  if (!last?.latest) return "the beginning";
  const { epoch, epochs } = last.latest;
  return `step ${whole(last.done)} of ${whole(last.total)}, epoch ${epoch + 1} of ${epochs}`;
}

/** A page that is opened again shows the last picture that reached it: so it gives clock times, which stay true. */
function pictureView({ title, now = () => new Date() }: ProgressOptions): WatchView {
  const displayId = randomUUID();
  let shown = false;
  const send = (data: Readonly<Record<string, unknown>>, options: Parameters<typeof emit>[1]) => {
    emit(data, { ...options, displayId, update: shown });
    shown = true;
  };
  return {
    draw(courses, secondsLeft) {
      const { done, total } = stepsOf(courses);
      workReached(done / total);
      const at = now();
      const end = endTime(at, secondsLeft);
      const state = `${placeOf(courses)} at ${clockTime(at)}${end && `, ends about ${end}`}`;
      const picture = pictureOf(courses, title, state);
      send({ "text/plain": picture.alt, "image/svg+xml": sketchSvg(picture).svg }, { volatile: true });
    },
    end(courses, seconds, message) {
      const state = message ? `stopped at ${placeOf(courses)}: ${message}` : endOf(courses);
      const picture = pictureOf(courses, title, `${state} (${formatDuration(seconds)})`);
      const { svg, size } = sketchSvg(picture);
      // every reader of notebooks shows PNG, and trusts it
      const png = toPng(svg).toString("base64");
      send(
        { "text/plain": picture.alt, "image/png": png },
        { metadata: { "image/png": { ...size, alt: picture.alt } } },
      );
    },
  };
}

function endOf(courses: readonly Course[]): string {
  const steps = Math.max(...courses.map(({ done }) => done));
  const epochs = Math.max(...courses.map(({ accuracies }) => accuracies.at(-1)?.epoch ?? 0));
  return `${counted(steps, "step")}, ${counted(epochs, "epoch")}`;
}

function lineView(options: ProgressOptions): WatchView {
  const reporter = progressReporter(options);
  return {
    draw(courses, secondsLeft) {
      const label =
        courses.length === 1 ? wordsOf(courses[0]!).replace(/^[^:]*: /, "") : courses.map(wordsOf).join("; ");
      reporter.update({ ...stepsOf(courses), unit: "steps", secondsLeft, label });
    },
    end(courses, _, message) {
      const words = courses.map(wordsOf).join("; ");
      if (message) reporter.fail(`${message}; ${words}`);
      else reporter.finish(`${endOf(courses)}; ${words}`);
    },
  };
}
