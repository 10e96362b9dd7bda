/** What the README and the tables of notebook 01 call published must be in data/paper, or follow from it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { surprise, zonePlane } from "../src/experiments";
import { type PublishedAccuracy, published } from "../src/figures";
import { projectRoot } from "../src/util";
import { publishedSurpriseTable, publishedZoneTable } from "../src/views";
import { committedRun } from "./helpers/rows";

const read = (path: string) => readFileSync(join(projectRoot, path), "utf8");
const [readme, paper] = [read("README.md"), read("data/paper/README.md")];

/** The cells of the first line that begins so, from the first after it. */
function cells(text: string, start: string): string[] {
  const line = text.split("\n").find((one) => one.startsWith(`| ${start}`));
  return line!
    .split(/(?<!\\)\|/)
    .slice(2)
    .map((cell) => cell.trim());
}

/** A row of the README's table, or one of those that follow it, by what they say of bits. */
const theirs = (question: string, following?: string) => {
  const at = readme.indexOf(`| ${question}`);
  expect(at, question).toBeGreaterThan(0);
  return cells(readme.slice(at), following ?? question)[0]!;
};

const points = (x: number) => (100 * x).toFixed(2).replace("-", "−");
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

it("the README's published counts of initialisations follow from the table", () => {
  const of = (precision: number, panels: readonly string[], at: (x: number) => boolean = () => true) =>
    published("bifurcation-frequency").filter(
      (row) => row.precision === precision && panels.includes(row.panel) && at(row.x) && row.how === "counted",
    );
  // 3 layers, 256 neurons and batch 256 are one network, in three panels
  const usual = (bits: number) =>
    [of(bits, ["neurons", "batch size"], (x) => x === 256), of(bits, ["layers"], (x) => x === 3)].flat();
  const fractions = (rows: readonly { readonly fraction?: number }[]) =>
    rows.map(({ fraction }) => fraction!.toFixed(3)).sort();
  const question = "initialisations whose gradient depends on ReLU'(0)";
  expect(new Set(fractions(usual(16)))).toEqual(new Set([theirs(question)]));
  const others = fractions(of(32, ["batch size"], (x) => x !== 256));
  const range = `${others[0]} … ${others.at(-1)}`;
  expect(theirs(question, "… 32 bits")).toBe(`${fractions(usual(32)).join(", ")}; with other batch sizes ${range}`);
  expect(usual(64).map(({ different, runs }) => `${different} of ${runs}`)).toEqual([theirs(question, "… 64 bits")]);
});

it("the README's published shares of zeros and of mini-batches follow from the tables", () => {
  const zeros = [16, 32].map((bits) => {
    const rows = published("zeros").filter(({ precision }) => precision === bits);
    expect(rows.every(({ epochs }) => epochs === 100)).toBe(true);
    return `${(sum(rows.map((row) => row.zeros)) / sum(rows.map((row) => row.calls))).toExponential(1)} of ${rows.length}`;
  });
  const shares = zeros.map((text) => text.replace(" of 20", ""));
  expect(theirs("exact zeros per ReLU call")).toMatch(
    new RegExp(`^${shares.join(", ")} \\(20 trainings each, 100 epochs`),
  );
  const networks = (bits: number) =>
    published("bifurcation-frequency-networks")
      .filter(({ precision }) => precision === bits)
      .map(({ different, batches }) => (different / batches).toFixed(3))
      .join(", ");
  const question = "mini-batches whose gradient depends on ReLU'(0), 16 bits";
  expect(theirs(question)).toBe(networks(16));
  expect(theirs(question, "… 32 bits")).toBe(networks(32));
});

it("the published zeros of all epochs are the sums of the published epochs", () => {
  const of = ({ precision, layers, neurons }: Readonly<Record<"precision" | "layers" | "neurons", number | string>>) =>
    `${precision} ${layers} ${neurons}`;
  const epochs = published("zeros-by-epoch");
  for (const row of published("zeros")) {
    const own = epochs.filter((one) => of(one) === of(row));
    expect(own.map(({ epoch }) => epoch)).toEqual(Array.from({ length: row.epochs }, (_, i) => i + 1));
    expect(sum(own.map((one) => one.zeros))).toBe(row.zeros);
  }
  expect(epochs).toHaveLength(4000);
});

