// Scores of one query against many vectors, for word and image search.
#pragma once
#include "simd.h"

namespace lexel {

static INLINE float dot(const float* a, const float* b, int n) {
  V s0 = {}, s1 = {};
  int i = 0;
  for (; i + 2 * W <= n; i += 2 * W) {
    s0 += load(a + i) * load(b + i);
    s1 += load(a + i + W) * load(b + i + W);
  }
  for (; i < n; i += W) s0 += load_n(a + i, n - i) * load_n(b + i, n - i);
  return hsum(s0 + s1);
}

// Converts the W half-precision floats at p to floats. Without a conversion instruction, sign, exponent and fraction
// are shifted into place, and a multiplication by a power of two, which is exact, corrects the exponent's bias.
// Infinities and NaN are not supported there.
static INLINE V load_half(const uint16_t* p) {
#if defined(__AVX512F__)
  return reinterpret_cast<V>(_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))));
#elif defined(__AVX2__)
  return reinterpret_cast<V>(_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
#else
  VI h;
  for (int i = 0; i < W; i++) h[i] = p[i];
  const V magnitude = reinterpret_cast<V>((h & 0x7fff) << 13) * 0x1p112f;
  return reinterpret_cast<V>(reinterpret_cast<VI>(magnitude) | (h & 0x8000) << 16);
#endif
}

static INLINE float dot_half(const uint16_t* a, const float* b, int n) {
  V s0 = {}, s1 = {};
  int i = 0;
  for (; i + 2 * W <= n; i += 2 * W) {
    s0 += load_half(a + i) * load(b + i);
    s1 += load_half(a + i + W) * load(b + i + W);
  }
  for (; i < n; i += W) {
    uint16_t rest[W] = {};
    __builtin_memcpy(rest, a + i, imin(W, n - i) * sizeof(uint16_t));
    s0 += load_half(rest) * load_n(b + i, n - i);
  }
  return hsum(s0 + s1);
}

}  // namespace lexel

// scores[r] = dot(matrix[r], query) for `rows` rows of `n` floats.
extern "C" void LEXEL_PASTE(lexel_dots_, LEXEL_ISA)(const float* matrix, const float* query, int rows, int n,
                                                    float* scores) {
  for (int r = 0; r < rows; r++) scores[r] = lexel::dot(matrix + static_cast<size_t>(r) * n, query, n);
}

// The same for rows of half-precision floats (IEEE 754 binary16).
extern "C" void LEXEL_PASTE(lexel_dots_half_, LEXEL_ISA)(const uint16_t* matrix, const float* query, int rows, int n,
                                                         float* scores) {
  for (int r = 0; r < rows; r++) scores[r] = lexel::dot_half(matrix + static_cast<size_t>(r) * n, query, n);
}
