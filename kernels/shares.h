// How threads share the tiles of one operation: each has a share of its own, and takes of the others' what they have left.
#pragma once

namespace lexel_threads {

typedef void (*TileFn)(void* data, int tile, int thread);

struct alignas(64) Share {
  int next, end;
};

// Before an operation. Whoever calls it then releases the threads, which orders these stores before what they do.
static inline void deal(Share* shares, int threads, int tiles) {
  for (int t = 0; t < threads; t++) {
    shares[t].end = tiles * (t + 1) / threads;
    __atomic_store_n(&shares[t].next, tiles * t / threads, __ATOMIC_RELAXED);
  }
}

// A thread's own share first, always the same images: what the operation before it wrote is still in this core's cache.
// Then what the others have not come to yet.
static inline void take(Share* shares, int threads, int thread, TileFn fn, void* data) {
  for (int i = 0; i < threads; i++) {
    Share& share = shares[(thread + i) % threads];
    for (int t; (t = __atomic_fetch_add(&share.next, 1, __ATOMIC_RELAXED)) < share.end;) fn(data, t, thread);
  }
}

}  // namespace lexel_threads
