// The thread pool of the WebAssembly build. Each thread is an instance of the module in its own worker that has called
// work(). All instances share one memory. The Pool struct is in that memory and must be all zero at first.
#pragma once
#include "shares.h"

namespace lexel_wasm {

using lexel_threads::Share;
using lexel_threads::TileFn;

struct Pool {
  int threads;
  TileFn fn;
  void* data;
  bool stop;
  alignas(64) int generation;
  int sleepers;
  alignas(64) lexel_threads::Gate gate;
  Share shares[1];  // one per thread

  static size_t bytes(int threads) { return sizeof(Pool) + (threads - 1) * sizeof(Share); }
};

// How often a thread checks for the next operation before it sleeps: a fraction of a millisecond.
constexpr int SPINS = 100000;

static inline void wake(Pool& pool) {
  __atomic_fetch_add(&pool.generation, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&pool.sleepers, __ATOMIC_SEQ_CST) > 0) __builtin_wasm_memory_atomic_notify(&pool.generation, ~0u);
}

static void run(void* self, int tiles, TileFn fn, void* data) {
  Pool& pool = *static_cast<Pool*>(self);
  pool.fn = fn;
  pool.data = data;
  lexel_threads::deal(pool.shares, pool.threads, tiles);
  lexel_threads::open(pool.gate);
  wake(pool);
  lexel_threads::take(pool.shares, pool.threads, 0, fn, data);
  lexel_threads::close(pool.gate);
  while (!lexel_threads::isEmpty(pool.gate)) {
  }
}

// The loop of every thread except the first. Ends when the pool is stopped.
static void work(Pool& pool, int thread) {
  int seen = 0;
  for (;;) {
    auto waiting = [&] { return __atomic_load_n(&pool.generation, __ATOMIC_ACQUIRE) == seen; };
    for (int spin = 0; spin < SPINS && waiting(); spin++) {
    }
    if (waiting()) {
      __atomic_fetch_add(&pool.sleepers, 1, __ATOMIC_SEQ_CST);
      while (waiting()) __builtin_wasm_memory_atomic_wait32(&pool.generation, seen, -1);
      __atomic_fetch_sub(&pool.sleepers, 1, __ATOMIC_SEQ_CST);
    }
    seen = __atomic_load_n(&pool.generation, __ATOMIC_ACQUIRE);
    if (__atomic_load_n(&pool.stop, __ATOMIC_RELAXED)) return;
    if (!lexel_threads::enter(pool.gate)) continue;
    lexel_threads::take(pool.shares, pool.threads, thread, pool.fn, pool.data);
    lexel_threads::leave(pool.gate);
  }
}

static void stop(Pool& pool) {
  __atomic_store_n(&pool.stop, true, __ATOMIC_RELAXED);
  wake(pool);
}

}  // namespace lexel_wasm
