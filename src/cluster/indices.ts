/** Indices of array tasks as Slurm writes them. */

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
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (first === undefined) return [];
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i);
  });
}
