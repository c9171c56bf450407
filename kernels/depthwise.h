// Depthwise convolution, vectorised over channels. Work goes image by image and block of channels by block, so
// that the transformed, zero-bordered input of a block stays in cache.
#pragma once
#include "dense.h"

namespace lexel {

// Four neighbouring outputs share their loads: acc[j] = sum over taps of x[ky, j * S + kx] * w[ky, kx].
template <int K, int S, int N>
static INLINE void window(const float* x, ptrdiff_t line, ptrdiff_t pixel, const float* w, ptrdiff_t ldw, V* acc) {
#pragma GCC unroll 5
  for (int ky = 0; ky < K; ky++) {
    const float* row = x + ky * line;
    V xs[(N - 1) * S + K];
#pragma GCC unroll 12
    for (int i = 0; i < (N - 1) * S + K; i++) xs[i] = load(row + i * pixel);
#pragma GCC unroll 5
    for (int kx = 0; kx < K; kx++) {
      const V weight = load(w + (ky * K + kx) * ldw);
#pragma GCC unroll 4
      for (int j = 0; j < N; j++) acc[j] += xs[j * S + kx] * weight;
    }
  }
}

// Runs the window over oh x ow outputs of one vector of channels; emit(pixel, value) takes each.
template <int K, int S, class Emit>
static INLINE void convolve(const float* x, ptrdiff_t line, ptrdiff_t pixel, const float* w, ptrdiff_t ldw, int oh, int ow,
                            Emit emit) {
  for (int y = 0; y < oh; y++) {
    const float* row = x + static_cast<ptrdiff_t>(y) * S * line;
    int i = 0;
    for (; i + 4 <= ow; i += 4) {
      V acc[4] = {};
      window<K, S, 4>(row + i * S * pixel, line, pixel, w, ldw, acc);
#pragma GCC unroll 4
      for (int j = 0; j < 4; j++) emit(y * ow + i + j, acc[j]);
    }
    for (; i < ow; i++) {
      V acc[1] = {};
      window<K, S, 1>(row + i * S * pixel, line, pixel, w, ldw, acc);
      emit(y * ow + i, acc[0]);
    }
  }
}

// acc[ky][kx] += sum over outputs of x[y * S + ky, i * S + kx] * dy[y, i]; ROWS filter lines from ky0 at a time, so
// that the accumulators stay in registers.
template <int K, int S, int ROWS>
static INLINE void weight_gradient(const float* x, ptrdiff_t line, ptrdiff_t pixel, const float* dy, ptrdiff_t dy_line, ptrdiff_t dy_pixel,
                                   int oh, int ow, int ky0, float* dw, ptrdiff_t ldw, int n) {
  V acc[ROWS][K] = {};
  for (int y = 0; y < oh; y++) {
    const float* row = x + (static_cast<ptrdiff_t>(y) * S + ky0) * line;
    const float* d = dy + y * dy_line;
    for (int i = 0; i < ow; i++, row += S * pixel, d += dy_pixel) {
      const V g = load(d);
#pragma GCC unroll 3
      for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 5
        for (int kx = 0; kx < K; kx++) acc[r][kx] += load(row + r * line + kx * pixel) * g;
    }
  }
#pragma GCC unroll 3
  for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 5
    for (int kx = 0; kx < K; kx++) {
      float* o = dw + ((ky0 + r) * K + kx) * ldw;
      store_n(o, load_n(o, n) + acc[r][kx], n);
    }
}

// dX of a stride-2 convolution: each input pixel gathers the taps that reached it. `dy` has a border of 2 zero pixels.
template <int K, class Emit>
static INLINE void gather_stride2(const float* dy, ptrdiff_t line, ptrdiff_t pixel, const float* w, ptrdiff_t ldw, int height,
                                  int width, Emit emit) {
  constexpr int P = K / 2;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      V acc = {};
      for (int ky = (y + P) & 1; ky < K; ky += 2)
        for (int kx = (x + P) & 1; kx < K; kx += 2)
          acc += load(dy + ((y + P - ky) / 2 + 2) * line + ((x + P - kx) / 2 + 2) * pixel) * load(w + (ky * K + kx) * ldw);
      emit(y * width + x, acc);
    }
}

