// Memory that a kernel uses within one tile and nobody reads afterwards.
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

// Hands out one thread's scratch memory from its front. A Scratch without memory counts what would be taken: an operation's
// need is found by the very code that takes it (Needs, below).
class Scratch {
 public:
  Scratch() : base_(nullptr), floats_(0) {}
  Scratch(float* base, size_t floats) : base_(base), floats_(floats) { poison(); }
  ~Scratch() { unpoison(base_, floats_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // `floats` floats at the start of a cache line; null while counting. Vectors may read up to a cache line beyond the end.
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
  // Floats that a thread must have for what has been taken.
  size_t needed() const { return used_; }

 private:
  // Between pieces: those of a whole number of pages would lie whole pages apart, and loads from one wait for stores to another (5 %
  // of a dense backward pass on SSE2). AddressSanitizer sees every access there, but for the cache line that vectors may read.
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

// What an operation takes from its thread's scratch memory. Kernels that take some specialise this with their pointers, and
// a constructor that takes them; the others need none.
template <class Arguments>
struct Needs {
  Needs(Scratch&, const Arguments&) {}
};

}  // namespace lexel
