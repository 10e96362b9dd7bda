/** The words of a filter: `vgg -failed precision=16 testAccuracy>0.9`. */
import { type Cell, cellText } from "./cells.mjs";

export interface Filtered {
  /** All that a word without a sign may be found in. */
  readonly text: string;
  cell(name: string): Cell | undefined;
}

type Test = (item: Filtered) => boolean;

const SIGNED = /^([^=<>!]+)(!=|<=|>=|=|<|>)(.*)$/;

/** A test that passes what all words of a filter allow. */
export function filterOf(words: string): Test {
  const tests = words.split(/\s+/).flatMap((word) => (word === "" || word === "-" ? [] : [testOf(word)]));
  return (item) => tests.every((test) => test(item));
}

function testOf(word: string): Test {
  const [, name, sign, value] = SIGNED.exec(word) ?? [];
  if (name !== undefined && sign !== undefined && value !== undefined) {
    return (item) => holds(item.cell(name), sign, value);
  }
  if (word.startsWith("-")) return (item) => !contains(item, word.slice(1));
  return (item) => contains(item, word);
}

const contains = ({ text }: Filtered, word: string) => text.toLowerCase().includes(word.toLowerCase());

function holds(cell: Cell | undefined, sign: string, value: string): boolean {
  if (sign === "=" || sign === "!=") return isSame(cell, value) === (sign === "=");
  if (typeof cell !== "number" || value === "") return false;
  const limit = Number(value);
  if (sign === "<") return cell < limit;
  if (sign === ">") return cell > limit;
  return sign === "<=" ? cell <= limit : cell >= limit;
}

/** 1e-2 is 0.01; a list has what is one of its items. */
function isSame(cell: Cell | undefined, value: string): boolean {
  if (Array.isArray(cell)) return cellText(cell) === value || cell.some((item: Cell) => isSame(item, value));
  if (typeof cell === "number" && value !== "" && !Number.isNaN(Number(value))) return cell === Number(value);
  return cellText(cell).toLowerCase() === value.toLowerCase();
}
