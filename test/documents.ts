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
  "docs/own-data.md",
  "docs/own-network.md",
  "docs/own-activation.md",
  "docs/own-kinks.md",
  "docs/own-experiment.md",
  "bench/README.md",
  "figures/README.md",
] as const;
