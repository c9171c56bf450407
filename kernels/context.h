// What a kernel gets: the arena, its arguments, and a way to run fixed tiles on several threads.
#pragma once
#include "simd.h"

namespace lexel {

// Runs fn(data, tile, thread) for every tile in [0, tiles). Which thread takes which tile is free: a tile
// writes only its own slots, and slots are summed in tile order, so results do not depend on it.
typedef void (*TileFn)(void* data, int tile, int thread);
typedef void (*Runner)(void* pool, int tiles, TileFn fn, void* data);

struct Context {
  float* base;        // the arena
  float* scratch;     // `scratch_floats` for each thread
  int scratch_floats;
  void* pool;         // null: one thread
  Runner runner;

  float* at(int offset) const { return offset < 0 ? nullptr : base + offset; }
  float* scratch_of(int thread) const { return scratch + static_cast<size_t>(thread) * scratch_floats; }

  // f captures by value: a copy of it that nothing else knows of is known to share no memory with the tensors, so that what it
  // holds stays in registers.
  template <class F>
  void tiles(int count, F f) const {
    if (!pool || count == 1) {
      const F own = f;
      for (int t = 0; t < count; t++) own(t, 0);
    } else {
      runner(pool, count, [](void* data, int tile, int thread) {
        const F own = *static_cast<const F*>(data);
        own(tile, thread);
      }, &f);
    }
  }
};

// Reads an operation's arguments in order.
struct Args {
  const Context& ctx;
  const int32_t* p;
  int i() { return *p++; }
  float f() {
    float x;
    __builtin_memcpy(&x, p++, 4);
    return x;
  }
  float* ptr() { return ctx.at(*p++); }
};

// Tile t of `tiles` over n items: [begin, end).
struct Range {
  int begin, end;
};
static INLINE Range tile_range(int n, int tiles, int t) {
  int per = (n + tiles - 1) / tiles;
  return {imin(n, t * per), imin(n, (t + 1) * per)};
}

}  // namespace lexel
