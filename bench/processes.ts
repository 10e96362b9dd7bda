/** The processes in which things are measured: each prints one line of JSON, its result, and ends. */
import { execFile, fork } from "node:child_process";
import { basename, dirname, join } from "node:path";
import { NonsmoothError } from "nonsmooth";

/** The folder bench/ of the checkout, seen from itself or from the compiled files in bench/out. */
export const benchFolder = basename(__dirname) === "out" ? dirname(__dirname) : __dirname;

/** Runs a program to its end and returns the JSON of its last line. @throws NonsmoothError with the end of its error output */
export function runProgram<R>(program: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<R> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { env: { ...process.env, ...env }, maxBuffer: 2 ** 24 }, (cause, stdout, stderr) => {
      const what = [program, ...words.slice(0, 1)].join(" ");
      if (cause)
        return reject(new NonsmoothError(what, "must end well", { got: tail(stderr) || cause.message, cause }));
      try {
        resolve(JSON.parse(tail(stdout)) as R);
      } catch (error) {
        reject(new NonsmoothError(what, "its last line must be JSON", { got: tail(stdout), cause: error }));
      }
    });
  });
}

/** Runs a compiled module of bench/ in a process of its own; options become one argument, as JSON. */
export function runModule<R>(name: string, options: object): Promise<R> {
  return runProgram<R>(process.execPath, [join(__dirname, `${name}.js`), JSON.stringify(options)]);
}

/** What a module started with `runModule` or `runTogether` was asked for. */
export function moduleOptions<O>(): O {
  return JSON.parse(process.argv[2]!) as O;
}

const tail = (text: string) => text.trimEnd().split("\n").at(-1) ?? "";

/**
 * Runs a compiled module in several processes at once. Each says that it is ready; when all are, they begin together.
 * @returns their results
 */
export async function runTogether<R>(processes: number, name: string, options: object): Promise<R[]> {
  const children = Array.from({ length: processes }, () =>
    fork(join(__dirname, `${name}.js`), [JSON.stringify(options)]),
  );
  const next = (child: (typeof children)[number]) =>
    new Promise<unknown>((resolve, reject) => {
      child.once("message", resolve);
      child.once("exit", (code, signal) =>
        reject(new NonsmoothError(name, "its process must not end early", { got: signal ?? `exit code ${code}` })),
      );
    });
  try {
    await Promise.all(children.map(next));
    const results = Promise.all(children.map(next));
    for (const child of children) child.send("go");
    return (await results) as R[];
  } finally {
    for (const child of children) child.kill();
  }
}

/** In such a process: prepares, waits for the others, measures and answers. */
export async function measureTogether(work: () => Promise<unknown>): Promise<void> {
  process.on("disconnect", () => process.exit());
  const go = new Promise((resolve) => process.once("message", resolve));
  process.send!("ready");
  await go;
  process.send!(await work());
}
