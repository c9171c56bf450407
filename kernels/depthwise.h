// Depthwise convolution, vectorised over channels. It streams: only the K transformed lines that a line of outputs
// needs are held (in a ring), so a map is read once and written once, whatever its size.
#pragma once
#include "dense.h"

namespace lexel {

// The filter as the loops see it: the middle K x K taps of a `row`-wide filter, each tap `ld` floats apart. A map
// smaller than the filter's reach never meets the outer taps.
struct Taps {
  const float* w;
  int row, ld;
  const float* at(int ky, int kx) const { return w + static_cast<ptrdiff_t>(ky * row + kx) * ld; }
};

// N neighbouring outputs share their loads: acc[j] = sum over taps of line[ky][j * S + kx] * w[ky, kx].
template <int K, int S, int N>
static INLINE void window(const float* const* lines, ptrdiff_t at, ptrdiff_t pixel, const Taps& taps, ptrdiff_t c, V* acc) {
  UNROLL(5)
  for (int ky = 0; ky < K; ky++) {
    const float* x = lines[ky] + at;
    V xs[(N - 1) * S + K];
#pragma GCC unroll 12
    for (int i = 0; i < (N - 1) * S + K; i++) xs[i] = load(x + i * pixel);
#pragma GCC unroll 5
    for (int kx = 0; kx < K; kx++) {
      const V weight = load(taps.at(ky, kx) + c);
#pragma GCC unroll 4
      for (int j = 0; j < N; j++) acc[j] = madd(xs[j * S + kx], weight, acc[j]);
    }
  }
}

// One line of outputs for one vector of channels; emit(x, value) takes each. `pixel` is the distance of neighbours.
template <int K, int S, class Emit>
static INLINE void convolve_line(const float* const* lines, int c, ptrdiff_t pixel, const Taps& taps, int width, Emit emit) {
  int x = 0;
  for (; x + 4 <= width; x += 4) {
    V acc[4] = {};
    window<K, S, 4>(lines, x * S * pixel + c, pixel, taps, c, acc);
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) emit(x + j, acc[j]);
  }
  for (; x < width; x++) {
    V acc[1] = {};
    window<K, S, 1>(lines, x * S * pixel + c, pixel, taps, c, acc);
    emit(x, acc[0]);
  }
}

// 2 * PAIRS neighbours of a line of dX of a stride-2 convolution: acc[x] gathers the taps that reached pixel x. Even and odd
// pixels meet different taps, always the same ones. lines[ky] is the line of dY (two zero pixels on each side) that tap line
// ky sees, or null.
template <int K, int PAIRS>
static INLINE void gather(const float* const* lines, ptrdiff_t at, ptrdiff_t pixel, const Taps& taps, ptrdiff_t c, V* acc) {
  constexpr int P = K / 2;
  UNROLL(5)
  for (int ky = 0; ky < K; ky++) {
    if (!lines[ky]) continue;
    const float* y = lines[ky] + at + 2 * pixel;
#pragma GCC unroll 5
    for (int kx = 0; kx < K; kx++) {
      constexpr int FAR = 8;  // keeps what is halved above zero
      const int odd = (kx + P) & 1, step = (odd + P - kx + 2 * FAR) / 2 - FAR;
      const V weight = load(taps.at(ky, kx) + c);
#pragma GCC unroll 4
      for (int i = 0; i < PAIRS; i++) acc[2 * i + odd] = madd(load(y + (i + step) * pixel), weight, acc[2 * i + odd]);
    }
  }
}

// One line of dX for one vector of channels; emit(x, value) takes each.
template <int K, class Emit>
static INLINE void gather_line(const float* const* lines, int c, ptrdiff_t pixel, const Taps& taps, int width, Emit emit) {
  int x = 0;
  for (; x + 4 <= width; x += 4) {
    V acc[4] = {};
    gather<K, 2>(lines, x / 2 * pixel + c, pixel, taps, c, acc);
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) emit(x + j, acc[j]);
  }
  for (; x < width; x += 2) {
    V acc[2] = {};
    gather<K, 1>(lines, x / 2 * pixel + c, pixel, taps, c, acc);
    emit(x, acc[0]);
    if (x + 1 < width) emit(x + 1, acc[1]);
  }
}

