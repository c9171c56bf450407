// Packs weights in the order in which the micro-kernels read them: panels of NR columns, with zeros beyond the last
// column.
#pragma once
#include "gemm.h"
#include "ops.h"

namespace lexel {

// out[j][i] = in[i][j] for `rows` rows and `columns` columns, at most W each. Writes `width` floats to each row of out:
// those beyond `rows` are zero.
static INLINE void transpose_block(const float* in, ptrdiff_t ld_in, int rows, int columns, float* out,
                                   ptrdiff_t ld_out, int width) {
  V block[W];
#pragma GCC unroll 16
  for (int i = 0; i < W; i++) block[i] = i < rows ? load_n(in + i * ld_in, columns) : V{};
  transpose(block);
#pragma GCC unroll 16
  for (int j = 0; j < W; j++)
    if (j < columns) store_n(out + j * ld_out, block[j], width);
}

static void run(const Context& ctx, const TransposeOp& a) {
  const int rows = a.rows, columns = a.columns;
  const float* in = a.matrix;
  float* out = a.output;
  constexpr int BLOCK = 16;
  ctx.tiles((columns + BLOCK - 1) / BLOCK, [=](int tile, int) {
    for (int j = tile * BLOCK; j < imin(columns, (tile + 1) * BLOCK); j += W)
      for (int i = 0; i < rows; i += W) {
        const int n = imin(W, rows - i);
        transpose_block(in + i * columns + j, columns, n, imin(W, columns - j), out + j * rows + i, rows, n);
      }
  });
}

static_assert(PANEL % NR == 0, "packed weights have room for whole panels");

static void run(const Context& ctx, const PackForwardOp& a) {
  const int taps = a.taps, rows = a.rows, columns = a.columns;
  const float* w = a.weights;
  float* out = a.packed;
  ctx.tiles((columns + NR - 1) / NR, [=](int panel, int) {
    float* o = out + static_cast<size_t>(panel) * NR * rows * taps;
    const int j0 = panel * NR, width = imin(NR, columns - j0);
    for (int t = 0; t < taps; t++) {
      const float* tap = w + static_cast<size_t>(t) * rows * columns;
      for (int i = 0; i < rows; i++, o += NR) {
        for (int j = 0; j < NR; j += W) store(o + j, load_n(tap + i * columns + j0 + j, imax(0, imin(W, width - j))));
      }
    }
  });
}

// Packs the right operand of the input gradient, [taps * columns, rows]: for each phase of the stride (kernels/dense.h)
// the phase's taps, in reverse order.
static void run(const Context& ctx, const PackBackwardOp& a) {
  const int kernel = a.kernel, stride = a.stride, rows = a.rows, columns = a.columns;
  const float* w = a.weights;
  float* out = a.packed;
  ctx.tiles((rows + NR - 1) / NR, [=](int panel, int) {
    float* o = out + static_cast<size_t>(panel) * NR * columns * kernel * kernel;
    const int j0 = panel * NR, width = imin(NR, rows - j0);
    auto pack_tap = [&](int ky, int kx) {
      const float* tap = w + static_cast<size_t>(ky * kernel + kx) * rows * columns;
      for (int i = 0; i < columns; i += W)
        for (int j = 0; j < NR; j += W)
          transpose_block(tap + static_cast<ptrdiff_t>(j0 + j) * columns + i, columns, width - j, imin(W, columns - i),
                          o + i * NR + j, NR, W);
      o += static_cast<size_t>(NR) * columns;
    };
    for (int py = 0; py < stride; py++)
      for (int px = 0; px < stride; px++)
        for (int ky = kernel - 1; ky >= 0; ky--)
          for (int kx = kernel - 1; kx >= 0; kx--)
            if ((ky - py - kernel / 2) % stride == 0 && (kx - px - kernel / 2) % stride == 0) pack_tap(ky, kx);
  });
}

}  // namespace lexel
