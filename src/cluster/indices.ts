/** Indices of array tasks as Slurm writes them. */

/** More than any cluster's array may have. */
const MOST = 4_000_001;

/** `2,5-7` for 2, 5, 6 and 7. @param indices in ascending order */
export function indexList(indices: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const index of indices) {
    const last = ranges.at(-1);
    if (last && index === last[1] + 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

/** What `indexList` has written, with a limit such as `%4` after it perhaps; an index that is no number gives nothing. */
export function parseIndices(text: string): number[] {
  const [list = ""] = text.replace(/^\[|\]$/g, "").split("%");
  return list.split(",").flatMap((range) => {
    const [, first, last = first, step = "1"] = /^(\d+)(?:-(\d+)(?::([1-9]\d*))?)?$/.exec(range) ?? [];
    if (first === undefined || last === undefined) return [];
    const count = Math.floor((Number(last) - Number(first)) / Number(step)) + 1;
    // no array has so many tasks
    return count > MOST ? [] : Array.from({ length: count }, (_, i) => Number(first) + i * Number(step));
  });
}
