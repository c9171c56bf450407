// Batch norm (Ioffe & Szegedy 2015): from partial sums it computes scale and shift, and from gradient sums the
// coefficients with which the producer's backward pass computes dx. This is work per channel only; other kernels
// process the pixels. The file also has the backward pass of activations that no convolution handles.
#pragma once
#include "epilogue.h"

namespace lexel {

// Calls f(c, s, q) for every channel, with the sums over tiles of both rows of `partial` ([tiles][2][channels rounded
// up]). Uses several threads if there are many channels.
template <class F>
static INLINE void by_channels(const Context& ctx, int channels, int tiles, const float* partial, F f) {
  constexpr int BLOCK = 128;
  const size_t stride = padded(channels);
  ctx.tiles((channels + BLOCK - 1) / BLOCK, [=](int tile, int) {
    const int first = tile * BLOCK, n = imin(channels - first, BLOCK);
    double s[BLOCK] = {}, q[BLOCK] = {};
    for (int t = 0; t < tiles; t++) {
      const float* p = partial + t * 2 * stride + first;
      for (int c = 0; c < n; c++) {
        s[c] += p[c];
        q[c] += p[stride + c];
      }
    }
    for (int c = 0; c < n; c++) f(first + c, s[c], q[c]);
  });
}

static void run(const Context& ctx, const NormFinishOp& a) {
  const float rate = *a.running_rate;
  by_channels(ctx, a.channels, a.tiles, a.sums, [=](int c, double s, double q) {
    const double d = s / a.count;
    double variance = q / a.count - d * d;
    if (variance < 0) variance = 0;
    const float m = static_cast<float>(a.running_mean[c] + d);
    const float inv = 1.0f / __builtin_sqrtf(static_cast<float>(variance) + a.epsilon);
    a.mean[c] = m;
    a.inverse[c] = inv;
    a.scale[c] = a.weight[c] * inv;
    a.shift[c] = a.bias[c] - m * a.scale[c];
    const double unbiased = a.count > 1 ? variance * a.count / (a.count - 1) : variance;
    a.running_mean[c] += rate * static_cast<float>(d);
    a.running_variance[c] += rate * (static_cast<float>(unbiased) - a.running_variance[c]);
  });
}

static void run(const Context&, const NormEvalOp& a) {
  for (int c = 0; c < a.channels; c++) {
    a.scale[c] = a.weight[c] / __builtin_sqrtf(a.running_variance[c] + a.epsilon);
    a.shift[c] = a.bias[c] - a.running_mean[c] * a.scale[c];
  }
}

static void run(const Context& ctx, const NormBackwardOp& a) {
  const int stride = padded(a.channels);
  by_channels(ctx, a.channels, a.tiles, a.sums, [=](int c, double s0, double s1) {
    const double dw = s1 * a.inverse[c], alpha = static_cast<double>(a.weight[c]) * a.inverse[c];
    const double beta = -alpha * dw * a.inverse[c] / a.count;
    a.weight_gradient[c] = static_cast<float>(dw);
    a.bias_gradient[c] = static_cast<float>(s0);
    a.coefficients[c] = static_cast<float>(alpha);
    a.coefficients[stride + c] = static_cast<float>(beta);
    a.coefficients[2 * stride + c] = static_cast<float>(-alpha * s0 / a.count - beta * a.mean[c]);
  });
}

// Computes `output` and `sums` each only if its pointer is not null.
static void run(const Context& ctx, const ActivationBackwardOp& a) {
  const int images = a.images, hw = a.hw, channels = a.channels, tiles = a.tiles, stride = padded(channels);
  const View in = a.input;
  const float *dv = a.gradient, *pooled = a.pooled, *mean = a.mean;
  float *out = a.output, *partial = a.sums;
  const float inverse = 1.0f / static_cast<float>(hw);
  ctx.tiles(tiles, [=](int tile, int) {
    const Range range = tile_range(images, tiles, tile);
    float* sums = partial ? partial + static_cast<size_t>(tile) * 2 * stride : nullptr;
    if (sums) zero(sums, 2 * stride);
    with_act(in.activation, [=](auto kind) {
      constexpr Activation ACT = decltype(kind)::value;
      // A few pixels at a time, so that memory is read nearly in order and sums are loaded and stored once per group.
      constexpr int GROUP = 4;
      for (int image = range.begin; image < range.end; image++) {
        const float* gates = in.gate ? in.gate + static_cast<size_t>(image) * channels : nullptr;
        const float* means = pooled ? pooled + static_cast<size_t>(image) * channels : nullptr;
        for (int p = 0; p < hw; p += GROUP) {
          const int pixels = imin(GROUP, hw - p);
          const size_t from = (static_cast<size_t>(image) * hw + p) * channels;
          for (int c = 0; c < channels; c += W) {
            const int n = channels - c;
            const V gate = gates ? load(gates + c) : splat(1), base = means ? load(means + c) * inverse : V{};
            const V scale = in.scale ? load(in.scale + c) : splat(1), shift = in.scale ? load(in.shift + c) : V{};
            const V center = sums ? load(mean + c) : V{};
            V s0 = {}, s1 = {};
            UNROLL(4)
            for (int i = 0; i < pixels; i++) {
              const size_t at = from + static_cast<size_t>(i) * channels + c;
              const V x = load(in.x + at);
              const V d = dv ? madd(load(dv + at), gate, base) : base;
              const V du = d * act_slope<ACT>(madd(x, scale, shift));
              if (out) store_n(out + at, du, n);
              s0 += du;
              s1 = madd(du, x - center, s1);
            }
            if (sums) {
              store_n(sums + c, load_n(sums + c, n) + s0, n);
              store_n(sums + stride + c, load_n(sums + stride + c, n) + s1, n);
            }
          }
        }
      }
    });
  });
}

}  // namespace lexel
