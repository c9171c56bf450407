// Dense k x k convolution as an implicit matrix product. Each image is transformed once into a zero-bordered buffer,
// and the micro-kernels read its windows through row pointers (k segments of k * C contiguous floats).
#pragma once
#include "epilogue.h"
#include "gemm.h"

namespace lexel {

// Writes `height` x `width` pixels of `channels` floats into a zero-filled buffer, `pad` pixels from its top left
// corner. fill(row, out) writes one line of the source.
template <class Fill>
static INLINE void pad_image(int height, int width, int channels, int pad, int padded_width, int padded_height,
                             float* buffer, Fill fill) {
  const size_t line = static_cast<size_t>(padded_width) * channels;
  zero(buffer, line * pad);
  zero(buffer + line * (pad + height), line * (padded_height - pad - height));
  for (int y = 0; y < height; y++) {
    float* o = buffer + line * (pad + y);
    zero(o, static_cast<size_t>(pad) * channels);
    zero(o + static_cast<size_t>(pad + width) * channels, static_cast<size_t>(padded_width - pad - width) * channels);
    fill(y, o + static_cast<size_t>(pad) * channels);
  }
}

// Returns image `image` of a view with a border of `pad` zero pixels and zeros up to the padded size. If no transform,
// border or padding is needed, returns a pointer to the input itself and leaves `buffer` unused.
static INLINE const float* padded_input(const View& in, int image, int height, int width, int pad, int padded_width,
                                        int padded_height, float* buffer) {
  const int channels = in.channels;
  if (is_plain(in) && height == padded_height && width == padded_width)
    return in.x + static_cast<size_t>(image) * in.hw * channels;
  pad_image(height, width, channels, pad, padded_width, padded_height, buffer, [&](int y, float* o) {
    const int row = image * in.hw + y * width;
    if (is_plain(in))
      __builtin_memcpy(o, in.x + static_cast<size_t>(row) * channels,
                       static_cast<size_t>(width) * channels * sizeof(float));
    else view_block(in, row, width, 0, channels, o, channels);
  });
  return buffer;
}

static INLINE const float* padded_input(const Geometry& g, const View& in, int image, float* buffer) {
  const int pad = g.kernel / 2;
  return padded_input(in, image, g.height, g.width, pad, g.width + 2 * pad, g.height + 2 * pad, buffer);
}

// Floats of one input image with its border.
static INLINE size_t padded_floats(const Geometry& g) {
  return static_cast<size_t>(g.height + g.kernel - 1) * (g.width + g.kernel - 1) * g.channels;
}

template <>
struct Needs<DenseForwardOp> {
  float* image;
  Needs(Scratch& scratch, const DenseForwardOp& a) : image(scratch.take(padded_floats(a))) {}
};

static void run(const Context& ctx, const DenseForwardOp& a) {
  const DenseForwardOp g = a;
  const View in = a.input;
  const float *packed = a.weights, *shift = a.norm.shift;
  float *out = a.output, *partial = a.norm.sums;
  const int tiles = a.tiles, pw = a.width + a.kernel - 1, ow = a.out_width, pixels = a.out_height * ow;
  const int k = a.kernel * a.kernel * a.channels;
  const size_t image_floats = static_cast<size_t>(a.height) * a.width * a.channels;
  const Left left = {g.kernel, static_cast<ptrdiff_t>(pw) * g.channels, g.kernel * g.channels};
  ctx.tiles(tiles, [=](int tile, int thread) {
    const Range range = tile_range(g.images, tiles, tile);
    Scratch scratch = ctx.scratch_of(thread);
    const Needs<DenseForwardOp> own(scratch, g);
    const Stats stats = tile_stats(shift, partial, tile, g.out);
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

// Input pixels that are a stride apart are reached by the same taps. This is one such set of pixels along one axis,
// those at `phase` + i * stride: `pixels` is their number and `taps` the number of taps that reach each. `first` is the
// output that the first of these taps (the last one of the kernel) connects to the first pixel, counted with the border
// of `pad` pixels.
struct Phase {
  int pixels, taps, first;
  Phase(int phase, int extent, int kernel, int stride) {
    const int pad = kernel / 2, least = (phase + pad) % stride;
    pixels = (extent - phase + stride - 1) / stride;
    taps = least < kernel ? (kernel - 1 - least) / stride + 1 : 0;
    first = (phase + pad - (least + (taps - 1) * stride)) / stride + pad;
  }
};

// Computes the input gradient of an image from its output gradient, which has a border of kernel / 2 pixels: one
// convolution per phase of rows and of columns, with that phase's taps. If the stride is above 1, `product` holds the
// results of a phase before they are copied to their pixels. `add`: adds to the values in dx.
static INLINE void input_gradient(const Geometry& g, const float* dy, const float* packed, float* product, float* dx,
                                  bool add, Prefetch* prefetches) {
  const int line = g.out_width + 2 * (g.kernel / 2);
  const ptrdiff_t panel = static_cast<ptrdiff_t>(NR) * g.kernel * g.kernel * g.out;
  for (int py = 0; py < g.stride; py++)
    for (int px = 0; px < g.stride; px++) {
      const Phase down(py, g.height, g.kernel, g.stride), across(px, g.width, g.kernel, g.stride);
      const int taps = down.taps * across.taps, rows = down.pixels * across.pixels;
      const float* from = dy + (static_cast<ptrdiff_t>(down.first) * line + across.first) * g.out;
      const Left left = {down.taps, static_cast<ptrdiff_t>(line) * g.out, across.taps * g.out};
      auto row_of = [&](int r) {
        return from + static_cast<ptrdiff_t>(r / across.pixels * line + r % across.pixels) * g.out;
      };
      if (g.stride == 1) {
        if (add) multiply<ADD>(rows, g.channels, left, row_of, packed, panel, NR, dx, g.channels, {}, prefetches);
        else multiply<STORE>(rows, g.channels, left, row_of, packed, panel, NR, dx, g.channels, {}, prefetches);
        return;
      }
      if (!taps && add) continue;
      if (taps) multiply<STORE>(rows, g.channels, left, row_of, packed, panel, NR, product, g.channels, {}, prefetches);
      else zero(product, static_cast<size_t>(rows) * g.channels);
      packed += static_cast<ptrdiff_t>(NR) * taps * g.out;
      for (int r = 0; r < rows; r++) {
        float* to = dx + (static_cast<size_t>(r / across.pixels * g.stride + py) * g.width +
                          r % across.pixels * g.stride + px) *
                             g.channels;
        const float* result = product + static_cast<size_t>(r) * g.channels;
        for (int c = 0; c < g.channels; c += W) {
          const int n = g.channels - c;
          store_n(to + c, add ? load_n(to + c, n) + load(result + c) : load(result + c), n);
        }
      }
    }
}

template <>
struct Needs<DenseBackwardOp> {
  float *x, *dy, *spread, *product, *dx;
  Needs(Scratch& scratch, const DenseBackwardOp& a)
      : x(scratch.take(padded_floats(a))),
        dy(scratch.take(static_cast<size_t>(a.out_height) * a.out_width * a.out)),
        spread(scratch.take(static_cast<size_t>(a.out_height + a.kernel - 1) * (a.out_width + a.kernel - 1) * a.out)),
        product(a.stride > 1 ? scratch.take(static_cast<size_t>(a.height) * a.width * a.channels) : nullptr),
        dx(scratch.take(static_cast<size_t>(a.height) * a.width * a.channels)) {}
};

static void run(const Context& ctx, const DenseBackwardOp& a) {
  const DenseBackwardOp g = a;
  const View in = a.input;
  const GradientView grad = a.gradient;
  const Target target = a.target;
  const float* packed = a.weights;
  float* dw = a.weight_gradient;
  const int tiles = a.tiles, pad = a.kernel / 2, pw = a.width + 2 * pad, ow = a.out_width, oh = a.out_height,
            pixels = oh * ow;
  const size_t weights = static_cast<size_t>(g.kernel) * g.kernel * g.channels * g.out;
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
      const size_t next = image + 1, count_x = static_cast<size_t>(hw) * g.channels,
                   count_y = static_cast<size_t>(pixels) * g.out;
      if (image + 1 < g.images) {
        prefetches.add(grad.du + next * count_y, count_y);
        if (!is_plain(grad)) prefetches.add(grad.x + next * count_y, count_y);
        prefetches.add(in.x + next * count_x, count_x);
        if (target.mode == TargetMode::ACCUMULATE) prefetches.add(target.gradient + next * count_x, count_x);
      }
      const ptrdiff_t input = target.mode == TargetMode::SKIP
                                  ? 0
                                  : micro_calls(hw, g.channels) * g.kernel * g.kernel * g.out / (g.stride * g.stride);
      prefetches.spread(micro_calls(g.kernel * g.channels, g.out) * g.kernel * pixels + input);
      for (int ky = 0; ky < g.kernel; ky++) {
        const Pixels px = {oh, ow, static_cast<ptrdiff_t>(pw) * g.stride * g.channels, g.stride * g.channels, ldy};
        multiply_outer(g.kernel * g.channels, g.out, x + static_cast<size_t>(ky) * pw * g.channels, dy, px,
                       image > range.begin, dw_tile + static_cast<size_t>(ky) * g.kernel * g.channels * g.out, g.out,
                       &prefetches);
      }
      if (target.mode == TargetMode::SKIP) continue;
      pad_image(oh, ow, g.out, pad, ow + 2 * pad, oh + 2 * pad, own.spread, [&](int y, float* o) {
        for (int i = 0; i < ow; i++)
          __builtin_memcpy(o + static_cast<size_t>(i) * g.out, dy + static_cast<size_t>(y * ow + i) * ldy,
                           g.out * sizeof(float));
      });
      const bool unfinished = finishes(target);
      float* dx = unfinished ? own.dx : target.gradient + static_cast<size_t>(image) * hw * g.channels;
      input_gradient(g, own.spread, packed, own.product, dx, target.mode == TargetMode::ACCUMULATE, &prefetches);
      if (unfinished) finish_rows(target, in, tile, image * hw, hw, 0, g.channels, dx, g.channels, false);
    }
  });
}

}  // namespace lexel
