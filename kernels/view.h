// Tensors as their readers see them. A convolution stores its raw output once; batch norm, activation and
// squeeze-excite gate are applied by whoever reads it ("view"), so normalised activations are never stored.
// Likewise the gradient of a raw output is formed from (du, x) while it is read ("gradient view").
#pragma once
#include "activation.h"
#include "context.h"

namespace lexel {

// value[n, p, c] = gate[n, c] * act(scale[c] * x[n, p, c] + shift[c]); null pointers stand for the identity.
struct View {
  const float* x;
  const float* scale;
  const float* shift;
  const float* gate;
  int act;
  int hw;        // pixels of an image
  int channels;

  bool plain() const { return !scale && !gate && act == NONE; }
  View ungated() const {
    View v = *this;
    v.gate = nullptr;
    return v;
  }
};

// Encoded as x, scale, shift, gate, act; sizes come from the operation.
static INLINE View read_view(Args& a, int hw, int channels) {
  View v;
  v.x = a.ptr();
  v.scale = a.ptr();
  v.shift = a.ptr();
  v.gate = a.ptr();
  v.act = a.i();
  v.hw = hw;
  v.channels = channels;
  return v;
}

// dx = alpha[c] * du + beta[c] * x + delta[c] (batch norm's backward), or du itself where coef is null.
struct GradView {
  const float* du;
  const float* x;
  const float* coef;  // alpha, beta, delta, each `stride` floats
  int stride;
  int channels;

  bool plain() const { return !coef; }
};

static INLINE GradView read_grad(Args& a, int channels) {
  GradView g;
  g.du = a.ptr();
  g.x = a.ptr();
  g.coef = a.ptr();
  g.stride = round_up(channels, 16);
  g.channels = channels;
  return g;
}

template <int ACT>
static INLINE V view_at(const View& v, const float* x, int c, const float* gate) {
  V u = load(x + c);
  if (v.scale) u = madd(u, load(v.scale + c), load(v.shift + c));
  u = act<ACT>(u);
  return gate ? u * load(gate + c) : u;
}

// `count` channels from c0 of rows [row, row + rows) into out, `ld` floats apart. Writes exactly `count` floats a row.
static OUTLINE void view_block(const View& v, int row, int rows, int c0, int count, float* out, int ld) {
  with_act(v.act, [=](auto kind) {
    constexpr int ACT = decltype(kind)::value;
    for (int r = 0; r < rows; r++) {
      const float* x = v.x + static_cast<size_t>(row + r) * v.channels;
      const float* gate = v.gate ? v.gate + static_cast<size_t>((row + r) / v.hw) * v.channels : nullptr;
      float* o = out + static_cast<size_t>(r) * ld;
      for (int c = 0; c < count; c += W) store_n(o + c, view_at<ACT>(v, x, c0 + c, gate), count - c);
    }
  });
}

// The same for a view with a gate, what is before the gate into `values`, laid out as out.
static void gated_block(const View& v, int row, int rows, int c0, int count, float* out, float* values, int ld) {
  view_block(v.ungated(), row, rows, c0, count, values, ld);
  for (int r = 0; r < rows; r++) {
    const float* gate = v.gate + static_cast<size_t>((row + r) / v.hw) * v.channels + c0;
    const size_t at = static_cast<size_t>(r) * ld;
    for (int c = 0; c < count; c += W) store_n(out + at + c, load(values + at + c) * load(gate + c), count - c);
  }
}

// Rows of a view, transformed into `buffer` only when there is something to transform.
static INLINE const float* view_rows(const View& v, int row, int rows, float* buffer, int ld_buffer, int* ld) {
  if (v.plain()) {
    *ld = v.channels;
    return v.x + static_cast<size_t>(row) * v.channels;
  }
  view_block(v, row, rows, 0, v.channels, buffer, ld_buffer);
  *ld = ld_buffer;
  return buffer;
}

// Channels [c, c + W) of the pixel that starts at float `pixel`.
static INLINE V grad_at(const GradView& g, size_t pixel, int c) {
  const V u = load(g.du + pixel + c);
  if (!g.coef) return u;
  const float* k = g.coef + c;
  return madd(u, load(k), madd(load(g.x + pixel + c), load(k + g.stride), load(k + 2 * g.stride)));
}

static OUTLINE void grad_block(const GradView& g, int row, int rows, int c0, int count, float* out, int ld) {
  for (int r = 0; r < rows; r++) {
    const size_t pixel = static_cast<size_t>(row + r) * g.channels;
    float* o = out + static_cast<size_t>(r) * ld;
    for (int c = 0; c < count; c += W) store_n(o + c, grad_at(g, pixel, c0 + c), count - c);
  }
}

static INLINE const float* grad_rows(const GradView& g, int row, int rows, float* buffer, int ld_buffer, int* ld) {
  if (g.plain()) {
    *ld = g.channels;
    return g.du + static_cast<size_t>(row) * g.channels;
  }
  grad_block(g, row, rows, 0, g.channels, buffer, ld_buffer);
  *ld = ld_buffer;
  return buffer;
}

}  // namespace lexel
