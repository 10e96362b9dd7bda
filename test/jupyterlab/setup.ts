/** Prepares the lab once for all test files of the project. */
import type { TestProject } from "vitest/node";
import { type Lab, prepareLab } from "./lab";

declare module "vitest" {
  export interface ProvidedContext {
    lab: Lab | { readonly missing: string };
  }
}

export default async function setup(project: TestProject): Promise<void> {
  const lab = await prepareLab();
  if ("missing" in lab) console.warn(`JupyterLab is not tested: ${lab.missing}`);
  project.provide("lab", lab);
}
