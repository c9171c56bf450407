// Dense k x k convolution as an implicit matrix product: an image is transformed once into a zero-bordered buffer,
// and the micro-kernels read the window through row pointers (k segments of k * C contiguous floats).
#pragma once
#include "epilogue.h"
#include "gemm.h"

namespace lexel {

struct Geometry {
  int images, height, width, in, out, kernel, step;
  int oh() const { return (height - 1) / step + 1; }
  int ow() const { return (width - 1) / step + 1; }
};

static INLINE Geometry read_geometry(Args& a) {
  Geometry g;
  g.images = a.i();
  g.height = a.i();
  g.width = a.i();
  g.in = a.i();
  g.out = a.i();
  g.kernel = a.i();
  g.step = a.i();
  return g;
}

// Writes `height` x `width` pixels of `channels` floats into the middle of a zeroed buffer, `spread` pixels apart.
// fill(row, out, ld) writes one line of the source.
template <class Fill>
static INLINE void pad_image(int height, int width, int channels, int pad, int spread, int padded_width, int padded_height,
                             float* buffer, Fill fill) {
  const size_t line = static_cast<size_t>(padded_width) * channels;
  if (spread > 1) zero(buffer, line * padded_height);
  else {
    zero(buffer, line * pad);
    zero(buffer + line * (pad + height), line * (padded_height - pad - height));
  }
  for (int y = 0; y < height; y++) {
    float* o = buffer + line * (pad + static_cast<size_t>(y) * spread);
    if (spread == 1) {
      zero(o, static_cast<size_t>(pad) * channels);
      zero(o + static_cast<size_t>(pad + width) * channels, static_cast<size_t>(padded_width - pad - width) * channels);
    }
    fill(y, o + static_cast<size_t>(pad) * channels, channels * spread);
  }
}

// The padded input of image i, with `ow * step + k - 1` columns at least.
static INLINE float* padded_input(const Geometry& g, const View& in, int image, float* buffer) {
  const int pad = g.kernel / 2, hw = g.height * g.width;
  pad_image(g.height, g.width, g.in, pad, 1, g.width + 2 * pad, g.height + 2 * pad, buffer,
            [&](int y, float* o, int ld) {
              const int row = image * hw + y * g.width;
              if (in.plain()) __builtin_memcpy(o, in.x + static_cast<size_t>(row) * g.in, static_cast<size_t>(g.width) * g.in * sizeof(float));
              else view_block(in, row, g.width, 0, g.in, o, ld);
            });
  return buffer;
}

// Args: geometry, tiles, view, packed weights, out, stats shift, stats partial.
static void op_dense_forward(const Context& ctx, Args& a) {
  const Geometry g = read_geometry(a);
  const int tiles = a.i();
  const View in = read_view(a, g.height * g.width, g.in);
  const float* packed = a.ptr();
  float* out = a.ptr();
  const float* shift = a.ptr();
  float* partial = a.ptr();
  const int stride = round_up(g.out, 16), pw = g.width + g.kernel - 1, ow = g.ow(), pixels = g.oh() * ow;
  const int k = g.kernel * g.kernel * g.in;
  const size_t image_floats = static_cast<size_t>(g.height) * g.width * g.in;
  const Left left = {g.kernel, static_cast<ptrdiff_t>(pw) * g.in, g.kernel * g.in};
  ctx.tiles(tiles, [=](int tile, int thread) {
    const Range range = tile_range(g.images, tiles, tile);
    Stats stats = {};
    if (partial) {
      float* p = partial + static_cast<size_t>(tile) * 2 * stride;
      zero(p, 2 * stride);
      stats = {shift, p, p + stride};
    }
    for (int image = range.begin; image < range.end; image++) {
      const float* x = padded_input(g, in, image, ctx.scratch_of(thread));
      auto row_of = [&](int r) { return x + (static_cast<size_t>(r / ow) * pw + r % ow) * g.step * g.in; };
      float* o = out + static_cast<size_t>(image) * pixels * g.out;
      Prefetch prefetches;
      if (image + 1 < g.images) prefetches.add(in.x + static_cast<size_t>(image + 1) * image_floats, image_floats);
      prefetches.spread(micro_calls(pixels, g.out) * k);
      const ptrdiff_t panel = static_cast<ptrdiff_t>(NR) * k;
      if (partial) multiply<STORE_STATS>(pixels, g.out, left, row_of, packed, panel, NR, o, g.out, stats, &prefetches);
      else multiply<STORE>(pixels, g.out, left, row_of, packed, panel, NR, o, g.out, {}, &prefetches);
    }
  });
}

// Args: geometry, tiles, view, gradient view, packed rotated weights, weight-gradient partials [tiles][k, k, in, out], target.
static void op_dense_backward(const Context& ctx, Args& a) {
  const Geometry g = read_geometry(a);
  const int tiles = a.i();
  const View in = read_view(a, g.height * g.width, g.in);
  const GradView grad = read_grad(a, g.out);
  const float* packed = a.ptr();
  float* dw = a.ptr();
  const GradTarget target = read_target(a);
  const int pad = g.kernel / 2, pw = g.width + 2 * pad, ow = g.ow(), oh = g.oh(), pixels = oh * ow;
  const size_t weights = static_cast<size_t>(g.kernel) * g.kernel * g.in * g.out;
  // dX is a stride-1 convolution of dY spread `step` pixels apart, with a border of k - 1 - pad.
  const int gw = g.width + 2 * pad, gh = g.height + 2 * pad;
  const Left left = {g.kernel, static_cast<ptrdiff_t>(gw) * g.out, g.kernel * g.out};
  const int hw = g.height * g.width;
  ctx.tiles(tiles, [=](int tile, int thread) {
    const Range range = tile_range(g.images, tiles, tile);
    float* buffer_x = ctx.scratch_of(thread);
    float* buffer_y = buffer_x + round_up(pw * (g.height + 2 * pad) * g.in, 16) + 64;
    float* buffer_g = buffer_y + round_up(pixels * g.out, 16) + 64;
    float* dw_tile = dw + tile * weights;
    if (range.begin == range.end) zero(dw_tile, weights);
    begin_tile(target, g.in, tile, range.begin, range.end - range.begin);
    for (int image = range.begin; image < range.end; image++) {
      int ldy;
      const float* dy = grad_rows(grad, image * pixels, pixels, buffer_y, g.out, &ldy);
      const float* x = padded_input(g, in, image, buffer_x);
      Prefetch prefetches;
      const size_t next = image + 1, count_x = static_cast<size_t>(hw) * g.in, count_y = static_cast<size_t>(pixels) * g.out;
      if (image + 1 < g.images) {
        prefetches.add(grad.du + next * count_y, count_y);
        if (!grad.plain()) prefetches.add(grad.x + next * count_y, count_y);
        prefetches.add(in.x + next * count_x, count_x);
        if (target.mode == ACCUMULATE) prefetches.add(target.out + next * count_x, count_x);
      }
      const ptrdiff_t input = target.mode == SKIP ? 0 : micro_calls(hw, g.in) * g.kernel * g.kernel * g.out;
      prefetches.spread(micro_calls(g.kernel * g.in, g.out) * g.kernel * pixels + input);
      for (int ky = 0; ky < g.kernel; ky++) {
        const Pixels px = {oh, ow, static_cast<ptrdiff_t>(pw) * g.step * g.in, g.step * g.in, ldy};
        multiply_outer(g.kernel * g.in, g.out, x + static_cast<size_t>(ky) * pw * g.in, dy, px, image > range.begin,
                       dw_tile + static_cast<size_t>(ky) * g.kernel * g.in * g.out, g.out, &prefetches);
      }
      if (target.mode == SKIP) continue;
      pad_image(oh, ow, g.out, pad, g.step, gw, gh, buffer_g, [&](int y, float* o, int ld) {
        for (int i = 0; i < ow; i++)
          __builtin_memcpy(o + static_cast<size_t>(i) * ld, dy + static_cast<size_t>(y * ow + i) * ldy, g.out * sizeof(float));
      });
      auto row_of = [&](int r) { return buffer_g + (static_cast<size_t>(r / g.width) * gw + r % g.width) * g.out; };
      float* dx = target.out + static_cast<size_t>(image) * hw * g.in;
      const ptrdiff_t panel = static_cast<ptrdiff_t>(NR) * g.kernel * g.kernel * g.out;
      if (target.mode == ACCUMULATE) multiply<ADD>(hw, g.in, left, row_of, packed, panel, NR, dx, g.in, {}, &prefetches);
      else multiply<STORE>(hw, g.in, left, row_of, packed, panel, NR, dx, g.in, {}, &prefetches);
      if (target.mode >= ACTIVATION_BACKWARD) finish_rows(target, in, tile, image * hw, hw, 0, g.in, dx, g.in, false);
    }
  });
}

}  // namespace lexel