// One block of channels: how it lies in the tensors and in the scratch buffers.
struct ChannelBlock {
  int first, count, ld;
};

template <class F>
static INLINE void channel_blocks(int channels, int block, F f) {
  for (int c = 0; c < channels; c += block) {
    const int count = imin(block, channels - c);
    f(ChannelBlock{c, count, round_up(count, W)});
  }
}

static INLINE void padded_block(const Geometry& g, const View& in, int image, const ChannelBlock& b, float* buffer) {
  const int pad = g.kernel / 2, hw = g.height * g.width;
  pad_image(g.height, g.width, b.ld, pad, 1, g.width + 2 * pad, g.height + 2 * pad, buffer, [&](int y, float* o, int ld) {
    view_block(in, image * hw + y * g.width, g.width, b.first, b.count, o, ld);
  });
}

template <int K, int S>
static void depthwise_forward(const Context& ctx, const Geometry& g, int tiles, int block, const View& in, const float* w, float* out,
                              const float* shift, float* partial) {
  const int stride = round_up(g.in, 16), oh = g.oh(), ow = g.ow(), pw = g.width + K - 1;
  ctx.tiles(tiles, [&](int tile, int thread) {
    const Range range = tile_range(g.images, tiles, tile);
    float* buffer = ctx.scratch_of(thread);
    float* sums = partial ? partial + static_cast<size_t>(tile) * 2 * stride : nullptr;
    if (sums) zero(sums, 2 * stride);
    for (int image = range.begin; image < range.end; image++)
      channel_blocks(g.in, block, [&](const ChannelBlock& b) {
        padded_block(g, in, image, b, buffer);
        for (int c = 0; c < b.count; c += W) {
          const int channel = b.first + c, n = b.count - c;
          const V base = shift ? load(shift + channel) : V{};
          V s0 = {}, s1 = {};
          float* o = out + static_cast<size_t>(image) * oh * ow * g.in + channel;
          auto emit = [&](int pixel, V v) {
            store_n(o + static_cast<size_t>(pixel) * g.in, v, n);
            const V d = v - base;
            s0 += d;
            s1 += d * d;
          };
          convolve<K, S>(buffer + c, static_cast<ptrdiff_t>(pw) * b.ld, b.ld, w + channel, g.in, oh, ow, emit);
          if (sums) {
            store_n(sums + channel, load_n(sums + channel, n) + s0, n);
            store_n(sums + stride + channel, load_n(sums + stride + channel, n) + s1, n);
          }
        }
      });
  });
}

