/** Tooltips: a declaration, its description and its tags. */
import type * as ts from "@tslab/typescript-for-tslab";

/** Like tslab's, with the names of the tags. */
export function tooltip({ displayParts = [], documentation = [], tags = [] }: ts.QuickInfo): string {
  const text = (parts: readonly { readonly text: string }[] = []) => parts.map((part) => part.text).join("");
  const lines = tags.map((tag) => `@${tag.name} ${text(tag.text)}`.trim());
  return [text(displayParts), text(documentation), lines.join("\n")].filter((part) => part !== "").join("\n\n");
}
