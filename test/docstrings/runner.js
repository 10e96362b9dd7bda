/** Reads programs as JSON from standard input, runs each as a function that may wait, and prints as its last line what each printed. */
const { createRequire } = require("node:module");
const { join } = require("node:path");
const { text } = require("node:stream/consumers");
const { formatWithOptions } = require("node:util");

const AsyncFunction = (async () => {}).constructor;
const requireHere = createRequire(join(__dirname, "example.js"));

async function ran({ name, code }) {
  let printed = "";
  const write = process.stdout.write;
  process.stdout.write = (chunk) => {
    printed += chunk;
    return true;
  };
  const log = (...values) => process.stdout.write(`${formatWithOptions({ colors: false }, ...values)}\n`);
  try {
    await new AsyncFunction("require", "exports", "console", code)(requireHere, {}, { ...console, log });
    return { name, printed, error: "" };
  } catch (error) {
    return { name, printed, error: String(error?.stack ?? error) };
  } finally {
    process.stdout.write = write;
  }
}

async function main() {
  const programs = JSON.parse(await text(process.stdin));
  const all = [];
  for (const program of programs) all.push(await ran(program));
  process.stdout.write(`\n${JSON.stringify(all)}`, () => process.exit(0));
}

main();
