// Finishes an input gradient while it is still in cache: multiplies it by the slope of the input's activation and
// computes the sums for batch norm's backward pass, or computes the gradient of the input's gate.
#pragma once
#include "view.h"

namespace lexel {

// Whether the input gradient must still be propagated through an activation or a gate.
static INLINE bool finishes(const Target& t) {
  switch (t.mode) {
    case TargetMode::ACTIVATION_BACKWARD:
    case TargetMode::GATED: return true;
    case TargetMode::SKIP:
    case TargetMode::PLAIN:
    case TargetMode::ACCUMULATE: return false;
  }
  __builtin_unreachable();
}

// Called once per tile, before its first rows: sets the tile's sums and gate gradients to zero.
static INLINE void begin_tile(const Target& t, int channels, int tile, int first_image, int images) {
  const int stride = padded(channels);
  if (t.mode == TargetMode::ACTIVATION_BACKWARD && t.sums)
    zero(t.sums + static_cast<size_t>(tile) * 2 * stride, 2 * stride);
  if (t.mode == TargetMode::GATED)
    zero(t.gate + static_cast<size_t>(first_image) * channels, static_cast<size_t>(images) * channels);
}

// Finishes one group of channels, for all rows. Where stores are streamed, a group is a cache line, which is written
// whole. `values`: see finish_rows.
template <Activation ACT, bool GATE, bool BIG>
static OUTLINE void finish_group(const Target& t, const View& in, int tile, int row, int rows, int c0, int count,
                                 const float* dx, const float* values, int ld) {
  constexpr int N = GROUP / W;
  const int channels = in.channels, stride = padded(channels);
  float* out = t.gradient + static_cast<size_t>(row) * channels + c0;
  const float* x = in.x + static_cast<size_t>(row) * channels + c0;
  V scale[N], shift[N], mean[N];
#pragma GCC unroll 4
  for (int v = 0; v < N; v++) {
    scale[v] = in.scale ? load(in.scale + c0 + v * W) : splat(1);
    shift[v] = in.scale ? load(in.shift + c0 + v * W) : V{};
    mean[v] = t.mean ? load(t.mean + c0 + v * W) : V{};
  }
  for (int r = 0; r < rows;) {
    const int image = (row + r) / in.hw, end = GATE ? imin(rows, (image + 1) * in.hw - row) : rows;
    V s0[N] = {}, s1[N] = {};
    for (; r < end; r++) {
#pragma GCC unroll 4
      for (int v = 0; v < N; v++) {
        const int n = count - v * W;
        if (n <= 0) break;
        const V xv = load(x + static_cast<size_t>(r) * channels + v * W), u = madd(xv, scale[v], shift[v]);
        V d = load(dx + static_cast<size_t>(r) * ld + v * W);
        if constexpr (GATE) {
          s0[v] = madd(d, values ? load(values + static_cast<size_t>(r) * ld + v * W) : act<ACT>(u), s0[v]);
        } else {
          d *= act_slope<ACT>(u);
          s0[v] += d;
          s1[v] = madd(d, xv - mean[v], s1[v]);
        }
        float* o = out + static_cast<size_t>(r) * channels + v * W;
        if constexpr (BIG) stream(o, d);
        else store_n(o, d, n);
      }
    }
    for (int v = 0; v < N; v++) {
      const int n = count - v * W;
      if (n <= 0) break;
      if constexpr (GATE) {
        float* g = t.gate + static_cast<size_t>(image) * channels + c0 + v * W;
        store_n(g, load_n(g, n) + s0[v], n);
      } else if (t.sums) {
        float* p = t.sums + static_cast<size_t>(tile) * 2 * stride + c0 + v * W;
        store_n(p, load_n(p, n) + s0[v], n);
        store_n(p + stride, load_n(p + stride, n) + s1[v], n);
      }
    }
  }
}

// Writes rows [row, row + rows), channels [c0, c0 + count) of dX to the target. Rows of `dx` are `ld` floats apart.
// `big`: use streaming stores. `values`: the input's values before the gate, in the layout of dx, if the caller has
// computed them.
static void finish_rows(const Target& t, const View& in, int tile, int row, int rows, int c0, int count,
                        const float* dx, int ld, Streams big, const float* values = nullptr) {
  if (t.mode == TargetMode::PLAIN || t.mode == TargetMode::ACCUMULATE) {
    const bool add = t.mode == TargetMode::ACCUMULATE;
    for (int r = 0; r < rows; r++)
      for (int c = 0; c < count; c += W) {
        float* o = t.gradient + static_cast<size_t>(row + r) * in.channels + c0 + c;
        const V d = load(dx + static_cast<size_t>(r) * ld + c);
        store_n(o, add ? d + load(o) : d, count - c);
      }
    return;
  }
  with_act(in.activation, [=](auto kind) {
    constexpr Activation ACT = decltype(kind)::value;
    for (int c = 0; c < count; c += GROUP) {
      const int n = imin(GROUP, count - c);
      auto run = [&](auto gate, auto streamed) {
        const float* own = values ? values + c : nullptr;
        finish_group<ACT, decltype(gate)::value == 1, decltype(streamed)::value == 1>(t, in, tile, row, rows, c0 + c, n,
                                                                                      dx + c, own, ld);
      };
      if (t.mode == TargetMode::GATED) big ? run(Int<1>{}, Int<1>{}) : run(Int<1>{}, Int<0>{});
      else big ? run(Int<0>{}, Int<1>{}) : run(Int<0>{}, Int<0>{});
    }
  });
}

// For GATED targets that already hold dX: computes the gate gradient of channels [c0, c0 + count), for all images.
static void gate_sums(const Target& t, const View& in, int images, int c0, int count, const float* values, int ld) {
  for (int image = 0; image < images; image++)
    for (int c = 0; c < count; c += W) {
      V s = {};
      for (int p = 0; p < in.hw; p++) {
        const size_t row = static_cast<size_t>(image) * in.hw + p;
        s = madd(load(t.gradient + row * in.channels + c0 + c), load(values + row * ld + c), s);
      }
      store_n(t.gate + static_cast<size_t>(image) * in.channels + c0 + c, s, count - c);
    }
}

}  // namespace lexel
