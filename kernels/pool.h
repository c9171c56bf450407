// A pool of threads that run the tiles of one operation. Operations are short, so workers spin for a while before they
// sleep.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>
#include "shares.h"

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

class Pool {
 public:
  explicit Pool(int threads) : shares_(threads) {
    for (int t = 1; t < threads; t++) workers_.emplace_back([this, t] { work(t); });
  }
  ~Pool() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
      generation_.fetch_add(1);
    }
    wake_.notify_all();
    for (auto& w : workers_) w.join();
  }

  int threads() const { return static_cast<int>(shares_.size()); }

  static void run(void* self, int tiles, TileFn fn, void* data) { static_cast<Pool*>(self)->run(tiles, fn, data); }

 private:
  void run(int tiles, TileFn fn, void* data) {
    fn_ = fn;
    data_ = data;
    lexel_threads::deal(shares_.data(), threads(), tiles);
    busy_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      generation_.fetch_add(1, std::memory_order_release);
    }
    if (sleepers_.load() > 0) wake_.notify_all();
    take(0);
    while (busy_.load(std::memory_order_acquire) > 0) relax();
  }

  void take(int thread) { lexel_threads::take(shares_.data(), threads(), thread, fn_, data_); }

  void work(int thread) {
    FlushDenormals flush;
    unsigned seen = 0;
    for (;;) {
      for (int spin = 0; spin < 20000 && generation_.load(std::memory_order_acquire) == seen; spin++) relax();
      if (generation_.load(std::memory_order_acquire) == seen) {
        std::unique_lock<std::mutex> lock(mutex_);
        sleepers_.fetch_add(1);
        wake_.wait(lock, [&] { return generation_.load(std::memory_order_acquire) != seen; });
        sleepers_.fetch_sub(1);
      }
      seen = generation_.load(std::memory_order_acquire);
      if (stop_) return;
      take(thread);
      busy_.fetch_sub(1, std::memory_order_release);
    }
  }

  std::vector<Share> shares_;
  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<unsigned> generation_{0};
  std::atomic<int> sleepers_{0}, busy_{0};
  TileFn fn_ = nullptr;
  void* data_ = nullptr;
  bool stop_ = false;
};

}  // namespace lexel_native
