// What a kernel receives: the arena, the words of its operation, scratch memory, and a function that runs tiles on
// several threads.
#pragma once
#include "scratch.h"

namespace lexel {

// Runs fn(data, tile, thread) for every tile in [0, tiles), each on any thread. A tile writes only its own slots, and
// slots are summed in tile order, so results do not depend on which thread runs which tile.
typedef void (*TileFn)(void* data, int tile, int thread);
typedef void (*Runner)(void* pool, int tiles, TileFn fn, void* data);

struct Context {
  float* base;     // the arena
  float* scratch;  // `scratch_floats` floats per thread
  int scratch_floats;
  void* pool;  // null: one thread
  Runner runner;

  Scratch scratch_of(int thread) const {
    return Scratch(scratch + static_cast<size_t>(thread) * scratch_floats, scratch_floats);
  }

  // Capture by value in f: the compiler can prove that a private copy does not alias the tensors, so captures stay in
  // registers.
  template <class F>
  void tiles(int count, F f) const {
    if (!pool || count == 1) {
      const F own = f;
      for (int t = 0; t < count; t++) own(t, 0);
    } else {
      runner(
          pool, count,
          [](void* data, int tile, int thread) {
            const F own = *static_cast<const F*>(data);
            own(tile, thread);
          },
          &f);
    }
  }
};

// The words of one operation, which the structs of ops.h read in order. Nothing is read beyond the end.
class Words {
 public:
  Words(float* base, const int32_t* from, int count) : base_(base), at_(from), end_(from + count) {}

  int size() { return next(); }
  float constant() {
    const int32_t bits = next();
    float value;
    __builtin_memcpy(&value, &bits, sizeof(value));
    return value;
  }
  template <class T>
  T* place() {
    T* p = place_or_null<T>();
    if (!p) good_ = false;
    return p;
  }
  // For optional arguments: -1 stands for null.
  template <class T>
  T* place_or_null() {
    const int32_t offset = next();
    if (offset < -1) good_ = false;
    return offset < 0 ? nullptr : reinterpret_cast<T*>(base_ + offset);
  }
  template <class Choice>
  Choice choice(int count) {
    const int32_t code = next();
    if (code < 0 || code >= count) good_ = false;
    return static_cast<Choice>(code);
  }
  // Whether all words were read, no read went beyond the end, and every value was valid.
  bool done() const { return good_ && at_ == end_; }

 private:
  int32_t next() {
    if (at_ != end_) return *at_++;
    good_ = false;
    return 0;
  }
  float* base_;
  const int32_t *at_, *end_;
  bool good_ = true;
};

// Calls f with the arguments in `words`. Returns false without calling f if they are not valid arguments of the
// operation.
template <class Arguments, class F>
static INLINE bool with_arguments(Words& words, F f) {
  const Arguments arguments(words);
  if (!words.done()) return false;
  f(arguments);
  return true;
}

// The items [begin, end) of tile t, if n items are divided into `tiles` tiles.
struct Range {
  int begin, end;
};
static INLINE Range tile_range(int n, int tiles, int t) {
  int per = (n + tiles - 1) / tiles;
  return {imin(n, t * per), imin(n, (t + 1) * per)};
}

}  // namespace lexel
