// What happens to an input gradient while it is still in cache: it becomes the gradient before the input's
// activation, and the sums that batch norm's backward needs are taken.
#pragma once
#include "view.h"

namespace lexel {

enum InputGrad {
  SKIP = 0,        // nobody needs it
  PLAIN = 1,       // store dX
  ACCUMULATE = 2,  // add to what is there (a residual's input)
  THROUGH = 3,     // store du = dX * act'(u); sum du and du * (x - mean) per channel
  GATED = 4,       // store dX; sum dX * act(u) per image and channel: the gate's gradient
};

struct GradTarget {
  int mode;
  float* out;
  const float* mean;  // THROUGH: the batch mean of x (null: no batch norm)
  float* partial;     // THROUGH: [tiles][2][stride]
  float* gate;        // GATED: [N, C]
};

static INLINE GradTarget read_target(Args& a) {
  GradTarget t;
  t.mode = a.i();
  t.out = a.ptr();
  t.mean = a.ptr();
  t.partial = a.ptr();
  t.gate = a.ptr();
  return t;
}

// Called once a tile before its first rows.
static INLINE void begin_tile(const GradTarget& t, int channels, int tile, int first_image, int images) {
  const int stride = round_up(channels, 16);
  if (t.mode == THROUGH && t.partial) zero(t.partial + static_cast<size_t>(tile) * 2 * stride, 2 * stride);
  if (t.mode == GATED) zero(t.gate + static_cast<size_t>(first_image) * channels, static_cast<size_t>(images) * channels);
}

// Rows [row, row + rows), channels [c0, c0 + count) of dX: read from `dx` (ld apart), which may be the output itself.
static void finish_rows(const GradTarget& t, const View& in, int tile, int row, int rows, int c0, int count,
                        const float* dx, int ld) {
  const int channels = in.channels, stride = round_up(channels, 16);
  float* out = t.out + static_cast<size_t>(row) * channels + c0;
  if (t.mode == PLAIN || t.mode == ACCUMULATE) {
    for (int r = 0; r < rows; r++)
      for (int c = 0; c < count; c += W) {
        float* o = out + static_cast<size_t>(r) * channels + c;
        V d = load(dx + static_cast<size_t>(r) * ld + c);
        store_n(o, t.mode == PLAIN ? d : d + load(o), count - c);
      }
    return;
  }
  const float* x = in.x + static_cast<size_t>(row) * channels + c0;
  with_act(in.act, [&](auto kind) {
    constexpr int ACT = decltype(kind)::value;
    for (int c = 0; c < count; c += W) {
      const int n = count - c;
      const V scale = in.scale ? load(in.scale + c0 + c) : splat(1), shift = in.scale ? load(in.shift + c0 + c) : V{};
      if (t.mode == THROUGH) {
        const V mean = t.mean ? load(t.mean + c0 + c) : V{};
        V s0 = {}, s1 = {};
        for (int r = 0; r < rows; r++) {
          const V xv = load(x + static_cast<size_t>(r) * channels + c);
          const V du = load(dx + static_cast<size_t>(r) * ld + c) * act_slope<ACT>(xv * scale + shift);
          store_n(out + static_cast<size_t>(r) * channels + c, du, n);
          s0 += du;
          s1 += du * (xv - mean);
        }
        if (t.partial) {
          float* p = t.partial + static_cast<size_t>(tile) * 2 * stride + c0 + c;
          store_n(p, load_n(p, n) + s0, n);
          store_n(p + stride, load_n(p + stride, n) + s1, n);
        }
      } else {
        for (int r = 0; r < rows;) {
          const int image = (row + r) / in.hw, end = imin(rows, (image + 1) * in.hw - row);
          V s = {};
          for (; r < end; r++) {
            const V d = load(dx + static_cast<size_t>(r) * ld + c);
            s += d * act<ACT>(load(x + static_cast<size_t>(r) * channels + c) * scale + shift);
            store_n(out + static_cast<size_t>(r) * channels + c, d, n);
          }
          float* g = t.gate + static_cast<size_t>(image) * channels + c0 + c;
          store_n(g, load_n(g, n) + s, n);
        }
      }
    }
  });
}

}  // namespace lexel
