/** How tests compare tables. */

/** The cells of each row as showTable writes them: so many digits of numbers that are not whole; the others as they are. */
export const shown = (rows: readonly object[], digits = 4): unknown[][] =>
  rows.map((row) => Object.values(row).map((cell) => rounded(cell, digits)));

export const rounded = (cell: unknown, digits = 4): unknown =>
  typeof cell === "number" && !Number.isInteger(cell) ? Number(cell.toPrecision(digits)) : cell;
