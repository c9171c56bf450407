// Squeeze-excite (Hu et al. 2018): the pool over pixels, the two small layers that make the gate, and their backward.
#pragma once
#include "gemm.h"
#include "view.h"

namespace lexel {

// Mean over pixels of a view. Args: images, hw, channels, tiles, view, out [N, C].
static void op_pool(const Context& ctx, Args& a) {
  const int images = a.i(), hw = a.i(), channels = a.i(), tiles = a.i();
  const View in = read_view(a, hw, channels);
  float* out = a.ptr();
  const float inverse = 1.0f / static_cast<float>(hw);
  ctx.tiles(tiles, [=](int tile, int) {
    const Range range = tile_range(images, tiles, tile);
    with_act(in.act, [=](auto kind) {
      constexpr int ACT = decltype(kind)::value;
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

// out = act(in), elementwise over rows x columns.
static INLINE void activate(int kind, const float* in, float* out, size_t count) {
  with_act(kind, [=](auto k) {
    for (size_t i = 0; i < count; i += W) store_n(out + i, act<decltype(k)::value>(load(in + i)), static_cast<int>(count - i < W ? count - i : W));
  });
}
// d *= act'(u)
static INLINE void slope(int kind, const float* u, float* d, size_t count) {
  with_act(kind, [=](auto k) {
    for (size_t i = 0; i < count; i += W)
      store_n(d + i, load(d + i) * act_slope<decltype(k)::value>(load(u + i)), static_cast<int>(count - i < W ? count - i : W));
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

// Args: images, channels, hidden, tiles, act, gate act, pooled, w1 [C, S], b1, w2 [S, C], b2,
// u1 [N, S] (before act), h [N, S], u2 [N, C], gate [N, C].
static void op_excite_forward(const Context& ctx, Args& a) {
  const int images = a.i(), channels = a.i(), hidden = a.i(), tiles = a.i(), inner = a.i(), outer = a.i();
  const float *pooled = a.ptr(), *w1 = a.ptr(), *b1 = a.ptr(), *w2 = a.ptr(), *b2 = a.ptr();
  float *u1 = a.ptr(), *h = a.ptr(), *u2 = a.ptr(), *gate = a.ptr();
  ctx.tiles(tiles, [=](int tile, int) {
    const Range r = tile_range(images, tiles, tile);
    const int n = r.end - r.begin;
    if (n <= 0) return;
    const size_t s0 = static_cast<size_t>(r.begin) * hidden, c0 = static_cast<size_t>(r.begin) * channels;
    multiply_plain<STORE>(n, hidden, channels, pooled + c0, channels, w1, hidden, u1 + s0, hidden);
    add_bias(u1 + s0, n, hidden, b1);
    activate(inner, u1 + s0, h + s0, static_cast<size_t>(n) * hidden);
    multiply_plain<STORE>(n, channels, hidden, h + s0, hidden, w2, channels, u2 + c0, channels);
    add_bias(u2 + c0, n, channels, b2);
    activate(outer, u2 + c0, gate + c0, static_cast<size_t>(n) * channels);
  });
}

// Args: images, channels, hidden, tiles, act, gate act, pooled, u1, h, u2, w1t [S, C], w2t [C, S], d gate (overwritten),
// d u1 [N, S] (work), d pooled [N, C], partials [tiles][w1, b1, w2, b2], each part rounded up to 16 floats.
static void op_excite_backward(const Context& ctx, Args& a) {
  const int images = a.i(), channels = a.i(), hidden = a.i(), tiles = a.i(), inner = a.i(), outer = a.i();
  const float *pooled = a.ptr(), *u1 = a.ptr(), *h = a.ptr(), *u2 = a.ptr(), *w1t = a.ptr(), *w2t = a.ptr();
  float *dgate = a.ptr(), *du1 = a.ptr(), *dpooled = a.ptr(), *partial = a.ptr();
  const int weights = round_up(channels * hidden, 16), ch = round_up(channels, 16), hi = round_up(hidden, 16);
  ctx.tiles(tiles, [=](int tile, int) {
    const Range r = tile_range(images, tiles, tile);
    const int n = r.end - r.begin;
    float* dw1 = partial + static_cast<size_t>(tile) * (2 * weights + ch + hi);
    float *db1 = dw1 + weights, *dw2 = db1 + hi, *db2 = dw2 + weights;
    if (n <= 0) return zero(dw1, 2 * static_cast<size_t>(weights) + ch + hi);
    const size_t s0 = static_cast<size_t>(r.begin) * hidden, c0 = static_cast<size_t>(r.begin) * channels;
    slope(outer, u2 + c0, dgate + c0, static_cast<size_t>(n) * channels);
    multiply_outer(hidden, channels, h + s0, dgate + c0, Pixels{1, n, 0, hidden, channels}, false, dw2, channels);
    sum_rows(dgate + c0, n, channels, db2);
    multiply_plain<STORE>(n, hidden, channels, dgate + c0, channels, w2t, hidden, du1 + s0, hidden);
    slope(inner, u1 + s0, du1 + s0, static_cast<size_t>(n) * hidden);
    multiply_outer(channels, hidden, pooled + c0, du1 + s0, Pixels{1, n, 0, channels, hidden}, false, dw1, hidden);
    sum_rows(du1 + s0, n, hidden, db1);
    multiply_plain<STORE>(n, channels, hidden, du1 + s0, hidden, w1t, channels, dpooled + c0, channels);
  });
}

// The gate's gradient where a sum, not a convolution, read the gated value: dgate[n, c] = sum over pixels of g * act(u).
// Args: images, hw, channels, tiles, view (without gate), g, dgate.
static void op_gate_gradient(const Context& ctx, Args& a) {
  const int images = a.i(), hw = a.i(), channels = a.i(), tiles = a.i();
  const View in = read_view(a, hw, channels);
  const float* g = a.ptr();
  float* dgate = a.ptr();
  ctx.tiles(tiles, [=](int tile, int) {
    const Range range = tile_range(images, tiles, tile);
    with_act(in.act, [=](auto kind) {
      constexpr int ACT = decltype(kind)::value;
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
