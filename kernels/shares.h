// Distributes the tiles of one operation to threads. Each thread has its own share, and then takes tiles that are left
// in the shares of other threads.
#pragma once

namespace lexel_threads {

typedef void (*TileFn)(void* data, int tile, int thread);

struct alignas(64) Share {
  int next, end;
};

// Called before each operation. The caller releases the threads afterwards, which orders these stores before the
// threads' reads.
static inline void deal(Share* shares, int threads, int tiles) {
  for (int t = 0; t < threads; t++) {
    shares[t].end = tiles * (t + 1) / threads;
    __atomic_store_n(&shares[t].next, tiles * t / threads, __ATOMIC_RELAXED);
  }
}

// A thread runs its own share first. It covers the same images in every operation, so the previous operation's output
// is still in this core's cache. Then the thread takes tiles that others have not started.
static inline void take(Share* shares, int threads, int thread, TileFn fn, void* data) {
  for (int i = 0; i < threads; i++) {
    Share& share = shares[(thread + i) % threads];
    for (int t; (t = __atomic_fetch_add(&share.next, 1, __ATOMIC_RELAXED)) < share.end;) fn(data, t, thread);
  }
}

}  // namespace lexel_threads
