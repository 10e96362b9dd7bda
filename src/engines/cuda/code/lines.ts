/** Lines of C. */

/** Indented by two spaces, except for directives. */
export const indented = (text: string): string =>
  text
    .split("\n")
    .map((line) => (line.startsWith("#") ? line : `  ${line}`))
    .join("\n");

/** A line for each of the elements that a thread handles; unrolled, so that they stay in registers. */
export const each = (width: number, line: string): string =>
  `#pragma unroll\nfor (int j = 0; j < ${width}; j++) ${line}`;

/** Bytes that a thread reads or writes at once. */
const WIDTH = 16;

/** Elements that a thread handles at once: as many as fill 16 bytes, or the half, the quarter … of them that fits. */
export function widthThat(fits: (width: number) => boolean, bytes: number): number {
  let width = WIDTH / bytes;
  while (width > 1 && !fits(width)) width /= 2;
  return width;
}
