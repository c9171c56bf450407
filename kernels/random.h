// Threefry-2x32-20 (Salmon et al., SC 2011), W draws at once. Gives the same numbers as src/util/random.ts.
#pragma once
#include "simd.h"

namespace lexel {

typedef uint32_t VN __attribute__((vector_size(W * 4)));

static inline VN threefry(uint32_t k0, uint32_t k1, VN c0, uint32_t c1) {
  constexpr int rotations[8] = {13, 15, 26, 6, 17, 29, 16, 24};
  const uint32_t ks[3] = {k0, k1, k0 ^ k1 ^ 0x1bd11bdau};
  VN x0 = c0 + k0, x1 = VN{} + (c1 + k1);
#pragma GCC unroll 5
  for (uint32_t block = 0; block < 5; block++) {
#pragma GCC unroll 4
    for (int r = 0; r < 4; r++) {
      const int rot = rotations[(block & 1) * 4 + r];
      x0 += x1;
      x1 = ((x1 << rot) | (x1 >> (32 - rot))) ^ x0;
    }
    x0 += ks[(block + 1) % 3];
    x1 += ks[(block + 2) % 3] + block + 1;
  }
  return x0;
}

}  // namespace lexel