template <int K, int S>
static void depthwise_backward(const Context& ctx, const Geometry& g, int tiles, int block, const View& in, const GradView& grad,
                               const float* flipped, const float* w, float* dw, const GradTarget& target) {
  constexpr int P = K / 2;
  const int oh = g.oh(), ow = g.ow(), pw = g.width + 2 * P, hw = g.height * g.width;
  // dY with its border: P for stride 1 (a convolution with the flipped filter), 2 for the stride-2 gather.
  constexpr int B = S == 1 ? P : 2;
  const int gw = ow + 2 * B, gh = oh + 2 * B, taps = K * K;
  ctx.tiles(tiles, [&](int tile, int thread) {
    const Range range = tile_range(g.images, tiles, tile);
    float* buffer_x = ctx.scratch_of(thread);
    float* buffer_y = buffer_x + static_cast<size_t>(pw) * (g.height + 2 * P) * block;
    float* buffer_d = buffer_y + static_cast<size_t>(gw) * gh * block;
    float* dw_tile = dw + static_cast<size_t>(tile) * round_up(taps * g.in, 16);
    zero(dw_tile, static_cast<size_t>(taps) * g.in);
    begin_tile(target, g.in, tile, range.begin, range.end - range.begin);
    for (int image = range.begin; image < range.end; image++)
      channel_blocks(g.in, block, [&](const ChannelBlock& b) {
        padded_block(g, in, image, b, buffer_x);
        pad_image(oh, ow, b.ld, B, 1, gw, gh, buffer_y, [&](int y, float* o, int ld) {
          grad_block(grad, (image * oh + y) * ow, ow, b.first, b.count, o, ld);
        });
        const ptrdiff_t line = static_cast<ptrdiff_t>(pw) * b.ld, dy_line = static_cast<ptrdiff_t>(gw) * b.ld;
        for (int c = 0; c < b.count; c += W) {
          const int channel = b.first + c, n = b.count - c;
          const float* dy = buffer_y + B * (dy_line + b.ld) + c;
          constexpr int ROWS = K == 3 && W > 4 ? 3 : 1;
          for (int ky = 0; ky < K; ky += ROWS)
            weight_gradient<K, S, ROWS>(buffer_x + c, line, b.ld, dy, dy_line, b.ld, oh, ow, ky, dw_tile + channel, g.in, n);
          if (target.mode == SKIP) continue;
          auto emit = [&](int pixel, V v) { store(buffer_d + static_cast<size_t>(pixel) * b.ld + c, v); };
          if constexpr (S == 1)
            convolve<K, 1>(buffer_y + c, dy_line, b.ld, flipped + channel, g.in, g.height, g.width, emit);
          else
            gather_stride2<K>(buffer_y + c, dy_line, b.ld, w + channel, g.in, g.height, g.width, emit);
        }
        if (target.mode != SKIP) finish_rows(target, in, tile, image * hw, hw, b.first, b.count, buffer_d, b.ld);
      });
  });
}

// Args: geometry, tiles, channel block, view, weights [k, k, C], out, stats shift, stats partial.
static void op_depthwise_forward(const Context& ctx, Args& a) {
  const Geometry g = read_geometry(a);
  const int tiles = a.i(), block = a.i();
  const View in = read_view(a, g.height * g.width, g.in);
  const float* w = a.ptr();
  float* out = a.ptr();
  const float* shift = a.ptr();
  float* partial = a.ptr();
  auto run = [&](auto kernel, auto step) {
    depthwise_forward<decltype(kernel)::value, decltype(step)::value>(ctx, g, tiles, block, in, w, out, shift, partial);
  };
  if (g.kernel == 3) g.step == 1 ? run(Int<3>{}, Int<1>{}) : run(Int<3>{}, Int<2>{});
  else if (g.kernel == 5) g.step == 1 ? run(Int<5>{}, Int<1>{}) : run(Int<5>{}, Int<2>{});
  else g.step == 1 ? run(Int<1>{}, Int<1>{}) : run(Int<1>{}, Int<2>{});
}

// Args: geometry, tiles, channel block, view, gradient view, weights, weight-gradient partials [tiles][k, k, C], target.
static void op_depthwise_backward(const Context& ctx, Args& a) {
  const Geometry g = read_geometry(a);
  const int tiles = a.i(), block = a.i();
  const View in = read_view(a, g.height * g.width, g.in);
  const GradView grad = read_grad(a, g.in);
  const float* w = a.ptr();
  float* flipped = a.ptr();
  float* dw = a.ptr();
  const GradTarget target = read_target(a);
  const int taps = g.kernel * g.kernel;
  for (int t = 0; t < taps; t++)
    __builtin_memcpy(flipped + static_cast<size_t>(t) * g.in, w + static_cast<size_t>(taps - 1 - t) * g.in, g.in * sizeof(float));
  auto run = [&](auto kernel, auto step) {
    depthwise_backward<decltype(kernel)::value, decltype(step)::value>(ctx, g, tiles, block, in, grad, flipped, w, dw, target);
  };
  if (g.kernel == 3) g.step == 1 ? run(Int<3>{}, Int<1>{}) : run(Int<3>{}, Int<2>{});
  else if (g.kernel == 5) g.step == 1 ? run(Int<5>{}, Int<1>{}) : run(Int<5>{}, Int<2>{});
  else g.step == 1 ? run(Int<1>{}, Int<1>{}) : run(Int<1>{}, Int<2>{});
}

}  // namespace lexel
