// Tensors as other operations read them. A convolution stores its raw output once. Each operation that reads it applies
// the batch norm, activation and squeeze-excite gate itself (a "view"), so normalised activations are never stored. In
// the same way, the gradient of a raw output is computed from (du, x) when it is read (a "gradient view").
#pragma once
#include "activation.h"

namespace lexel {

// Whether the tensor holds the value itself, so that nothing has to be applied.
static INLINE bool is_plain(const View& v) { return !v.scale && !v.gate && v.activation == Activation::NONE; }
static INLINE bool is_plain(const GradientView& g) { return !g.coefficients; }

static INLINE View ungated(View v) {
  v.gate = nullptr;
  return v;
}

template <Activation ACT>
static INLINE V view_at(const View& v, const float* x, int c, const float* gate) {
  V u = load(x + c);
  if (v.scale) u = madd(u, load(v.scale + c), load(v.shift + c));
  u = act<ACT>(u);
  return gate ? u * load(gate + c) : u;
}

// Writes `count` channels from c0 of rows [row, row + rows) to out, whose rows are `ld` floats apart. Writes exactly
// `count` floats per row.
static OUTLINE void view_block(const View& v, int row, int rows, int c0, int count, float* out, int ld) {
  with_act(v.activation, [=](auto kind) {
    constexpr Activation ACT = decltype(kind)::value;
    for (int r = 0; r < rows; r++) {
      const float* x = v.x + static_cast<size_t>(row + r) * v.channels;
      const float* gate = v.gate ? v.gate + static_cast<size_t>((row + r) / v.hw) * v.channels : nullptr;
      float* o = out + static_cast<size_t>(r) * ld;
      for (int c = 0; c < count; c += W) store_n(o + c, view_at<ACT>(v, x, c0 + c, gate), count - c);
    }
  });
}

// The same for a view with a gate. Also writes the values before the gate to `values`, in the layout of out.
static void gated_block(const View& v, int row, int rows, int c0, int count, float* out, float* values, int ld) {
  view_block(ungated(v), row, rows, c0, count, values, ld);
  for (int r = 0; r < rows; r++) {
    const float* gate = v.gate + static_cast<size_t>((row + r) / v.hw) * v.channels + c0;
    const size_t at = static_cast<size_t>(r) * ld;
    for (int c = 0; c < count; c += W) store_n(out + at + c, load(values + at + c) * load(gate + c), count - c);
  }
}

// Returns rows of a view. They are written to `buffer` only if there is something to apply.
static INLINE const float* view_rows(const View& v, int row, int rows, float* buffer, int ld_buffer, int* ld) {
  if (is_plain(v)) {
    *ld = v.channels;
    return v.x + static_cast<size_t>(row) * v.channels;
  }
  view_block(v, row, rows, 0, v.channels, buffer, ld_buffer);
  *ld = ld_buffer;
  return buffer;
}

// The gradient of channels [c, c + W) of the pixel that starts at float offset `pixel`.
static INLINE V grad_at(const GradientView& g, size_t pixel, int c) {
  const V u = load(g.du + pixel + c);
  if (!g.coefficients) return u;
  const float* k = g.coefficients + c;
  const int stride = padded(g.channels);
  return madd(u, load(k), madd(load(g.x + pixel + c), load(k + stride), load(k + 2 * stride)));
}

static OUTLINE void grad_block(const GradientView& g, int row, int rows, int c0, int count, float* out, int ld) {
  for (int r = 0; r < rows; r++) {
    const size_t pixel = static_cast<size_t>(row + r) * g.channels;
    float* o = out + static_cast<size_t>(r) * ld;
    for (int c = 0; c < count; c += W) store_n(o + c, grad_at(g, pixel, c0 + c), count - c);
  }
}

static INLINE const float* grad_rows(const GradientView& g, int row, int rows, float* buffer, int ld_buffer, int* ld) {
  if (is_plain(g)) {
    *ld = g.channels;
    return g.du + static_cast<size_t>(row) * g.channels;
  }
  grad_block(g, row, rows, 0, g.channels, buffer, ld_buffer);
  *ld = ld_buffer;
  return buffer;
}

}  // namespace lexel
