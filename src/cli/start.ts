/** `nonsmooth start`: what this is about, in about two minutes and without an internet connection. */
import { join } from "node:path";
import { dataSource } from "../data";
import type { BifurcationSummary, CellSummary } from "../experiments";
import { figureDefinition, savedFile, saveFigure } from "../figures";
import { type Config, lockFolder } from "../runs";
import {
  alignedTable,
  displayPath,
  elsewhere,
  formatDuration,
  formatRange,
  makeWritable,
  mayReplace,
  NonsmoothError,
  outFolder,
  projectRoot,
  workspace,
  wrap,
} from "../util";
import { isHere } from "./data";
import { asUsage, note, print } from "./exit";
import { startCommand } from "./kernel";
import { launch } from "./launch";
import { notebookFiles, notebookName } from "./notebook-files";
import { clockFor, sumOfRanges } from "./notebook-times";
import { drawnFrom, replacedText } from "./replaced";
import { type Smallest, smallestExample } from "./smallest-example";

const EXPERIMENT = "bifurcation-frequency";

/** Small enough for two minutes, large enough for the three precisions to differ. */
const SETTINGS = [
  "dataset=glyphs",
  "sweep=one-at-a-time",
  "widths=16,64,256",
  "depths=1,2,3",
  "batchSizes=256,1024",
  "sampleSizes=1000,5000,10000,20000,30000,60000",
  'runs={"16":16,"32":20,"64":8}',
];

/** The cell that all panels of the figure share. */
const isCentre = ({ width, depth, batchSize, sampleSize }: CellSummary) =>
  width === 256 && depth === 3 && batchSize === 256 && sampleSize === 60_000;

export async function start(): Promise<void> {
  asUsage(() => {
    mayReplace(join(outFolder, "figures", `${EXPERIMENT}.json`), {});
    makeWritable("out", join(outFolder, "figures"), elsewhere);
  });
  const hold = lockFolder(outFolder, alreadyStarted);
  try {
    await measure();
  } finally {
    hold.release();
  }
}

const alreadyStarted = (who: string, hint = "wait until it is done; the same command then shows its results at once") =>
  new NonsmoothError("start", `must run once at a time, and ${who} is running it`, {
    hint,
  });

async function measure(): Promise<void> {
  const begun = performance.now();
  tell(
    "What is the derivative of a ReLU at 0? In theory the choice is irrelevant. Two measurements of your own, without an internet connection:",
  );
  heading("1. The smallest example");
  tellSmallest(await smallestExample());
  heading("2. How often does it happen to a network?");
  await frequency();
  await next();
  print(`\n${formatDuration((performance.now() - begun) / 1000)} in total`);
}

const tell = (text: string) => print(wrap(text));
const heading = (text: string) => print(`\n${wrap(text)}`);

function tellSmallest(found: readonly Smallest[]): void {
  tell(
    "relu(a + b - c) at a = 0.1, b = 0.2, c = 0.3, and its derivative with respect to a, for two choices of ReLU'(0):\n",
  );
  const rows = found.map(({ bits, sum, derivatives: [zero, one] }) => [
    String(bits),
    sum === 0 ? "0" : sum.toExponential(2),
    String(zero),
    String(one),
  ]);
  print(alignedTable(["bits", "a + b - c", "ReLU'(0) = 0", "ReLU'(0) = 1"], rows));
  const bitsOf = (some: readonly Smallest[]) => some.map(({ bits }) => bits).join(" and ");
  const [hit, missed] = [found.filter(({ sum }) => sum === 0), found.filter(({ sum }) => sum !== 0)];
  tell(
    `\nThe sum is 0 on paper. None of the three numbers is exact in binary: at ${bitsOf(hit)} bits the rounded sum is exactly 0, and the ` +
      `derivative is whatever ReLU'(0) is; at ${bitsOf(missed)} bits it is not 0, and the choice has no effect.`,
  );
}

async function frequency(): Promise<void> {
  tell(
    "Freshly drawn networks, each shown 60,000 digits: for how many does ReLU'(0) = 1 give a different gradient than ReLU'(0) = 0 on at least one " +
      "mini-batch? About two minutes on two cores. Ctrl-C stops it; the same command resumes it.\n",
  );
  const { rows, config, manifest, runDirectory, summary } = await launch(EXPERIMENT, { set: SETTINGS });
  print("");
  tellFrequencies((summary as BifurcationSummary).filter(isCentre));
  const drawn = figureDefinition(EXPERIMENT).draw({ rows, config: config as Config, manifest });
  const file = savedFile(outFolder, EXPERIMENT);
  const before = drawnFrom(file);
  const files = await saveFigure(drawn, { runDirectory }, { root: outFolder });
  for (const line of replacedText(file, before, manifest)) note(line);
  tell("\nThese are synthetic digits, not MNIST: the library makes them, so that it needs no download. Files:");
  list([
    [displayPath(files.png), "the figure, by sample size, neurons, layers and batch size"],
    [displayPath(files.csv), "the numbers in it"],
    [displayPath(runDirectory), "the rows that it is drawn from, and where they come from"],
  ]);
}

function tellFrequencies(cells: readonly CellSummary[]): void {
  const percent = (share: number | null) => (share === null ? "?" : `${Math.round(100 * share)} %`);
  const rows = cells.map((cell) => [
    String(cell.precision),
    `${cell.differentFirstLayer} of ${cell.runs}`,
    percent(cell.frequencyFirstLayer),
    `${percent(cell.lowFirstLayer)} to ${percent(cell.highFirstLayer)}`,
  ]);
  print(alignedTable(["bits", "differ", "share", "95 % interval"], rows));
  tell(
    "\nThe same networks (3 hidden layers of 256) and the same digits in each line: only the precision differs. The intervals are " +
      "Wilson's: with so few networks, a count of 0 means only that the share is at most the upper end.",
  );
}

/** What to do next, and how long it takes here. */
async function next(): Promise<void> {
  const isCheckout = workspace === projectRoot;
  const names = notebookFiles().map(notebookName);
  const clock = await clockFor(names, "laptop");
  const ranges = names.flatMap((name) => {
    const range = clock.estimate(name);
    return range ? [range] : [];
  });
  const mnist = isHere(dataSource("mnist"));
  const steps: [command: string, what: string][] = [
    ...(mnist ? [] : [["npx nonsmooth data fetch mnist", "the real digits (11 MB)"] as [string, string]]),
    [
      isCheckout ? "npm run figures" : "npx nonsmooth notebooks",
      `executes the notebooks and draws all figures into out/: ${formatRange(sumOfRanges(ranges))} on this machine; can be stopped and resumed`,
    ],
    [isCheckout ? "npm run kernel" : "npx nonsmooth kernel", "the notebooks' kernel; then, with JupyterLab:"],
    [startCommand(), "the notebooks, live; 00-start comes first"],
    ...(isCheckout ? [["npm test", "builds, checks and tests everything"] as [string, string]] : []),
  ];
  print("\nWhat next:");
  list(steps);
}

/** Paths or commands, which are never broken, each with a line on what it is. */
function list(items: readonly (readonly [name: string, what: string])[]): void {
  for (const [name, what] of items) {
    print(`  ${name}`);
    print(wrap(what, { indent: 6 }));
  }
}
