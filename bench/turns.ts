import { quantile } from "nonsmooth";

/**
 * Does the actions in turns, each once unmeasured, then all of them for so many seconds, at least three times; their median
 * times in milliseconds.
 */
export async function medianTimes(actions: readonly (() => Promise<unknown>)[], seconds: number): Promise<number[]> {
  for (const action of actions) await action();
  const times = actions.map((): number[] => []);
  for (let end = performance.now() + seconds * 1000; times[0]!.length < 3 || performance.now() < end; ) {
    for (const [i, action] of actions.entries()) {
      const start = performance.now();
      await action();
      times[i]!.push(performance.now() - start);
    }
  }
  return times.map((all) => quantile(all, 0.5));
}
