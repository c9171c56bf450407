// Dense k x k convolution as an implicit matrix product: an image is transformed once into a zero-bordered buffer,
// and the micro-kernels read the window through row pointers (k segments of k * C contiguous floats).
#pragma once
#include "epilogue.h"
#include "gemm.h"

namespace lexel {

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

// The padded input of image i, with `ow * stride + k - 1` columns at least.
static INLINE float* padded_input(const Geometry& g, const View& in, int image, float* buffer) {
  const int pad = g.kernel / 2, hw = g.height * g.width;
  pad_image(g.height, g.width, g.channels, pad, 1, g.width + 2 * pad, g.height + 2 * pad, buffer,
            [&](int y, float* o, int ld) {
              const int row = image * hw + y * g.width;
              if (is_plain(in)) __builtin_memcpy(o, in.x + static_cast<size_t>(row) * g.channels, static_cast<size_t>(g.width) * g.channels * sizeof(float));
              else view_block(in, row, g.width, 0, g.channels, o, ld);
            });
  return buffer;
}

// Floats of an image with its border: the input, or the output's gradient spread out to the input's size.
static INLINE size_t padded_floats(const Geometry& g, int channels) {
  return static_cast<size_t>(g.height + g.kernel - 1) * (g.width + g.kernel - 1) * channels;
}

template <>
struct Needs<DenseForwardOp> {
  float* image;
  Needs(Scratch& scratch, const DenseForwardOp& a) : image(scratch.take(padded_floats(a, a.channels))) {}
};

static void run(const Context& ctx, const DenseForwardOp& a) {
  const DenseForwardOp g = a;
  const View in = a.input;
  const float *packed = a.weights, *shift = a.norm.shift;
  float *out = a.output, *partial = a.norm.sums;
  const int tiles = a.tiles, stride = padded(a.out), pw = a.width + a.kernel - 1, ow = a.out_width, pixels = a.out_height * ow;
  const int k = a.kernel * a.kernel * a.channels;
  const size_t image_floats = static_cast<size_t>(a.height) * a.width * a.channels;
  const Left left = {g.kernel, static_cast<ptrdiff_t>(pw) * g.channels, g.kernel * g.channels};
  ctx.tiles(tiles, [=](int tile, int thread) {
    const Range range = tile_range(g.images, tiles, tile);
    Scratch scratch = ctx.scratch_of(thread);
    const Needs<DenseForwardOp> own(scratch, g);
    Stats stats = {};
    if (partial) {
      float* p = partial + static_cast<size_t>(tile) * 2 * stride;
      zero(p, 2 * stride);
      stats = {shift, p, p + stride};
    }
    for (int image = range.begin; image < range.end; image++) {
      const float* x = padded_input(g, in, image, own.image);
      auto row_of = [&](int r) { return x + (static_cast<size_t>(r / ow) * pw + r % ow) * g.stride * g.channels; };
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

template <>
struct Needs<DenseBackwardOp> {
  float *x, *dy, *spread;
  Needs(Scratch& scratch, const DenseBackwardOp& a)
      : x(scratch.take(padded_floats(a, a.channels))),
        dy(scratch.take(static_cast<size_t>(a.out_height) * a.out_width * a.out)),
        spread(scratch.take(padded_floats(a, a.out))) {}
};

static void run(const Context& ctx, const DenseBackwardOp& a) {
  const DenseBackwardOp g = a;
  const View in = a.input;
  const GradientView grad = a.gradient;
  const Target target = a.target;
  const float* packed = a.weights;
  float* dw = a.weight_gradient;
  const int tiles = a.tiles, pad = a.kernel / 2, pw = a.width + 2 * pad, ow = a.out_width, oh = a.out_height, pixels = oh * ow;
  const size_t weights = static_cast<size_t>(g.kernel) * g.kernel * g.channels * g.out;
  // dX is a stride-1 convolution of dY spread `stride` pixels apart, with a border of k - 1 - pad.
  const int gw = g.width + 2 * pad, gh = g.height + 2 * pad;
  const Left left = {g.kernel, static_cast<ptrdiff_t>(gw) * g.out, g.kernel * g.out};
  const int hw = g.height * g.width;
  ctx.tiles(tiles, [=](int tile, int thread) {
    const Range range = tile_range(g.images, tiles, tile);
    Scratch scratch = ctx.scratch_of(thread);
    const Needs<DenseBackwardOp> own(scratch, g);
    float* dw_tile = dw + tile * weights;
    if (range.begin == range.end) zero(dw_tile, weights);
    begin_tile(target, g.channels, tile, range.begin, range.end - range.begin);
    for (int image = range.begin; image < range.end; image++) {
      int ldy;
      const float* dy = grad_rows(grad, image * pixels, pixels, own.dy, g.out, &ldy);
      const float* x = padded_input(g, in, image, own.x);
      Prefetch prefetches;
      const size_t next = image + 1, count_x = static_cast<size_t>(hw) * g.channels, count_y = static_cast<size_t>(pixels) * g.out;
      if (image + 1 < g.images) {
        prefetches.add(grad.du + next * count_y, count_y);
        if (!is_plain(grad)) prefetches.add(grad.x + next * count_y, count_y);
        prefetches.add(in.x + next * count_x, count_x);
        if (target.mode == TargetMode::ACCUMULATE) prefetches.add(target.gradient + next * count_x, count_x);
      }
      const ptrdiff_t input = target.mode == TargetMode::SKIP ? 0 : micro_calls(hw, g.channels) * g.kernel * g.kernel * g.out;
      prefetches.spread(micro_calls(g.kernel * g.channels, g.out) * g.kernel * pixels + input);
      for (int ky = 0; ky < g.kernel; ky++) {
        const Pixels px = {oh, ow, static_cast<ptrdiff_t>(pw) * g.stride * g.channels, g.stride * g.channels, ldy};
        multiply_outer(g.kernel * g.channels, g.out, x + static_cast<size_t>(ky) * pw * g.channels, dy, px, image > range.begin,
                       dw_tile + static_cast<size_t>(ky) * g.kernel * g.channels * g.out, g.out, &prefetches);
      }
      if (target.mode == TargetMode::SKIP) continue;
      pad_image(oh, ow, g.out, pad, g.stride, gw, gh, own.spread, [&](int y, float* o, int ld) {
        for (int i = 0; i < ow; i++)
          __builtin_memcpy(o + static_cast<size_t>(i) * ld, dy + static_cast<size_t>(y * ow + i) * ldy, g.out * sizeof(float));
      });
      auto row_of = [&](int r) { return own.spread + (static_cast<size_t>(r / g.width) * gw + r % g.width) * g.out; };
      float* dx = target.gradient + static_cast<size_t>(image) * hw * g.channels;
      const ptrdiff_t panel = static_cast<ptrdiff_t>(NR) * g.kernel * g.kernel * g.out;
      if (target.mode == TargetMode::ACCUMULATE) multiply<ADD>(hw, g.channels, left, row_of, packed, panel, NR, dx, g.channels, {}, &prefetches);
      else multiply<STORE>(hw, g.channels, left, row_of, packed, panel, NR, dx, g.channels, {}, &prefetches);
      if (finishes(target)) finish_rows(target, in, tile, image * hw, hw, 0, g.channels, dx, g.channels, false);
    }
  });
}

}  // namespace lexel
