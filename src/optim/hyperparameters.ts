import { fail, nearest } from "../util";

/** The rule for a hyperparameter. */
export interface Rule {
  readonly text: string;
  readonly holds: (value: unknown) => boolean;
}

const number = (text: string, holds: (x: number) => boolean): Rule => ({
  text,
  holds: (value) => typeof value === "number" && Number.isFinite(value) && holds(value),
});

export const nonNegative = number("must be finite and at least 0", (x) => x >= 0);
export const belowOne = number("must be in [0, 1)", (x) => x >= 0 && x < 1);
export const truth: Rule = { text: "must be true or false", holds: (value) => typeof value === "boolean" };
export const twoBelowOne: Rule = {
  text: "must be two numbers in [0, 1)",
  holds: (value) => Array.isArray(value) && value.length === 2 && value.every(belowOne.holds),
};

/**
 * Hyperparameters with their defaults filled in, each one checked.
 * @param what names the optimizer in errors
 * @throws NonsmoothError for an unknown name, with the nearest known one as a hint, and for a value that breaks its rule
 */
export function checkHyperparameters<H extends object>(
  what: string,
  rules: { readonly [K in keyof H]-?: Rule },
  defaults: Partial<H>,
  given: Partial<H>,
): Required<H> {
  const known = Object.keys(rules) as (keyof H & string)[];
  for (const name of Object.keys(given)) {
    if (known.includes(name as keyof H & string)) continue;
    const near = nearest(name, known);
    fail(what, `hyperparameters must be among ${known.join(", ")}`, name, near && `did you mean ${near}?`);
  }
  const values = known.map((name) => {
    const value = given[name] === undefined ? defaults[name] : given[name];
    if (!rules[name].holds(value)) fail(`${what}, ${name}`, rules[name].text, value);
    return [name, value] as const;
  });
  return Object.fromEntries(values) as Required<H>;
}
