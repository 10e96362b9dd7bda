/**
 * How the digits are written: for each one some variants, the most common first; for each variant its strokes; for each
 * stroke the points the pen passes through, as "x,y" in a box of 100 × 100, y downwards. The curve through them is a
 * Catmull-Rom spline (Catmull and Rom 1974), broken at a point marked "!", where the pen turns sharply.
 */
const DIGITS: readonly (readonly (readonly string[])[])[] = [
  [
    ["58,2 28,12 10,50 26,90 55,98 82,80 90,45 76,12 52,3"],
    ["64,5 36,8 14,48 20,84 46,98 74,72 84,32 70,8 54,3"],
    ["46,8 18,30 14,70 42,98 76,88 88,50 74,12 44,6 34,16"],
  ],
  [["50,0 50,50 50,100"], ["32,20 56,0! 55,50 54,100"], ["32,20 54,0! 53,50 53,98", "30,99 54,98 78,98"]],
  [
    ["14,26 30,5 60,2 80,20 72,46 44,72 12,96! 45,95 90,94"],
    ["12,22 34,4 64,4 80,24 66,54 36,82 18,94 10,84 24,76 48,88 70,98 92,90"],
  ],
  [
    ["16,14 40,2 70,8 76,26 62,42 38,48! 66,52 82,72 70,92 42,99 14,88"],
    ["18,12 46,1 72,12 68,34 46,46 40,50 62,52 80,68 72,92 42,99 12,88"],
    ["16,4 48,4 80,4! 60,22 44,40! 72,46 84,68 70,92 40,99 14,90"],
  ],
  [
    ["28,2 22,26 16,54! 46,55 86,50", "72,4 70,50 66,100"],
    ["62,0 36,30 10,64! 50,64 92,62", "64,0 63,50 62,100"],
  ],
  [
    ["32,4 28,24 24,44! 50,36 76,48 82,70 66,92 40,99 14,88", "32,4 56,5 82,2"],
    ["84,3 58,4 32,5! 28,24 24,46! 52,38 78,50 82,72 64,94 38,98 12,90"],
  ],
  [
    ["66,2 40,16 20,48 18,80 42,98 70,90 76,68 56,52 32,60 20,78"],
    ["56,0 34,30 20,62 26,92 52,99 76,84 72,62 50,54 30,64 22,76"],
  ],
  [
    ["12,6 48,5 84,4! 64,36 48,68 38,100"],
    ["12,6 48,5 84,4! 64,36 48,68 38,100", "34,52 54,50 76,50"],
    ["14,20 14,5! 48,5 84,5! 66,40 50,70 44,100"],
  ],
  [
    ["76,16 50,2 26,14 30,34 52,48 76,66 76,88 50,99 22,88 24,66 50,48 74,32 78,14"],
    ["52,47 28,34 28,12 50,2 74,12 74,34 52,47", "52,47 24,60 20,84 50,99 80,84 78,60 52,47"],
  ],
  [
    ["76,22 56,4 28,12 20,34 40,50 64,42 78,20! 76,50 72,100"],
    ["78,24 58,3 28,12 22,36 44,50 68,42 80,18 80,50 70,84 46,99 24,92"],
  ],
];

/** A way to write a digit, ready to be drawn. */
export interface Outline {
  /** [2 × points], x and y in [−1, 1]. */
  readonly points: Float64Array;
  /** [4 × spans]: the points before, at the beginning, at the end and after each span of the spline. */
  readonly spans: Uint8Array;
}

/** For each digit its outlines, the most common first. */
export const OUTLINES: readonly (readonly Outline[])[] = DIGITS.map((variants) => variants.map(outline));

function outline(strokes: readonly string[]): Outline {
  const points: number[] = [];
  const spans: number[] = [];
  for (const stroke of strokes) {
    const marks = stroke.split(" ");
    const first = points.length / 2;
    const last = first + marks.length - 1;
    for (const mark of marks)
      points.push(
        ...mark
          .replace("!", "")
          .split(",")
          .map((value) => Number(value) / 50 - 1),
      );
    // at an end or a corner the neighbour beyond is the point itself
    const ends = (k: number) => k === first || k === last || marks[k - first]!.endsWith("!");
    for (let k = first; k < last; k++) spans.push(ends(k) ? k : k - 1, k, k + 1, ends(k + 1) ? k + 1 : k + 2);
  }
  return { points: Float64Array.from(points), spans: Uint8Array.from(spans) };
}
