/** The process in which ours computes: prepares what it is asked for, and measures it. */
import { createInterface } from "node:readline";
import { NonsmoothError } from "nonsmooth";
import type { Prepared, Question } from "./types";
import { prepareArithmetic } from "./work/arithmetic";
import { prepareBifurcation } from "./work/bifurcation";
import { prepareBits } from "./work/bits";
import { prepareConformance } from "./work/conformance";
import { prepareCopies } from "./work/copies";
import { prepareProfile } from "./work/profile";
import { prepareReplicas } from "./work/replicas";
import { prepareStacks } from "./work/stacks";
import { prepareStep } from "./work/step";
import { prepareTraining } from "./work/training";

/** What an engine can be asked for, by name. */
const KINDS: Readonly<Record<string, (options: never) => Promise<Prepared<object>>>> = {
  arithmetic: prepareArithmetic,
  bifurcation: prepareBifurcation,
  bits: prepareBits,
  conformance: prepareConformance,
  copies: prepareCopies,
  profile: prepareProfile,
  replicas: prepareReplicas,
  stacks: prepareStacks,
  step: prepareStep,
  training: prepareTraining,
};

async function main(kind: string): Promise<void> {
  const prepare = KINDS[kind];
  if (!prepare) throw new NonsmoothError("worker", `must be one of ${Object.keys(KINDS).join(", ")}`, { got: kind });
  let prepared: Prepared<object> | undefined;
  const answer = async (question: Question): Promise<object> => {
    if ("measure" in question) return prepared!.measure!(question.measure);
    await prepared?.dispose();
    prepared = undefined;
    prepared = await prepare(question.prepare as never);
    return prepared.facts;
  };
  for await (const line of createInterface(process.stdin)) {
    const told = await answer(JSON.parse(line) as Question).catch((error: Error) => ({ error: error.message }));
    process.stdout.write(`${JSON.stringify(told)}\n`);
  }
}

void main(process.argv[2]!);
