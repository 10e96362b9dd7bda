/** The documents that people read, below the project's folder. */
export const documents = [
  "README.md",
  "environment.md",
  "docs/layout.md",
  "docs/adding.md",
  "docs/explore.md",
  "docs/long-runs.md",
  "docs/notebooks.md",
  "docs/numerics.md",
  "docs/own-problem.md",
  "bench/README.md",
  "figures/README.md",
] as const;
