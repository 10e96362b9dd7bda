/** Entry point of the process in which an engine is tried: the arguments are its id and a format. */
import type { FormatName } from "../../formats";
import { tryHere } from "./attempt";

const [id, format] = process.argv.slice(2) as [string, FormatName];
// the parent ends the process: what a driver does on exit is not part of the answer
void tryHere(id, format).then((answer) => process.send!(answer));
