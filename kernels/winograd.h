// 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3) (Lavin & Gray, "Fast algorithms for convolutional neural
// networks", CVPR 2016). Each block of 4 x 4 outputs depends on 6 x 6 inputs. Input blocks and weights are transformed
// to 6 x 6 = 36 positions (values of polynomials). One matrix product per position then replaces the nine taps: 36
// multiplications per block and pair of channels instead of 144. A last transform turns the products into outputs.
//
// The polynomials are evaluated at 0, ±5/8, ±3/2 and infinity, not at the usual 0, ±1, ±2 and infinity. All constants
// except those of the weight transform are exact, and rounding errors are half as large. (On the choice of points:
// Barabasz et al., "Error analysis and improving the accuracy of Winograd convolution", ACM TOMS 2020.)
#pragma once
#include "dense.h"
#include "pack.h"

namespace lexel {

namespace winograd {

constexpr int OUT = 4, IN = 6, POSITIONS = IN * IN;
static_assert(POSITIONS == WINOGRAD_POSITIONS, "src/engine/constants.ts has other positions");

// The points ±A and ±B.
constexpr float A = 5.0f / 8, B = 3.0f / 2, A2 = A * A, B2 = B * B, PRODUCT = A2 * B2, SUM = A2 + B2;
// Reciprocals of the denominators in Lagrange's interpolation at 0, ±A and ±B. At infinity the denominator is 1.
constexpr float AT_0 = 1 / PRODUCT, AT_A = 1 / (2 * A2 * (A2 - B2)), AT_B = 1 / (2 * B2 * (B2 - A2));

static INLINE V times(float constant, V x) { return splat(constant) * x; }
static INLINE V plus_times(V sum, float constant, V x) { return madd(splat(constant), x, sum); }

// Input transform along one axis: 6 inputs to 6 positions.
static INLINE void input(const V* x, V* t) {
  const V even_a = plus_times(x[4], -B2, x[2]), odd_a = plus_times(x[3], -B2, x[1]);
  const V even_b = plus_times(x[4], -A2, x[2]), odd_b = plus_times(x[3], -A2, x[1]);
  t[0] = plus_times(plus_times(x[4], -SUM, x[2]), PRODUCT, x[0]);
  t[1] = plus_times(even_a, A, odd_a);
  t[2] = plus_times(even_a, -A, odd_a);
  t[3] = plus_times(even_b, B, odd_b);
  t[4] = plus_times(even_b, -B, odd_b);
  t[5] = plus_times(plus_times(x[5], -SUM, x[3]), PRODUCT, x[1]);
}

// Transpose of the input transform: gradients at the positions to input gradients.
static INLINE void input_gradient(const V* t, V* x) {
  const V even_a = t[1] + t[2], odd_a = times(A, t[1] - t[2]), even_b = t[3] + t[4], odd_b = times(B, t[3] - t[4]);
  x[0] = times(PRODUCT, t[0]);
  x[1] = plus_times(plus_times(times(PRODUCT, t[5]), -B2, odd_a), -A2, odd_b);
  x[2] = plus_times(plus_times(times(-SUM, t[0]), -B2, even_a), -A2, even_b);
  x[3] = plus_times(odd_a + odd_b, -SUM, t[5]);
  x[4] = t[0] + even_a + even_b;
  x[5] = t[5];
}

// Output transform along one axis: products at 6 positions to 4 outputs.
static INLINE void output(const V* t, V* y) {
  const V even_a = t[1] + t[2], odd_a = times(A, t[1] - t[2]), even_b = t[3] + t[4], odd_b = times(B, t[3] - t[4]);
  y[0] = t[0] + even_a + even_b;
  y[1] = odd_a + odd_b;
  y[2] = plus_times(times(A2, even_a), B2, even_b);
  y[3] = plus_times(plus_times(t[5], A2, odd_a), B2, odd_b);
}

// Transpose of the output transform: output gradients to gradients at the positions.
static INLINE void output_gradient(const V* y, V* t) {
  const V even_a = plus_times(y[0], A2, y[2]), odd_a = plus_times(y[1], A2, y[3]);
  const V even_b = plus_times(y[0], B2, y[2]), odd_b = plus_times(y[1], B2, y[3]);
  t[0] = y[0];
  t[1] = plus_times(even_a, A, odd_a);
  t[2] = plus_times(even_a, -A, odd_a);
  t[3] = plus_times(even_b, B, odd_b);
  t[4] = plus_times(even_b, -B, odd_b);
  t[5] = y[3];
}

// Weight transform along one axis: 3 taps to 6 positions.
static INLINE void weights(const V* w, V* t) {
  const V even_a = times(AT_A, plus_times(w[0], A2, w[2])), odd_a = times(AT_A * A, w[1]);
  const V even_b = times(AT_B, plus_times(w[0], B2, w[2])), odd_b = times(AT_B * B, w[1]);
  t[0] = times(AT_0, w[0]);
  t[1] = even_a + odd_a;
  t[2] = even_a - odd_a;
  t[3] = even_b + odd_b;
  t[4] = even_b - odd_b;
  t[5] = w[2];
}

// Transpose of the weight transform: gradients at the positions to weight gradients.
static INLINE void weight_gradient(const V* t, V* w) {
  const V even_a = times(AT_A, t[1] + t[2]), even_b = times(AT_B, t[3] + t[4]);
  w[0] = plus_times(even_a + even_b, AT_0, t[0]);
  w[1] = plus_times(times(AT_A * A, t[1] - t[2]), AT_B * B, t[3] - t[4]);
  w[2] = plus_times(plus_times(t[5], A2, even_a), B2, even_b);
}

// Applies a one-dimensional transform to a block of N x N vectors, first down the columns and then along the rows. The
// result has M x M vectors. load_at(row, column) reads a vector, store_at(row, column, vector) writes one.
template <int N, int M, class Transform, class Load, class Store>
static INLINE void both_ways(Transform transform, Load load_at, Store store_at) {
  V rows[M][N];
  UNROLL(6)
  for (int j = 0; j < N; j++) {
    V from[N], to[M];
#pragma GCC unroll 6
    for (int i = 0; i < N; i++) from[i] = load_at(i, j);
    transform(from, to);
#pragma GCC unroll 6
    for (int i = 0; i < M; i++) rows[i][j] = to[i];
  }
  UNROLL(6)
  for (int i = 0; i < M; i++) {
    V to[M];
    transform(rows[i], to);
#pragma GCC unroll 6
    for (int j = 0; j < M; j++) store_at(i, j, to[j]);
  }
}

// How a feature map is divided into blocks. Images are processed in groups; `rows` below is the number of blocks in a
// group.
struct Blocks {
  int down, across, per_image, padded_width, padded_height;
  Blocks(int height, int width)
      : down((height + OUT - 1) / OUT),
        across((width + OUT - 1) / OUT),
        per_image(down * across),
        padded_width(across * OUT + 2),
        padded_height(down * OUT + 2) {}
  size_t padded_pixels() const { return static_cast<size_t>(padded_width) * padded_height; }
  // Calls f(block, y, x) for each block of an image; (y, x) is the top left output pixel of the block.
  template <class F>
  INLINE void each(F f) const {
    for (int block = 0; block < per_image; block++) f(block, block / across * OUT, block % across * OUT);
  }
};

// Floats between the matrices of consecutive positions in a group: one cache line more than a matrix needs. Otherwise
// all positions of a block would fall into the same cache set.
static INLINE size_t position_floats(int rows, int channels) {
  return static_cast<size_t>(rows) * padded(channels) + LINE;
}

// Transforms all blocks of one padded image. Block b becomes row b of the 36 position matrices, which are `distance`
// floats apart.
static OUTLINE void input_blocks(const Blocks& blocks, int channels, const float* image, float* out, size_t distance) {
  const ptrdiff_t line = static_cast<ptrdiff_t>(blocks.padded_width) * channels;
  const int ld = padded(channels);
  blocks.each([&](int block, int y, int x) {
    const float* from = image + y * line + static_cast<ptrdiff_t>(x) * channels;
    float* to = out + static_cast<size_t>(block) * ld;
    for (int c = 0; c < channels; c += W)
      both_ways<IN, IN>(
          input, [&](int i, int j) INLINE_LAMBDA { return load(from + i * line + j * channels + c); },
          [&](int i, int j, V v) INLINE_LAMBDA { store(to + (IN * i + j) * distance + c, v); });
  });
}

// Transforms the products at all positions to the outputs of one image. SUMS: also accumulates the outputs' sums in
// `stats`.
template <bool SUMS>
static OUTLINE void output_blocks(const Blocks& blocks, int height, int width, int channels, const float* product,
                                  size_t distance, float* out, const Stats& stats) {
  const int ld = padded(channels);
  blocks.each([&](int block, int y, int x) {
    const float* from = product + static_cast<size_t>(block) * ld;
    float* to = out + (static_cast<size_t>(y) * width + x) * channels;
    const int down = imin(OUT, height - y), across = imin(OUT, width - x);
    for (int c = 0; c < channels; c += W) {
      const int n = channels - c;
      const V shift = SUMS ? load_n(stats.shift + c, n) : V{};
      V sum = {}, square = {};
      auto transform = [&](auto whole) INLINE_LAMBDA {
        constexpr bool WHOLE = decltype(whole)::value == 1;
        both_ways<IN, OUT>(
            output, [&](int i, int j) INLINE_LAMBDA { return load(from + (IN * i + j) * distance + c); },
            [&](int i, int j, V v) INLINE_LAMBDA {
              float* o = to + (static_cast<ptrdiff_t>(i) * width + j) * channels + c;
              if constexpr (WHOLE) {
                store(o, v);
              } else {
                if (i >= down || j >= across) return;
                store_n(o, v, n);
              }
              const V d = v - shift;
              sum += d;
              square = madd(d, d, square);
            });
      };
      if (n >= W && down == OUT && across == OUT) transform(Int<1>{});
      else transform(Int<0>{});
      if constexpr (SUMS) {
        store_n(stats.sum + c, load_n(stats.sum + c, n) + sum, n);
        store_n(stats.square + c, load_n(stats.square + c, n) + square, n);
      }
    }
  });
}

// Transforms the output gradient of one image to all positions. `pixel` is the index of the image's first pixel.
static OUTLINE void output_gradient_blocks(const Blocks& blocks, int height, int width, const GradientView& gradient,
                                           size_t pixel, float* out, size_t distance) {
  const int channels = gradient.channels, ld = padded(channels);
  blocks.each([&](int block, int y, int x) {
    float* to = out + static_cast<size_t>(block) * ld;
    const size_t corner = (pixel + static_cast<size_t>(y) * width + x) * channels;
    const int down = imin(OUT, height - y), across = imin(OUT, width - x);
    for (int c = 0; c < channels; c += W)
      both_ways<OUT, IN>(
          output_gradient,
          [&](int i, int j) INLINE_LAMBDA {
            return i < down && j < across
                       ? grad_at(gradient, corner + (static_cast<size_t>(i) * width + j) * channels, c)
                       : V{};
          },
          [&](int i, int j, V v) INLINE_LAMBDA { store(to + (IN * i + j) * distance + c, v); });
  });
}

// Transforms the gradients at all positions to the input gradient of one image, border included. Pixels are
// padded(channels) floats apart. Neighbouring blocks overlap by two pixels, so each block adds to the values that the
// blocks above it and to its left have written.
static OUTLINE void input_gradient_blocks(const Blocks& blocks, int channels, const float* product, size_t distance,
                                          float* image) {
  const int ld = padded(channels);
  const ptrdiff_t line = static_cast<ptrdiff_t>(blocks.padded_width) * ld;
  blocks.each([&](int block, int y, int x) {
    const float* from = product + static_cast<size_t>(block) * ld;
    float* to = image + y * line + static_cast<ptrdiff_t>(x) * ld;
    const bool above = y > 0, left = x > 0;
    for (int c = 0; c < channels; c += W)
      both_ways<IN, IN>(
          input_gradient, [&](int i, int j) INLINE_LAMBDA { return load(from + (IN * i + j) * distance + c); },
          [&](int i, int j, V v) INLINE_LAMBDA {
            float* o = to + i * line + j * ld + c;
            const bool written = (above && i < IN - OUT) || (left && j < IN - OUT);
            store(o, written ? load(o) + v : v);
          });
  });
}

// Number of prefetch requests during the product of one position.
static INLINE ptrdiff_t product_requests(int rows, int channels, int out) {
  return micro_calls(rows, out) * (fits_registers(channels, out) ? REQUESTS_IN_REGISTERS : channels);
}

// The matrix product of one position: the rows of a group times the position's weights, whose panels are `panel_stride`
// floats apart.
static INLINE void product(int rows, int channels, int out, const float* x, const float* weights,
                           ptrdiff_t panel_stride, float* c, Prefetch& prefetches) {
  const ptrdiff_t ld = padded(channels);
  if (fits_registers(channels, out))
    return multiply_in_registers(rows, out, x, ld, weights, c, padded(out), prefetches);
  multiply<STORE>(
      rows, out, Left{1, 0, channels}, [&](int r) { return x + r * ld; }, weights, panel_stride, NR, c, padded(out), {},
      &prefetches);
}

// Transforms a tile's weight gradient sums at all positions, [36, channels, out], to the nine taps.
static OUTLINE void weight_gradient_taps(int channels, int out, const float* sums, size_t distance, float* taps) {
  const size_t tap = static_cast<size_t>(channels) * out;
  for (int row = 0; row < channels; row++)
    for (int c = 0; c < out; c += W) {
      const float* from = sums + static_cast<size_t>(row) * padded(out) + c;
      float* to = taps + static_cast<size_t>(row) * out + c;
      both_ways<IN, 3>(
          weight_gradient, [&](int i, int j) INLINE_LAMBDA { return load(from + (IN * i + j) * distance); },
          [&](int i, int j, V v) INLINE_LAMBDA { store_n(to + (3 * i + j) * tap, v, out - c); });
    }
}

}  // namespace winograd

namespace winograd {

// Floats of a panel (4 rows) that are transformed at a time. They are collected in a buffer before they are copied to
// the 36 position matrices, because the destinations may all fall into the same cache set.
constexpr int CHUNK = 4 * NR;

// Transforms `rows` rows of a panel to all positions. The nine taps are `tap` floats apart, the positions `distance`
// floats apart.
static OUTLINE void place_weights(const float* taps, int tap, int rows, float* out, size_t distance) {
  alignas(64) float chunk[POSITIONS][CHUNK];
  for (int begin = 0; begin < rows * NR; begin += CHUNK) {
    const int n = imin(CHUNK, rows * NR - begin);
    const float* from = taps + begin;
    for (int at = 0; at < n; at += W)
      both_ways<3, IN>(
          weights, [&](int i, int j) INLINE_LAMBDA { return load(from + (3 * i + j) * tap + at); },
          [&](int i, int j, V v) INLINE_LAMBDA { store(chunk[IN * i + j] + at, v); });
    for (int p = 0; p < POSITIONS; p++) __builtin_memcpy(out + p * distance + begin, chunk[p], n * sizeof(float));
  }
}

}  // namespace winograd

static void run(const Context& ctx, const PackWinogradForwardOp& a) {
  const int rows = a.rows, columns = a.columns;
  const float* w = a.weights;
  float* out = a.packed;
  ctx.tiles((columns + NR - 1) / NR, [=](int panel, int) {
    alignas(64) float taps[9][winograd::CHUNK];
    constexpr int AT_ONCE = winograd::CHUNK / NR;
    float* o = out + static_cast<size_t>(panel) * NR * rows * winograd::POSITIONS;
    const int j0 = panel * NR, width = imin(NR, columns - j0);
    for (int first = 0; first < rows; first += AT_ONCE) {
      const int n = imin(AT_ONCE, rows - first);
      for (int t = 0; t < 9; t++)
        for (int i = 0; i < n; i++)
          for (int j = 0; j < NR; j += W)
            store(taps[t] + i * NR + j, load_n(w + (static_cast<ptrdiff_t>(t) * rows + first + i) * columns + j0 + j,
                                               imax(0, imin(W, width - j))));
      winograd::place_weights(taps[0], winograd::CHUNK, n, o + static_cast<size_t>(first) * NR,
                              static_cast<size_t>(rows) * NR);
    }
  });
}

// Packs the transposed weights of each position, for the input gradient.
static void run(const Context& ctx, const PackWinogradBackwardOp& a) {
  const int rows = a.rows, columns = a.columns;
  const float* w = a.weights;
  float* out = a.packed;
  ctx.tiles((rows + NR - 1) / NR, [=](int panel, int) {
    alignas(64) float taps[9][W * NR];
    float* o = out + static_cast<size_t>(panel) * NR * columns * winograd::POSITIONS;
    const int j0 = panel * NR, width = imin(NR, rows - j0);
    for (int first = 0; first < columns; first += W) {
      const int n = imin(W, columns - first);
      for (int t = 0; t < 9; t++)
        for (int j = 0; j < NR; j += W)
          transpose_block(w + (static_cast<ptrdiff_t>(t) * rows + j0 + j) * columns + first, columns, width - j, n,
                          taps[t] + j, NR, W);
      winograd::place_weights(taps[0], W * NR, n, o + static_cast<size_t>(first) * NR,
                              static_cast<size_t>(columns) * NR);
    }
  });
}

template <>
struct Needs<WinogradForwardOp> {
  winograd::Blocks blocks;
  size_t input_distance, product_distance;
  float *image, *input, *product;
  Needs(Scratch& scratch, const WinogradForwardOp& a)
      : blocks(a.height, a.width),
        input_distance(winograd::position_floats(a.group * blocks.per_image, a.channels)),
        product_distance(winograd::position_floats(a.group * blocks.per_image, a.out)),
        image(scratch.take(blocks.padded_pixels() * a.channels)),
        input(scratch.take(winograd::POSITIONS * input_distance)),
        product(scratch.take(winograd::POSITIONS * product_distance)) {}
};

static void run(const Context& ctx, const WinogradForwardOp& a) {
  const WinogradForwardOp g = a;
  const View in = a.input;
  const float *packed = a.weights, *shift = a.norm.shift;
  float *out = a.output, *partial = a.norm.sums;
  const int tiles = a.tiles, pixels = a.height * a.width, ld_in = padded(a.channels), ld_out = padded(a.out);
  const ptrdiff_t position = static_cast<ptrdiff_t>(a.channels) * NR;
  ctx.tiles(tiles, [=](int tile, int thread) {
    const Range range = tile_range(g.images, tiles, tile);
    Scratch scratch = ctx.scratch_of(thread);
    const Needs<WinogradForwardOp> own(scratch, g);
    const Stats stats = tile_stats(shift, partial, tile, g.out);
    for (int first = range.begin; first < range.end; first += g.group) {
      const int images = imin(g.group, range.end - first), rows = images * own.blocks.per_image;
      for (int i = 0; i < images; i++) {
        padded_input(in, first + i, g.height, g.width, 1, own.blocks.padded_width, own.blocks.padded_height, own.image);
        winograd::input_blocks(own.blocks, g.channels, own.image,
                               own.input + static_cast<size_t>(i) * own.blocks.per_image * ld_in, own.input_distance);
      }
      const int next = first + images, coming = imin(g.group, g.images - next);
      Prefetch prefetches;
      prefetches.add(in.x + static_cast<size_t>(next) * pixels * g.channels,
                     static_cast<size_t>(coming) * pixels * g.channels);
      prefetches.spread(winograd::product_requests(rows, g.channels, g.out) * winograd::POSITIONS);
      for (int p = 0; p < winograd::POSITIONS; p++)
        winograd::product(rows, g.channels, g.out, own.input + p * own.input_distance, packed + p * position,
                          winograd::POSITIONS * position, own.product + p * own.product_distance, prefetches);
      for (int i = 0; i < images; i++) {
        const float* product = own.product + static_cast<size_t>(i) * own.blocks.per_image * ld_out;
        float* o = out + static_cast<size_t>(first + i) * pixels * g.out;
        if (partial)
          winograd::output_blocks<true>(own.blocks, g.height, g.width, g.out, product, own.product_distance, o, stats);
        else
          winograd::output_blocks<false>(own.blocks, g.height, g.width, g.out, product, own.product_distance, o, stats);
      }
    }
  });
}

template <>
struct Needs<WinogradBackwardOp> {
  winograd::Blocks blocks;
  size_t input_distance, gradient_distance, weight_distance;
  float *image, *input, *gradient, *weights;
  Needs(Scratch& scratch, const WinogradBackwardOp& a)
      : blocks(a.height, a.width),
        input_distance(winograd::position_floats(a.group * blocks.per_image, a.channels)),
        gradient_distance(winograd::position_floats(a.group * blocks.per_image, a.out)),
        weight_distance(winograd::position_floats(a.channels, a.out)),
        image(scratch.take(blocks.padded_pixels() * padded(a.channels))),
        input(scratch.take(winograd::POSITIONS * input_distance)),
        gradient(scratch.take(winograd::POSITIONS * gradient_distance)),
        weights(scratch.take(winograd::POSITIONS * weight_distance)) {}
};

static void run(const Context& ctx, const WinogradBackwardOp& a) {
  const WinogradBackwardOp g = a;
  const View in = a.input;
  const GradientView grad = a.gradient;
  const Target target = a.target;
  const float* packed = a.weights;
  float* dw = a.weight_gradient;
  const int tiles = a.tiles, pixels = a.height * a.width, ld_in = padded(a.channels), ld_out = padded(a.out);
  const size_t weights = static_cast<size_t>(9) * a.channels * a.out;
  const ptrdiff_t position = static_cast<ptrdiff_t>(a.out) * NR;
  ctx.tiles(tiles, [=](int tile, int thread) {
    const Range range = tile_range(g.images, tiles, tile);
    Scratch scratch = ctx.scratch_of(thread);
    const Needs<WinogradBackwardOp> own(scratch, g);
    float* dw_tile = dw + tile * weights;
    if (range.begin == range.end) zero(dw_tile, weights);
    begin_tile(target, g.channels, tile, range.begin, range.end - range.begin);
    for (int first = range.begin; first < range.end; first += g.group) {
      const int images = imin(g.group, range.end - first), rows = images * own.blocks.per_image;
      for (int i = 0; i < images; i++) {
        const size_t block = static_cast<size_t>(i) * own.blocks.per_image;
        padded_input(in, first + i, g.height, g.width, 1, own.blocks.padded_width, own.blocks.padded_height, own.image);
        winograd::input_blocks(own.blocks, g.channels, own.image, own.input + block * ld_in, own.input_distance);
        winograd::output_gradient_blocks(own.blocks, g.height, g.width, grad, static_cast<size_t>(first + i) * pixels,
                                         own.gradient + block * ld_out, own.gradient_distance);
      }
      const int next = first + images, coming = imin(g.group, g.images - next);
      const size_t count_x = static_cast<size_t>(coming) * pixels * g.channels,
                   count_y = static_cast<size_t>(coming) * pixels * g.out;
      Prefetch prefetches;
      prefetches.add(grad.du + static_cast<size_t>(next) * pixels * g.out, count_y);
      if (!is_plain(grad)) prefetches.add(grad.x + static_cast<size_t>(next) * pixels * g.out, count_y);
      prefetches.add(in.x + static_cast<size_t>(next) * pixels * g.channels, count_x);
      if (target.mode == TargetMode::ACCUMULATE)
        prefetches.add(target.gradient + static_cast<size_t>(next) * pixels * g.channels, count_x);
      const ptrdiff_t input = target.mode == TargetMode::SKIP ? 0 : winograd::product_requests(rows, g.out, g.channels);
      prefetches.spread((micro_calls(g.channels, g.out) * rows + input) * winograd::POSITIONS);
      for (int p = 0; p < winograd::POSITIONS; p++) {
        float* x = own.input + p * own.input_distance;
        const float* dy = own.gradient + p * own.gradient_distance;
        multiply_outer(g.channels, g.out, x, dy, Pixels{1, rows, 0, ld_in, ld_out}, first > range.begin,
                       own.weights + p * own.weight_distance, ld_out, &prefetches);
        if (target.mode == TargetMode::SKIP) continue;
        // The transformed input is no longer needed, so its gradient overwrites it.
        winograd::product(rows, g.out, g.channels, dy, packed + p * position, winograd::POSITIONS * position, x,
                          prefetches);
      }
      if (target.mode == TargetMode::SKIP) continue;
      for (int i = 0; i < images; i++) {
        const int width = own.blocks.padded_width;
        winograd::input_gradient_blocks(own.blocks, g.channels,
                                        own.input + static_cast<size_t>(i) * own.blocks.per_image * ld_in,
                                        own.input_distance, own.image);
        for (int y = 0; y < g.height; y++)
          finish_rows(target, in, tile, (first + i) * pixels + y * g.width, g.width, 0, g.channels,
                      own.image + (static_cast<size_t>(y + 1) * width + 1) * ld_in, ld_in, false);
      }
    }
    if (range.begin < range.end)
      winograd::weight_gradient_taps(g.channels, g.out, own.weights, own.weight_distance, dw_tile);
  });
}

}  // namespace lexel
