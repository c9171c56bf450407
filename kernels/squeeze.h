// Squeeze-excite (Hu et al. 2018): the mean over pixels, the two small layers that compute the gate, and their backward
// pass.
#pragma once
#include "gemm.h"
#include "view.h"

namespace lexel {

static void run(const Context& ctx, const PoolOp& a) {
  const int images = a.images, hw = a.hw, channels = a.channels, tiles = a.tiles;
  const View in = a.input;
  float* out = a.output;
  const float inverse = 1.0f / static_cast<float>(hw);
  ctx.tiles(tiles, [=](int tile, int) {
    const Range range = tile_range(images, tiles, tile);
    with_act(in.activation, [=](auto kind) {
      constexpr Activation ACT = decltype(kind)::value;
      for (int image = range.begin; image < range.end; image++) {
        const float* gate = in.gate ? in.gate + static_cast<size_t>(image) * channels : nullptr;
        float* o = out + static_cast<size_t>(image) * channels;
        for (int p = 0; p < hw; p++) {
          const float* x = in.x + (static_cast<size_t>(image) * hw + p) * channels;
          const bool first = p == 0, last = p == hw - 1;
          for (int c = 0; c < channels; c += W) {
            V s = view_at<ACT>(in, x, c, gate);
            if (!first) s += load(o + c);
            store_n(o + c, last ? s * inverse : s, channels - c);
          }
        }
      }
    });
  });
}

// out = act(in), for `count` values.
static INLINE void activate(Activation kind, const float* in, float* out, size_t count) {
  with_act(kind, [=](auto k) {
    for (size_t i = 0; i < count; i += W)
      store_n(out + i, act<decltype(k)::value>(load(in + i)), static_cast<int>(count - i < W ? count - i : W));
  });
}
// d *= act'(u), for `count` values.
static INLINE void slope(Activation kind, const float* u, float* d, size_t count) {
  with_act(kind, [=](auto k) {
    for (size_t i = 0; i < count; i += W)
      store_n(d + i, load(d + i) * act_slope<decltype(k)::value>(load(u + i)),
              static_cast<int>(count - i < W ? count - i : W));
  });
}
static INLINE void add_bias(float* rows, int count, int n, const float* bias) {
  for (int r = 0; r < count; r++)
    for (int c = 0; c < n; c += W) {
      float* o = rows + static_cast<size_t>(r) * n + c;
      store_n(o, load(o) + load(bias + c), n - c);
    }
}
static INLINE void sum_rows(const float* rows, int count, int n, float* out) {
  for (int c = 0; c < n; c += W) {
    V s = {};
    for (int r = 0; r < count; r++) s += load(rows + static_cast<size_t>(r) * n + c);
    store_n(out + c, s, n - c);
  }
}

static void run(const Context& ctx, const ExciteForwardOp& op) {
  ctx.tiles(op.tiles, [=](int tile, int) {
    const ExciteForwardOp& a = op;
    const int channels = a.channels, hidden = a.hidden;
    const Range r = tile_range(a.images, a.tiles, tile);
    const int n = r.end - r.begin;
    if (n <= 0) return;
    const size_t s0 = static_cast<size_t>(r.begin) * hidden, c0 = static_cast<size_t>(r.begin) * channels;
    multiply_plain<STORE>(n, hidden, channels, a.pooled + c0, channels, a.weight1, hidden, a.u1 + s0, hidden);
    add_bias(a.u1 + s0, n, hidden, a.bias1);
    activate(a.activation, a.u1 + s0, a.h + s0, static_cast<size_t>(n) * hidden);
    multiply_plain<STORE>(n, channels, hidden, a.h + s0, hidden, a.weight2, channels, a.u2 + c0, channels);
    add_bias(a.u2 + c0, n, channels, a.bias2);
    activate(a.gate_activation, a.u2 + c0, a.gate + c0, static_cast<size_t>(n) * channels);
  });
}

static void run(const Context& ctx, const ExciteBackwardOp& op) {
  ctx.tiles(op.tiles, [=](int tile, int) {
    const ExciteBackwardOp& a = op;
    const int channels = a.channels, hidden = a.hidden;
    const Range r = tile_range(a.images, a.tiles, tile);
    const int n = r.end - r.begin;
    const size_t weights = static_cast<size_t>(channels) * hidden, own = tile;
    float *dw1 = a.weight1_gradient + own * padded(channels * hidden), *db1 = a.bias1_gradient + own * padded(hidden);
    float *dw2 = a.weight2_gradient + own * padded(channels * hidden), *db2 = a.bias2_gradient + own * padded(channels);
    if (n <= 0) {
      zero(dw1, weights);
      zero(db1, hidden);
      zero(dw2, weights);
      zero(db2, channels);
      return;
    }
    const size_t s0 = static_cast<size_t>(r.begin) * hidden, c0 = static_cast<size_t>(r.begin) * channels;
    float *dgate = a.gate_gradient + c0, *du1 = a.hidden_gradient + s0;
    slope(a.gate_activation, a.u2 + c0, dgate, static_cast<size_t>(n) * channels);
    multiply_outer(hidden, channels, a.h + s0, dgate, Pixels{1, n, 0, hidden, channels}, false, dw2, channels);
    sum_rows(dgate, n, channels, db2);
    multiply_plain<STORE>(n, hidden, channels, dgate, channels, a.transposed2, hidden, du1, hidden);
    slope(a.activation, a.u1 + s0, du1, static_cast<size_t>(n) * hidden);
    multiply_outer(channels, hidden, a.pooled + c0, du1, Pixels{1, n, 0, channels, hidden}, false, dw1, hidden);
    sum_rows(du1, n, hidden, db1);
    multiply_plain<STORE>(n, channels, hidden, du1, hidden, a.transposed1, channels, a.pooled_gradient + c0, channels);
  });
}

static void run(const Context& ctx, const GateGradientOp& a) {
  const int images = a.images, hw = a.hw, channels = a.channels, tiles = a.tiles;
  const View in = a.input;
  const float* g = a.gradient;
  float* dgate = a.output;
  ctx.tiles(tiles, [=](int tile, int) {
    const Range range = tile_range(images, tiles, tile);
    with_act(in.activation, [=](auto kind) {
      constexpr Activation ACT = decltype(kind)::value;
      for (int image = range.begin; image < range.end; image++)
        for (int p = 0; p < hw; p++) {
          const size_t at = (static_cast<size_t>(image) * hw + p) * channels;
          float* o = dgate + static_cast<size_t>(image) * channels;
          for (int c = 0; c < channels; c += W) {
            V s = view_at<ACT>(in, in.x + at, c, nullptr) * load(g + at + c);
            if (p) s += load(o + c);
            store_n(o + c, s, channels - c);
          }
        }
    });
  });
}

}  // namespace lexel
