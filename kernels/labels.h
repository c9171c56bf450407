// Losses over a set of labels: each image's scores for all labels are compared with its shares of the labels.
#pragma once
#include "exponential.h"
#include "ops.h"

namespace lexel {

// Natural logarithm of a normal x > 0, accurate to the last places of a double. With x = 2^e m: log x = e log 2 + log
// m, and log m = 2 atanh((m - 1) / (m + 1)).
static INLINE double natural_log(double x) {
  uint64_t bits;
  __builtin_memcpy(&bits, &x, 8);
  int e = static_cast<int>(bits >> 52) - 1023;
  bits = (bits & 0xfffffffffffffull) | 0x3ff0000000000000ull;
  double m;
  __builtin_memcpy(&m, &bits, 8);
  if (m > 1.4142135623730951) m *= 0.5, e++;
  const double z = (m - 1) / (m + 1), zz = z * z;
  double series = 0;
  for (int k = 21; k >= 1; k -= 2) series = series * zz + 1.0 / k;
  return 2 * z * series + e * 0.6931471805599453;
}

static INLINE float dot_of(const float* a, const float* b, int n) {
  V s = {};
  for (int i = 0; i < n; i += W) s += load_n(a + i, n - i) * load_n(b + i, n - i);
  return hsum(s);
}

// The largest log scale: log(100) (Radford et al. 2021, section 2.5). A larger value is reset to it before use.
constexpr float LARGEST_LOG_SCALE = 4.6051702f;

// Score s_j is the dot product of the output with label vector j (SOFTMAX), or their cosine (other losses; label
// vectors have unit length).
// SOFTMAX, COSINE_SOFTMAX: cross-entropy of softmax(scale * s) with the shares. scale = exp(*log_scale), or 1 if
// log_scale is null.
// RANKING: hinge loss max(0, margin - s_y + s_j), mean over the other labels j (Frome et al. 2013, DeViSE, equation 1).
// All losses are means over images, times `weight`.
static void run(const Context& ctx, const LabelLossOp& a) {
  const LabelLoss kind = a.kind;
  const int images = a.images, dim = a.dimension, labels = a.labels;
  const float margin = a.margin, weight = a.weight;
  const float *output = a.output, *vectors = a.vectors, *weights = a.shares;
  float *log_scale = a.log_scale, *grad = a.gradient, *work = a.scores, *losses = a.losses,
        *scale_parts = a.scale_parts;
  if (log_scale && *log_scale > LARGEST_LOG_SCALE) *log_scale = LARGEST_LOG_SCALE;
  const float scale = log_scale ? vexp(splat(*log_scale))[0] : 1.0f;
  ctx.tiles(images, [&](int n, int) {
    const float *o = output + static_cast<size_t>(n) * dim, *w = weights + static_cast<size_t>(n) * labels;
    float *g = grad + static_cast<size_t>(n) * dim, *s = work + static_cast<size_t>(n) * labels;
    const float square = dot_of(o, o, dim);
    const float inverse = kind == LabelLoss::SOFTMAX ? 1.0f : 1.0f / __builtin_sqrtf(square > 1e-24f ? square : 1e-24f);
    for (int j = 0; j < labels; j++) s[j] = dot_of(o, vectors + static_cast<size_t>(j) * dim, dim) * inverse;
    // d_j is the derivative of the loss with respect to score j. `along`, the sum of d_j s_j, is the derivative with
    // respect to the log scale. It also gives the part of the gradient that comes from dividing by the output's length.
    zero(g, dim);
    double total = 0, along = 0;
    const auto slope = [&](int j, float d) {
      along += static_cast<double>(d) * s[j];
      const float* v = vectors + static_cast<size_t>(j) * dim;
      for (int i = 0; i < dim; i += W) store_n(g + i, load_n(g + i, dim - i) + load_n(v + i, dim - i) * d, dim - i);
    };
    switch (kind) {
      case LabelLoss::RANKING: {
        const float share = 1.0f / (labels > 1 ? labels - 1 : 1);
        for (int y = 0; y < labels; y++) {
          if (w[y] == 0) continue;
          float own = 0;
          for (int j = 0; j < labels; j++) {
            const float violation = margin - s[y] + s[j];
            if (j == y || violation <= 0) continue;
            total += static_cast<double>(w[y]) * share * violation;
            slope(j, w[y] * share);
            own += w[y] * share;
          }
          slope(y, -own);
        }
        break;
      }
      case LabelLoss::SOFTMAX:
      case LabelLoss::COSINE_SOFTMAX: {
        float top = s[0];
        for (int j = 1; j < labels; j++) top = s[j] > top ? s[j] : top;
        double sum = 0;
        for (int j = 0; j < labels; j++) sum += vexp(splat((s[j] - top) * scale))[0];
        const double log_sum = natural_log(sum);
        for (int j = 0; j < labels; j++) {
          const double z = static_cast<double>(s[j] - top) * scale;
          total += w[j] * (log_sum - z);
          slope(j, (static_cast<float>(vexp(splat(static_cast<float>(z)))[0] / sum) - w[j]) * scale);
        }
        break;
      }
    }
    losses[n] = static_cast<float>(total);
    scale_parts[n] = static_cast<float>(along);
    const float part = weight / images, back = kind == LabelLoss::SOFTMAX ? 0.0f : static_cast<float>(along) * inverse;
    for (int i = 0; i < dim; i++) g[i] = (g[i] - back * o[i]) * inverse * part;
  });
  double total = 0, along = 0;
  for (int n = 0; n < images; n++) total += losses[n], along += scale_parts[n];
  *a.loss = static_cast<float>(weight * total / images);
  if (a.log_scale_gradient) *a.log_scale_gradient = static_cast<float>(weight * along / images);
}

}  // namespace lexel
