/** What was run. */

/**
 * A row for each key of a run's configuration; values as JSON, so that every digit and `null` are seen.
 *
 * @example
 * ```ts
 * import { configTable, makeConfig, training } from "nonsmooth";
 *
 * const config = makeConfig(training, { preset: "smoke" });
 * console.log(configTable({ config }).find(({ key }) => key === "epochs")); // { key: 'epochs', value: '3' }
 * ```
 */
export function configTable({ config }: { readonly config: object }): { key: string; value: string }[] {
  return Object.entries(config).map(([key, value]) => ({ key, value: JSON.stringify(value) }));
}
