// The operations are compiled in several units (units/*.cc), side by side. run.cc calls them through two functions per
// operation, which the operation's unit defines.
#pragma once
#include "ops.h"

namespace lexel {

template <class Arguments>
LEXEL_HIDDEN void run_one(const Context& ctx, const Arguments& a);

// Floats of scratch memory that a thread needs.
template <class Arguments>
LEXEL_HIDDEN size_t scratch_need(const Arguments& a);

}  // namespace lexel

// Defines both functions. A unit contains one line of these per operation, after the kernels. Not inlined: in a build of
// one unit, each operation is still compiled as a separate function, not as part of one large loop.
#define LEXEL_OPERATION(Arguments)                                                        \
  template <>                                                                             \
  __attribute__((noinline)) void lexel::run_one(const Context& ctx, const Arguments& a) { \
    run(ctx, a);                                                                          \
  }                                                                                       \
  template <>                                                                             \
  size_t lexel::scratch_need(const Arguments& a) {                                        \
    Scratch counting;                                                                     \
    const Needs<Arguments> taken(counting, a);                                            \
    (void)taken;                                                                          \
    return counting.needed();                                                             \
  }
