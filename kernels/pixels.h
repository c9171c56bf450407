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

// For one image: out = view + plain, whose activation is not applied, or view alone if plain.x is null.
static INLINE void add_image(const View& view, const View& plain, int image, float* out) {
  const int hw = view.hw, channels = view.channels;
  with_act(view.activation, [=](auto kind) {
    const float* gate1 = view.gate ? view.gate + static_cast<size_t>(image) * channels : nullptr;
    const float* gate2 = plain.gate ? plain.gate + static_cast<size_t>(image) * channels : nullptr;
    for (int p = 0; p < hw; p++) {
      const size_t at = (static_cast<size_t>(image) * hw + p) * channels;
      for (int c = 0; c < channels; c += W) {
        V v = view_at<decltype(kind)::value>(view, view.x + at, c, gate1);
        if (plain.x) v += view_at<Activation::NONE>(plain, plain.x + at, c, gate2);
        store_n(out + at + c, v, channels - c);
      }
    }
  });
}

static void run(const Context& ctx, const AddOp& a) {
  const AddOp g = a;
  ctx.tiles(a.tiles, [=](int tile, int) {
    // Two activations take two passes: every pair of them as a loop of its own would be 36 loops.
    const bool at_once = !g.second.x || g.second.activation == Activation::NONE;
    View none = g.second, sum = g.second;
    none.x = nullptr;
    sum.x = g.output, sum.scale = nullptr, sum.gate = nullptr;
    const Range range = tile_range(g.images, g.tiles, tile);
    for (int image = range.begin; image < range.end; image++) {
      add_image(g.first, at_once ? g.second : none, image, g.output);
      if (!at_once) add_image(g.second, sum, image, g.output);
    }
  });
}

}  // namespace lexel
