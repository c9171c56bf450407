// Batch norm (Ioffe & Szegedy 2015): from partial sums to scale and shift, and from gradient sums to the coefficients
// with which the producer's backward pass forms dx. Work per channel only; the pixels are touched elsewhere.
#pragma once
#include "epilogue.h"

namespace lexel {

// Calls f(c, s, q) for every channel with the sums over tiles of both rows of `partial` ([tiles][2][channels rounded up]);
// on several threads where there are many channels.
template <class F>
static INLINE void by_channels(const Context& ctx, int channels, int tiles, const float* partial, F f) {
  constexpr int BLOCK = 128;
  const size_t stride = round_up(channels, 16);
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

// Args: channels, tiles, count (N*H*W), epsilon, partial, weight, bias, running mean, running variance, running rate
// (a scalar in the arena), mean, inverse deviation, scale, shift. The partial sums are of x - running mean.
static void op_norm_finish(const Context& ctx, Args& a) {
  const int channels = a.i(), tiles = a.i(), count = a.i();
  const float epsilon = a.f();
  const float* partial = a.ptr();
  const float *weight = a.ptr(), *bias = a.ptr();
  float *running_mean = a.ptr(), *running_var = a.ptr();
  const float rate = *a.ptr();
  float *mean = a.ptr(), *inverse = a.ptr(), *scale = a.ptr(), *shift = a.ptr();
  by_channels(ctx, channels, tiles, partial, [=](int c, double s, double q) {
    const double d = s / count;
    double variance = q / count - d * d;
    if (variance < 0) variance = 0;
    const float m = static_cast<float>(running_mean[c] + d);
    const float inv = 1.0f / __builtin_sqrtf(static_cast<float>(variance) + epsilon);
    mean[c] = m;
    inverse[c] = inv;
    scale[c] = weight[c] * inv;
    shift[c] = bias[c] - m * scale[c];
    const double unbiased = count > 1 ? variance * count / (count - 1) : variance;
    running_mean[c] += rate * static_cast<float>(d);
    running_var[c] += rate * (static_cast<float>(unbiased) - running_var[c]);
  });
}

// Evaluation. Args: channels, epsilon, weight, bias, running mean, running variance, scale, shift.
static void op_norm_eval(const Context&, Args& a) {
  const int channels = a.i();
  const float epsilon = a.f();
  const float *weight = a.ptr(), *bias = a.ptr(), *mean = a.ptr(), *var = a.ptr();
  float *scale = a.ptr(), *shift = a.ptr();
  for (int c = 0; c < channels; c++) {
    scale[c] = weight[c] / __builtin_sqrtf(var[c] + epsilon);
    shift[c] = bias[c] - mean[c] * scale[c];
  }
}

// Args: channels, tiles, count, partial (sums of du and du * (x - mean)), weight, mean, inverse, d weight, d bias,
// coefficients (alpha, beta, delta: dx = alpha * du + beta * x + delta).
static void op_norm_backward(const Context& ctx, Args& a) {
  const int channels = a.i(), tiles = a.i(), count = a.i(), stride = round_up(channels, 16);
  const float* partial = a.ptr();
  const float *weight = a.ptr(), *mean = a.ptr(), *inverse = a.ptr();
  float *dweight = a.ptr(), *dbias = a.ptr(), *coef = a.ptr();
  by_channels(ctx, channels, tiles, partial, [=](int c, double s0, double s1) {
    const double dw = s1 * inverse[c], alpha = static_cast<double>(weight[c]) * inverse[c];
    const double beta = -alpha * dw * inverse[c] / count;
    dweight[c] = static_cast<float>(dw);
    dbias[c] = static_cast<float>(s0);
    coef[c] = static_cast<float>(alpha);
    coef[stride + c] = static_cast<float>(beta);
    coef[2 * stride + c] = static_cast<float>(-alpha * s0 / count - beta * mean[c]);
  });
}

// The gradient before a view's activation, where no convolution's epilogue made it: after a pool, a sum or a gate.
// du = (dv * gate + pooled / hw) * act'(u), with dv, gate and pooled each optional; du is stored where `out` is given,
// and its sums are taken where `partial` is.
// Args: images, hw, channels, tiles, view (its gate is the forward gate), dv, pooled [N, C], out, mean, partial.
static void op_activation_backward(const Context& ctx, Args& a) {
  const int images = a.i(), hw = a.i(), channels = a.i(), tiles = a.i(), stride = round_up(channels, 16);
  const View in = read_view(a, hw, channels);
  const float *dv = a.ptr(), *pooled = a.ptr();
  float* out = a.ptr();
  const float* mean = a.ptr();
  float* partial = a.ptr();
  const float inverse = 1.0f / static_cast<float>(hw);
  ctx.tiles(tiles, [=](int tile, int) {
    const Range range = tile_range(images, tiles, tile);
    float* sums = partial ? partial + static_cast<size_t>(tile) * 2 * stride : nullptr;
    if (sums) zero(sums, 2 * stride);
    with_act(in.act, [=](auto kind) {
      constexpr int ACT = decltype(kind)::value;
      // A few pixels at a time: memory is read nearly in order, and sums are loaded and stored once for them all.
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
