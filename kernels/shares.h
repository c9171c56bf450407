// Distributes the tiles of one operation to threads. Each thread has its own share, and then takes tiles that are left
// in the shares of other threads. The caller's thread does not wait for threads that have not come: on a busy machine
// they may run milliseconds later, when the caller has done their tiles too.
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

// Counts the threads inside an operation. Zero is an open gate with nobody inside.
typedef unsigned Gate;
constexpr Gate CLOSED = 1u << 31;

// Called when the operation is ready, after `close` and when nobody is inside.
static inline void open(Gate& gate) { __atomic_store_n(&gate, 0, __ATOMIC_RELEASE); }

// Returns false if the operation is over. A thread that was late for one may enter the next one.
static inline bool enter(Gate& gate) {
  Gate seen = __atomic_load_n(&gate, __ATOMIC_RELAXED);
  while (!(seen & CLOSED))
    if (__atomic_compare_exchange_n(&gate, &seen, seen + 1, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return true;
  return false;
}

static inline void leave(Gate& gate) { __atomic_fetch_sub(&gate, 1, __ATOMIC_RELEASE); }

// From now on nobody enters. The operation is over when nobody is inside.
static inline void close(Gate& gate) { __atomic_fetch_or(&gate, CLOSED, __ATOMIC_RELAXED); }
static inline bool isEmpty(const Gate& gate) { return __atomic_load_n(&gate, __ATOMIC_ACQUIRE) == CLOSED; }

}  // namespace lexel_threads
