/** NVRTC compiles the kernels' source for the device that is present. */
import { fail } from "../../../util";
import { type Argument, functions, handleIn, type Library, result } from "./bindings";

const prototypes = {
  version: "int nvrtcVersion(void* major, void* minor)",
  create:
    "int nvrtcCreateProgram(void* program, const char* source, const char* name, int headers, void* texts, void* names)",
  compile: "int nvrtcCompileProgram(uint64 program, int options, const char** list)",
  logSize: "int nvrtcGetProgramLogSize(uint64 program, void* bytes)",
  log: "int nvrtcGetProgramLog(uint64 program, void* text)",
  imageSize: "int nvrtcGetCUBINSize(uint64 program, void* bytes)",
  image: "int nvrtcGetCUBIN(uint64 program, void* image)",
  destroy: "int nvrtcDestroyProgram(void* program)",
} as const;

export type Compiler = Record<keyof typeof prototypes, (...values: Argument[]) => void>;

export const bindCompiler = (library: Library, check: (status: number, call: string) => void): Compiler =>
  functions(library, prototypes, check);

/** "12.8" */
export function compilerVersion(nvrtc: Compiler): string {
  const [major, minor] = [Buffer.alloc(4), Buffer.alloc(4)];
  nvrtc.version(major, minor);
  return `${major.readInt32LE()}.${minor.readInt32LE()}`;
}

/** What keeps the arithmetic IEEE's: no product joined with a sum, subnormals kept, quotients and roots correctly rounded. */
const EXACT = ["-fmad=false", "-ftz=false", "-prec-div=true", "-prec-sqrt=true"];

/** The image of a program for a device with a compute capability such as 90. */
export function compileSource(nvrtc: Compiler, source: string, capability: number): Buffer {
  const program = result();
  nvrtc.create(program, source, "nonsmooth.cu", 0, null, null);
  const handle = handleIn(program);
  try {
    return compiled(nvrtc, handle, capability);
  } finally {
    nvrtc.destroy(program);
  }
}

function compiled(nvrtc: Compiler, handle: number, capability: number): Buffer {
  const options = [`--gpu-architecture=sm_${capability}`, "--std=c++17", "-default-device", ...EXACT];
  try {
    nvrtc.compile(handle, options.length, options);
  } catch (cause) {
    const log = textOf(nvrtc, handle);
    if (log === "") throw cause;
    fail("cuda kernels", "must compile", log.split("\n").find((line) => /error/.test(line)) ?? log);
  }
  const bytes = result();
  nvrtc.imageSize(handle, bytes);
  const image = Buffer.alloc(handleIn(bytes));
  nvrtc.image(handle, image);
  return image;
}

function textOf(nvrtc: Compiler, program: number): string {
  const bytes = result();
  nvrtc.logSize(program, bytes);
  const text = Buffer.alloc(handleIn(bytes));
  nvrtc.log(program, text);
  return text.toString().replace(/\0.*$/s, "");
}
