// 1x1 convolution and linear layer: matrix products over rows of pixels, in chunks that stay in cache.
#pragma once
#include "epilogue.h"
#include "gemm.h"

namespace lexel {

// Args: images, hw, in (K), out (N), tiles, chunk, view, packed weights, bias, out, stats shift, stats partial.
static void op_pointwise_forward(const Context& ctx, Args& a) {
  const int images = a.i(), hw = a.i(), k = a.i(), n = a.i(), tiles = a.i(), chunk = a.i();
  const View in = read_view(a, hw, k);
  const float *packed = a.ptr(), *bias = a.ptr();
  const ptrdiff_t panel = static_cast<ptrdiff_t>(NR) * k;
  float* out = a.ptr();
  const float* shift = a.ptr();
  float* partial = a.ptr();
  const int ld_buffer = round_up(k, 16), stride = round_up(n, 16);
  const bool big = streams(out, static_cast<size_t>(images) * hw, n);
  ctx.tiles(tiles, [=](int tile, int thread) {
    const Range range = tile_range(images, tiles, tile);
    float* buffer = ctx.scratch_of(thread);
    Stats stats = {};
    if (partial) {
      float* p = partial + static_cast<size_t>(tile) * 2 * stride;
      zero(p, 2 * stride);
      stats = {shift, p, p + stride};
    }
    for (int row = range.begin * hw; row < range.end * hw; row += chunk) {
      const int rows = imin(chunk, range.end * hw - row);
      int ld;
      const float* x = view_rows(in, row, rows, buffer, ld_buffer, &ld);
      float* o = out + static_cast<size_t>(row) * n;
      const Left left = {1, 0, k};
      auto row_of = [&](int r) { return x + static_cast<size_t>(r) * ld; };
      Prefetch prefetches;
      prefetches.add(in.x + static_cast<size_t>(row + rows) * k, static_cast<size_t>(imin(chunk, images * hw - row - rows)) * k);
      prefetches.spread(micro_calls(rows, n) * k);
      if (bias) {
        for (int r = 0; r < rows; r++) __builtin_memcpy(o + static_cast<size_t>(r) * n, bias, n * sizeof(float));
        multiply<ADD>(rows, n, left, row_of, packed, panel, NR, o, n);
      } else if (partial) {
        if (big) multiply<STREAM_STATS>(rows, n, left, row_of, packed, panel, NR, o, n, stats, &prefetches);
        else multiply<STORE_STATS>(rows, n, left, row_of, packed, panel, NR, o, n, stats, &prefetches);
      } else {
        multiply<STORE>(rows, n, left, row_of, packed, panel, NR, o, n, {}, &prefetches);
      }
    }
    fence();
  });
}

// A chunk of dX = dy * W^T, on to the target. `buffer` takes it where it needs finishing; `values` as in finish_rows.
static INLINE void pointwise_input(const GradTarget& target, const View& in, int tile, int row, int rows, int n, const float* dy,
                                   int ldy, const float* packed, float* buffer, int ld, bool big, const float* values = nullptr,
                                   Prefetch* prefetches = nullptr) {
  const int k = in.channels;
  float* dx = target.out + static_cast<size_t>(row) * k;
  const Left left = {1, 0, n};
  const ptrdiff_t panel = static_cast<ptrdiff_t>(NR) * n;
  auto row_of = [&](int r) { return dy + static_cast<size_t>(r) * ldy; };
  if (target.mode == ACCUMULATE) {
    multiply<ADD>(rows, k, left, row_of, packed, panel, NR, dx, k, {}, prefetches);
  } else if (target.mode == PLAIN) {
    multiply<STORE>(rows, k, left, row_of, packed, panel, NR, dx, k, {}, prefetches);
  } else {
    multiply<STORE>(rows, k, left, row_of, packed, panel, NR, buffer, ld, {}, prefetches);
    finish_rows(target, in, tile, row, rows, 0, k, buffer, ld, big, values);
  }
}

static INLINE void add_rows(const float* x, int rows, int n, int ld, float* sum) {
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < n; c++) sum[c] += x[static_cast<size_t>(r) * ld + c];
}

// Channels of dW that a tile of the few-rows backward pass makes: whole blocks of the micro-kernel, whole cache lines.
constexpr int WEIGHT_CHANNELS = 48;

