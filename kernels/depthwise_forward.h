// Depthwise convolution, forward.
#pragma once
#include "depthwise.h"

namespace lexel {

// Computes M neighbouring outputs, which share their loads: acc[j] = sum over taps of line[ky][j * S + kx] * w[ky, kx].
template <int K, int S, int M>
static INLINE void window(const float* const* lines, ptrdiff_t at, const Weights<K>& weights, V* acc) {
  UNROLL(5)
  for (int ky = 0; ky < K; ky++) {
    const float* x = lines[ky] + at;
    V xs[(M - 1) * S + K];
#pragma GCC unroll 12
    for (int i = 0; i < (M - 1) * S + K; i++) xs[i] = load(x + i * W);
#pragma GCC unroll 5
    for (int kx = 0; kx < K; kx++) {
      const V weight = weights.at(ky * K + kx);
#pragma GCC unroll 4
      for (int j = 0; j < M; j++) acc[j] = madd(xs[j * S + kx], weight, acc[j]);
    }
  }
}

template <>
struct Needs<DepthwiseForwardOp> {
  Ring lines;  // of the input
  float* taps;
  Needs(Scratch& scratch, const DepthwiseForwardOp& a)
      : lines(scratch, (lines_at_once(a.out_height, a.out_width) - 1) * a.stride + reach(a), a.width, reach(a) / 2,
              a.channels),
        taps(scratch.take(static_cast<size_t>(reach(a)) * reach(a) * padded(a.channels))) {}
};

template <int K, int S>
static void depthwise_forward(const Context& ctx, const DepthwiseForwardOp& g, const float* w) {
  constexpr int P = K / 2, N = LINE / W;
  const View in = g.input;
  float *out = g.output, *partial = g.norm.sums;
  const float* shift = g.norm.shift;
  const int tiles = g.tiles, oh = g.out_height, ow = g.out_width, ld = padded(g.channels),
            at_once = lines_at_once(oh, ow);
  const Streams big = streams(out, static_cast<size_t>(g.images) * oh * ow, g.channels);
  ctx.tiles(tiles, [=](int tile, int thread) {
    const Range range = tile_range(g.images, tiles, tile);
    Scratch scratch = ctx.scratch_of(thread);
    Needs<DepthwiseForwardOp> own(scratch, g);
    Ring& xs = own.lines;
    float* taps = own.taps;
    xs.clear();
    pack_taps<K>(w, g.kernel, g.channels, taps);
    float* sums = partial ? partial + static_cast<size_t>(tile) * 2 * ld : nullptr;
    if (sums) zero(sums, 2 * ld);
    auto run = [=](const Ring& xs, int image, int y0, int y1) {
      const size_t line = static_cast<size_t>(g.width) * g.channels;
      const float* held[(MOST_LINES - 1) * S + K];
      xs.lines(y0 * S - P, (y1 - y0 - 1) * S + K, held);
      const float* next = in.x + (static_cast<size_t>(image) * g.height + imin(xs.next, g.height)) * line;
      for (int c0 = 0; c0 < g.channels; c0 += LINE) {
        // With a stride of 2, each output consumes four cache lines of input. Prefetching them all at once is faster.
        if (S > 1)
          prefetch(next, (y1 - y0) * S * g.width), next += static_cast<ptrdiff_t>(y1 - y0) * S * g.width * LINE;
        V base[N], s0[N] = {}, s1[N] = {};
        for (int v = 0; v < N; v++) base[v] = shift ? load(shift + c0 + v * W) : V{};
        const Weights<K> first(taps + static_cast<size_t>(c0) * K * K);
        for (int y = y0; y < y1; y++) {
          const float* lines[N][K];
          for (int v = 0; v < N; v++)
            for (int k = 0; k < K; k++) lines[v][k] = held[(y - y0) * S + k] + (c0 / W + v) * xs.pitch() - P * W;
          float* o = out + (static_cast<size_t>(image) * oh + y) * ow * g.channels + c0;
          // Each vector of the cache line processes only a few pixels at a time, so that cache lines are completed
          // early.
          groups<1>(ow, [&](auto count, int x) {
            constexpr int M = decltype(count)::value;
            if (S == 1) prefetch(next, M), next += M * LINE;
            UNROLL(4)
            for (int v = 0; v < N; v++) {
              const int n = g.channels - c0 - v * W;
              if (n <= 0) break;
              V acc[M] = {}, sum = {};
              if constexpr (N == 1) window<K, S, M>(lines[v], x * S * W, first, acc);
              else
                window<K, S, M>(lines[v], x * S * W, Weights<K>(taps + static_cast<size_t>(c0 + v * W) * K * K), acc);
#pragma GCC unroll 4
              for (int j = 0; j < M; j++) {
                float* to = o + static_cast<size_t>(x + j) * g.channels + v * W;
                if (big) stream(to, acc[j]);
                else store_n(to, acc[j], n);
                const V d = acc[j] - base[v];
                sum += d;
                s1[v] = madd(d, d, s1[v]);
              }
              s0[v] += sum;
            }
          });
        }
        for (int v = 0; v < N && sums; v++) {
          float* p = sums + c0 + v * W;
          const int n = g.channels - c0 - v * W;
          if (n <= 0) break;
          store_n(p, load_n(p, n) + s0[v], n);
          store_n(p + ld, load_n(p + ld, n) + s1[v], n);
        }
      }
    };
    for (int image = range.begin; image < range.end; image++) {
      xs.start(-P);
      for (int y = 0; y < oh; y += at_once) {
        const int end = imin(oh, y + at_once);
        xs.advance((end - 1) * S + P, g.height, [&](int line, float* to) {
          view_line(in, (image * g.height + line) * g.width, g.width, to, xs.pitch());
        });
        outlined(run, xs, image, y, end);
      }
    }
    fence();
  });
}

static void run(const Context& ctx, const DepthwiseForwardOp& a) {
  with_kernel(a, a.weights, [&](auto kernel, auto stride, const float* taps) {
    depthwise_forward<decltype(kernel)::value, decltype(stride)::value>(ctx, a, taps);
  });
}

}  // namespace lexel
