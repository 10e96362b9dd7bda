/** An experiment from outside the library. */
import { defineExperiment } from "../../src/experiments";
import { column } from "../../src/runs";

/** @param name of its own in each test @param numbers how many jobs it has by default */
export const doublesExperiment = (name: string, numbers: number) =>
  defineExperiment({
    name,
    title: "What is twice a number?",
    settings: { numbers },
    given: { number: column.integer("the number") },
    found: { double: column.integer("twice the number") },
    jobs: (settings) => Array.from({ length: settings.numbers }, (_, number) => ({ number })),
    run: ({ number }) => ({ double: 2 * number }),
  });
