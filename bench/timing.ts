/** Times of something done again and again. */
import { quantile } from "nonsmooth";

/** Does the action some times unmeasured, then for so many seconds, at least three times; its median time in milliseconds. */
export async function medianTime(action: () => Promise<unknown>, seconds: number): Promise<number> {
  const warm = performance.now() + 200 * Math.min(1, seconds);
  do {
    await action();
  } while (performance.now() < warm);
  const times: number[] = [];
  for (let end = performance.now() + seconds * 1000; times.length < 3 || performance.now() < end; ) {
    const start = performance.now();
    await action();
    times.push(performance.now() - start);
  }
  return quantile(times, 0.5);
}

/** Does the action once unmeasured, then for so many seconds; how often it was done in a second. */
export async function ratePerSecond(action: () => Promise<unknown>, seconds: number): Promise<number> {
  await action();
  const start = performance.now();
  let done = 0;
  do {
    await action();
    done++;
  } while (performance.now() - start < seconds * 1000);
  return (done * 1000) / (performance.now() - start);
}
