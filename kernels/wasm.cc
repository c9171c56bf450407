// The WebAssembly build: the same programs on one thread, without a C library.
#define LEXEL_ISA wasm
#include "run.cc"

extern "C" void* memset(void* p, int v, size_t n) {
  __builtin_memset(p, v, n);
  return p;
}
extern "C" void* memcpy(void* a, const void* b, size_t n) {
  __builtin_memcpy(a, b, n);
  return a;
}

extern "C" __attribute__((export_name("run"))) int run(float* base, const int32_t* program, int words, float* scratch, int scratch_floats) {
  return lexel_run_wasm(base, program, words, scratch, scratch_floats, nullptr, nullptr);
}
extern "C" __attribute__((export_name("ops"))) int32_t ops() { return lexel_ops_wasm(); }
extern "C" __attribute__((export_name("scratch"))) int scratch(const int32_t* program, int words) { return lexel_scratch_wasm(program, words); }
extern "C" __attribute__((export_name("peak"))) float peak(int repeats) { return lexel_peak_wasm(repeats); }
extern "C" __attribute__((export_name("peak_ops"))) int peak_ops() { return lexel_peak_ops_wasm(); }