// Args: images, hw, in (K), out (N), tiles, chunk, view, gradient view, packed transposed weights, weight gradient, bias
// gradient, work, input-gradient target.
// Many rows (`work` null): one pass over chunks of rows; weight and bias gradients are partials [tiles][K, N], [tiles][N].
// Few rows: dy is formed once in `work` [rows, N]; dX goes by rows, dW by input channels straight to its place.
static void op_pointwise_backward(const Context& ctx, Args& a) {
  const int images = a.i(), hw = a.i(), k = a.i(), n = a.i(), tiles = a.i(), chunk = a.i();
  const View in = read_view(a, hw, k);
  const GradView g = read_grad(a, n);
  const float* packed = a.ptr();
  float *dw = a.ptr(), *db = a.ptr(), *work = a.ptr();
  const GradTarget target = read_target(a);
  const int ld_x = round_up(k, 16), ld_y = round_up(n, 16), stride = round_up(n, 16), all = images * hw;
  const bool big = streams(target.out, all, k);
  // A gate's gradient is a sum over the values before it: they are made once, and gated from there.
  const bool gated = target.mode == GATED;
  if (work) {
    const float* dy = g.plain() ? g.du : work;
    GradTarget whole = target;
    if (gated) whole.mode = PLAIN;
    ctx.tiles(tiles, [=](int tile, int thread) {
      const Range range = tile_range(images, tiles, tile);
      if (!g.plain()) grad_block(g, range.begin * hw, (range.end - range.begin) * hw, 0, n, work + static_cast<size_t>(range.begin) * hw * n, n);
      if (target.mode == SKIP) return;
      begin_tile(whole, k, tile, range.begin, range.end - range.begin);
      for (int row = range.begin * hw; row < range.end * hw; row += chunk)
        pointwise_input(whole, in, tile, row, imin(chunk, range.end * hw - row), n, dy + static_cast<size_t>(row) * n, n, packed,
                        ctx.scratch_of(thread), ld_x, big);
    });
    ctx.tiles((k + WEIGHT_CHANNELS - 1) / WEIGHT_CHANNELS, [=](int tile, int thread) {
      const int c0 = tile * WEIGHT_CHANNELS, count = imin(WEIGHT_CHANNELS, k - c0);
      float *buffer = ctx.scratch_of(thread), *values = buffer + static_cast<size_t>(all) * WEIGHT_CHANNELS;
      const float* x = in.plain() ? in.x + c0 : buffer;
      if (gated) {
        gated_block(in, 0, all, c0, count, buffer, values, WEIGHT_CHANNELS);
        gate_sums(target, in, images, c0, count, values, WEIGHT_CHANNELS);
      } else if (!in.plain()) {
        view_block(in, 0, all, c0, count, buffer, WEIGHT_CHANNELS);
      }
      const Pixels px = {1, all, 0, in.plain() ? k : WEIGHT_CHANNELS, n};
      multiply_outer(count, n, x, dy, px, false, dw + static_cast<size_t>(c0) * n, n);
    });
    if (db) {
      zero(db, n);
      add_rows(dy, all, n, n, db);
    }
    return;
  }
  ctx.tiles(tiles, [=](int tile, int thread) {
    const Range range = tile_range(images, tiles, tile);
    float* buffer_x = ctx.scratch_of(thread);
    float* buffer_y = buffer_x + static_cast<size_t>(chunk) * ld_x;
    float* values = gated ? buffer_y + static_cast<size_t>(chunk) * ld_y : nullptr;
    float* dw_tile = dw + static_cast<size_t>(tile) * k * n;
    if (range.begin == range.end) zero(dw_tile, static_cast<size_t>(k) * n);
    if (db) zero(db + static_cast<size_t>(tile) * stride, stride);
    begin_tile(target, k, tile, range.begin, range.end - range.begin);
    for (int row = range.begin * hw; row < range.end * hw; row += chunk) {
      const int rows = imin(chunk, range.end * hw - row);
      int ldx, ldy;
      const float* dy = grad_rows(g, row, rows, buffer_y, ld_y, &ldy);
      const float* x = buffer_x;
      if (gated) gated_block(in, row, rows, 0, k, buffer_x, values, ldx = ld_x);
      else x = view_rows(in, row, rows, buffer_x, ld_x, &ldx);
      Prefetch prefetches;
      const size_t next = row + rows, count = imin(chunk, all - row - rows);
      prefetches.add(in.x + next * k, count * k);
      prefetches.add(g.du + next * n, count * n);
      if (!g.plain()) prefetches.add(g.x + next * n, count * n);
      if (target.mode == ACCUMULATE) prefetches.add(target.out + next * k, count * k);
      prefetches.spread(micro_calls(k, n) * rows + (target.mode == SKIP ? 0 : micro_calls(rows, k) * n));
      multiply_outer(k, n, x, dy, Pixels{1, rows, 0, ldx, ldy}, row > range.begin * hw, dw_tile, n, &prefetches);
      // The transformed input has done its work: its buffer takes dX on the way to the output.
      if (target.mode != SKIP) pointwise_input(target, in, tile, row, rows, n, dy, ldy, packed, buffer_x, ld_x, big, values, &prefetches);
      if (db) add_rows(dy, rows, n, ldy, db + static_cast<size_t>(tile) * stride);
    }
    fence();
  });
}

// Args: count, tiles, stride between partials, partials, out. out = sum over tiles, in tile order.
static void op_reduce(const Context& ctx, Args& a) {
  const int count = a.i(), parts = a.i(), stride = a.i();
  const float* partial = a.ptr();
  float* out = a.ptr();
  constexpr int BLOCK = 4096;
  ctx.tiles((count + BLOCK - 1) / BLOCK, [=](int tile, int) {
    for (int c = tile * BLOCK; c < imin(count, (tile + 1) * BLOCK); c += W) {
      const int n = count - c;
      V s = load_n(partial + c, n);
      for (int p = 1; p < parts; p++) s += load_n(partial + static_cast<size_t>(p) * stride + c, n);
      store_n(out + c, s, n);
    }
  });
}

}  // namespace lexel
