/** Values as a shell reads them back. */

/** Nothing in it means anything to a shell. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** A word that a POSIX shell reads as this text: in single quotes unless it needs none. */
export const shellWord = (text: string): string => (PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** Words as one line for a shell. */
export const shellLine = (words: readonly string[]): string => words.map(shellWord).join(" ");
