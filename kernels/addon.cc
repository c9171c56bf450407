// The Node addon: selects the instruction set, owns the threads, and runs programs over an ArrayBuffer.
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

#include <node_api.h>

#include "isas.h"
#include "pool.h"

using lexel_native::FlushDenormals;
using lexel_native::Pool;
typedef void (*Runner)(void*, int, lexel_native::TileFn, void*);

// The build defines LEXEL_ISAS(X) as X(isa) for each instruction set that the addon holds, best first.
#define DECLARE(isa)                                                                       \
  extern "C" int32_t lexel_ops_##isa();                                                    \
  extern "C" int lexel_scratch_##isa(const int32_t*, int);                                 \
  extern "C" int lexel_run_##isa(float*, const int32_t*, int, float*, int, void*, Runner); \
  extern "C" float lexel_peak_##isa(int);                                                  \
  extern "C" int lexel_peak_ops_##isa();                                                   \
  extern "C" const char* lexel_build_##isa();                                              \
  extern "C" void lexel_dots_##isa(const float*, const float*, int, int, float*);          \
  extern "C" void lexel_dots_half_##isa(const uint16_t*, const float*, int, int, float*);
LEXEL_ISAS(DECLARE)

namespace {

struct Isa {
  const char* name;
  bool (*supported)();
  int32_t (*ops)();
  int (*scratch)(const int32_t*, int);
  int (*run)(float*, const int32_t*, int, float*, int, void*, Runner);
  float (*peak)(int);
  int (*peak_ops)();
  const char* (*build)();
  void (*dots)(const float*, const float*, int, int, float*);
  void (*dots_half)(const uint16_t*, const float*, int, int, float*);
};

#define ENTRY(isa)                            \
  {LEXEL_NAME_##isa,     [] { return LEXEL_SUPPORTED_##isa; },              \
   lexel_ops_##isa,      lexel_scratch_##isa, \
   lexel_run_##isa,      lexel_peak_##isa,    \
   lexel_peak_ops_##isa, lexel_build_##isa,   \
   lexel_dots_##isa,     lexel_dots_half_##isa},
constexpr Isa ISAS[] = {LEXEL_ISAS(ENTRY)};

napi_value fail(napi_env env, const char* message) {
  napi_throw_error(env, nullptr, message);
  return nullptr;
}

// The arguments of a call.
struct Call {
  napi_env env;
  napi_value argv[8];
  Call(napi_env e, napi_callback_info info) : env(e) {
    size_t argc = 8;
    napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  }
  double number(int i) {
    double d = 0;
    napi_get_value_double(env, argv[i], &d);
    return d;
  }
  // Returns the start of a typed array's data, its length in elements, and its element type.
  void* data(int i, size_t* length, napi_typedarray_type* type = nullptr) {
    void* p = nullptr;
    *length = 0;
    napi_get_typedarray_info(env, argv[i], type, length, &p, nullptr, nullptr);
    return p;
  }
};

napi_value supported(napi_env env, napi_callback_info) {
  napi_value out, name;
  napi_create_array(env, &out);
  uint32_t n = 0;
  for (const Isa& isa : ISAS)
    if (isa.supported()) {
      napi_create_string_utf8(env, isa.name, NAPI_AUTO_LENGTH, &name);
      napi_set_element(env, out, n++, name);
    }
  return out;
}

const Isa* find(Call& c, int i) {
  char name[16] = {};
  size_t length;
  napi_get_value_string_utf8(c.env, c.argv[i], name, sizeof(name), &length);
  for (const Isa& isa : ISAS)
    if (isa.supported() && !strcmp(isa.name, name)) return &isa;
  return nullptr;
}

// build(isa): a hash of everything that the kernels of that instruction set were built from.
napi_value build(napi_env env, napi_callback_info info) {
  Call c(env, info);
  const Isa* isa = find(c, 0);
  if (!isa) return fail(env, "lexel: this CPU lacks the instruction set asked for");
  napi_value out;
  napi_create_string_utf8(env, isa->build(), NAPI_AUTO_LENGTH, &out);
  return out;
}

// prepareMemory(bytes): requests huge pages, and returns how many bytes to skip to start on a cache line. A plan's
// arena is hundreds of MiB, and every step walks through all of it: with 4 KiB pages, plain stores ran at a third of
// the speed here.
napi_value prepare_memory(napi_env env, napi_callback_info info) {
  Call c(env, info);
  size_t length;
  const auto p = reinterpret_cast<uintptr_t>(c.data(0, &length));
#if defined(__linux__)
  constexpr uintptr_t HUGE_PAGE = 2u << 20;
  const uintptr_t from = (p + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1), to = (p + length) & ~(HUGE_PAGE - 1);
  if (to > from) madvise(reinterpret_cast<void*>(from), to - from, MADV_HUGEPAGE);
#endif
  napi_value out;
  napi_create_uint32(env, static_cast<uint32_t>((64 - p % 64) % 64), &out);
  return out;
}

// releaseMemory(bytes): returns the pages to the system at once, before the garbage collector frees the buffer. The
// contents are lost.
napi_value release_memory(napi_env env, napi_callback_info info) {
  Call c(env, info);
  size_t length;
  const auto p = reinterpret_cast<uintptr_t>(c.data(0, &length));
#if defined(__linux__)
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t from = (p + page - 1) & ~(page - 1), to = (p + length) & ~(page - 1);
  if (to > from) madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
#endif
  return nullptr;
}

napi_value create_pool(napi_env env, napi_callback_info info) {
  Call c(env, info);
  Pool* pool = Pool::create(static_cast<int>(c.number(0)));
  if (!pool) return fail(env, "lexel: no memory for threads");
  napi_value out;
  napi_create_external(
      env, pool, [](napi_env, void* data, void*) { Pool::destroy(static_cast<Pool*>(data)); }, nullptr, &out);
  return out;
}

// ops(): identifies the table of operations that the kernels were built with.
napi_value ops(napi_env env, napi_callback_info) {
  napi_value out;
  napi_create_int32(env, ISAS[0].ops(), &out);
  return out;
}

napi_value no_operation(napi_env env, int word) {
  char message[96];
  snprintf(message, sizeof(message), "lexel: no operation at word %d of the program, or with other arguments", word);
  return fail(env, message);
}

// scratch(isa, program): floats of scratch memory that each thread needs.
napi_value scratch(napi_env env, napi_callback_info info) {
  Call c(env, info);
  const Isa* isa = find(c, 0);
  if (!isa) return fail(env, "lexel: this CPU lacks the instruction set asked for");
  size_t words;
  auto* program = static_cast<const int32_t*>(c.data(1, &words));
  const int floats = isa->scratch(program, static_cast<int>(words));
  if (floats == INT32_MIN) return fail(env, "lexel: the program needs more scratch memory than can be addressed");
  if (floats < 0) return no_operation(env, -floats - 1);
  napi_value out;
  napi_create_int32(env, floats, &out);
  return out;
}

// run(isa, arena, program, scratch offset, scratch floats per thread, pool | null)
napi_value run(napi_env env, napi_callback_info info) {
  Call c(env, info);
  const Isa* isa = find(c, 0);
  if (!isa) return fail(env, "lexel: this CPU lacks the instruction set asked for");
  size_t floats, words;
  auto* base = static_cast<float*>(c.data(1, &floats));
  auto* program = static_cast<const int32_t*>(c.data(2, &words));
  const auto scratch = static_cast<size_t>(c.number(3)), per_thread = static_cast<size_t>(c.number(4));
  void* pool = nullptr;
  napi_valuetype type;
  napi_typeof(env, c.argv[5], &type);
  if (type == napi_external) napi_get_value_external(env, c.argv[5], &pool);
  const size_t threads = pool ? static_cast<size_t>(static_cast<Pool*>(pool)->threads()) : 1;
  if (!base || !program || scratch + per_thread * threads > floats)
    return fail(env, "lexel: run() got a wrong arena or program");
  FlushDenormals flush;
  const int code =
      isa->run(base, program, static_cast<int>(words), base + scratch, static_cast<int>(per_thread), pool, Pool::run);
  if (code) return no_operation(env, code - 1);
  return nullptr;
}

double now() {  // in seconds
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// peak(isa): the speed of a register-only multiply-add loop on this core, in GFLOP/s.
napi_value peak(napi_env env, napi_callback_info info) {
  Call c(env, info);
  const Isa* isa = find(c, 0);
  if (!isa) return fail(env, "lexel: this CPU lacks the instruction set asked for");
  double best = 0;
  volatile float sink = isa->peak(100000);
  for (int i = 0; i < 20; i++) {
    const double start = now();
    sink = isa->peak(500000);
    const double seconds = now() - start;
    const double rate = 500000.0 * isa->peak_ops() / seconds / 1e9;
    if (rate > best) best = rate;
  }
  (void)sink;
  napi_value out;
  napi_create_double(env, best, &out);
  return out;
}

// dots(isa, matrix, query, scores): one dot product per score. The matrix holds floats, or half-precision floats as a
// Uint16Array.
napi_value dots(napi_env env, napi_callback_info info) {
  Call c(env, info);
  const Isa* isa = find(c, 0);
  if (!isa) return fail(env, "lexel: this CPU lacks the instruction set asked for");
  size_t total, n, rows;
  napi_typedarray_type type = napi_float32_array;
  auto* matrix = c.data(1, &total, &type);
  auto* query = static_cast<const float*>(c.data(2, &n));
  auto* scores = static_cast<float*>(c.data(3, &rows));
  if (!matrix || !query || !scores || rows * n != total)
    return fail(env, "lexel: dots() needs rows x n values in the matrix");
  const int r = static_cast<int>(rows), d = static_cast<int>(n);
  if (type == napi_uint16_array) isa->dots_half(static_cast<const uint16_t*>(matrix), query, r, d, scores);
  else isa->dots(static_cast<const float*>(matrix), query, r, d, scores);
  return nullptr;
}

napi_value init(napi_env env, napi_value exports) {
  const napi_property_descriptor properties[] = {
      {"supported", nullptr, supported, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"build", nullptr, build, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"prepareMemory", nullptr, prepare_memory, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"releaseMemory", nullptr, release_memory, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"createPool", nullptr, create_pool, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"ops", nullptr, ops, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"scratch", nullptr, scratch, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"run", nullptr, run, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"peak", nullptr, peak, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"dots", nullptr, dots, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, sizeof(properties) / sizeof(properties[0]), properties);
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, init)
