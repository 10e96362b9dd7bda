/** What a run was told: a row for each key of its configuration, the value as JSON. */
export function configTable(run: { readonly config: object }): { key: string; value: string }[] {
  return Object.entries(run.config).map(([key, value]) => ({ key, value: JSON.stringify(value) }));
}
