// The input: crop, flip, cutout or CutMix and normalisation of uint8 images in one pass; and the sum of two views.
#pragma once
#include "view.h"

namespace lexel {

static INLINE int reflect(int i, int n) {
  if (i < 0) i = -i;
  return i >= n ? 2 * n - 2 - i : i;
}

// Args: images, size, tiles, pixels (uint8 in the arena), augmentation records (int32 [N, 8]), mean and inverse
// deviation (3 + 3 floats, in units of 0..255), out [N, size, size, 3].
static void op_input(const Context& ctx, Args& a) {
  const int images = a.i(), size = a.i(), tiles = a.i();
  const uint8_t* pixels = reinterpret_cast<const uint8_t*>(a.ptr());
  const int32_t* records = reinterpret_cast<const int32_t*>(a.ptr());
  const float* norm = a.ptr();
  float* out = a.ptr();
  ctx.tiles(tiles, [=](int tile, int) {
    const Range range = tile_range(images, tiles, tile);
    float value[3][256];
    for (int c = 0; c < 3; c++)
      for (int i = 0; i < 256; i++) value[c][i] = (static_cast<float>(i) - norm[c]) * norm[3 + c];
    for (int image = range.begin; image < range.end; image++) {
      const int32_t* own = records + image * 8;
      const int partner = own[7];
      for (int y = 0; y < size; y++) {
        float* line = out + (static_cast<size_t>(image) * size + y) * size * 3;
        // Pixels [from, to) of the line, out of another image or this one.
        auto copy = [&](int source, int from, int to) {
          const int32_t* r = records + source * 8;
          const uint8_t* p = pixels + (static_cast<size_t>(source) * size + reflect(y + r[0], size)) * size * 3;
          for (int x = from; x < to; x++) {
            const int at = reflect((r[2] ? size - 1 - x : x) + r[1], size) * 3;
            for (int c = 0; c < 3; c++) line[x * 3 + c] = value[c][p[at + c]];
          }
        };
        const bool boxed = y >= own[3] && y < own[4];
        const int left = boxed ? imin(imax(own[5], 0), size) : size, right = boxed ? imax(imin(own[6], size), left) : size;
        copy(image, 0, left);
        if (partner >= 0) copy(partner, left, right);
        else zero(line + left * 3, static_cast<size_t>(right - left) * 3);
        copy(image, right, size);
      }
    }
  });
}

// out = first + second (second optional: x may be -1). Args: images, hw, channels, tiles, view, view, out.
static void op_add(const Context& ctx, Args& a) {
  const int images = a.i(), hw = a.i(), channels = a.i(), tiles = a.i();
  const View first = read_view(a, hw, channels), second = read_view(a, hw, channels);
  float* out = a.ptr();
  ctx.tiles(tiles, [=](int tile, int) {
    const Range range = tile_range(images, tiles, tile);
    for (int image = range.begin; image < range.end; image++)
      with_act(first.act, [=](auto k1) {
        auto pass = [&](auto k2) {
          const float* g1 = first.gate ? first.gate + static_cast<size_t>(image) * channels : nullptr;
          const float* g2 = second.gate ? second.gate + static_cast<size_t>(image) * channels : nullptr;
          for (int p = 0; p < hw; p++) {
            const size_t at = (static_cast<size_t>(image) * hw + p) * channels;
            for (int c = 0; c < channels; c += W) {
              V v = view_at<decltype(k1)::value>(first, first.x + at, c, g1);
              if (second.x) v += view_at<decltype(k2)::value>(second, second.x + at, c, g2);
              store_n(out + at + c, v, channels - c);
            }
          }
        };
        with_act(second.act, pass);
      });
  });
}

}  // namespace lexel
