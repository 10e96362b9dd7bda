/** The family that layout, text measurement and the PNG all use; Verdana has nearly its widths where it is not installed. */
export const FONT_FAMILY = "DejaVu Sans";
export const FONT_STACK = `${FONT_FAMILY}, Verdana, sans-serif`;
