// A CUDA device in software, for tests: the driver, NVRTC and cuBLAS in one library, as far as src/engines/cuda calls them.
//
// NVRTC gives the source to g++, a launch is a loop over threads, a captured graph is a list of calls, a product is three loops. It is stricter than
// hardware: fresh memory holds a pattern, every access is checked against the length that the kernel's parameter names, an output must be written
// completely, and reading what nobody has written is an error. It can be told to fail (software_fail).
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <functional>
#include <map>
#include <regex>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

typedef uint64_t u64;
typedef uint32_t u32;
typedef unsigned char byte;

static const byte PATTERN = 0xA5;
enum { SUCCESS = 0, INVALID = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, ILLEGAL_ADDRESS = 700, LAUNCH_FAILURE = 719, NOT_FOUND = 500, NOT_READY = 600 };

// --- memory: every allocation knows which of its bytes have been written
struct Allocation { u64 bytes; std::vector<byte> written; };
static std::map<u64, Allocation> memory;
static u64 in_use = 0, most = u64(8) << 30;

static std::string hex(u64 x) { char s[32]; snprintf(s, sizeof s, "0x%llx", (unsigned long long)x); return s; }

/** The marks of a range, which must lie in one allocation. */
static byte* marks(u64 address, u64 bytes, const char* what) {
  auto it = memory.upper_bound(address);
  if (it != memory.begin()) {
    --it;
    u64 offset = address - it->first;
    if (offset + bytes <= it->second.bytes) return it->second.written.data() + offset;
  }
  throw std::runtime_error(std::string(what) + ": " + std::to_string(bytes) + " bytes at " + hex(address) + " are not allocated");
}
static void require_written(u64 address, u64 bytes, const char* what) {
  const byte* mark = marks(address, bytes, what);
  if (bytes && memchr(mark, 0, bytes)) throw std::runtime_error(std::string(what) + ": reads memory at " + hex(address) + " that nobody has written");
}
static void mark_written(u64 address, u64 bytes, const char* what) { memset(marks(address, bytes, what), 1, bytes); }
/** Forgets what was there, so that a kernel that does not write all of its output is found. */
static byte* forget(u64 address, u64 bytes, const char* what) {
  byte* mark = marks(address, bytes, what);
  memset(mark, 0, bytes);
  memset((void*)address, PATTERN, bytes);
  return mark;
}

// work is done at once, but the first question after it is answered as by a device that is still at it
static bool busy = false;

// --- failures: sticky as on hardware, and on demand
static int sticky = 0, fail_kind = 0, fail_after = -1;
static u64 launches = 0, allocations = 0, copies_to_host = 0, bytes_to_host = 0, graph_launches = 0;
static bool fails(int kind) {
  if (fail_kind != kind || fail_after < 0) return false;
  if (fail_after == 0) return true; // until it is told otherwise
  fail_after--;
  return false;
}
static int guarded(const std::function<void()>& f) {
  if (sticky) return sticky;
  try { f(); return SUCCESS; }
  catch (const std::exception& error) { fprintf(stderr, "software CUDA: %s\n", error.what()); return sticky = ILLEGAL_ADDRESS; }
}
typedef std::vector<std::function<void()>> Recording;
static Recording* recording = nullptr;
static int act(std::function<void()> f) {
  if (sticky) return sticky;
  busy = true;
  if (recording) { recording->push_back(std::move(f)); return SUCCESS; }
  return guarded(f);
}

/** What compiled kernels call. */
struct Services {
  const byte* (*reads)(u64, u64, const char*);
  byte* (*writes)(u64, u64, const char*);
  void (*fail)(const char*, const char*, long long, long long);
};
static void kernel_fails(const char* array, const char* what, long long element, long long length) {
  throw std::runtime_error(std::string(array) + " " + what + ": element " + std::to_string(element) + " of " + std::to_string(length));
}
static Services services = {[](u64 a, u64 n, const char* what) -> const byte* { return marks(a, n, what); }, forget, kernel_fails};

struct Kernel { void (*run)(void**, u32, u32, const Services*); int parameters; std::string name; };
struct Module { void* library; std::map<std::string, int> parameters; };
struct Program { std::string source, image, log; };
static std::map<std::string, std::map<std::string, int>> parameters_of; // by path of the image

