/** The CUDA driver's interface (libcuda, part of every NVIDIA driver), as far as the engine needs it. */
import { type Argument, functionOf, functions, type Library } from "./bindings";

const prototypes = {
  init: "int cuInit(uint32 flags)",
  driverVersion: "int cuDriverGetVersion(void* version)",
  deviceCount: "int cuDeviceGetCount(void* count)",
  deviceName: "int cuDeviceGetName(void* name, int length, int device)",
  deviceUuid: "int cuDeviceGetUuid_v2(void* uuid, int device)",
  deviceAttribute: "int cuDeviceGetAttribute(void* value, int attribute, int device)",
  retainContext: "int cuDevicePrimaryCtxRetain(void* context, int device)",
  setContext: "int cuCtxSetCurrent(uint64 context)",
  memory: "int cuMemGetInfo_v2(void* free, void* total)",
  allocate: "int cuMemAlloc_v2(void* address, uint64 bytes)",
  free: "int cuMemFree_v2(uint64 address)",
  toDevice: "int cuMemcpyHtoDAsync_v2(uint64 to, void* from, uint64 bytes, uint64 stream)",
  toHost: "int cuMemcpyDtoHAsync_v2(void* to, uint64 from, uint64 bytes, uint64 stream)",
  loadModule: "int cuModuleLoadData(void* module, void* image)",
  kernel: "int cuModuleGetFunction(void* kernel, uint64 module, const char* name)",
  launch:
    "int cuLaunchKernel(uint64 kernel, uint32 gridX, uint32 gridY, uint32 gridZ, uint32 blockX, uint32 blockY, uint32 blockZ, uint32 shared, uint64 stream, void** parameters, void* extra)",
  createStream: "int cuStreamCreate(void* stream, uint32 flags)",
  synchronize: "int cuStreamSynchronize(uint64 stream)",
  beginCapture: "int cuStreamBeginCapture_v2(uint64 stream, int mode)",
  endCapture: "int cuStreamEndCapture(uint64 stream, void* graph)",
  instantiate: "int cuGraphInstantiateWithFlags(void* executable, uint64 graph, uint64 flags)",
  launchGraph: "int cuGraphLaunch(uint64 executable, uint64 stream)",
  destroyGraph: "int cuGraphDestroy(uint64 graph)",
  destroyExecutable: "int cuGraphExecDestroy(uint64 executable)",
} as const;

/** Values of the driver's enumerations. */
export const MAJOR = 75;
export const MINOR = 76;
/** A stream that does not wait for others of the process. */
export const NON_BLOCKING = 1;
/** Capture that other work of the process may not disturb. */
export const RELAXED = 2;

export type Driver = Record<keyof typeof prototypes, (...values: Argument[]) => void> & {
  /** Whether work is still waiting on a stream. */
  isBusy(stream: number): boolean;
};

/** The newest CUDA that the driver can run: 12080 is 12.8. */
export function driverVersion(driver: Driver): number {
  const version = Buffer.alloc(4);
  driver.driverVersion(version);
  return version.readInt32LE();
}

const NOT_READY = 600;

export function bindDriver(library: Library, check: (status: number, call: string) => void): Driver {
  const query = functionOf(library, "int cuStreamQuery(uint64 stream)");
  return {
    ...functions(library, prototypes, check),
    isBusy(stream) {
      const status = query(stream);
      if (status !== 0 && status !== NOT_READY) check(status, "cuStreamQuery");
      return status === NOT_READY;
    },
  };
}
