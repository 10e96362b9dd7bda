/** Compiles cells with tslab's converter and executes them. Between the two an interrupt is let in. */
import { createRequire, Module } from "node:module";
import { Script } from "node:vm";
import type { CompletionInfo, Converter, ConvertResult, Diagnostic } from "tslab/dist/converter";
import { type CodeMetadata, getCodeMetadata } from "tslab/dist/metadata";
import { normalizeJoin } from "tslab/dist/tspath";

/** What comes of a cell that does not throw. */
export interface Executed {
  /** Whether it was executed: false where the compiler has something against it. */
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
  /** The value of the last expression. */
  readonly value?: unknown;
}

/** Node's class of modules, with what it does not tell of. */
interface ModuleClass {
  new (file: string, parent: NodeModule): NodeModule & { _compile(code: string, file: string): void };
  _nodeModulePaths(folder: string): string[];
}

/** What a cell's code finds its variables and modules in. */
const key = Symbol.for("nonsmooth.cells");

/** How the code of cells is called in stacks. */
export const cellFile = "<cell>";

export class Executor {
  /** What cells have declared, as TypeScript, once they have begun to run: a cell that fails midway leaves its names. */
  private declarations = "";
  private readonly variables = variables();
  /** Modules that are cells, or TypeScript in the folder: what they compile to, and those that are loaded, by file. */
  private readonly sources = new Map<string, string>();
  private readonly modules = new Map<string, NodeModule>();

  /**
   * @param folder where modules are looked for
   * @param hear lets an interrupt in that has come already
   */
  constructor(
    private readonly converter: Converter,
    folder: string,
    readonly hear: () => unknown,
  ) {
    const require = this.requireFrom(folder, createRequire(normalizeJoin(folder, "cell.js")));
    Object.assign(globalThis, { [key]: { exports: this.variables, require } });
  }

  /**
   * Executes a cell.
   * @throws what it throws, or the signal's reason if that aborts before the cell begins to run
   */
  async execute(source: string, signal: AbortSignal): Promise<Executed> {
    const metadata = getCodeMetadata(source);
    if (metadata.module) return { ok: true, diagnostics: this.define(metadata.module, source, metadata) };
    const converted = this.converter.convert(this.declarations, source);
    this.takeModules(converted);
    if (converted.diagnostics.length > 0) return { ok: false, diagnostics: converted.diagnostics };
    const script = scriptOf(converted);
    // directly before: a signal between this and the script's own watchdog is lost
    await this.hear();
    signal.throwIfAborted();
    this.declarations = converted.declOutput ?? "";
    const ended: unknown = script.runInThisContext({ breakOnSigint: true });
    if (converted.hasToplevelAwait) await ended;
    return { ok: true, diagnostics: [], value: this.takeValue(converted.lastExpressionVar) };
  }

  inspect(source: string, position: number): ReturnType<Converter["inspect"]> {
    return this.converter.inspect(this.declarations, source, position);
  }

  complete(source: string, position: number): CompletionInfo {
    return this.converter.complete(this.declarations, source, position);
  }

  close(): void {
    this.converter.close();
  }

  private define(name: string, source: string, metadata: CodeMetadata): readonly Diagnostic[] {
    return this.converter.addModule(name, source, metadata);
  }

  private takeModules({ sideOutputs = [] }: ConvertResult): void {
    for (const { path, data } of sideOutputs) {
      this.modules.delete(path);
      this.sources.set(path, data);
    }
  }

  private takeValue(name: string | undefined): unknown {
    if (name === undefined) return undefined;
    const value = this.variables[name];
    delete this.variables[name];
    return value;
  }

  private requireFrom(folder: string, original: NodeJS.Require): NodeJS.Require {
    return new Proxy(original, {
      apply: (target, self, [id, ...rest]: [string]) => {
        if (id === "tslab") return require("tslab");
        return this.compiledModule(folder, id)?.exports ?? Reflect.apply(target, self, [id, ...rest]);
      },
    });
  }

  private compiledModule(folder: string, id: string): NodeModule | undefined {
    const path = normalizeJoin(folder, `${id}`);
    const file = /\.[^/]*$/.test(path) ? path : `${path}.js`;
    const loaded = this.modules.get(file);
    const source = this.sources.get(file);
    if (loaded || source === undefined) return loaded;
    const inner = normalizeJoin(file, "..");
    const created = new (Module as unknown as ModuleClass)(file, module);
    created.filename = file;
    created.paths = (Module as unknown as ModuleClass)._nodeModulePaths(inner);
    created.require = this.requireFrom(inner, created.require as NodeJS.Require);
    created._compile(source, file);
    this.modules.set(file, created);
    return created;
  }
}

/** Gives a promise of its end where the code awaits; SIGINT breaks its first, synchronous stretch. */
function scriptOf({ output = "", hasToplevelAwait }: ConvertResult): Script {
  const head = hasToplevelAwait ? "async function" : "function";
  const cells = `globalThis[Symbol.for(${JSON.stringify(key.description)})]`;
  const code = `(${head}(exports, require) { ${output}\n})(${cells}.exports, ${cells}.require)`;
  return new Script(code, { filename: cellFile });
}

/** The cells' variables. An import defines a property with a getter; here it can be declared anew. */
function variables(): Record<PropertyKey, unknown> {
  return new Proxy<Record<PropertyKey, unknown>>(
    {},
    {
      defineProperty: (target, name, { get, value }) => {
        if (name !== "__esModule") target[name] = get ? get() : value;
        return true;
      },
    },
  );
}
