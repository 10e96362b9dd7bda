/** Compiles cells with tslab's converter and executes them. An interrupt can take effect between the two. */
import { createRequire, Module } from "node:module";
import { Script } from "node:vm";
import type { CompletionInfo, Converter, ConvertResult, Diagnostic } from "tslab/dist/converter";
import { type CodeMetadata, getCodeMetadata } from "tslab/dist/metadata";
import { normalizeJoin } from "tslab/dist/tspath";

/** The result of a cell that does not throw. */
export interface Executed {
  /** Whether it was executed: false if the compiler rejects it. */
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
  /** The value of the last expression. */
  readonly value?: unknown;
}

/** Node's class of modules, with its undocumented parts. */
interface ModuleClass {
  new (file: string, parent: NodeModule): NodeModule & { _compile(code: string, file: string): void };
  _nodeModulePaths(folder: string): string[];
}

/** The global in which a cell's code finds its variables and modules. */
const key = Symbol.for("nonsmooth.cells");

/** The file name of cells in stacks. */
export const cellFile = "<cell>";

export class Executor {
  /** What cells have declared, as TypeScript, from the moment they start to run: a cell that fails midway leaves its names. */
  private declarations = "";
  private readonly variables = variables();
  /** Modules that are cells, or TypeScript files in the folder: their compiled code, and the loaded ones, by file. */
  private readonly sources = new Map<string, string>();
  private readonly modules = new Map<string, NodeModule>();

  /**
   * @param folder where modules are searched for
   * @param hear lets an interrupt that has already come take effect
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
   * @throws what the cell throws, or the signal's reason if it aborts before the cell starts to run
   */
  async execute(source: string, signal: AbortSignal): Promise<Executed> {
    const metadata = getCodeMetadata(source);
    if (metadata.module) return { ok: true, diagnostics: this.define(metadata.module, source, metadata) };
    const converted = this.converter.convert(this.declarations, source);
    this.takeModules(converted);
    if (converted.diagnostics.length > 0) return { ok: false, diagnostics: converted.diagnostics };
    const script = scriptOf(converted);
    // as late as possible: a signal between this and the script's own watchdog is lost
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

/** If the code awaits, it returns a promise of its end; SIGINT stops its first, synchronous stretch. */
function scriptOf({ output = "", hasToplevelAwait }: ConvertResult): Script {
  const head = hasToplevelAwait ? "async function" : "function";
  const cells = `globalThis[Symbol.for(${JSON.stringify(key.description)})]`;
  const code = `(${head}(exports, require) { ${output}\n})(${cells}.exports, ${cells}.require)`;
  return new Script(code, { filename: cellFile });
}

/** The cells' variables. An import defines a property with a getter; here it can be declared again. */
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
