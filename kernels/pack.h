// Weights in the order in which the micro-kernels read them: panels of NR columns, zero beyond the last column.
#pragma once
#include "context.h"
#include "gemm.h"

namespace lexel {

// Args: mode, taps, rows (in), columns (out), source, packed, tiles.
// Source is [taps, rows, columns]; the product's right operand is
//   mode 0 (forward):        [taps * rows, columns]
//   mode 1 (input gradient): [taps * columns, rows], taps in reverse order (a rotated, transposed filter)
//   mode 2: the plain transpose [columns, rows], not in panels (taps = 1)
// `packed` has space for panels of 32 columns whatever NR is.
static void op_pack(const Context& ctx, Args& a) {
  const int mode = a.i(), taps = a.i(), rows = a.i(), columns = a.i();
  const float* w = a.ptr();
  float* out = a.ptr();
  if (mode == 2) {
    constexpr int BLOCK = 16;
    ctx.tiles((columns + BLOCK - 1) / BLOCK, [=](int tile, int) {
      const int j1 = imin(columns, (tile + 1) * BLOCK);
      for (int i = 0; i < rows; i++)
        for (int j = tile * BLOCK; j < j1; j++) out[j * rows + i] = w[i * columns + j];
    });
    return;
  }
  const int n = mode == 0 ? columns : rows, k = mode == 0 ? rows : columns;
  const int panels = (n + NR - 1) / NR;
  ctx.tiles(panels, [=](int panel, int) {
    float* o = out + static_cast<size_t>(panel) * NR * k * taps;
    const int j0 = panel * NR, width = imin(NR, n - j0);
    for (int t = 0; t < taps; t++) {
      const float* tap = w + static_cast<size_t>(mode == 0 ? t : taps - 1 - t) * rows * columns;
      if (mode == 0) {
        for (int i = 0; i < k; i++, o += NR) {
          for (int j = 0; j < NR; j += W) store(o + j, load_n(tap + i * columns + j0 + j, imax(0, imin(W, width - j))));
        }
      } else {
        // A transpose, in pieces whose lines of output stay in the first-level cache.
        if (width < NR) zero(o, static_cast<size_t>(NR) * k);
        for (int i0 = 0; i0 < k; i0 += 64)
          for (int j = 0; j < width; j++) {
            const float* row = tap + static_cast<size_t>(j0 + j) * columns;
            for (int i = i0; i < imin(k, i0 + 64); i++) o[i * NR + j] = row[i];
          }
        o += static_cast<size_t>(NR) * k;
      }
    }
  });
}

}  // namespace lexel
