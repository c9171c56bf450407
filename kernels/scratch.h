// Temporary memory that a kernel uses within one tile.
#pragma once
#include "simd.h"

#if defined(__SANITIZE_ADDRESS__)
#define LEXEL_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEXEL_CHECKED 1
#endif
#endif
#if defined(LEXEL_CHECKED)
extern "C" void __asan_poison_memory_region(void const volatile*, size_t);
extern "C" void __asan_unpoison_memory_region(void const volatile*, size_t);
#endif

namespace lexel {

// Allocates one thread's scratch memory, from front to back. A Scratch without memory only counts: the code that takes
// an operation's memory (Needs, below) also computes how much it needs.
class Scratch {
 public:
  Scratch() : base_(nullptr), floats_(0) {}
  Scratch(float* base, size_t floats) : base_(base), floats_(floats) { poison(); }
  ~Scratch() { unpoison(base_, floats_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // Returns `floats` floats that start on a cache line, or null while counting. Vector loads may read up to one cache
  // line beyond the end.
  float* take(size_t floats) {
    float* p = base_ ? base_ + used_ : nullptr;
    used_ += (floats + LINE - 1) / LINE * LINE + GAP;
    if (!base_) return nullptr;
#if defined(LEXEL_CHECKED)
    if (used_ > floats_) __builtin_trap();
#endif
    unpoison(p, floats + LINE);
    return p;
  }
  // Floats that a thread needs for everything taken so far.
  size_t needed() const { return used_; }

 private:
  // The gap between allocations. Without it, allocations of whole pages would be whole pages apart, and loads from one
  // would wait for stores to another (this cost 5 % of a dense backward pass on SSE2). AddressSanitizer reports every
  // access to the gap, except to the cache line that vector loads may read.
  static constexpr size_t GAP = 4 * LINE;
#if defined(LEXEL_CHECKED)
  void poison() {
    if (floats_) __asan_poison_memory_region(base_, floats_ * sizeof(float));
  }
  static void unpoison(float* p, size_t floats) {
    if (floats) __asan_unpoison_memory_region(p, floats * sizeof(float));
  }
#else
  void poison() {}
  static void unpoison(float*, size_t) {}
#endif

  float* base_;
  size_t floats_, used_ = 0;
};

// The scratch memory of an operation. Kernels that need some specialise this struct with their pointers and a
// constructor that takes the memory. The other operations need none.
template <class Arguments>
struct Needs {
  Needs(Scratch&, const Arguments&) {}
};

}  // namespace lexel
