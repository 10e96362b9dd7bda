/** Lists in groups, sums over lists, lists in words, and what lies below others. */

/** The items of each key, in their order; keys in the order in which they are first met. `Map.groupBy` of Node 21. */
export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** The sum of a number of each item. */
export const sumOf = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);

/** Every item below the roots once, those below it first; iterative, since what is deep exceeds the call stack. */
export function postOrder<T>(roots: readonly T[], below: (item: T) => readonly T[]): T[] {
  const order: T[] = [];
  const state = new Map<T, "open" | "done">();
  const stack = [...roots].reverse();
  while (stack.length > 0) {
    const item = stack[stack.length - 1]!;
    if (state.get(item) === undefined) {
      state.set(item, "open");
      const own = below(item);
      for (let i = own.length - 1; i >= 0; i--) if (!state.has(own[i]!)) stack.push(own[i]!);
    } else {
      stack.pop();
      if (state.get(item) === "open") {
        state.set(item, "done");
        order.push(item);
      }
    }
  }
  return order;
}

/** What lies in nested plain data below these keys; undefined where there is nothing. */
export const valueAt = (data: unknown, keys: readonly PropertyKey[]): unknown =>
  keys.reduce((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], data);

/** The first three and, where there are more, "…": "a, b, c, …" */
export const firstFew = (items: readonly string[]): string =>
  [...items.slice(0, 3), ...(items.length > 3 ? ["…"] : [])].join(", ");
