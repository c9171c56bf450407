// The WebAssembly build: runs the same programs without a C library, on one thread or on several instances that share a
// memory.
#define LEXEL_ISA wasm
#include "all.cc"
#include "wasm_pool.h"

extern "C" void* memset(void* p, int v, size_t n) {
  __builtin_memset(p, v, n);
  return p;
}
extern "C" void* memcpy(void* a, const void* b, size_t n) {
  __builtin_memcpy(a, b, n);
  return a;
}

// `pool`: null for one thread.
extern "C" __attribute__((export_name("run"))) int run(float* base, const int32_t* program, int words, float* scratch,
                                                       int scratch_floats, lexel_wasm::Pool* pool) {
  return lexel_run_wasm(base, program, words, scratch, scratch_floats, pool, lexel_wasm::run);
}
extern "C" __attribute__((export_name("pool_bytes"))) int pool_bytes(int threads) {
  return static_cast<int>(lexel_wasm::Pool::bytes(threads));
}
extern "C" __attribute__((export_name("open_pool"))) void open_pool(lexel_wasm::Pool* pool, int threads) {
  pool->threads = threads;
}
extern "C" __attribute__((export_name("work"))) void work(lexel_wasm::Pool* pool, int thread) {
  lexel_wasm::work(*pool, thread);
}
extern "C" __attribute__((export_name("stop_pool"))) void stop_pool(lexel_wasm::Pool* pool) { lexel_wasm::stop(*pool); }
extern "C" __attribute__((export_name("ops"))) int32_t ops() { return lexel_ops_wasm(); }
extern "C" __attribute__((export_name("scratch"))) int scratch(const int32_t* program, int words) {
  return lexel_scratch_wasm(program, words);
}
extern "C" __attribute__((export_name("peak"))) float peak(int repeats) { return lexel_peak_wasm(repeats); }
extern "C" __attribute__((export_name("peak_ops"))) int peak_ops() { return lexel_peak_ops_wasm(); }
