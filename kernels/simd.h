// Vectors of W floats, through the compiler's vector extensions. W depends on the instruction set: the same source
// compiles to AVX-512 (16), AVX2 (8), and SSE2, NEON and WebAssembly SIMD (4).
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "isa.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#ifndef INLINE  // the sanitizer build defines its own: checked code takes minutes to compile if inlined
#define INLINE inline __attribute__((always_inline))
#define INLINE_LAMBDA __attribute__((always_inline))
#else
#define INLINE_LAMBDA
#endif
// Marks functions with loops and accumulators. WebAssembly builds do not inline them, because V8 does not keep
// accumulators in registers across the loops of a large function.
#if defined(__wasm__)
#define OUTLINE __attribute__((noinline))
#else
#define OUTLINE
#endif
// Unroll factor of a hot loop. WebAssembly builds do not unroll: V8 schedules all loads of a basic block before its
// arithmetic, and values that do not fit in its 15 registers go through the stack. Unrolled by 4, a loop ran at 60 % of
// its speed without unrolling.
#if defined(__wasm__)
#define UNROLL(n) _Pragma("clang loop unroll(disable)")
#else
#define UNROLL(n) UNROLL_TEXT(GCC unroll n)
#define UNROLL_TEXT(text) _Pragma(#text)
#endif

namespace lexel {

#if defined(__AVX512F__)
constexpr int W = 16;
#elif defined(__AVX2__)
constexpr int W = 8;
#else
constexpr int W = 4;
#endif

typedef float V __attribute__((vector_size(W * 4)));
typedef int32_t VI __attribute__((vector_size(W * 4)));
typedef V VU __attribute__((aligned(4), may_alias));

static INLINE V load(const float* p) { return *reinterpret_cast<const VU*>(p); }
static INLINE void store(float* p, V v) { *reinterpret_cast<VU*>(p) = v; }
// Not V{} + x: the compiler would emit an addition, and a broadcast from a register competes with the multiply-adds for
// an execution port.
static INLINE V splat(float x) {
#if defined(__AVX512F__)
  return reinterpret_cast<V>(_mm512_set1_ps(x));
#elif defined(__AVX2__)
  return reinterpret_cast<V>(_mm256_set1_ps(x));
#else
  return V{x, x, x, x};
#endif
}

// Stores the first n < W floats and writes nothing beyond them.
static INLINE void store_part(float* p, V v, int n) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), reinterpret_cast<__m512>(v));
#elif defined(__AVX2__)
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  _mm256_maskstore_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32(n), lane), reinterpret_cast<__m256>(v));
#else
  for (int i = 0; i < n; i++) p[i] = v[i];
#endif
}

// Stores min(n, W) floats.
static INLINE void store_n(float* p, V v, int n) {
  if (n >= W) store(p, v);
  else store_part(p, v, n);
}

// Loads min(n, W) floats; the remaining lanes are zero.
static INLINE V load_n(const float* p, int n) {
  if (n >= W) return load(p);
#if defined(__AVX512F__)
  return reinterpret_cast<V>(_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), p));
#elif defined(__AVX2__)
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return reinterpret_cast<V>(_mm256_maskload_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32(n), lane)));
#else
  V v = {};
  for (int i = 0; i < n; i++) v[i] = p[i];
  return v;
#endif
}

// A store that bypasses the caches, for outputs that are larger than the caches. p must be aligned to a vector, and
// whole cache lines must be written in order. Call fence() before other threads read the output.
static INLINE void stream(float* p, V v) {
#if defined(__AVX512F__)
  _mm512_stream_ps(p, reinterpret_cast<__m512>(v));
#elif defined(__AVX2__)
  _mm256_stream_ps(p, reinterpret_cast<__m256>(v));
#else
  store(p, v);
#endif
}
static INLINE void fence() {
#if defined(__AVX2__)
  _mm_sfence();
#endif
}
// WebAssembly has no prefetch.
#if defined(__wasm__)
constexpr bool PREFETCHES = false;
#else
constexpr bool PREFETCHES = true;
#endif
// Floats in a cache line. Each iteration of a streaming loop writes one cache line.
constexpr int LINE = 16;
// Channels that a pass over a feature map takes at a time, with their sums in registers: a cache line, so that streaming
// stores write whole ones. Vectors of 4 floats are taken singly, because four of them and their sums do not fit in 16
// registers.
constexpr int GROUP = W == 4 ? W : LINE;
// Whether an operation uses streaming stores. Without them the type has one value, and their code is left out.
#if defined(__AVX2__)
typedef bool Streams;
#else
struct Streams {
  constexpr Streams(bool = false) {}
  constexpr operator bool() const { return false; }
};
#endif
// Whether streaming stores pay off for an output of `rows` rows of n floats: it is larger than 4 MiB, and its rows are
// aligned and consist of whole cache lines.
static INLINE Streams streams(const float* out, size_t rows, int n) {
  return rows * n > (1u << 20) && n % LINE == 0 && reinterpret_cast<uintptr_t>(out) % 64 == 0;
}