extern "C" {
/** kind 1: allocations after so many are out of memory; 2: the launch after so many loses the device; 0: nothing fails. */
void software_fail(int kind, int after) { fail_kind = kind; fail_after = after; }
void software_memory(u64 bytes) { most = bytes; }
/** launches, graph launches, allocations, bytes in use, copies to the host, bytes copied to the host */
void software_counts(u64* out) { u64 all[] = {launches, graph_launches, allocations, in_use, copies_to_host, bytes_to_host}; memcpy(out, all, sizeof all); }

/** Eight devices that look the same, and any part of one that a name begins with MIG; a name that is not known hides those after it, too. */
static const char* const UUID = "00112233-4455-6677-8899-aabbccddeeff";
static std::string visible() { const char* names = getenv("CUDA_VISIBLE_DEVICES"); std::string all = names ? names : "0"; return all.substr(0, all.find(',')); }
static bool is_visible() {
  std::string name = visible();
  bool known = (name.size() == 1 && name[0] >= '0' && name[0] < '8') || name == std::string("GPU-") + UUID;
  return known || name.rfind("MIG-", 0) == 0;
}
int cuInit(u32) { return getenv("SOFTWARE_CUDA_NO_DEVICE") || !is_visible() ? NO_DEVICE : SUCCESS; }
int cuDeviceGetUuid_v2(byte* out, int) {
  std::string name = visible(), digits;
  for (char c : name.rfind("MIG-", 0) == 0 ? name.substr(4) : std::string(UUID)) if (c != '-') digits += c;
  for (int i = 0; i < 16; i++) out[i] = (byte)std::stoi(digits.substr(2 * i, 2), nullptr, 16);
  return 0;
}
int cuDriverGetVersion(int* v) { const char* own = getenv("SOFTWARE_CUDA_DRIVER"); *v = own ? atoi(own) : 12080; return 0; }
int cuDeviceGetCount(int* n) { *n = 1; return 0; }
int cuDeviceGet(int* d, int) { *d = 0; return 0; }
int cuDevicePrimaryCtxRetain(u64* c, int) { *c = 1; return 0; }
int cuCtxSetCurrent(u64) { return 0; }
int cuDeviceGetName(char* s, int n, int) { snprintf(s, n, "software CUDA device"); return 0; }
int cuDeviceGetAttribute(int* v, int a, int) { *v = a == 75 ? 9 : 0; return 0; }
int cuMemGetInfo_v2(u64* available, u64* total) { *total = most; *available = most > in_use ? most - in_use : 0; return 0; }
int cuMemAlloc_v2(u64* address, u64 bytes) {
  if (sticky) return sticky;
  if (bytes == 0) return INVALID;
  if (fails(1) || in_use + bytes > most) return OUT_OF_MEMORY;
  void* p = nullptr;
  if (posix_memalign(&p, 256, bytes)) return OUT_OF_MEMORY;
  memset(p, PATTERN, bytes);
  memory[(u64)p] = {bytes, std::vector<byte>(bytes, 0)};
  in_use += bytes; allocations++;
  *address = (u64)p;
  return 0;
}
int cuMemFree_v2(u64 address) {
  auto it = memory.find(address);
  if (it == memory.end()) return INVALID;
  in_use -= it->second.bytes; memory.erase(it); free((void*)address);
  return sticky;
}
int cuMemcpyHtoDAsync_v2(u64 to, void* from, u64 bytes, u64) {
  if (recording) return 900;
  return guarded([=] { mark_written(to, bytes, "copy to the device"); memcpy((void*)to, from, bytes); });
}
int cuMemcpyDtoHAsync_v2(void* to, u64 from, u64 bytes, u64) {
  if (recording) return 900;
  copies_to_host++; bytes_to_host += bytes;
  return guarded([=] { marks(from, bytes, "copy to the host"); memcpy(to, (void*)from, bytes); });
}
int cuModuleLoadData(u64* m, const char* image) {
  void* library = dlopen(image, RTLD_NOW | RTLD_LOCAL);
  if (!library) { fprintf(stderr, "%s\n", dlerror()); return 200; }
  // the code is in memory now
  unlink(image);
  rmdir(std::string(image).substr(0, std::string(image).rfind('/')).c_str());
  *m = (u64) new Module{library, parameters_of[image]};
  return 0;
}
int cuModuleUnload(u64) { return 0; }
int cuModuleGetFunction(u64* f, u64 m, const char* name) {
  auto* module = (Module*)m;
  void* run = dlsym(module->library, (std::string(name) + "__run").c_str());
  if (!run) return NOT_FOUND;
  *f = (u64) new Kernel{(void (*)(void**, u32, u32, const Services*))run, module->parameters[name], name};
  return 0;
}
int cuLaunchKernel(u64 f, u32 gx, u32 gy, u32 gz, u32 bx, u32 by, u32 bz, u32, u64, void** given, void*) {
  if (gx == 0 || gy != 1 || gz != 1 || bx == 0 || bx > 1024 || by != 1 || bz != 1) return INVALID;
  if (fails(2)) sticky = LAUNCH_FAILURE;
  auto* kernel = (Kernel*)f;
  std::vector<u64> values(kernel->parameters);
  for (int i = 0; i < kernel->parameters; i++) memcpy(&values[i], given[i], 8);
  return act([=]() mutable {
    launches++;
    std::vector<void*> parameters;
    for (auto& value : values) parameters.push_back(&value);
    kernel->run(parameters.data(), gx, bx, &services);
  });
}
int cuStreamCreate(u64* s, u32) { *s = 1; return 0; }
int cuStreamSynchronize(u64) { return sticky; }
int cuStreamQuery(u64) {
  if (sticky) return sticky;
  bool was = busy;
  busy = false;
  return was ? NOT_READY : SUCCESS;
}
int cuStreamBeginCapture_v2(u64, int) { if (recording) return 901; recording = new Recording; return sticky; }
int cuStreamEndCapture(u64, u64* g) { *g = (u64)recording; recording = nullptr; return sticky; }
int cuGraphInstantiateWithFlags(u64* e, u64 g, u64) { *e = (u64) new Recording(*(Recording*)g); return 0; }
int cuGraphLaunch(u64 e, u64) {
  if (fails(2)) sticky = LAUNCH_FAILURE;
  graph_launches++;
  busy = true;
  return guarded([=] { for (auto& f : *(Recording*)e) f(); });
}
int cuGraphDestroy(u64 g) { delete (Recording*)g; return 0; }
int cuGraphExecDestroy(u64 e) { delete (Recording*)e; return 0; }

int nvrtcVersion(int* major, int* minor) { *major = 12; *minor = 8; return 0; }
int nvrtcCreateProgram(u64* p, const char* source, const char*, int, void*, void*) { *p = (u64) new Program{source, "", ""}; return 0; }
int nvrtcDestroyProgram(u64* p) { delete (Program*)*p; *p = 0; return 0; }
int nvrtcGetProgramLogSize(u64 p, u64* n) { *n = ((Program*)p)->log.size() + 1; return 0; }
int nvrtcGetProgramLog(u64 p, char* s) { strcpy(s, ((Program*)p)->log.c_str()); return 0; }
int nvrtcGetCUBINSize(u64 p, u64* n) { *n = ((Program*)p)->image.size() + 1; return 0; }
int nvrtcGetCUBIN(u64 p, char* s) { strcpy(s, ((Program*)p)->image.c_str()); return 0; }
}

