/**
 * Measures everything once a round, the order reversed from round to round, so that a drift of the machine favours nobody.
 * @param measurements by name; those that are undefined are left out
 * @returns for each of them its results, a round each
 */
export async function alternate<M extends Record<string, (() => Promise<unknown>) | undefined>>(
  rounds: number,
  measurements: M,
  note: (line: string) => void,
): Promise<Results<M>> {
  const present = Object.entries(measurements).filter(([, measure]) => measure !== undefined);
  const results = new Map<string, unknown[]>(present.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of round % 2 === 0 ? present : present.toReversed()) {
      note(`round ${round + 1} of ${rounds}: ${name}`);
      results.get(name)!.push(await measure!());
    }
  }
  return Object.fromEntries(results) as Results<M>;
}

type Results<M> = {
  [Name in keyof M]: M[Name] extends () => Promise<infer R>
    ? R[]
    : M[Name] extends (() => Promise<infer R>) | undefined
      ? R[] | undefined
      : never;
};
