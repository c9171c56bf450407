// Scores of one query against many vectors, for word and picture search.
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

}  // namespace lexel

// scores[r] = dot(matrix[r], query) for `rows` rows of `n` floats.
extern "C" void LEXEL_PASTE(lexel_dots_, LEXEL_ISA)(const float* matrix, const float* query, int rows, int n, float* scores) {
  for (int r = 0; r < rows; r++) scores[r] = lexel::dot(matrix + static_cast<size_t>(r) * n, query, n);
}
