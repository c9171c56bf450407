// Depthwise convolution, backward: computes the input and weight gradients in one pass over the feature map.
#pragma once
#include "depthwise.h"

namespace lexel {

// Geometry of a filter of K taps and stride S, along one axis. Tap k connects an input pixel at phase p (its coordinate
// modulo S) to an output pixel only if `meets`. That output pixel is at the input coordinate divided by S (rounded
// down), plus `step`.
template <int K, int S>
struct Reach {
  static constexpr int P = K / 2, FAR = 8;  // FAR keeps the dividends positive
  static constexpr int BEFORE = S == 1 ? P : 1, LINES = 2 * BEFORE + 1;
  static INLINE constexpr bool meets(int p, int k) { return (p + P - k + FAR * S) % S == 0; }
  static INLINE constexpr int step(int p, int k) { return (p + P - k + FAR * S) / S - FAR; }
};

// Computes M neighbouring pixels of dX in a line at phase PY: acc[j] sums the taps that reach pixel j. The line of dY
// that is i lines below the pixels is lines[BEFORE + i].
template <int K, int S, int PY, int M>
static INLINE void gather(const float* const* lines, ptrdiff_t at, const Weights<K>& weights, V* acc) {
  using R = Reach<K, S>;
  UNROLL(5)
  for (int ky = 0; ky < K; ky++) {
    if (!R::meets(PY, ky)) continue;
    const float* y = lines[R::BEFORE + R::step(PY, ky)] + at;
#pragma GCC unroll 5
    for (int kx = 0; kx < K; kx++) {
      const V weight = weights.at(ky * K + kx);
#pragma GCC unroll 4
      for (int j = 0; j < M; j++)
        if (R::meets(j % S, kx)) acc[j] = madd(load(y + (j / S + R::step(j % S, kx)) * W), weight, acc[j]);
    }
  }
}

// dw[ky][kx] += value[pixel] * dY[the output that tap (ky, kx) connects to the pixel], for filter rows [KY, KY + ROWS)
// and S lines of values.
template <int K, int S, int KY, int ROWS>
static INLINE void weight_lines(const float* const* lines, const float* values, ptrdiff_t value_line, int width,
                                const float* next, const float* next_x, V (*acc)[K]) {
  using R = Reach<K, S>;
  UNROLL(1)
  for (int x = 0; x < width; x++) {
    if (KY == 0) {
      prefetch(next + x * GROUP);
      prefetch(next_x + x * GROUP);
    }
#pragma GCC unroll 2
    for (int py = 0; py < S; py++)
#pragma GCC unroll 2
      for (int px = 0; px < S; px++) {
        const V value = load(values + py * value_line + (x * S + px) * W);
#pragma GCC unroll 5
        for (int r = 0; r < ROWS; r++) {
          if (!R::meets(py, KY + r)) continue;
          const float* y = lines[R::BEFORE + R::step(py, KY + r)] + x * W;
#pragma GCC unroll 5
          for (int kx = 0; kx < K; kx++)
            if (R::meets(px, kx)) acc[r][kx] = madd(load(y + R::step(px, kx) * W), value, acc[r][kx]);
        }
      }
  }
}

// The same for `blocks` groups of S lines. The sums begin at p. held[0] is the line of dY that is BEFORE lines above
// the first group, and `at` is an offset into each line, in floats.
template <int K, int S, int KY, int ROWS>
static OUTLINE void weight_sums(float* p, const float* const* held, ptrdiff_t at, const float* values,
                                ptrdiff_t value_line, int blocks, int width, const float* next, const float* next_x) {
  V acc[ROWS][K];
#pragma GCC unroll 5
  for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 5
    for (int kx = 0; kx < K; kx++) acc[r][kx] = load(p + (r * K + kx) * W);
  for (int b = 0; b < blocks; b++) {
    const float* lines[Reach<K, S>::LINES];
    for (int i = 0; i < Reach<K, S>::LINES; i++) lines[i] = held[b + i] + at;
    const ptrdiff_t done = static_cast<ptrdiff_t>(b) * width * GROUP;
    weight_lines<K, S, KY, ROWS>(lines, values + b * S * value_line, value_line, width, next + done, next_x + done,
                                 acc);
  }
#pragma GCC unroll 5
  for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 5
    for (int kx = 0; kx < K; kx++) store(p + (r * K + kx) * W, acc[r][kx]);
}

// Lines of dY that are processed at a time. Each corresponds to `stride` lines of the input.
static INLINE int blocks_at_once(const Geometry& g) { return lines_at_once(g.out_height, g.out_width); }
// Lines of dY that are kept before and after these.
static INLINE int lines_before(const Geometry& g) { return g.stride == 1 ? reach(g) / 2 : 1; }

template <>
struct Needs<DepthwiseBackwardOp> {
  Ring lines;  // of dY
  float* taps;
  float* sums;    // of the weight gradient, in the layout of `taps`
  float* values;  // [GROUP / W][lines][width of dY * stride][W]: input values for one group of channels
  float* dx;      // [lines][width][channels padded]; null if dX is finished at once
  Needs(Scratch& scratch, const DepthwiseBackwardOp& a)
      : lines(scratch, blocks_at_once(a) + 2 * lines_before(a), a.out_width, lines_before(a), a.channels),
        taps(scratch.take(filter(a))),
        sums(scratch.take(filter(a))),
        values(scratch.take(input_lines(a) * a.out_width * a.stride * GROUP)),
        dx(a.target.mode == TargetMode::ACTIVATION_BACKWARD
               ? nullptr
               : scratch.take(input_lines(a) * a.width * padded(a.channels))) {}

