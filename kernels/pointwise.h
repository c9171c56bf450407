// 1x1 convolution and linear layer: matrix products over rows of pixels, in chunks that stay in cache.
#pragma once
#include "epilogue.h"
#include "gemm.h"

namespace lexel {

template <>
struct Needs<PointwiseForwardOp> {
  float* rows;
  Needs(Scratch& scratch, const PointwiseForwardOp& a)
      : rows(scratch.take(static_cast<size_t>(a.chunk) * padded(a.channels))) {}
};

static void run(const Context& ctx, const PointwiseForwardOp& a) {
  const PointwiseForwardOp op = a;
  const int images = a.images, hw = a.hw, k = a.channels, n = a.out, tiles = a.tiles, chunk = a.chunk;
  const View in = a.input;
  const float *packed = a.weights, *bias = a.bias, *shift = a.norm.shift;
  const ptrdiff_t panel = static_cast<ptrdiff_t>(NR) * k;
  float *out = a.output, *partial = a.norm.sums;
  const int ld_buffer = padded(k);
  const Streams big = streams(out, static_cast<size_t>(images) * hw, n);
  ctx.tiles(tiles, [=](int tile, int thread) {
    const Range range = tile_range(images, tiles, tile);
    Scratch scratch = ctx.scratch_of(thread);
    const Needs<PointwiseForwardOp> own(scratch, op);
    const Stats stats = tile_stats(shift, partial, tile, n);
    for (int row = range.begin * hw; row < range.end * hw; row += chunk) {
      const int rows = imin(chunk, range.end * hw - row);
      int ld;
      const float* x = view_rows(in, row, rows, own.rows, ld_buffer, &ld);
      float* o = out + static_cast<size_t>(row) * n;
      const Left left = {1, 0, k};
      auto row_of = [&](int r) { return x + static_cast<size_t>(r) * ld; };
      Prefetch prefetches;
      prefetches.add(in.x + static_cast<size_t>(row + rows) * k,
                     static_cast<size_t>(imin(chunk, images * hw - row - rows)) * k);
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

// Computes a chunk of dX = dy * W^T and writes it to the target. If dX needs finishing, it goes to `buffer` first.
// `values`: see finish_rows.
static INLINE void pointwise_input(const Target& target, const View& in, int tile, int row, int rows, int n,
                                   const float* dy, int ldy, const float* packed, float* buffer, int ld, Streams big,
                                   const float* values = nullptr, Prefetch* prefetches = nullptr) {
  const int k = in.channels;
  float* dx = target.gradient + static_cast<size_t>(row) * k;
  const Left left = {1, 0, n};
  const ptrdiff_t panel = static_cast<ptrdiff_t>(NR) * n;
  auto row_of = [&](int r) { return dy + static_cast<size_t>(r) * ldy; };
  if (target.mode == TargetMode::ACCUMULATE) {
    multiply<ADD>(rows, k, left, row_of, packed, panel, NR, dx, k, {}, prefetches);
  } else if (target.mode == TargetMode::PLAIN) {
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

// Input channels of dW that one tile of the few-rows backward pass computes: whole blocks of the micro-kernel and whole
// cache lines.
constexpr int WEIGHT_CHANNELS = 48;

template <>
struct Needs<PointwiseBackwardFewRowsOp> {
  float *rows, *values;
  Needs(Scratch& scratch, const PointwiseBackwardFewRowsOp& a)
      : rows(scratch.take(most(static_cast<size_t>(a.chunk) * padded(a.channels), columns(a)))),
        values(a.target.mode == TargetMode::GATED ? scratch.take(columns(a)) : nullptr) {}

 private:
  static size_t columns(const PointwiseBackwardFewRowsOp& a) {
    return static_cast<size_t>(a.images) * a.hw * WEIGHT_CHANNELS;
  }
  static size_t most(size_t a, size_t b) { return a > b ? a : b; }
};

static void run(const Context& ctx, const PointwiseBackwardFewRowsOp& a) {
  const PointwiseBackwardFewRowsOp op = a;
  const int images = a.images, hw = a.hw, k = a.channels, n = a.out, tiles = a.tiles, chunk = a.chunk;
  const View in = a.input;
  const GradientView g = a.gradient;
  const Target target = a.target;
  const float* packed = a.weights;
  float *dw = a.weight_gradient, *db = a.bias_gradient, *work = a.work;
  const int ld_x = padded(k), all = images * hw;
  const Streams big = streams(target.gradient, all, k);
  // The gate's gradient is a sum over the input's values before the gate. They are computed once, and the gated values
  // from them.
  const bool gated = target.mode == TargetMode::GATED;
  const float* dy = is_plain(g) ? g.du : work;
  Target whole = target;
  if (gated) whole.mode = TargetMode::PLAIN;
  ctx.tiles(tiles, [=](int tile, int thread) {
    const Range range = tile_range(images, tiles, tile);
    if (!is_plain(g))
      grad_block(g, range.begin * hw, (range.end - range.begin) * hw, 0, n,
                 work + static_cast<size_t>(range.begin) * hw * n, n);
    if (target.mode == TargetMode::SKIP) return;
    Scratch scratch = ctx.scratch_of(thread);
    const Needs<PointwiseBackwardFewRowsOp> own(scratch, op);
    begin_tile(whole, k, tile, range.begin, range.end - range.begin);
    for (int row = range.begin * hw; row < range.end * hw; row += chunk)
      pointwise_input(whole, in, tile, row, imin(chunk, range.end * hw - row), n, dy + static_cast<size_t>(row) * n, n,
                      packed, own.rows, ld_x, big);
  });
  ctx.tiles((k + WEIGHT_CHANNELS - 1) / WEIGHT_CHANNELS, [=](int tile, int thread) {
    const int c0 = tile * WEIGHT_CHANNELS, count = imin(WEIGHT_CHANNELS, k - c0);
    Scratch scratch = ctx.scratch_of(thread);
    const Needs<PointwiseBackwardFewRowsOp> own(scratch, op);
    const float* x = is_plain(in) ? in.x + c0 : own.rows;
    if (gated) {
      gated_block(in, 0, all, c0, count, own.rows, own.values, WEIGHT_CHANNELS);
      gate_sums(target, in, images, c0, count, own.values, WEIGHT_CHANNELS);
    } else if (!is_plain(in)) {
      view_block(in, 0, all, c0, count, own.rows, WEIGHT_CHANNELS);
    }
    const Pixels px = {1, all, 0, is_plain(in) ? k : WEIGHT_CHANNELS, n};
    multiply_outer(count, n, x, dy, px, false, dw + static_cast<size_t>(c0) * n, n);
  });
  if (db) {
    zero(db, n);
    add_rows(dy, all, n, n, db);
  }
}

template <>
struct Needs<PointwiseBackwardOp> {
  float *x, *dy, *values;
  Needs(Scratch& scratch, const PointwiseBackwardOp& a)
      : x(scratch.take(static_cast<size_t>(a.chunk) * padded(a.channels))),
        dy(scratch.take(static_cast<size_t>(a.chunk) * padded(a.out))),
        values(a.target.mode == TargetMode::GATED ? scratch.take(static_cast<size_t>(a.chunk) * padded(a.channels))
                                                  : nullptr) {}
};

static void run(const Context& ctx, const PointwiseBackwardOp& a) {
  const PointwiseBackwardOp op = a;
  const int images = a.images, hw = a.hw, k = a.channels, n = a.out, tiles = a.tiles, chunk = a.chunk;
  const View in = a.input;
  const GradientView g = a.gradient;
  const Target target = a.target;
  const float* packed = a.weights;
  float *dw = a.weight_gradient, *db = a.bias_gradient;
  const int ld_x = padded(k), ld_y = padded(n), all = images * hw;
  const Streams big = streams(target.gradient, all, k);
  // The gate's gradient is a sum over the input's values before the gate. They are computed once, and the gated values
  // from them.
  const bool gated = target.mode == TargetMode::GATED;
  ctx.tiles(tiles, [=](int tile, int thread) {
    const Range range = tile_range(images, tiles, tile);
    Scratch scratch = ctx.scratch_of(thread);
    const Needs<PointwiseBackwardOp> own(scratch, op);
    float* dw_tile = dw + static_cast<size_t>(tile) * k * n;
    if (range.begin == range.end) zero(dw_tile, static_cast<size_t>(k) * n);
    if (db) zero(db + static_cast<size_t>(tile) * ld_y, ld_y);
    begin_tile(target, k, tile, range.begin, range.end - range.begin);
    for (int row = range.begin * hw; row < range.end * hw; row += chunk) {
      const int rows = imin(chunk, range.end * hw - row);
      int ldx, ldy;
      const float* dy = grad_rows(g, row, rows, own.dy, ld_y, &ldy);
      const float* x = own.x;
      if (gated) gated_block(in, row, rows, 0, k, own.x, own.values, ldx = ld_x);
      else x = view_rows(in, row, rows, own.x, ld_x, &ldx);
      Prefetch prefetches;
      const size_t next = row + rows, count = imin(chunk, all - row - rows);
      prefetches.add(in.x + next * k, count * k);
      prefetches.add(g.du + next * n, count * n);
      if (!is_plain(g)) prefetches.add(g.x + next * n, count * n);
      if (target.mode == TargetMode::ACCUMULATE) prefetches.add(target.gradient + next * k, count * k);
      prefetches.spread(micro_calls(k, n) * rows + (target.mode == TargetMode::SKIP ? 0 : micro_calls(rows, k) * n));
      multiply_outer(k, n, x, dy, Pixels{1, rows, 0, ldx, ldy}, row > range.begin * hw, dw_tile, n, &prefetches);
      // The transformed input is no longer needed: its buffer holds dX until dX is finished.
      if (target.mode != TargetMode::SKIP)
        pointwise_input(target, in, tile, row, rows, n, dy, ldy, packed, own.x, ld_x, big, own.values, &prefetches);
      if (db) add_rows(dy, rows, n, ldy, db + static_cast<size_t>(tile) * ld_y);
    }
    fence();
  });
}

static void run(const Context& ctx, const ReduceOp& a) {
  const int count = a.count, parts = a.parts, stride = a.stride;
  const float* partial = a.partials;
  float* out = a.output;
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
