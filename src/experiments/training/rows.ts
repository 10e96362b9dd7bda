/** A row is an epoch of a training. A run whose loss is not finite ends with a row in which unknown numbers are NaN. */
import { optimizerNames } from "../../optim";
import { integer, number, oneOf, type RowOf, rowSchema, text, truth } from "../../runs";
import { chainRule, dataset, label, precision, reason, trial } from "../common/columns";

/** The first columns of every experiment that trains: what was trained. */
export const given = {
  dataset,
  label,
  network: text("name of the network"),
  batchNorm: truth("whether the network has batch normalisation"),
  dropout: number("probability of dropout"),
  optimizer: oneOf(optimizerNames, "name of the optimizer"),
  learningRate: number("the learning rate at the start of the schedule"),
  precision,
  value: number("ReLU'(0)"),
  chainRule,
  trial,
};

export const epoch = integer("pass over the training images, from 1");
export const trainLoss = number("mean over the epoch's mini-batches", "nats");
export const outcome = oneOf(["running", "finished", "diverged"], "state of the run after this epoch");
export { reason };

/** The columns that tell rows apart. */
export const key = [
  "batchNorm",
  "dropout",
  "optimizer",
  "learningRate",
  "precision",
  "value",
  "chainRule",
  "trial",
  "epoch",
] as const;

/** How well a network does on images that it was not trained on. */
export const loss = (images: string) => number(`mean loss on the ${images} images; NaN: diverged before`, "nats");
export const accuracy = (images: string) =>
  number(`share of the ${images} images classified correctly; NaN: diverged before`);
export const count = (images: string) => integer(`${images} images that were looked at; 0: diverged before`, "images");

export const rows = rowSchema({
  given,
  found: {
    epoch,
    trainLoss,
    testLoss: loss("test"),
    testAccuracy: accuracy("test"),
    testCount: count("test"),
    outcome,
    reason,
  },
  key,
});

export type TrainingRow = RowOf<typeof rows>;

/** The row with which a run ended; undefined while one of its epochs is missing. */
export function endOf<R extends SweepRow>(own: readonly R[]): R | undefined {
  const last = own.find((row) => row.outcome !== "running");
  return last !== undefined && own.length === last.epoch ? last : undefined;
}

/** What the rows of all experiments that train have. */
export type SweepRow = Omit<TrainingRow, "testLoss" | "testAccuracy" | "testCount">;
