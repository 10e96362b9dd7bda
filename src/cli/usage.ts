/** What is wrong with a command line, in the library's own form: `<what>: <rule>, got <value>`, with the nearest name as a hint. */
import type { Command } from "commander";
import { fail, NonsmoothError, requireName } from "../util";
import { plural } from "./exit";

/** Makes a command and its subcommands say in this form what commander says in its own. */
export function inOwnWords(command: Command): void {
  command.configureOutput({ outputError: (text, write) => write(`${complaint(text, command)}\n`) });
  for (const sub of command.commands) inOwnWords(sub);
}

/** commander's sentences, and what to say in their place; `name` is what stands in quotes. */
const sentences: readonly [RegExp, (name: string, command: Command) => unknown][] = [
  [/^error: unknown command '(.*)'/, (name, command) => requireCommand(name, command)],
  [
    /^error: unknown option '(.*)'/,
    (name, command) => requireName(`option${ofCommand(command)}`, optionsOf(command), name),
  ],
  [/^error: option '(\S+).*' argument missing/, (name) => mustBeGiven(name, "a value")],
  [/^error: missing required argument '(.*)'/, (name, command) => mustBeGiven(pathOf(command), `<${name}>`, command)],
  [/^error: too many arguments()/, (_, command) => tooMany(command)],
];

function complaint(text: string, command: Command): string {
  for (const [sentence, say] of sentences) {
    const name = sentence.exec(text)?.[1];
    if (name === undefined) continue;
    try {
      say(name, command);
    } catch (error) {
      return (error as Error).message;
    }
  }
  return text.trimEnd();
}

/** @throws NonsmoothError if a command has no subcommand of this name */
export function requireCommand(name: string, command: Command): void {
  const names = command.commands.map((known) => known.name());
  requireName(command.parent ? pathOf(command) : "command", names, name);
}

function mustBeGiven(what: string, rule: string, command?: Command): never {
  const hint = command && `npx nonsmooth ${pathOf(command)} --help`;
  throw new NonsmoothError(what, `must be given ${rule}`, { hint });
}

function tooMany(command: Command): never {
  const most = command.registeredArguments.length;
  const rule = most === 0 ? "must be given no argument" : `must be given at most ${plural(most, "argument")}`;
  return fail(pathOf(command), rule, command.args.slice(most).join(" "));
}

/** The command's words after the program's name: "runs show". */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}`.trim() : "";
}

const ofCommand = (command: Command) => (command.parent ? ` of ${pathOf(command)}` : "");

const optionsOf = (command: Command): string[] => [
  ...command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : [])),
  "--help",
];