 private:
  static size_t filter(const Geometry& g) { return static_cast<size_t>(reach(g)) * reach(g) * padded(g.channels); }
  static size_t input_lines(const Geometry& g) { return static_cast<size_t>(blocks_at_once(g)) * g.stride; }
};

// The input side of the backward pass, for lines [b0 * S, b1 * S) of the input and one group of channels at a
// time. Computes the input values, which the weight gradient needs, and the input gradient. IN_PLACE: multiplies the
// gradient by the activation's slope and stores it in the target at once. Otherwise the gradient is left in `dx`.
template <int K, int S, Activation ACT, bool IN_PLACE>
struct InputPass {
  using R = Reach<K, S>;
  static constexpr int N = GROUP / W, T = K * K;
  DepthwiseBackwardOp g;
  Ring lines;
  const float* taps;
  float *values, *dx;
  ptrdiff_t value_line, value_block;  // strides in `values`, in floats: between lines, between vectors
  int tile;
  Streams big;

  // Values that all lines share, for one group of channels: the view's scale and shift, and the sums for the
  // backward pass of the batch norm before the activation. Pointers to separate arrays, because clang keeps arrays that
  // are members of one struct in memory.
  struct Channels {
    V *scale, *shift, *mean, *s0, *s1;
  };

  INLINE int width() const { return g.out_width * S; }

  INLINE void load_channels(int c0, const Channels& channels) const {
#pragma GCC unroll 4
    for (int v = 0; v < N; v++) {
      channels.scale[v] = g.input.scale ? load(g.input.scale + c0 + v * W) : splat(1);
      channels.shift[v] = g.input.scale ? load(g.input.shift + c0 + v * W) : V{};
      channels.mean[v] = IN_PLACE && g.target.mean ? load(g.target.mean + c0 + v * W) : V{};
      channels.s0[v] = V{};
      channels.s1[v] = V{};
    }
  }

  // Finishes M neighbouring pixels from pixel x on, for vector v. `acc` holds their gradients, not yet multiplied by
  // the activation's slope.
  template <int M>
  INLINE void finish_pixels(const V* acc, int x, int v, int n, const float* x_row, float* to_row, ptrdiff_t to_step,
                            float* to_values, const float* gate, const Channels& channels) const {
    UNROLL(4)
    for (int j = 0; j < M; j++) {
      if (S > 1 && x + j >= g.width) {
        store(to_values + j * W, V{});
        continue;
      }
      const V xv = load(x_row + static_cast<size_t>(x + j) * g.channels + v * W);
      const V u = madd(xv, channels.scale[v], channels.shift[v]);
      V value = act<ACT>(u);
      float* to = to_row + (x + j) * to_step + v * W;
      if constexpr (IN_PLACE) {
        const V du = acc[j] * act_slope<ACT>(u);
        channels.s0[v] += du;
        channels.s1[v] = madd(du, xv - channels.mean[v], channels.s1[v]);
        if (big) stream(to, du);
        else store_n(to, du, n);
      } else {
        if (gate) value *= load(gate + v * W);
        store(to, acc[j]);
      }
      store(to_values + j * W, value);
    }
  }