it("the README's published changes of accuracy follow from the table", () => {
  const all = published("training-final-accuracy");
  const mean = (of: Partial<PublishedAccuracy>, value: number) => {
    const keys = Object.keys(of) as (keyof PublishedAccuracy)[];
    return all.find((row) => row.value === value && keys.every((key) => row[key] === of[key]))!.mean!;
  };
  const resnet = { network: "resnet18", dataset: "cifar10", optimizer: "sgd", batchNorm: true } as const;
  const loss = mean(resnet, 1) - mean(resnet, 0);
  expect(theirs("accuracy at ReLU'(0) = 1 minus")).toBe(`${points(loss)} points (200 epochs, overwritten)`);
  const vgg = (batchNorm: boolean) => ({ ...resnet, network: "vgg11", optimizer: "adam", batchNorm }) as const;
  const change = (batchNorm: boolean) => mean(vgg(batchNorm), 10) - mean(vgg(batchNorm), 0);
  const buffering = theirs("do batch-norm and Adam buffer the influence?");
  expect(buffering).toMatch(new RegExp(`^Adam ${points(change(false) - change(true))} points`));
  const dropout = all.filter(
    ({ experiment, runs, failed }) => experiment === "dropout" && !(failed && failed === runs),
  );
  const changes = dropout.map((row) => {
    const zero = dropout.find((one) => one.dropout === row.dropout && one.value === 0)!;
    return { rate: row.dropout, change: Math.abs(row.median! - zero.median!) };
  });
  const largest = (below: number, above: number) =>
    Math.max(...changes.filter(({ rate }) => rate <= below && rate >= above).map((one) => one.change));
  const words = `${points(largest(0.7, 0))} points up to a rate of 0.7, ${points(largest(0.8, 0.8))} at 0.8`;
  expect(theirs("dropout")).toBe(`${words} (differences of medians, 200 epochs, overwritten)`);
});

it("a published number without a table is in the list of single numbers", () => {
  const plain = (text: string) =>
    text.replace(/(?:(\d)·)?10⁻([⁰¹²³⁴⁵⁶⁷⁸⁹]+)/g, (_, factor = "1", power: string) => {
      const digits = [...power].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(digit)).join("");
      return `${factor}e-${digits}`;
    });
  const single = (number: string) => plain(cells(paper, number)[0]!);
  const [distance, smallest, first] = publishedSurpriseTable(committedRun(surprise)).map((row) => row.published);
  expect(single("Distance between networks")).toMatch(/^both 0 /);
  expect(distance).toBe("0; 0 (one run)");
  expect(single("Smallest \\|pre-activation\\|")).toBe(`${smallest!.replace("…", "to")}, never 0`);
  const [iteration, image, layerAndNeuron, bottom, corners] = publishedZoneTable(committedRun(zonePlane));
  const [layer, neuron] = layerAndNeuron!.published.split(", ");
  const place = `iteration ${iteration!.published}, image ${image!.published} of the mini-batch, neuron ${neuron}`;
  expect(single("First exact zero of the first hidden layer")).toBe(place);
  expect([layer, first]).toEqual(["1", `${iteration!.published} (one run, layer 1)`]);
  expect(theirs("the same at 32 bits")).toBe(`${iteration!.published} (one run, first hidden layer)`);
  const size = corners!.published.replace("above", "more than");
  const plane = `a straight valley, ${bottom!.published} at its bottom, ${size} in the corners`;
  expect(single("\\|Pre-activation\\| of this neuron")).toBe(plane);
  expect(single("The first two numbers for ReLU6")).toMatch(/^both 0;/);
  expect(theirs("ResNet50 on ImageNet")).toBe(`${single("Accuracy of ResNet50").split(",")[0]} (two runs, no table)`);
});