// dw[ky][kx] += sum over a line of outputs of x[ky][x * S + kx] * dy[x]; ROWS filter lines from ky0 at a time, so that
// the accumulators stay in registers.
template <int K, int S, int ROWS>
static INLINE void weight_line(const float* const* lines, int c, const float* dy, ptrdiff_t pixel, int width, int ky0, float* dw,
                               int row, int ld, int n) {
  V acc[ROWS][K];
#pragma GCC unroll 3
  for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 5
    for (int kx = 0; kx < K; kx++) acc[r][kx] = load_n(dw + static_cast<ptrdiff_t>((ky0 + r) * row + kx) * ld, n);
  UNROLL(1)
  for (int x = 0; x < width; x++) {
    const V g = load(dy + x * pixel + c);
#pragma GCC unroll 3
    for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 5
      for (int kx = 0; kx < K; kx++) acc[r][kx] = madd(load(lines[ky0 + r] + (x * S + kx) * pixel + c), g, acc[r][kx]);
  }
#pragma GCC unroll 3
  for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 5
    for (int kx = 0; kx < K; kx++) store_n(dw + static_cast<ptrdiff_t>((ky0 + r) * row + kx) * ld, acc[r][kx], n);
}

// The last `count` lines of an image, with `border` zero pixels on each side. Lines outside the image are zero.
struct Ring {
  float* buffer;
  int count, width, border, ld;  // width without borders, in pixels
  int next;                      // the first line not yet there

  size_t line_floats() const { return static_cast<size_t>(width + 2 * border) * ld; }
  float* line(int y) const { return buffer + static_cast<size_t>((y + count) % count) * line_floats(); }
  // Once for a tile: no fill ever touches the borders again.
  void clear() const { zero(buffer, line_floats() * count); }
  void start(int first) { next = first; }
  // Fills up to line `last`, with fill(y, out) for lines in [0, height).
  template <class Fill>
  void advance(int last, int height, Fill fill) {
    for (; next <= last; next++) {
      float* at = line(next) + static_cast<size_t>(border) * ld;
      if (next < 0 || next >= height) zero(at, static_cast<size_t>(width) * ld);
      else fill(next, at);
    }
  }
};

template <int K, int S>
static void depthwise_forward(const Context& ctx, const Geometry& g, int tiles, const View& in, const Taps& taps, float* out,
                              const float* shift, float* partial) {
  constexpr int P = K / 2, N = LINE / W;
  const int stride = round_up(g.in, 16), oh = g.oh(), ow = g.ow(), ld = round_up(g.in, 16);
  const bool big = streams(out, static_cast<size_t>(g.images) * oh * ow, g.in);
  ctx.tiles(tiles, [&](int tile, int thread) {
    const Range range = tile_range(g.images, tiles, tile);
    Ring xs = {ctx.scratch_of(thread), K, g.width, P, ld, 0};
    xs.clear();
    float* sums = partial ? partial + static_cast<size_t>(tile) * 2 * stride : nullptr;
    if (sums) zero(sums, 2 * stride);
    for (int image = range.begin; image < range.end; image++) {
      xs.start(-P);
      for (int y = 0; y < oh; y++) {
        xs.advance(y * S + P, g.height, [&](int line, float* to) {
          view_block(in, (image * g.height + line) * g.width, g.width, 0, g.in, to, ld);
        });
        const float* lines[K];
        for (int k = 0; k < K; k++) lines[k] = xs.line(y * S - P + k);
        float* o = out + (static_cast<size_t>(image) * oh + y) * ow * g.in;
        auto run = [&](auto streamed) {
          for (int c0 = 0; c0 < g.in; c0 += LINE) {
            V base[N], s0[N] = {}, s1[N] = {};
            for (int v = 0; v < N; v++) base[v] = shift ? load(shift + c0 + v * W) : V{};
            // Four pixels at a time for each vector of the cache line, so that lines are completed early.
            for (int x = 0; x < ow; x += 4) {
              const float* at[K];
              for (int k = 0; k < K; k++) at[k] = lines[k] + static_cast<ptrdiff_t>(x) * S * ld;
#pragma GCC unroll 4
              for (int v = 0; v < N; v++) {
                const int c = c0 + v * W, n = g.in - c;
                if (n <= 0) break;
                convolve_line<K, S>(at, c, ld, taps, imin(4, ow - x), [&](int j, V value) {
                  float* to = o + static_cast<size_t>(x + j) * g.in + c;
                  if constexpr (decltype(streamed)::value == 1) stream(to, value);
                  else store_n(to, value, n);
                  const V d = value - base[v];
                  s0[v] += d;
                  s1[v] += d * d;
                });
              }
            }
            for (int v = 0; v < N && sums; v++) {
              float* p = sums + c0 + v * W;
              const int n = g.in - c0 - v * W;
              if (n <= 0) break;
              store_n(p, load_n(p, n) + s0[v], n);
              store_n(p + stride, load_n(p + stride, n) + s1[v], n);
            }
          }
        };
        big ? run(Int<1>{}) : run(Int<0>{});
      }
    }
    fence();
  });
}

