// The network's input: crop, flip, cutout or CutMix, and normalisation of uint8 images in one pass. Also the sum of two
// views.
#pragma once
#include "view.h"

namespace lexel {

static INLINE int reflect(int i, int n) {
  if (i < 0) i = -i;
  return i >= n ? 2 * n - 2 - i : i;
}

static void run(const Context& ctx, const InputOp& a) {
  const int images = a.images, size = a.size, tiles = a.tiles;
  const uint8_t* pixels = a.pixels;
  const int32_t* records = a.augment;
  const float* norm = a.normalisation;
  float* out = a.output;
  ctx.tiles(tiles, [=](int tile, int) {
    const Range range = tile_range(images, tiles, tile);
    float value[3][256];
    for (int c = 0; c < 3; c++)
      for (int i = 0; i < 256; i++) value[c][i] = (static_cast<float>(i) - norm[c]) * norm[3 + c];
    for (int image = range.begin; image < range.end; image++) {
      const int32_t* own = records + image * Augment::FIELDS;
      const int partner = own[Augment::PARTNER];
      for (int y = 0; y < size; y++) {
        float* line = out + (static_cast<size_t>(image) * size + y) * size * 3;
        // Copies pixels [from, to) of the line from image `source`: this image or its CutMix partner.
        auto copy = [&](int source, int from, int to) {
          const int32_t* r = records + source * Augment::FIELDS;
          const uint8_t* p =
              pixels + (static_cast<size_t>(source) * size + reflect(y + r[Augment::SHIFT_Y], size)) * size * 3;
          for (int x = from; x < to; x++) {
            const int at = reflect((r[Augment::FLIP] ? size - 1 - x : x) + r[Augment::SHIFT_X], size) * 3;
            for (int c = 0; c < 3; c++) line[x * 3 + c] = value[c][p[at + c]];
          }
        };
        const bool boxed = y >= own[Augment::TOP] && y < own[Augment::BOTTOM];
        const int left = boxed ? imin(imax(own[Augment::LEFT], 0), size) : size;
        const int right = boxed ? imax(imin(own[Augment::RIGHT], size), left) : size;
        copy(image, 0, left);
        if (partner >= 0) copy(partner, left, right);
        else zero(line + left * 3, static_cast<size_t>(right - left) * 3);
        copy(image, right, size);
      }
    }
  });
}

static void run(const Context& ctx, const AddOp& a) {
  const int images = a.images, hw = a.hw, channels = a.channels, tiles = a.tiles;
  const View first = a.first, second = a.second;
  float* out = a.output;
  ctx.tiles(tiles, [=](int tile, int) {
    const Range range = tile_range(images, tiles, tile);
    for (int image = range.begin; image < range.end; image++)
      with_act(first.activation, [=](auto k1) {
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
        with_act(second.activation, pass);
      });
  });
}

}  // namespace lexel
