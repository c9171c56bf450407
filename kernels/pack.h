// Weights in the order in which the micro-kernels read them: panels of NR columns, zero beyond the last column.
#pragma once
#include "context.h"
#include "gemm.h"

namespace lexel {

// out[j][i] = in[i][j] for `rows` rows and `columns` columns, at most W each; the other places of the columns' vectors get zero.
static INLINE void transpose_block(const float* in, ptrdiff_t ld_in, int rows, int columns, float* out, ptrdiff_t ld_out, int width) {
  V block[W];
#pragma GCC unroll 16
  for (int i = 0; i < W; i++) block[i] = i < rows ? load_n(in + i * ld_in, columns) : V{};
  transpose(block);
#pragma GCC unroll 16
  for (int j = 0; j < W; j++)
    if (j < columns) store_n(out + j * ld_out, block[j], width);
}

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
      for (int j = tile * BLOCK; j < imin(columns, (tile + 1) * BLOCK); j += W)
        for (int i = 0; i < rows; i += W) {
          const int n = imin(W, rows - i);
          transpose_block(w + i * columns + j, columns, n, imin(W, columns - j), out + j * rows + i, rows, n);
        }
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
        for (int i = 0; i < k; i += W)
          for (int j = 0; j < NR; j += W)
            transpose_block(tap + static_cast<ptrdiff_t>(j0 + j) * columns + i, columns, width - j, imin(W, k - i), o + i * NR + j, NR, W);
        o += static_cast<size_t>(NR) * k;
      }
    }
  });
}

}  // namespace lexel
