// The instruction sets that an addon can hold: the name in the interface, and whether this CPU has it.
// scripts/build-native.mjs gives the compiler flags of each.
#pragma once

#define LEXEL_NAME_base "baseline"
#define LEXEL_SUPPORTED_base true
#if defined(__x86_64__)
#define LEXEL_NAME_avx2 "avx2"
#define LEXEL_SUPPORTED_avx2                                                                           \
  __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2") && \
      __builtin_cpu_supports("f16c")
#define LEXEL_NAME_avx512 "avx512"
#define LEXEL_SUPPORTED_avx512                                                                                     \
  __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && \
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd")
#endif
