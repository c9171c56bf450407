// The end of the network and of the step: dropout, the loss with its gradient, and the optimizers.
#pragma once
#include "context.h"
#include "random.h"

namespace lexel {

// x *= keep / (1 - rate), in place; called with the same key on the gradient in the backward pass.
// Args: count, rate, layer id, key (two uint32 in the arena), x.
static void op_dropout(const Context& ctx, Args& a) {
  const int count = a.i();
  const float rate = a.f();
  const uint32_t layer = static_cast<uint32_t>(a.i());
  const uint32_t* key = reinterpret_cast<const uint32_t*>(a.ptr());
  float* x = a.ptr();
  const float scale = 1.0f / (1.0f - rate);
  const uint32_t limit = static_cast<uint32_t>(__builtin_ceil(static_cast<double>(rate) * 4294967296.0));
  constexpr int BLOCK = 4096;
  ctx.tiles((count + BLOCK - 1) / BLOCK, [=](int tile, int) {
    VN draws;
    for (int i = 0; i < W; i++) draws[i] = static_cast<uint32_t>(tile * BLOCK + i);
    for (int i = tile * BLOCK; i < imin(count, (tile + 1) * BLOCK); i += W, draws += W) {
      const V v = load_n(x + i, count - i);
      store_n(x + i, threefry(key[0], key[1], draws, layer) < limit ? V{} : v * scale, count - i);
    }
  });
}

// Args: kind (0 mse, 1 cosine), images, dimension, output, target, d output, loss (one float).
// mse: mean over dimensions, then images. cosine: 1 - cos(output, target), mean over images.
static void op_loss(const Context&, Args& a) {
  const int kind = a.i(), images = a.i(), dim = a.i();
  const float *output = a.ptr(), *target = a.ptr();
  float *grad = a.ptr(), *loss = a.ptr();
  double total = 0;
  for (int n = 0; n < images; n++) {
    const float *o = output + static_cast<size_t>(n) * dim, *t = target + static_cast<size_t>(n) * dim;
    float* g = grad + static_cast<size_t>(n) * dim;
    if (kind == 0) {
      double sum = 0;
      for (int d = 0; d < dim; d++) {
        const float e = o[d] - t[d];
        sum += static_cast<double>(e) * e;
        g[d] = 2.0f * e / (static_cast<float>(images) * static_cast<float>(dim));
      }
      total += sum / dim;
    } else {
      double oo = 0, tt = 0, ot = 0;
      for (int d = 0; d < dim; d++) {
        oo += static_cast<double>(o[d]) * o[d];
        tt += static_cast<double>(t[d]) * t[d];
        ot += static_cast<double>(o[d]) * t[d];
      }
      const double floor = 1e-24;
      const double inv_o = 1.0 / __builtin_sqrt(oo > floor ? oo : floor), inv_t = 1.0 / __builtin_sqrt(tt > floor ? tt : floor);
      const double cosine = ot * inv_o * inv_t;
      total += 1.0 - cosine;
      for (int d = 0; d < dim; d++)
        g[d] = static_cast<float>(-(t[d] * inv_t - cosine * o[d] * inv_o) * inv_o / images);
    }
  }
  *loss = static_cast<float>(total / images);
}

// Global norm clipping. Args: count, limit, gradients, work (one float for each block of 16384), scale (one float).
static void op_clip(const Context& ctx, Args& a) {
  const int count = a.i();
  const float limit = a.f();
  const float* g = a.ptr();
  float *work = a.ptr(), *scale = a.ptr();
  constexpr int BLOCK = 16384;
  const int blocks = (count + BLOCK - 1) / BLOCK;
  ctx.tiles(blocks, [=](int tile, int) {
    V s = {};
    for (int i = tile * BLOCK; i < imin(count, (tile + 1) * BLOCK); i += W) {
      const V v = load_n(g + i, count - i);
      s += v * v;
    }
    work[tile] = hsum(s);
  });
  double total = 0;
  for (int b = 0; b < blocks; b++) total += work[b];
  const double norm = __builtin_sqrt(total);
  *scale = norm > limit ? static_cast<float>(limit / norm) : 1.0f;
}

// One pass over parameters [0, count): the first `decayed` are subject to weight decay.
// Args: kind (0 adamw, 1 sgd), count, decayed, beta1, beta2, epsilon, momentum, weight decay, ema, parameters, gradients,
// first moment, second moment, average, clip scale (or -1), dynamic scalars: learning rate, 1 / (1 - beta1^t),
// 1 / (1 - beta2^t), ema rate.
// AdamW: Loshchilov & Hutter 2019, algorithm 2. SGD: Nesterov momentum as in PyTorch (Sutskever et al. 2013).
static void op_optimizer(const Context& ctx, Args& a) {
  const int kind = a.i(), count = a.i(), decayed = a.i();
  const float beta1 = a.f(), beta2 = a.f(), epsilon = a.f(), momentum = a.f(), decay = a.f(), ema = a.f();
  float* w = a.ptr();
  const float* g = a.ptr();
  float *m = a.ptr(), *v = a.ptr(), *average = a.ptr();
  const float* clip = a.ptr();
  const float* dynamic = a.ptr();
  const float rate = dynamic[0], correct1 = dynamic[1], correct2 = dynamic[2], ema_rate = dynamic[3];
  const float scale = clip ? *clip : 1.0f;
  constexpr int BLOCK = 16384;
  ctx.tiles((count + BLOCK - 1) / BLOCK, [=](int tile, int) {
    for (int i = tile * BLOCK; i < imin(count, (tile + 1) * BLOCK); i += W) {
      const int n = count - i;
      const float wd = i < decayed ? decay : 0.0f;
      V grad = load_n(g + i, n) * scale, p = load_n(w + i, n);
      if (kind == 0) {
        const V m1 = load_n(m + i, n) * beta1 + grad * (1 - beta1);
        const V v1 = load_n(v + i, n) * beta2 + grad * grad * (1 - beta2);
        store_n(m + i, m1, n);
        store_n(v + i, v1, n);
        p = p - p * (rate * wd) - (m1 * correct1) / (vsqrt(v1 * correct2) + epsilon) * rate;
      } else {
        grad += p * wd;
        const V m1 = load_n(m + i, n) * momentum + grad;
        store_n(m + i, m1, n);
        p = p - (grad + m1 * momentum) * rate;
      }
      store_n(w + i, p, n);
      if (ema > 0) {
        const V e = load_n(average + i, n);
        store_n(average + i, e + (p - e) * ema_rate, n);
      }
    }
  });
}

}  // namespace lexel