// --- NVRTC
static const char* HEADER = R"(
// declared here rather than included: the headers of the C++ library take longer to compile than a kernel
extern "C" { double exp(double); float expf(float); double log(double); float logf(float); double sqrt(double); float sqrtf(float); double fabs(double); float fabsf(float); double ldexp(double, int); double frexp(double, int*); }
static inline float exp(float x) { return expf(x); }
static inline float log(float x) { return logf(x); }
static inline float sqrt(float x) { return sqrtf(x); }
static inline float fabs(float x) { return fabsf(x); }
#define __global__
#define __device__ static
struct Dim { unsigned x, y, z; };
static Dim blockIdx, threadIdx, blockDim, gridDim;
typedef unsigned char mark;
typedef unsigned long long u64;
struct Services {
  const mark* (*reads)(u64, u64, const char*);
  mark* (*writes)(u64, u64, const char*);
  void (*fail)(const char* array, const char* what, long long element, long long length);
};
static const Services* services;
template <class T, int V> struct Pack;
static bool any_unwritten(const mark* w, long long n) { for (long long i = 0; i < n; i++) if (!w[i]) return true; return false; }
template <class T> struct In {
  const T* p; long long n; const mark* w; const char* what;
  In(const void* v, long long n, const char* what) : p(*(const T**)v), n(n), w(services->reads((u64)p, n * sizeof(T), what)), what(what) {}
  const T& operator[](long long i) const {
    if (i < 0 || i >= n) services->fail(what, "reads outside", i, n);
    if (any_unwritten(w + i * sizeof(T), sizeof(T))) services->fail(what, "reads what nobody has written", i, n);
    return p[i];
  }
};
template <class T> struct Out {
  T* p; long long n; mark* w; const char* what;
  Out(const void* v, long long n, const char* what) : p(*(T**)v), n(n), w(services->writes((u64)p, n * sizeof(T), what)), what(what) {}
  T& operator[](long long i) const {
    if (i < 0 || i >= n) services->fail(what, "writes outside", i, n);
    for (unsigned k = 0; k < sizeof(T); k++) w[i * sizeof(T) + k] = 1;
    return p[i];
  }
  void complete() const { if (any_unwritten(w, n * sizeof(T))) services->fail(what, "is not written completely", 0, n); }
};
template <int V, class T> static Pack<T, V> load(const In<T>& x, long long i) {
  if ((u64)x.p % (V * sizeof(T))) services->fail(x.what, "is misaligned", i, x.n);
  Pack<T, V> q; for (int j = 0; j < V; j++) q.v[j] = x[i * V + j]; return q; }
