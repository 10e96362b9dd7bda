/** What the kernel and notebook files tell Jupyter about the language; if the two differ, Jupyter takes the file as changed. */
import { createRequire } from "node:module";
import { tslabFile } from "./paths";

export interface LanguageInfo {
  readonly name: string;
  /** TypeScript's version in tslab. */
  readonly version: string;
  readonly mimetype: string;
  readonly file_extension: string;
  readonly codemirror_mode: { readonly mode: string; readonly name: string; readonly typescript: boolean };
}

export function languageInfo(): LanguageInfo {
  const fromTslab = createRequire(tslabFile("package.json"));
  const { version } = fromTslab("@tslab/typescript-for-tslab/package.json") as { version: string };
  return {
    codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
    file_extension: ".ts",
    mimetype: "text/typescript",
    name: "typescript",
    version,
  };
}
