// Depthwise convolution, backward: the gradients of its input and of its weights in one walk.
#pragma once
#include "depthwise.h"

namespace lexel {

// Where tap k of a stride-S filter finds dY for a pixel at phase p (its place modulo S): `step` places on, if `meets`.
template <int K, int S>
struct Reach {
  static constexpr int P = K / 2, FAR = 8;  // FAR keeps what is divided above zero
  static constexpr int BEFORE = S == 1 ? P : 1, LINES = 2 * BEFORE + 1;
  static INLINE constexpr bool meets(int p, int k) { return (p + P - k + FAR * S) % S == 0; }
  static INLINE constexpr int step(int p, int k) { return (p + P - k + FAR * S) / S - FAR; }
};

// M neighbouring pixels of dX, in a line at phase PY: acc[j] gathers the taps that reached pixel j. lines[BEFORE + i] is the
// line of dY i below the pixels'.
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

// dw[ky][kx] += value[pixel] * the dY that the tap took it to, for filter lines [KY, KY + ROWS), over S lines of values.
template <int K, int S, int KY, int ROWS>
static INLINE void weight_lines(const float* const* lines, const float* values, ptrdiff_t value_line, int width, const float* next, const float* next_x, V (*acc)[K]) {
  using R = Reach<K, S>;
  UNROLL(1)
  for (int x = 0; x < width; x++) {
    if (KY == 0) {
      prefetch(next + x * LINE);
      prefetch(next_x + x * LINE);
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

// The same over `blocks` groups of S lines, for sums that begin at p; held[0] is the line of dY before the first one's, `at` on.
template <int K, int S, int KY, int ROWS>
static OUTLINE void weight_sums(float* p, const float* const* held, ptrdiff_t at, const float* values, ptrdiff_t value_line, int blocks,
                                int width, const float* next, const float* next_x) {
  V acc[ROWS][K];
#pragma GCC unroll 5
  for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 5
    for (int kx = 0; kx < K; kx++) acc[r][kx] = load(p + (r * K + kx) * W);
  for (int b = 0; b < blocks; b++) {
    const float* lines[Reach<K, S>::LINES];
    for (int i = 0; i < Reach<K, S>::LINES; i++) lines[i] = held[b + i] + at;
    const ptrdiff_t done = static_cast<ptrdiff_t>(b) * width * LINE;
    weight_lines<K, S, KY, ROWS>(lines, values + b * S * value_line, value_line, width, next + done, next_x + done, acc);
  }
#pragma GCC unroll 5
  for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 5
    for (int kx = 0; kx < K; kx++) store(p + (r * K + kx) * W, acc[r][kx]);
}

// Both gradients want dY around each pixel: its lines are held, and the input's values are made and used on the spot.
template <int K, int S>
static void depthwise_backward(const Context& ctx, const Geometry& g, int tiles, const View& in, const GradView& grad, const float* w,
                               float* dw, int dw_count, const GradTarget& target) {
  using R = Reach<K, S>;
  constexpr int N = LINE / W, T = K * K;
  // Filter lines whose sums fit in the registers together.
  constexpr int ROWS = W == 16 ? K : W == 8 && K == 3 ? 3 : 1;
  const int oh = g.oh(), ow = g.ow(), ld = round_up(g.in, 16), hw = g.height * g.width, blocks = lines_at_once(oh, ow), width = ow * S;
  const bool big = streams(target.out, static_cast<size_t>(g.images) * hw, g.in);
  ctx.tiles(tiles, [=](int tile, int thread) {
    const Range range = tile_range(g.images, tiles, tile);
    Ring gs = {ctx.scratch_of(thread), blocks + 2 * R::BEFORE, ow, R::BEFORE, ld, 0};
    float* taps = gs.buffer + gs.floats();
    float* sums = taps + static_cast<size_t>(T) * ld;                        // of the weight gradient, laid out as the taps
    float* values = sums + static_cast<size_t>(T) * ld;                      // [N][blocks * S lines][width][W]
    float* dx = values + static_cast<size_t>(blocks) * S * width * LINE;     // [lines][g.width][ld], where it is not finished at once
    const ptrdiff_t value_line = static_cast<ptrdiff_t>(width) * W, value_block = value_line * blocks * S;
    gs.clear();
    pack_taps<K>(w, g.kernel, g.in, taps);
    zero(sums, static_cast<size_t>(T) * ld);
    begin_tile(target, g.in, tile, range.begin, range.end - range.begin);
    // Lines [b0 * S, b1 * S) of the input, for one cache line of channels; held[0] is the line of dY before b0's first.
    auto input = [=](int image, int b0, int b1, int c0, const float* const* held, const float* next, auto kind, auto mode) {
      constexpr int ACT = decltype(kind)::value;
      constexpr bool IN_PLACE = decltype(mode)::value == 1;
      const float* gate = in.gate ? in.gate + static_cast<size_t>(image) * g.in + c0 : nullptr;
      const bool wanted = target.mode != SKIP;
      V scale[N], shift[N], mean[N], s0[N] = {}, s1[N] = {};
#pragma GCC unroll 4
      for (int v = 0; v < N; v++) {
        scale[v] = in.scale ? load(in.scale + c0 + v * W) : splat(1);
        shift[v] = in.scale ? load(in.shift + c0 + v * W) : V{};
        mean[v] = IN_PLACE && target.mean ? load(target.mean + c0 + v * W) : V{};
      }
      const Weights<K> first(taps + static_cast<size_t>(c0) * T);
      for (int b = b0; b < b1; b++) {
        const float* lines[N][R::LINES];
        for (int v = 0; v < N; v++)
          for (int i = 0; i < R::LINES; i++) lines[v][i] = held[b - b0 + i] + (c0 / W + v) * gs.pitch();
        each<S, 1>([&](auto phase) {
          constexpr int PY = decltype(phase)::value;
          const int y = b * S + PY;
          float* line_values = values + ((b - b0) * S + PY) * value_line;
          if (S > 1 && y >= g.height) {
            for (int v = 0; v < N; v++) zero(line_values + v * value_block, value_line);
            return;
          }
          const size_t row = static_cast<size_t>(image) * hw + static_cast<size_t>(y) * g.width;
          const float* x_row = in.x + row * g.in + c0;
          float* o = IN_PLACE ? target.out + row * g.in + c0 : dx + static_cast<size_t>(y - b0 * S) * g.width * ld + c0;
          const ptrdiff_t o_step = IN_PLACE ? g.in : ld;
          groups<S>(width, [&](auto count, int x) {
            constexpr int M = decltype(count)::value;
            prefetch(next + (((b - b0) * S + PY) * width + x) * LINE, M);
#pragma GCC unroll 4
            for (int v = 0; v < N; v++) {
              const int n = g.in - c0 - v * W;
              if (n <= 0) break;
              V acc[M] = {};
              if (IN_PLACE || wanted) {
                if constexpr (N == 1) gather<K, S, PY, M>(lines[v], x / S * W, first, acc);
                else gather<K, S, PY, M>(lines[v], x / S * W, Weights<K>(taps + static_cast<size_t>(c0 + v * W) * T), acc);
              }
              float* to_values = line_values + v * value_block + x * W;
              UNROLL(4)
              for (int j = 0; j < M; j++) {
                if (S > 1 && x + j >= g.width) {
                  store(to_values + j * W, V{});
                  continue;
                }
                const V xv = load(x_row + static_cast<size_t>(x + j) * g.in + v * W);
                const V u = madd(xv, scale[v], shift[v]);
                V value = act<ACT>(u);
                float* to = o + (x + j) * o_step + v * W;
                if constexpr (IN_PLACE) {
                  const V du = acc[j] * act_slope<ACT>(u);
                  s0[v] += du;
                  s1[v] = madd(du, xv - mean[v], s1[v]);
                  if (big) stream(to, du);
                  else store_n(to, du, n);
                } else {
                  if (gate) value *= load(gate + v * W);
                  store(to, acc[j]);
                }
                store(to_values + j * W, value);
              }
            }
          });
        });
      }
      if (!IN_PLACE || !target.partial) return;
      for (int v = 0; v < N; v++) {
        const int n = g.in - c0 - v * W;
        if (n <= 0) break;
        float* p = target.partial + static_cast<size_t>(tile) * 2 * ld + c0 + v * W;
        store_n(p, load_n(p, n) + s0[v], n);
        store_n(p + ld, load_n(p + ld, n) + s1[v], n);
      }
    };
    auto weights = [&](int b0, int b1, int c0, const float* const* held, const float* next, const float* next_x) {
      for (int v = 0; v < N && c0 + v * W < g.in; v++) {
        const int c = c0 + v * W;
        each<K, ROWS>([&](auto first) {
          constexpr int KY = decltype(first)::value;
          weight_sums<K, S, KY, ROWS>(sums + static_cast<size_t>(c) * T + KY * K * W, held, c / W * gs.pitch(), values + v * value_block,
                                      value_line, b1 - b0, ow, next, next_x);
        });
      }
    };
    with_act(in.act, [&](auto kind) {
      for (int image = range.begin; image < range.end; image++) {
        gs.start(-R::BEFORE);
        for (int b = 0; b < oh; b += blocks) {
          const int end = imin(oh, b + blocks);
          gs.advance(end - 1 + R::BEFORE, oh, [&](int line, float* to) {
            grad_line(grad, (image * oh + line) * ow, ow, to, gs.pitch());
          });
          const size_t grad_from = (static_cast<size_t>(image) * oh + imin(gs.next, oh)) * ow * g.in;
          const float* next = in.x + (static_cast<size_t>(image) * g.height + end * S) * g.width * g.in;
          const float *next_u = grad.du + grad_from, *next_x = grad.plain() ? next_u : grad.x + grad_from;
          const float* held[MOST_LINES + 2 * R::BEFORE];
          gs.lines(b - R::BEFORE, end - b + 2 * R::BEFORE, held);
          for (int c0 = 0; c0 < g.in; c0 += LINE) {
            const ptrdiff_t done = static_cast<ptrdiff_t>(c0) * (end - b) * ow;  // of dY, in this group of lines
            if (target.mode == ACTIVATION_BACKWARD) outlined(input, image, b, end, c0, held, next + done * S * S, kind, Int<1>{});
            else outlined(input, image, b, end, c0, held, next + done * S * S, kind, Int<0>{});
            weights(b, end, c0, held, next_u + done, next_x + done);
          }
          if (target.mode == ACTIVATION_BACKWARD || target.mode == SKIP) continue;
          const int rows = (imin(g.height, end * S) - b * S) * g.width;
          finish_rows(target, in, tile, image * hw + b * S * g.width, rows, 0, g.in, dx, ld, big);
        }
      }
    });
    // Back to the filter's own layout; taps that no pixel meets stay zero.
    float* dw_tile = dw + static_cast<size_t>(tile) * round_up(dw_count, 16);
    zero(dw_tile, dw_count);
    const int cut = (g.kernel - K) / 2;
    for (int c = 0; c < g.in; c += W)
      for (int t = 0; t < T; t++)
        store_n(dw_tile + ((cut + t / K) * g.kernel + cut + t % K) * g.in + c, load(sums + static_cast<size_t>(c) * T + t * W), g.in - c);
    fence();
  });
}

// Args: geometry, tiles, view, gradient view, weights, weight-gradient partials [tiles][k, k, C], target.
static void op_depthwise_backward(const Context& ctx, Args& a) {
  const Geometry g = read_geometry(a);
  const int tiles = a.i();
  const View in = read_view(a, g.height * g.width, g.in);
  const GradView grad = read_grad(a, g.in);
  const float* w = a.ptr();
  float* dw = a.ptr();
  const GradTarget target = read_target(a);
  with_kernel(g, w, [&](auto kernel, auto step, const float* taps) {
    depthwise_backward<decltype(kernel)::value, decltype(step)::value>(ctx, g, tiles, in, grad, taps, dw, g.kernel * g.kernel * g.in, target);
  });
}

}  // namespace lexel
