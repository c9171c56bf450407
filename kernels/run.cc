// Runs a program: a flat list of [code, length, arguments...] over one arena. src/engine/program.ts encodes the list;
// ops.h decodes it.
#include "unit.h"
#include "vectors.h"

namespace lexel {

// Calls f(arguments) for every operation of a program. Returns 0, or 1 + the index of the word where an operation is
// unknown or its arguments do not match ops.h.
template <class F>
static INLINE int each_operation(float* base, const int32_t* program, int count, F f) {
  for (int i = 0; i < count;) {
    const int length = i + 1 < count ? program[i + 1] : 0;
    if (length < 2 || length > count - i) return 1 + i;
    Words words(base, program + i + 2, length - 2);
    if (!with_operation(program[i], words, f)) return 1 + i;
    i += length;
  }
  return 0;
}

}  // namespace lexel

// Identifies ops.h. A program that was encoded with another table must not be run.
extern "C" int32_t LEXEL_PASTE(lexel_ops_, LEXEL_ISA)() { return lexel::OPS_ID; }

// Floats of scratch memory per thread that a program needs. Returns -1 - the index of the word where an operation is
// invalid, and INT32_MIN if the number does not fit in an int.
extern "C" int LEXEL_PASTE(lexel_scratch_, LEXEL_ISA)(const int32_t* program, int count) {
  using namespace lexel;
  alignas(64) static float nowhere[LINE];  // not null, so that offset 0 differs from a null argument; never read
  size_t most = 0;
  const int code = each_operation(nowhere, program, count, [&](const auto& arguments) {
    const size_t floats = scratch_need(arguments);
    if (floats > most) most = floats;
  });
  if (code) return -code;
  return most > INT32_MAX ? INT32_MIN : static_cast<int>(most);
}

// Runs a program of `count` words. Returns 0, or 1 + the index of the word where an operation is invalid.
extern "C" int LEXEL_PASTE(lexel_run_, LEXEL_ISA)(float* base, const int32_t* program, int count, float* scratch,
                                                  int scratch_floats, void* pool, lexel::Runner runner) {
  const lexel::Context ctx = {base, scratch, scratch_floats, pool, runner};
  return lexel::each_operation(base, program, count, [&](const auto& arguments) { lexel::run_one(ctx, arguments); });
}

// Measures the peak of this core: a loop of independent multiply-adds in registers. Returns a value that depends on all
// of them.
extern "C" float LEXEL_PASTE(lexel_peak_, LEXEL_ISA)(int repeats) {
  using namespace lexel;
  constexpr int N = W == 16 ? 24 : 12;
  V acc[N];
  for (int i = 0; i < N; i++) acc[i] = splat(static_cast<float>(i));
  const V a = splat(0.999f), b = splat(1e-3f);
  for (int r = 0; r < repeats; r++) {
#pragma GCC unroll 24
    for (int i = 0; i < N; i++) acc[i] = madd(acc[i], a, b);
  }
  V s = {};
  for (int i = 0; i < N; i++) s += acc[i];
  return hsum(s);
}
#ifdef LEXEL_BUILD
// Identifies everything that determines this unit's results to the bit. Computed by scripts/build-native.mjs.
extern "C" const char* LEXEL_PASTE(lexel_build_, LEXEL_ISA)() { return LEXEL_BUILD; }
#endif

// Floating-point operations per repeat of the loop above.
extern "C" int LEXEL_PASTE(lexel_peak_ops_, LEXEL_ISA)() { return 2 * lexel::W * (lexel::W == 16 ? 24 : 12); }
