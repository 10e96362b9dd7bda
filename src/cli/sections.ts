/** What `nonsmooth list` lists, in this order. */
export const sections = [
  "experiments",
  "figures",
  "notebooks",
  "datasets",
  "engines",
  "operations",
  "kinks",
  "conventions",
] as const;

export type Section = (typeof sections)[number];