template <int V, class T> static void store(const Out<T>& y, long long i, Pack<T, V> q) {
  if ((u64)y.p % (V * sizeof(T))) services->fail(y.what, "is misaligned", i, y.n);
  for (int j = 0; j < V; j++) y[i * V + j] = q.v[j]; }
#define IN(T, x, n) const In<T>& x
#define OUT(T, x, n) const Out<T>& x
)";

/** A function that builds a kernel's parameters, runs every thread, and looks whether all was written. */
static std::string wrapper(const std::string& name, const std::string& list, int& count) {
  std::regex parameter("(IN|OUT)\\(([^,]+), (\\w+), (\\d+)\\)");
  std::string made, call, complete;
  count = 0;
  for (std::sregex_iterator it(list.begin(), list.end(), parameter), end; it != end; ++it, ++count) {
    bool in = (*it)[1] == "IN";
    std::string own = (*it)[3];
    made += std::string("  ") + (in ? "In<" : "Out<") + (*it)[2].str() + "> " + own + "(p[" + std::to_string(count) + "], " + (*it)[4].str() + ", \"" + name + ", " + own + "\");\n";
    call += (count ? ", " : "") + own;
    if (!in) complete += "  " + own + ".complete();\n";
  }
  return "extern \"C\" void " + name + "__run(void** p, unsigned gx, unsigned bx, const Services* s) {\n  services = s;\n" + made + "  gridDim.x = gx; blockDim.x = bx;\n" +
         "  for (blockIdx.x = 0; blockIdx.x < gx; blockIdx.x++) for (threadIdx.x = 0; threadIdx.x < bx; threadIdx.x++) " + name + "(" + call + ");\n" + complete + "}\n";
}

extern "C" int nvrtcCompileProgram(u64 p, int, const char**) {
  auto* program = (Program*)p;
  const char* temporary = getenv("TMPDIR");
  std::string base = std::string(temporary ? temporary : "/tmp") + "/software-cuda-XXXXXX", wrappers;
  if (!mkdtemp(base.data())) return 6;
  std::map<std::string, int> parameters;
  const std::string mark = "__global__ void ";
  for (size_t at = program->source.find(mark); at != std::string::npos; at = program->source.find(mark, at + 1)) {
    size_t open = program->source.find('(', at), close = program->source.find(") {", open);
    std::string name = program->source.substr(at + mark.size(), open - at - mark.size());
    wrappers += wrapper(name, program->source.substr(open + 1, close - open - 1), parameters[name]);
  }
  FILE* f = fopen((base + "/k.cpp").c_str(), "w");
  fprintf(f, "%s\n%s\n%s", HEADER, program->source.c_str(), wrappers.c_str());
  fclose(f);
  std::string command = "g++ -std=c++20 -O0 -fPIC -shared -ffp-contract=off -fno-strict-aliasing -w " + base + "/k.cpp -o " + base + "/k.so 2>" + base + "/log";
  int status = system(command.c_str());
  FILE* log = fopen((base + "/log").c_str(), "r");
  char buffer[4096];
  while (size_t got = log ? fread(buffer, 1, sizeof buffer, log) : 0) program->log.append(buffer, got);
  if (log) fclose(log);
  unlink((base + "/log").c_str());
  if (!getenv("SOFTWARE_CUDA_KEEP")) unlink((base + "/k.cpp").c_str());
  program->image = base + "/k.so";
  parameters_of[program->image] = parameters;
  return status ? 6 : 0;
}

// --- cuBLAS
struct Half { _Float16 f; operator float() const { return (float)f; } Half() = default; Half(float x) : f((_Float16)x) {} };
struct Brain {
  uint16_t h;
  operator float() const { uint32_t u = (uint32_t)h << 16; float f; memcpy(&f, &u, 4); return f; }
  Brain() = default;
  Brain(float x) { uint32_t u; memcpy(&u, &x, 4); h = x != x ? (u >> 16) | 0x40 : (u + 0x7fff + (u >> 16 & 1)) >> 16; }
};