template <int K, int S>
static void depthwise_backward(const Context& ctx, const Geometry& g, int tiles, const View& in, const GradView& grad,
                               const Taps& flipped, const Taps& taps, int dw_first, int dw_count, float* dw, const GradTarget& target) {
  constexpr int P = K / 2;
  const int oh = g.oh(), ow = g.ow(), ld = round_up(g.in, 16), hw = g.height * g.width;
  // Borders of dY: P for stride 1 (a convolution with the flipped filter), 2 for the stride-2 gather.
  constexpr int B = S == 1 ? P : 2;
  constexpr int G_LINES = S == 1 ? K : 4;
  const bool big = streams(target.out, static_cast<size_t>(g.images) * hw, g.in);
  ctx.tiles(tiles, [&](int tile, int thread) {
    const Range range = tile_range(g.images, tiles, tile);
    Ring xs = {ctx.scratch_of(thread), K, g.width, P, ld, 0};
    Ring gs = {xs.buffer + xs.line_floats() * K, G_LINES, ow, B, ld, 0};
    float* dx = gs.buffer + gs.line_floats() * G_LINES;
    xs.clear();
    gs.clear();
    float* dw_tile = dw + static_cast<size_t>(tile) * round_up(dw_count, 16);
    zero(dw_tile, dw_count);
    begin_tile(target, g.in, tile, range.begin, range.end - range.begin);
    for (int image = range.begin; image < range.end; image++) {
      auto advance_x = [&](int last) {
        xs.advance(last, g.height, [&](int line, float* to) {
          view_block(in, (image * g.height + line) * g.width, g.width, 0, g.in, to, ld);
        });
      };
      auto advance_g = [&](int last) {
        gs.advance(last, oh, [&](int line, float* to) { grad_block(grad, (image * oh + line) * ow, ow, 0, g.in, to, ld); });
      };
      auto weights = [&](int y) {
        const float* lines[K];
        for (int k = 0; k < K; k++) lines[k] = xs.line(y * S - P + k);
        const float* dy = gs.line(y) + static_cast<size_t>(B) * ld;
        constexpr int ROWS = K == 3 && W > 4 ? 3 : 1;
        for (int c = 0; c < g.in; c += W)
          for (int ky = 0; ky < K; ky += ROWS)
            weight_line<K, S, ROWS>(lines, c, dy, ld, ow, ky, dw_tile + dw_first + c, taps.row, g.in, g.in - c);
      };
      auto finish = [&](int y) {
        finish_rows(target, in, tile, image * hw + y * g.width, g.width, 0, g.in, dx, ld, big);
      };
      xs.start(-P);
      if constexpr (S == 1) {
        gs.start(-P);
        for (int y = 0; y < g.height; y++) {
          advance_x(y + P);
          advance_g(y + P);
          weights(y);
          if (target.mode == SKIP) continue;
          const float* lines[K];
          for (int k = 0; k < K; k++) lines[k] = gs.line(y - P + k);
          for (int c = 0; c < g.in; c += W)
            convolve_line<K, 1>(lines, c, ld, flipped, g.width, [&](int x, V v) { store(dx + static_cast<size_t>(x) * ld + c, v); });
          finish(y);
        }
      } else {
        gs.start(0);
        auto input_line = [&](int y) {
          if (target.mode == SKIP || y < 0 || y >= g.height) return;
          const float* lines[K];
          for (int k = 0; k < K; k++) {
            const int from = y + P - k;
            lines[k] = from >= 0 && !(from & 1) && from / 2 < oh ? gs.line(from / 2) : nullptr;
          }
          for (int c = 0; c < g.in; c += W)
            gather_line<K>(lines, c, ld, taps, g.width, [&](int x, V v) { store(dx + static_cast<size_t>(x) * ld + c, v); });
          finish(y);
        };
        for (int y = 0; y < oh; y++) {
          advance_x(2 * y + P);
          advance_g(y);
          weights(y);
          // Lines whose last reader this was.
          input_line(2 * y - P);
          input_line(2 * y - P + 1);
        }
        for (int y = 2 * oh - P; y < g.height; y++) input_line(y);
      }
    }
    fence();
  });
}

