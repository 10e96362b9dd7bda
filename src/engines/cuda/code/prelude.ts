/** What every kernel's source begins with: loads and stores of several numbers at once, and the formats' conversions. */

/**
 * A parameter names its array's length, so that a compiler for tests can check every access. NVRTC is told neither to contract a product and
 * a sum into one rounding, nor to flush subnormals, nor to approximate quotients and roots (see nvrtc.ts).
 */
export const PRELUDE = `#ifndef IN
#define IN(T, x, n) const T* __restrict__ x
#define OUT(T, x, n) T* __restrict__ x
#endif

template <class T, int V> struct alignas(sizeof(T) * V) Pack { T v[V]; };

// several narrow numbers are read and written as whole words: compilers join at most four loads into one
template <int V, class T> __device__ inline Pack<T, V> load(const T* x, long long i) {
  constexpr int words = sizeof(T) < 4 ? V * sizeof(T) / 4 : 0, each = 4 / sizeof(T);
  if constexpr (words == 0) return reinterpret_cast<const Pack<T, V>*>(x)[i];
  else {
    const Pack<unsigned, words> w = reinterpret_cast<const Pack<unsigned, words>*>(x)[i];
    Pack<T, V> p;
#pragma unroll
    for (int j = 0; j < V; j++) p.v[j] = (T)(w.v[j / each] >> (8 * sizeof(T) * (j % each)));
    return p;
  }
}
template <int V, class T> __device__ inline void store(T* x, long long i, Pack<T, V> p) {
  constexpr int words = sizeof(T) < 4 ? V * sizeof(T) / 4 : 0, each = 4 / sizeof(T);
  if constexpr (words == 0) reinterpret_cast<Pack<T, V>*>(x)[i] = p;
  else {
    Pack<unsigned, words> w;
#pragma unroll
    for (int k = 0; k < words; k++) w.v[k] = 0;
#pragma unroll
    for (int j = 0; j < V; j++) w.v[j / each] |= (unsigned)p.v[j] << (8 * sizeof(T) * (j % each));
    reinterpret_cast<Pack<unsigned, words>*>(x)[i] = w;
  }
}

__device__ inline float f32_bits(unsigned bits) { union { unsigned u; float f; } x; x.u = bits; return x.f; }
__device__ inline unsigned bits_of(float f) { union { unsigned u; float f; } x; x.f = f; return x.u; }
__device__ inline double f64_bits(unsigned long long bits) { union { unsigned long long u; double f; } x; x.u = bits; return x.f; }
__device__ inline unsigned long long bits_of(double f) { union { unsigned long long u; double f; } x; x.f = f; return x.u; }
// of a normal number
__device__ inline double power_of_two(int e) { return f64_bits((unsigned long long)(e + 1023) << 52); }

// the f32 on the side of zero, or beyond, whose last bit is 1, unless x is an f32: rounding it again to 16 bits is then rounding x once
__device__ inline float to_odd(double x) {
  float y = (float)x;
  unsigned u = bits_of(y);
  if ((double)y == x || x != x || (u & 1u)) return y;
  bool beyond = x < 0 ? (double)y < x : (double)y > x;
  return f32_bits(beyond ? u - 1u : u + 1u);
}

#ifdef __CUDACC_RTC__
__device__ inline float f16_load(unsigned short h) { float x; asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(h)); return x; }
__device__ inline unsigned short f16_store(float x) { unsigned short h; asm("cvt.rn.f16.f32 %0, %1;" : "=h"(h) : "f"(x)); return h; }
#else
__device__ inline float f16_load(unsigned short h) { union { unsigned short u; _Float16 f; } x; x.u = h; return (float)x.f; }
__device__ inline unsigned short f16_store(float x) { union { unsigned short u; _Float16 f; } y; y.f = (_Float16)x; return y.u; }
#endif
__device__ inline unsigned short f16_store(double x) { return f16_store(to_odd(x)); }

__device__ inline float bf16_load(unsigned short h) { return f32_bits((unsigned)h << 16); }
__device__ inline unsigned short bf16_store(float x) {
  unsigned u = bits_of(x);
  if (x != x) return (unsigned short)(u >> 16 | 0x40u);
  return (unsigned short)((u + 0x7fffu + (u >> 16 & 1u)) >> 16);
}
__device__ inline unsigned short bf16_store(double x) { return bf16_store(to_odd(x)); }

// the nearest number with P bits of significand, ties to even: x + 1.5 * 2^(e + 53 - P) - the same. Exponents begin at E, below which there
// are subnormal numbers (S) or only 0; a number beyond the largest becomes infinite or NaN.
template <int P, int E, bool S> __device__ inline double round_to(double x, double largest, double beyond) {
  if (x == 0 || x != x) return x;
  if (fabs(x) > 2 * largest) return x < 0 ? -beyond : beyond;
  int e = (int)(bits_of(x) >> 52 & 0x7ffull) - 1023;
  double magic = 1.5 * power_of_two((S && e < E ? E : e) + 53 - P);
  double y = x + magic - magic;
  if (fabs(y) > largest) return x < 0 ? -beyond : beyond;
  if (y == 0 || (!S && fabs(y) < power_of_two(E))) return x < 0 ? -0.0 : 0.0;
  return y;
}
`;
