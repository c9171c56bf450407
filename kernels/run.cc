// Runs a program: a flat list of [opcode, words, arguments...] over one arena. Compiled once for each instruction set,
// each in a namespace of its own, and once for WebAssembly. src/engine/program.ts is the other half of this list.
#ifndef LEXEL_ISA
#define LEXEL_ISA base
#endif
#define lexel LEXEL_PASTE(lexel_, LEXEL_ISA)
#define LEXEL_PASTE(a, b) LEXEL_PASTE2(a, b)
#define LEXEL_PASTE2(a, b) a##b
#include "depthwise_forward.h"
#include "depthwise_backward.h"
#include "head.h"
#include "labels.h"
#include "norm.h"
#include "pack.h"
#include "pixels.h"
#include "pointwise.h"
#include "squeeze.h"
#include "vectors.h"

namespace lexel {

typedef void (*Op)(const Context&, Args&);
static const Op OPS[] = {
    op_input,          op_pack,          op_pointwise_forward, op_pointwise_backward, op_dense_forward,   op_dense_backward,
    op_depthwise_forward, op_depthwise_backward, op_norm_finish, op_norm_eval,        op_norm_backward,   op_activation_backward,
    op_pool,           op_excite_forward, op_excite_backward,  op_gate_gradient,      op_add,             op_dropout,
    op_loss,           op_clip,          op_optimizer,         op_reduce,             op_label_loss,
};
constexpr int OP_COUNT = sizeof(OPS) / sizeof(OPS[0]);

}  // namespace lexel

// Runs `words` words of program; returns 0, or 1 + the index of the word that is no opcode.
extern "C" int LEXEL_PASTE(lexel_run_, LEXEL_ISA)(float* base, const int32_t* program, int words, float* scratch, int scratch_floats,
                                                  void* pool, lexel::Runner runner) {
  const lexel::Context ctx = {base, scratch, scratch_floats, pool, runner};
  for (int i = 0; i < words;) {
    const int op = program[i], length = program[i + 1];
    if (op < 0 || op >= lexel::OP_COUNT || length < 2) return 1 + i;
    lexel::Args args = {ctx, program + i + 2};
    lexel::OPS[op](ctx, args);
    i += length;
  }
  return 0;
}

// A loop of independent multiply-adds in registers: this core's peak. Returns a value that depends on all of them.
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
// Identifies what decides this unit's bits; scripts/build-native.mjs computes it.
extern "C" const char* LEXEL_PASTE(lexel_build_, LEXEL_ISA)() { return LEXEL_BUILD; }
#endif

// Floating-point operations of one repeat above.
extern "C" int LEXEL_PASTE(lexel_peak_ops_, LEXEL_ISA)() { return 2 * lexel::W * (lexel::W == 16 ? 24 : 12); }
