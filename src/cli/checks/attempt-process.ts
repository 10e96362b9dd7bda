/** Entry of the process in which an engine is tried: its id and a format are the arguments. */
import type { FormatName } from "../../formats";
import { tryHere } from "./attempt";

const [id, format] = process.argv.slice(2) as [string, FormatName];
// the parent ends the process: what a driver does at its end is no part of the answer
void tryHere(id, format).then((answer) => process.send!(answer));
