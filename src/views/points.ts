/** A share or an accuracy in percentage points; null stays null. */
export const points = (share: number | null): number | null => (share === null ? null : 100 * share);