/** c = op(a) op(b), columns first; each sum in order. */
template <class T, class R, class A> static void gemm(bool ta, bool tb, long m, long n, long k, const T* a, long lda, const T* b, long ldb, R* c, long ldc) {
  std::vector<A> sum(m);
  for (long j = 0; j < n; j++) {
    for (long i = 0; i < m; i++) sum[i] = 0;
    for (long l = 0; l < k; l++) {
      A right = (A)b[tb ? l * ldb + j : j * ldb + l];
      if (ta) for (long i = 0; i < m; i++) sum[i] += (A)a[i * lda + l] * right;
      else for (long i = 0; i < m; i++) sum[i] += (A)a[l * lda + i] * right;
    }
    for (long i = 0; i < m; i++) c[j * ldc + i] = (R)sum[i];
  }
}

static u64 width(int type) { return type == 1 ? 8 : type == 0 ? 4 : 2; }

extern "C" {
int cublasCreate_v2(u64* h) { *h = 1; return 0; }
int cublasGetProperty(int type, int* v) { *v = type == 0 ? 12 : type == 1 ? 8 : 4; return 0; }
int cublasSetStream_v2(u64, u64) { return 0; }
int cublasSetWorkspace_v2(u64, u64, u64) { return 0; }
int cublasSetMathMode(u64, int) { return 0; }
int cublasGemmStridedBatchedEx(u64, int ta, int tb, int m, int n, int k, void* al, u64 a, int type, int lda, int64_t sa, u64 b, int typeB, int ldb, int64_t sb, void* be, u64 c, int typeC, int ldc, int64_t sc, int count, int compute, int) {
  double alpha = compute == 70 ? *(double*)al : *(float*)al, beta = compute == 70 ? *(double*)be : *(float*)be;
  bool wide = type == 1;
  if (type != typeB || alpha != 1 || beta != 0 || wide != (compute == 70) || (!wide && compute != 68 && compute != 77) || m < 1 || n < 1 || k < 1) return 7;
  if (lda < (ta ? k : m) || ldb < (tb ? n : k) || ldc < m) return 7;
  return act([=] {
    for (int r = 0; r < count; r++) {
      u64 x = a + r * sa * width(type), y = b + r * sb * width(type), z = c + r * sc * width(typeC);
      require_written(x, ((u64)(ta ? m : k) - 1) * lda * width(type) + (ta ? k : m) * width(type), "product, first factor");
      require_written(y, ((u64)(tb ? k : n) - 1) * ldb * width(type) + (tb ? n : k) * width(type), "product, second factor");
      u64 bytes = ((u64)n - 1) * ldc * width(typeC) + m * width(typeC);
      forget(z, bytes, "product, result");
      if (type == 1 && typeC == 1) gemm<double, double, double>(ta, tb, m, n, k, (double*)x, lda, (double*)y, ldb, (double*)z, ldc);
      else if (type == 0 && typeC == 0) gemm<float, float, float>(ta, tb, m, n, k, (float*)x, lda, (float*)y, ldb, (float*)z, ldc);
      else if (type == 2 && typeC == 2) gemm<Half, Half, float>(ta, tb, m, n, k, (Half*)x, lda, (Half*)y, ldb, (Half*)z, ldc);
      else if (type == 2 && typeC == 0) gemm<Half, float, float>(ta, tb, m, n, k, (Half*)x, lda, (Half*)y, ldb, (float*)z, ldc);
      else if (type == 14 && typeC == 14) gemm<Brain, Brain, float>(ta, tb, m, n, k, (Brain*)x, lda, (Brain*)y, ldb, (Brain*)z, ldc);
      else if (type == 14 && typeC == 0) gemm<Brain, float, float>(ta, tb, m, n, k, (Brain*)x, lda, (Brain*)y, ldb, (float*)z, ldc);
      else throw std::runtime_error("product: types " + std::to_string(type) + " and " + std::to_string(typeC));
      mark_written(z, bytes, "product, result");
    }
  });
}
int cublasGemmEx(u64 h, int ta, int tb, int m, int n, int k, void* al, u64 a, int type, int lda, u64 b, int typeB, int ldb, void* be, u64 c, int typeC, int ldc, int compute, int algorithm) {
  return cublasGemmStridedBatchedEx(h, ta, tb, m, n, k, al, a, type, lda, 0, b, typeB, ldb, 0, be, c, typeC, ldc, 0, 1, compute, algorithm);
}
}
