/** What was run. */

/** A row for each key of a run's configuration; values as JSON, so that every digit and `null` are seen. */
export function configTable({ config }: { readonly config: object }): { key: string; value: string }[] {
  return Object.entries(config).map(([key, value]) => ({ key, value: JSON.stringify(value) }));
}