  // Processes the line at phase PY of block b. lines_of[v] holds the lines of dY around it, for vector v.
  template <int PY>
  INLINE void line(int image, int b, int b0, int c0, const float* const (*lines_of)[R::LINES], const float* next,
                   const Weights<K>& first, const float* gate, const Channels& channels) const {
    const int y = b * S + PY;
    float* line_values = values + ((b - b0) * S + PY) * value_line;
    if (S > 1 && y >= g.height) {
      for (int v = 0; v < N; v++) zero(line_values + v * value_block, value_line);
      return;
    }
    const size_t row = static_cast<size_t>(image) * g.height * g.width + static_cast<size_t>(y) * g.width;
    const float* x_row = g.input.x + row * g.channels + c0;
    const ptrdiff_t ld = lines.ld, to_step = IN_PLACE ? g.channels : ld;
    float* to_row =
        IN_PLACE ? g.target.gradient + row * g.channels + c0 : dx + static_cast<size_t>(y - b0 * S) * g.width * ld + c0;
    // A single tap is all of the filter that reaches a pixel of a map of one pixel, so the groups are small.
    constexpr int MOST = K == 1 ? S : 4;
    groups<S, MOST>(width(), [&](auto count, int x) INLINE_LAMBDA {
      constexpr int M = decltype(count)::value;
      prefetch(next + (((b - b0) * S + PY) * width() + x) * GROUP, M);
#pragma GCC unroll 4
      for (int v = 0; v < N; v++) {
        const int n = g.channels - c0 - v * W;
        if (n <= 0) break;
        V acc[M] = {};
        if (IN_PLACE || g.target.mode != TargetMode::SKIP) {
          if constexpr (N == 1) gather<K, S, PY, M>(lines_of[v], x / S * W, first, acc);
          else gather<K, S, PY, M>(lines_of[v], x / S * W, Weights<K>(taps + static_cast<size_t>(c0 + v * W) * T), acc);
        }
        finish_pixels<M>(acc, x, v, n, x_row, to_row, to_step, line_values + v * value_block + x * W, gate, channels);
      }
    });
  }

  INLINE void add_sums(int c0, const Channels& channels) const {
    const int ld = lines.ld;
    for (int v = 0; v < N; v++) {
      const int n = g.channels - c0 - v * W;
      if (n <= 0) break;
      float* p = g.target.sums + static_cast<size_t>(tile) * 2 * ld + c0 + v * W;
      store_n(p, load_n(p, n) + channels.s0[v], n);
      store_n(p + ld, load_n(p + ld, n) + channels.s1[v], n);
    }
  }