// Calls f(kernel, step, offset): the part of the filter that the map can meet, and how many taps are cut from each edge.
template <class F>
static INLINE void with_kernel(const Geometry& g, F f) {
  const int side = imax(g.height, g.width);
  const int reach = g.step == 1 ? imin(g.kernel, 2 * side - 1) : g.kernel, cut = (g.kernel - imax(reach, 1)) / 2;
  const int k = g.kernel - 2 * cut;
  if (g.step == 1) {
    if (k == 1) f(Int<1>{}, Int<1>{}, cut);
    else if (k == 3) f(Int<3>{}, Int<1>{}, cut);
    else f(Int<5>{}, Int<1>{}, cut);
  } else {
    if (k == 1) f(Int<1>{}, Int<2>{}, cut);
    else if (k == 3) f(Int<3>{}, Int<2>{}, cut);
    else f(Int<5>{}, Int<2>{}, cut);
  }
}

// Args: geometry, tiles, view, weights [k, k, C], out, stats shift, stats partial.
static void op_depthwise_forward(const Context& ctx, Args& a) {
  const Geometry g = read_geometry(a);
  const int tiles = a.i();
  const View in = read_view(a, g.height * g.width, g.in);
  const float* w = a.ptr();
  float* out = a.ptr();
  const float* shift = a.ptr();
  float* partial = a.ptr();
  with_kernel(g, [&](auto kernel, auto step, int cut) {
    const Taps taps = {w + static_cast<ptrdiff_t>(cut) * (g.kernel + 1) * g.in, g.kernel, g.in};
    depthwise_forward<decltype(kernel)::value, decltype(step)::value>(ctx, g, tiles, in, taps, out, shift, partial);
  });
}

// Args: geometry, tiles, view, gradient view, weights, room for the flipped filter, weight-gradient partials [tiles][k, k, C],
// target.
static void op_depthwise_backward(const Context& ctx, Args& a) {
  const Geometry g = read_geometry(a);
  const int tiles = a.i();
  const View in = read_view(a, g.height * g.width, g.in);
  const GradView grad = read_grad(a, g.in);
  const float* w = a.ptr();
  float* flipped = a.ptr();
  float* dw = a.ptr();
  const GradTarget target = read_target(a);
  const int all = g.kernel * g.kernel;
  for (int t = 0; t < all; t++)
    __builtin_memcpy(flipped + static_cast<size_t>(t) * g.in, w + static_cast<size_t>(all - 1 - t) * g.in, g.in * sizeof(float));
  with_kernel(g, [&](auto kernel, auto step, int cut) {
    const int first = cut * (g.kernel + 1) * g.in;
    depthwise_backward<decltype(kernel)::value, decltype(step)::value>(
        ctx, g, tiles, in, grad, Taps{flipped + first, g.kernel, g.in}, Taps{w + first, g.kernel, g.in}, first, all * g.in, dw, target);
  });
}

}  // namespace lexel
