// Code that the forward and backward passes of a depthwise convolution share. Both are vectorised over channels. They
// stream through the feature map: a ring holds only the transformed lines that the current output lines need, one block
// of W channels after another. So each map is read once and written once.
#pragma once
#include "dense.h"

namespace lexel {

// The last `count` lines of an image as [channels / W][border + width + border][W]. Lines outside the image are zero.
struct Ring {
  float* buffer;
  int count, width, border, ld;  // width: pixels, without borders; ld: channels, rounded up
  int next = 0;                  // the first line that is not filled yet

  Ring(Scratch& scratch, int count, int width, int border, int channels)
      : count(count), width(width), border(border), ld(padded(channels)) {
    buffer = scratch.take(floats());
  }

  ptrdiff_t pitch() const { return static_cast<ptrdiff_t>(width + 2 * border) * W; }
  size_t floats() const { return static_cast<size_t>(count) * (width + 2 * border) * ld; }
  // Pixel 0 of line y, in the block of channels that begins with channel c.
  float* at(int y, int c) const {
    return buffer + static_cast<size_t>((y + count) % count) * (width + 2 * border) * ld + c / W * pitch() + border * W;
  }
  // Points out[i] to pixel 0 of line first + i, in the first block of channels. Consecutive blocks are pitch() floats
  // apart.
  void lines(int first, int n, const float** out) const {
    for (int i = 0; i < n; i++) out[i] = at(first + i, 0);
  }
  // Called once per tile: later fills do not write to the borders, so they stay zero.
  void clear() const { zero(buffer, floats()); }
  void start(int first) { next = first; }
  // Fills the lines up to and including `last`: fill(y, out) writes lines in [0, height), the others are zero.
  template <class Fill>
  void advance(int last, int height, Fill fill) {
    for (; next <= last; next++) {
      float* to = at(next, 0);
      if (next >= 0 && next < height) fill(next, to);
      else zero(to - border * W, static_cast<size_t>(width + 2 * border) * ld);
    }
  }
};

// Writes one line of a view in a ring's layout.
static OUTLINE void view_line(const View& v, int row, int width, float* out, ptrdiff_t pitch) {
  with_act(v.activation, [=](auto kind) {
    const float* gate = v.gate ? v.gate + static_cast<size_t>(row / v.hw) * v.channels : nullptr;
    for (int x = 0; x < width; x++) {
      const float* in = v.x + static_cast<size_t>(row + x) * v.channels;
      float* o = out + x * W;
      for (int c = 0; c < v.channels; c += W, o += pitch) store(o, view_at<decltype(kind)::value>(v, in, c, gate));
    }
  });
}

static OUTLINE void grad_line(const GradientView& g, int row, int width, float* out, ptrdiff_t pitch) {
  for (int x = 0; x < width; x++) {
    float* o = out + x * W;
    for (int c = 0; c < g.channels; c += W, o += pitch)
      store(o, grad_at(g, static_cast<size_t>(row + x) * g.channels, c));
  }
}

// Prefetches cache lines. A map is processed one block of channels at a time, with strides that no hardware prefetcher
// detects. So code that processes some vectors also prefetches as many vectors of the map's next lines.
static INLINE void prefetch(const float* from, int lines = 1) {
  if (PREFETCHES)
    for (int i = 0; i < lines; i++) __builtin_prefetch(from + i * LINE, 0, 2);
}

// Packs the middle K x K taps of a filter that is `row` taps wide, as [channels / W][K * K][W]. K is below the filter's
// width if the map is too small for the outer taps to reach a pixel.
template <int K>
static void pack_taps(const float* w, int row, int channels, float* out) {
  for (int c = 0; c < channels; c += W)
    for (int t = 0; t < K * K; t++, out += W)
      store(out, load_n(w + static_cast<ptrdiff_t>(t / K * row + t % K) * channels + c, channels - c));
}

// The taps of one block of channels, kept in registers if they fit.
template <int K>
struct Weights {
  static constexpr bool HELD = W == 16 && K <= 3;
  const float* from;
  V held[HELD ? K * K : 1];
  INLINE explicit Weights(const float* packed) : from(packed) {
    if constexpr (HELD) {
#pragma GCC unroll 9
      for (int t = 0; t < K * K; t++) held[t] = load(packed + t * W);
    }
  }
  INLINE V at(int t) const {
    if constexpr (HELD) return held[t];
    else return load(from + t * W);
  }
};

// Calls f(Int<0>), f(Int<STEP>), ... for all values below N.
template <int N, int STEP, int I = 0, class F>
static INLINE void each(F f) {
  if constexpr (I < N) {
    f(Int<I>{});
    each<N, STEP, I + STEP>(f);
  }
}

// Calls f(count, x) for groups of 4, 2 and 1 neighbouring pixels that cover a line, at most MOST at a time. A stride of 2
// uses no groups of 1.
template <int S, int MOST = 4, class F>
static INLINE void groups(int width, F f) {
  int x = 0;
  for (; x + MOST <= width; x += MOST) f(Int<MOST>{}, x);
  if constexpr (MOST > 2)
    if (x + 2 <= width) {
      f(Int<2>{}, x);
      x += 2;
    }
  if constexpr (S == 1 && MOST > 1)
    if (x < width) f(Int<1>{}, x);
}

// Output lines computed at a time. Small maps use several, so that values kept in registers are loaded less often.
constexpr int MOST_LINES = 16;
static INLINE int lines_at_once(int height, int width) { return imax(1, imin(height, MOST_LINES / width)); }

// Width of the part of the filter that can reach a pixel of the map.
static INLINE int reach(const Geometry& g) { return imin(g.kernel, 2 * imax(g.height, g.width) - 1); }

// Calls f(kernel, stride, taps) with the width and the first tap of that part of the filter.
template <class F>
static INLINE void with_kernel(const Geometry& g, const float* w, F f) {
  const int k = reach(g), cut = (g.kernel - k) / 2;
  w += static_cast<ptrdiff_t>(cut) * (g.kernel + 1) * g.channels;
  if (g.stride == 1) {
    if (k == 1) f(Int<1>{}, Int<1>{}, w);
    else if (k == 3) f(Int<3>{}, Int<1>{}, w);
    else f(Int<5>{}, Int<1>{}, w);
  } else {
    if (k == 1) f(Int<1>{}, Int<2>{}, w);
    else if (k == 3) f(Int<3>{}, Int<2>{}, w);
    else f(Int<5>{}, Int<2>{}, w);
  }
}

}  // namespace lexel
