// Dropout, the loss with its gradient, gradient clipping, the optimizers, and moving averages.
#pragma once
#include "ops.h"
#include "random.h"

namespace lexel {

static void run(const Context& ctx, const DropoutOp& a) {
  const int count = a.count;
  const float rate = a.rate;
  const uint32_t layer = static_cast<uint32_t>(a.layer);
  const uint32_t* key = a.key;
  float* x = a.values;
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

// mse: mean over dimensions, then over images. cosine: 1 - cos(output, target), mean over images. Rows of `output` and
// `gradient` are `width` floats apart.
static void run(const Context&, const LossOp& a) {
  const int images = a.images, dim = a.dimension;
  const size_t width = a.width;
  double total = 0;
  for (int n = 0; n < images; n++) {
    const float *o = a.output + n * width, *t = a.targets + static_cast<size_t>(n) * dim;
    float* g = a.gradient + n * width;
    switch (a.kind) {
      case Loss::MSE: {
        double sum = 0;
        for (int d = 0; d < dim; d++) {
          const float e = o[d] - t[d];
          sum += static_cast<double>(e) * e;
          g[d] = 2.0f * e / (static_cast<float>(images) * static_cast<float>(dim));
        }
        total += sum / dim;
        break;
      }
      case Loss::COSINE: {
        double oo = 0, tt = 0, ot = 0;
        for (int d = 0; d < dim; d++) {
          oo += static_cast<double>(o[d]) * o[d];
          tt += static_cast<double>(t[d]) * t[d];
          ot += static_cast<double>(o[d]) * t[d];
        }
        const double floor = 1e-24;
        const double inv_o = 1.0 / __builtin_sqrt(oo > floor ? oo : floor),
                     inv_t = 1.0 / __builtin_sqrt(tt > floor ? tt : floor);
        const double cosine = ot * inv_o * inv_t;
        total += 1.0 - cosine;
        for (int d = 0; d < dim; d++)
          g[d] = static_cast<float>(-(t[d] * inv_t - cosine * o[d] * inv_o) * inv_o / images);
        break;
      }
    }
  }
  *a.loss = static_cast<float>((a.before ? *a.before : 0.0f) + total / images);
}

static void run(const Context& ctx, const ClipOp& a) {
  constexpr int BLOCK = CLIP_BLOCK;
  const int count = a.count, blocks = a.blocks;
  const float limit = a.limit;
  const float* g = a.gradients;
  float* work = a.work;
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
  *a.scale = norm > limit ? static_cast<float>(limit / norm) : 1.0f;
}

// The loop below implements two optimizers. Adding a third one is a compile error here.
static INLINE bool is_adamw(Optimizer kind) {
  switch (kind) {
    case Optimizer::ADAMW: return true;
    case Optimizer::SGD: return false;
  }
  __builtin_unreachable();
}

// AdamW: Loshchilov & Hutter 2019, algorithm 2. SGD: Nesterov momentum as in PyTorch (Sutskever et al. 2013).
static void run(const Context& ctx, const OptimizerOp& a) {
  const int count = a.count, decayed = a.decayed;
  const bool adamw = is_adamw(a.kind);
  const float beta1 = a.beta1, beta2 = a.beta2, epsilon = a.epsilon, momentum = a.momentum, decay = a.weight_decay;
  float *w = a.weights, *m = a.m, *v = a.v;
  const float* g = a.gradients;
  const float rate = a.dynamic[Dynamic::LEARNING_RATE], correct1 = a.dynamic[Dynamic::CORRECTION1],
              correct2 = a.dynamic[Dynamic::CORRECTION2];
  const float scale = a.clip_scale ? *a.clip_scale : 1.0f;
  constexpr int BLOCK = 16384;
  ctx.tiles((count + BLOCK - 1) / BLOCK, [=](int tile, int) {
    for (int i = tile * BLOCK; i < imin(count, (tile + 1) * BLOCK); i += W) {
      const int n = count - i;
      const float wd = i < decayed ? decay : 0.0f;
      V grad = load_n(g + i, n) * scale, p = load_n(w + i, n);
      if (adamw) {
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
    }
  });
}

static void run(const Context& ctx, const AverageOp& a) {
  const int count = a.count;
  const float rate = *a.rate;
  const float* x = a.values;
  float* average = a.average;
  constexpr int BLOCK = 16384;
  ctx.tiles((count + BLOCK - 1) / BLOCK, [=](int tile, int) {
    for (int i = tile * BLOCK; i < imin(count, (tile + 1) * BLOCK); i += W) {
      const int n = count - i;
      const V e = load_n(average + i, n);
      store_n(average + i, e + (load_n(x + i, n) - e) * rate, n);
    }
  });
}

}  // namespace lexel
