// Activations and their derivatives on vectors, and the dispatch from a run-time kind to a template.
#pragma once
#include "exponential.h"

namespace lexel {

enum Act { NONE = 0, RELU = 1, SILU = 2, HARD_SWISH = 3, SIGMOID = 4, HARD_SIGMOID = 5 };

template <int ACT>
static INLINE V act(V u) {
  const V z = {};
  if constexpr (ACT == RELU) return vmax(u, z);
  if constexpr (ACT == SILU) return u * sigmoid(u);
  if constexpr (ACT == SIGMOID) return sigmoid(u);
  if constexpr (ACT == HARD_SIGMOID) return vmin(vmax(madd(u, splat(1.0f / 6), splat(0.5f)), z), splat(1.0f));
  if constexpr (ACT == HARD_SWISH) return u * act<HARD_SIGMOID>(u);
  return u;
}

// d act(u) / du
template <int ACT>
static INLINE V act_slope(V u) {
  const V z = {}, one = splat(1.0f);
  if constexpr (ACT == RELU) return u > z ? one : z;
  if constexpr (ACT == SILU) {
    const V s = sigmoid(u);
    return s * madd(u, 1.0f - s, one);
  }
  if constexpr (ACT == SIGMOID) {
    const V s = sigmoid(u);
    return s * (1.0f - s);
  }
  if constexpr (ACT == HARD_SIGMOID) return ((u > -3.0f) & (u < 3.0f)) ? splat(1.0f / 6) : z;
  if constexpr (ACT == HARD_SWISH) {
    const V inner = madd(u, splat(1.0f / 3), splat(0.5f));
    return u < -3.0f ? z : (u > 3.0f ? one : inner);
  }
  return one;
}

template <int N>
struct Int {
  static constexpr int value = N;
};

// Calls f with the activation as a compile-time constant.
template <class F>
static INLINE void with_act(int kind, F f) {
  switch (kind) {
    case RELU: return outlined(f, Int<RELU>{});
    case SILU: return outlined(f, Int<SILU>{});
    case HARD_SWISH: return outlined(f, Int<HARD_SWISH>{});
    case SIGMOID: return outlined(f, Int<SIGMOID>{});
    case HARD_SIGMOID: return outlined(f, Int<HARD_SIGMOID>{});
    default: return outlined(f, Int<NONE>{});
  }
}

}  // namespace lexel