// a * b + c, with one rounding if the instruction set supports it. WebAssembly supports it only with relaxed SIMD, and
// compilers do not fuse a product and a sum there. Hot loops must therefore call madd.
static INLINE V madd(V a, V b, V c) {
#if defined(__wasm_relaxed_simd__)
  return __builtin_wasm_relaxed_madd_f32x4(a, b, c);
#else
  return a * b + c;
#endif
}

// a < b ? a : b and a > b ? a : b. Intrinsics, because compilers turn the plain expression into a comparison and a
// blend.
#if defined(__AVX512F__)
#define LEXEL_MM(op, a, b) reinterpret_cast<V>(_mm512_##op(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b)))
#elif defined(__AVX2__)
#define LEXEL_MM(op, a, b) reinterpret_cast<V>(_mm256_##op(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b)))
#elif defined(__SSE2__)
#define LEXEL_MM(op, a, b) reinterpret_cast<V>(_mm_##op(reinterpret_cast<__m128>(a), reinterpret_cast<__m128>(b)))
#endif
#if defined(LEXEL_MM)
static INLINE V vmin(V a, V b) { return LEXEL_MM(min_ps, a, b); }
static INLINE V vmax(V a, V b) { return LEXEL_MM(max_ps, a, b); }
#elif defined(__wasm_simd128__)
static INLINE V vmin(V a, V b) { return __builtin_wasm_pmin_f32x4(b, a); }
static INLINE V vmax(V a, V b) { return __builtin_wasm_pmax_f32x4(b, a); }
#else
static INLINE V vmin(V a, V b) { return a < b ? a : b; }
static INLINE V vmax(V a, V b) { return a > b ? a : b; }
#endif
static INLINE float hsum(V v) {
  float s = 0;
  for (int i = 0; i < W; i++) s += v[i];
  return s;
}

static INLINE V vsqrt(V x) {
#if defined(__AVX512F__)
  return reinterpret_cast<V>(_mm512_sqrt_ps(reinterpret_cast<__m512>(x)));
#elif defined(__AVX2__)
  return reinterpret_cast<V>(_mm256_sqrt_ps(reinterpret_cast<__m256>(x)));
#elif defined(__wasm_simd128__)
  return __builtin_wasm_sqrt_f32x4(x);
#else
  V r;
  for (int i = 0; i < W; i++) r[i] = __builtin_sqrtf(x[i]);
  return r;
#endif
}

// Interleaves the lanes of the first halves of a and b, or of their second halves.
template <bool SECOND>
static INLINE V interleave(V a, V b) {
  constexpr int A = SECOND ? W / 2 : 0, B = W + A;
#if defined(__clang__) && defined(__AVX512F__)
  return __builtin_shufflevector(a, b, A, B, A + 1, B + 1, A + 2, B + 2, A + 3, B + 3, A + 4, B + 4, A + 5, B + 5,
                                 A + 6, B + 6, A + 7, B + 7);
#elif defined(__clang__) && defined(__AVX2__)
  return __builtin_shufflevector(a, b, A, B, A + 1, B + 1, A + 2, B + 2, A + 3, B + 3);
#elif defined(__clang__)
  return __builtin_shufflevector(a, b, A, B, A + 1, B + 1);
#else
  VI lanes;
  for (int i = 0; i < W; i++) lanes[i] = (i % 2 ? B : A) + i / 2;
  return __builtin_shuffle(a, b, lanes);
#endif
}

// Transposes: rows[i][j] becomes rows[j][i]. Each of the log2(W) rounds interleaves rows that are W / 2 apart.
static INLINE void transpose(V* rows) {
#pragma GCC unroll 4
  for (int round = 1; round < W; round *= 2) {
    V next[W];
#pragma GCC unroll 16
    for (int i = 0; i < W / 2; i++) {
      next[2 * i] = interleave<false>(rows[i], rows[i + W / 2]);
      next[2 * i + 1] = interleave<true>(rows[i], rows[i + W / 2]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < W; i++) rows[i] = next[i];
  }
}

// Calls f(arguments...) in a function that is not inlined in WebAssembly (see OUTLINE). As in Context::tiles, the copy
// of f lets its captures stay in registers.
template <class F, class... Arguments>
static OUTLINE void outlined(F f, Arguments... arguments) {
  const F own = f;
  own(arguments...);
}

static INLINE int round_up(int n, int m) { return (n + m - 1) / m * m; }
// n rounded up to whole cache lines: the distance in floats between rows that start on a cache line.
static INLINE int padded(int n) { return round_up(n, LINE); }
static INLINE int imin(int a, int b) { return a < b ? a : b; }
static INLINE int imax(int a, int b) { return a > b ? a : b; }

static INLINE void zero(float* p, size_t n) { __builtin_memset(p, 0, n * sizeof(float)); }

}  // namespace lexel
