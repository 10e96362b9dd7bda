/**
 * Every operation × engine × format × case against the definition, and every kink convention of every operation with kinks.
 * Engines whose platform promises less are held to what it promises.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/engines";
import { computes, examine, kinkTrials, operationTrials, type Trial } from "../../src/engines/conformance";
import type { FormatName } from "../../src/formats";
import type { Graph } from "../../src/ir";
import { opNames, recordOf } from "../../src/ops";
import { preload } from "../software-cuda/preload";
import { enginesIn, webgpuOnCpu } from "./engines";

const CHAIN_RULES = ["multiply", "overwrite"] as const;

/** Every graph of this suite in a format. */
const graphsIn = (format: FormatName): Graph[] =>
  opNames
    .flatMap((name) => [
      ...operationTrials(name, format),
      ...CHAIN_RULES.flatMap((rule) => kinkTrials(name, format, rule)),
    ])
    .map((trial) => trial.graph);

async function expectAgreement(engine: Engine, trials: readonly Trial[]) {
  for (const trial of trials) {
    if (computes(engine, trial.graph)) expect((await examine(engine, trial)).wrong, trial.title).toBe(undefined);
  }
}

/** Tests that every engine agrees with the definition in some formats. */
export function testConformance(formats: readonly FormatName[]): void {
  for (const { id, hasFormat, create } of [...enginesIn("f32"), webgpuOnCpu]) {
    if (id === "reference") continue;
    const engine = create();
    afterAll(() => engine.dispose());

    describe.each(formats)(`${id}, %s`, (format) => {
      const supported = hasFormat(format);
      if (id === "cuda" && supported) beforeAll(() => preload(graphsIn(format)));

      it.skipIf(!supported).each(opNames)("%s agrees with the definition", async (name) => {
        await expectAgreement(engine, operationTrials(name, format));
      });

      const kinked = opNames.filter((name) => recordOf(name)!.pieces);
      const conventions = kinked.flatMap((name) => CHAIN_RULES.map((rule) => [name, rule] as const));
      it.skipIf(!supported).each(conventions)(
        "the gradient of %s agrees with the definition at special values, with the rule %s",
        async (name, chainRule) => {
          await expectAgreement(engine, kinkTrials(name, format, chainRule));
        },
      );
    });
  }
}