  // held[0] is the line of dY that is BEFORE lines above line b0. `next` is the memory to prefetch.
  INLINE void operator()(int image, int b0, int b1, int c0, const float* const* held, const float* next) const {
    const float* gate = g.input.gate ? g.input.gate + static_cast<size_t>(image) * g.channels + c0 : nullptr;
    V scale[N], shift[N], mean[N], s0[N], s1[N];
    const Channels channels = {scale, shift, mean, s0, s1};
    load_channels(c0, channels);
    const Weights<K> first(taps + static_cast<size_t>(c0) * T);
    for (int b = b0; b < b1; b++) {
      const float* lines_of[N][R::LINES];
      for (int v = 0; v < N; v++)
        for (int i = 0; i < R::LINES; i++) lines_of[v][i] = held[b - b0 + i] + (c0 / W + v) * lines.pitch();
      each<S, 1>([&](auto phase) INLINE_LAMBDA {
        line<decltype(phase)::value>(image, b, b0, c0, lines_of, next, first, gate, channels);
      });
    }
    if (IN_PLACE && g.target.sums) add_sums(c0, channels);
  }
};

// Adds the contribution of `blocks` lines of dY to the weight gradient sums, for one group of channels.
template <int K, int S>
static INLINE void weight_pass(const DepthwiseBackwardOp& g, const Needs<DepthwiseBackwardOp>& own, int blocks, int c0,
                               const float* const* held, ptrdiff_t value_line, ptrdiff_t value_block, const float* next,
                               const float* next_x) {
  // Number of filter rows whose sums fit in the registers together.
  constexpr int ROWS = W == 16 ? K : W == 8 && K == 3 ? 3 : 1;
  for (int v = 0; v < GROUP / W && c0 + v * W < g.channels; v++) {
    const int c = c0 + v * W;
    each<K, ROWS>([&](auto first) {
      constexpr int KY = decltype(first)::value;
      weight_sums<K, S, KY, ROWS>(own.sums + static_cast<size_t>(c) * K * K + KY * K * W, held,
                                  c / W * own.lines.pitch(), own.values + v * value_block, value_line, blocks,
                                  g.out_width, next, next_x);
    });
  }
}

// Copies the sums to the filter's own layout. Taps that reach no pixel are zero.
template <int K>
static void unpack_sums(const Geometry& g, const float* sums, float* dw) {
  zero(dw, static_cast<size_t>(g.kernel) * g.kernel * g.channels);
  const int cut = (g.kernel - K) / 2;
  for (int c = 0; c < g.channels; c += W)
    for (int t = 0; t < K * K; t++)
      store_n(dw + ((cut + t / K) * g.kernel + cut + t % K) * g.channels + c,
              load(sums + static_cast<size_t>(c) * K * K + t * W), g.channels - c);
}

// Both gradients need dY around each pixel: a ring keeps those lines of dY. Input values are computed and used
// immediately.
template <int K, int S>
LEXEL_HIDDEN void depthwise_backward(const Context& ctx, const DepthwiseBackwardOp& op, const float* w) {
  using R = Reach<K, S>;
  const DepthwiseBackwardOp g = op;
  const Streams big = streams(g.target.gradient, static_cast<size_t>(g.images) * g.height * g.width, g.channels);
  ctx.tiles(g.tiles, [=](int tile, int thread) {
    const View& in = g.input;
    const GradientView& grad = g.gradient;
    const Target& target = g.target;
    const Range range = tile_range(g.images, g.tiles, tile);
    const int oh = g.out_height, ow = g.out_width, hw = g.height * g.width, blocks = blocks_at_once(g);
    const ptrdiff_t value_line = static_cast<ptrdiff_t>(ow) * S * W, value_block = value_line * blocks * S;
    Scratch scratch = ctx.scratch_of(thread);
    Needs<DepthwiseBackwardOp> own(scratch, g);
    own.lines.clear();
    pack_taps<K>(w, g.kernel, g.channels, own.taps);
    zero(own.sums, static_cast<size_t>(K) * K * own.lines.ld);
    begin_tile(target, g.channels, tile, range.begin, range.end - range.begin);
    for (int image = range.begin; image < range.end; image++) {
      own.lines.start(-R::BEFORE);
      for (int b = 0; b < oh; b += blocks) {
        const int end = imin(oh, b + blocks);
        own.lines.advance(end - 1 + R::BEFORE, oh, [&](int line, float* to) {
          grad_line(grad, (image * oh + line) * ow, ow, to, own.lines.pitch());
        });
        const size_t grad_from = (static_cast<size_t>(image) * oh + imin(own.lines.next, oh)) * ow * g.channels;
        const float* next = in.x + (static_cast<size_t>(image) * g.height + end * S) * g.width * g.channels;
        const float *next_u = grad.du + grad_from, *next_x = is_plain(grad) ? next_u : grad.x + grad_from;
        const float* held[MOST_LINES + 2 * R::BEFORE];
        own.lines.lines(b - R::BEFORE, end - b + 2 * R::BEFORE, held);
        for (int c0 = 0; c0 < g.channels; c0 += GROUP) {
          const ptrdiff_t done = static_cast<ptrdiff_t>(c0) * (end - b) * ow;  // floats of dY done in this group
          const auto input = [&](auto in_place) {
            with_act(in.activation, [&](auto kind) {
              const InputPass<K, S, decltype(kind)::value, decltype(in_place)::value> pass = {
                  g, own.lines, own.taps, own.values, own.dx, value_line, value_block, tile, big};
              pass(image, b, end, c0, held, next + done * S * S);
            });
          };
          if (target.mode == TargetMode::ACTIVATION_BACKWARD) input(Constant<true>{});
          else input(Constant<false>{});
          weight_pass<K, S>(g, own, end - b, c0, held, value_line, value_block, next_u + done, next_x + done);
        }
        if (target.mode == TargetMode::ACTIVATION_BACKWARD || target.mode == TargetMode::SKIP) continue;
        const int rows = (imin(g.height, end * S) - b * S) * g.width;
        finish_rows(target, in, tile, image * hw + b * S * g.width, rows, 0, g.channels, own.dx, own.lines.ld, big);
      }
    }
    unpack_sums<K>(g, own.sums,
                   g.weight_gradient + static_cast<size_t>(tile) * padded(g.kernel * g.kernel * g.channels));
    fence();
  });
}

// These take longest to compile, so each kernel size has its own unit.
#define LEXEL_DEPTHWISE_BACKWARD(prefix, K)                                                                \
  prefix template void depthwise_backward<K, 1>(const Context&, const DepthwiseBackwardOp&, const float*); \
  prefix template void depthwise_backward<K, 2>(const Context&, const DepthwiseBackwardOp&, const float*);
LEXEL_DEPTHWISE_BACKWARD(extern, 1)
LEXEL_DEPTHWISE_BACKWARD(extern, 3)
LEXEL_DEPTHWISE_BACKWARD(extern, 5)

static void run(const Context& ctx, const DepthwiseBackwardOp& a) {
  with_kernel(a, a.weights, [&](auto kernel, auto stride, const float* taps) {
    depthwise_backward<decltype(kernel)::value, decltype(stride)::value>(ctx, a, taps);
  });
}

}  // namespace lexel
