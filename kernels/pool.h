// A pool of threads that run the tiles of one operation. Operations are short, so workers spin for a while before they
// sleep. Uses the C library alone, because the addon that ships runs on systems with another C++ library or none.
#pragma once
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <atomic>
#include <new>
#include "shares.h"

// Systems with a newer glibc would bind these two to version 2.34, which older systems lack.
#if defined(LEXEL_OLDEST_GLIBC)
__asm__(".symver pthread_create, pthread_create@" LEXEL_OLDEST_GLIBC);
__asm__(".symver pthread_join, pthread_join@" LEXEL_OLDEST_GLIBC);
#endif

namespace lexel_native {

using lexel_threads::Share;
using lexel_threads::TileFn;

static inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Flushes results below the smallest normal float to zero while a program runs. They do not matter here and cost a
// hundred cycles each.
class FlushDenormals {
 public:
  FlushDenormals() {
#if defined(__x86_64__)
    saved_ = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(saved_ | 0x8040);
#elif defined(__aarch64__)
    asm volatile("mrs %0, fpcr" : "=r"(saved_));
    asm volatile("msr fpcr, %0" ::"r"(saved_ | (1ull << 24)));
#endif
  }
  ~FlushDenormals() {
#if defined(__x86_64__)
    __builtin_ia32_ldmxcsr(saved_);
#elif defined(__aarch64__)
    asm volatile("msr fpcr, %0" ::"r"(saved_));
#endif
  }

 private:
#if defined(__aarch64__)
  unsigned long long saved_;
#else
  unsigned saved_ = 0;
#endif
};

// Holds a mutex while it exists.
class Lock {
 public:
  explicit Lock(pthread_mutex_t* mutex) : mutex_(mutex) { pthread_mutex_lock(mutex_); }
  ~Lock() { pthread_mutex_unlock(mutex_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  pthread_mutex_t* mutex_;
};

// How often a thread checks before it lets others run: about a millisecond.
constexpr int SPINS = 20000;

class Pool {
 public:
  // Returns a pool of up to `threads` threads, the caller's among them, or null if there is no memory. There are fewer if
  // the system starts no more.
  static Pool* create(int threads) {
    void* memory = nullptr;
    if (posix_memalign(&memory, alignof(Pool), sizeof(Pool))) return nullptr;
    Pool* pool = new (memory) Pool();
    if (pool->start(threads)) return pool;
    destroy(pool);
    return nullptr;
  }
  static void destroy(Pool* pool) {
    pool->~Pool();
    free(pool);
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int threads() const { return threads_; }

  static void run(void* self, int tiles, TileFn fn, void* data) { static_cast<Pool*>(self)->run(tiles, fn, data); }

 private:
  // What a thread is started with.
  struct Worker {
    Pool* pool;
    int thread;
    pthread_t id;
  };

  Pool() = default;
  ~Pool() {
    {
      Lock lock(&mutex_);
      stop_ = true;
      generation_.fetch_add(1);
    }
    pthread_cond_broadcast(&wake_);
    for (int t = 1; t < threads_; t++) pthread_join(workers_[t].id, nullptr);
    free(shares_);
    free(workers_);
  }

  bool start(int threads) {
    void* shares = nullptr;
    if (posix_memalign(&shares, alignof(Share), sizeof(Share) * static_cast<size_t>(threads))) return false;
    shares_ = static_cast<Share*>(shares);
    workers_ = static_cast<Worker*>(calloc(static_cast<size_t>(threads), sizeof(Worker)));
    if (!workers_) return false;
    for (; threads_ < threads; threads_++) {
      Worker& worker = workers_[threads_];
      worker.pool = this;
      worker.thread = threads_;
      const auto body = [](void* data) -> void* {
        const Worker& own = *static_cast<Worker*>(data);
        own.pool->work(own.thread);
        return nullptr;
      };
      if (pthread_create(&worker.id, nullptr, body, &worker)) break;
    }
    return true;
  }

  void run(int tiles, TileFn fn, void* data) {
    fn_ = fn;
    data_ = data;
    lexel_threads::deal(shares_, threads_, tiles);
    lexel_threads::open(gate_);
    {
      Lock lock(&mutex_);
      generation_.fetch_add(1, std::memory_order_release);
    }
    if (sleepers_.load() > 0) pthread_cond_broadcast(&wake_);
    take(0);
    lexel_threads::close(gate_);
    for (int spin = 0; !lexel_threads::isEmpty(gate_); spin++)
      if (spin < SPINS) relax();
      else sched_yield();  // a thread inside is not running: another process has its core
  }

  void take(int thread) { lexel_threads::take(shares_, threads_, thread, fn_, data_); }

  void work(int thread) {
    FlushDenormals flush;
    unsigned seen = 0;
    for (;;) {
      for (int spin = 0; spin < SPINS && generation_.load(std::memory_order_acquire) == seen; spin++) relax();
      if (generation_.load(std::memory_order_acquire) == seen) {
        Lock lock(&mutex_);
        sleepers_.fetch_add(1);
        while (generation_.load(std::memory_order_acquire) == seen) pthread_cond_wait(&wake_, &mutex_);
        sleepers_.fetch_sub(1);
      }
      seen = generation_.load(std::memory_order_acquire);
      if (stop_) return;
      if (!lexel_threads::enter(gate_)) continue;
      take(thread);
      lexel_threads::leave(gate_);
    }
  }

  Share* shares_ = nullptr;
  Worker* workers_ = nullptr;
  int threads_ = 1;  // threads that exist; the caller is thread 0
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t wake_ = PTHREAD_COND_INITIALIZER;
  std::atomic<unsigned> generation_{0};
  std::atomic<int> sleepers_{0};
  alignas(64) lexel_threads::Gate gate_ = 0;
  TileFn fn_ = nullptr;
  void* data_ = nullptr;
  std::atomic<bool> stop_{false};
};

}  // namespace lexel_native
