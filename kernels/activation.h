// Activations and their derivatives on vectors, and the dispatch from a run-time kind to a template.
#pragma once
#include "exponential.h"
#include "ops.h"

namespace lexel {

template <Activation ACT>
static INLINE V act(V u) {
  const V z = {};
  if constexpr (ACT == Activation::RELU) return vmax(u, z);
  if constexpr (ACT == Activation::SILU) return u * sigmoid(u);
  if constexpr (ACT == Activation::SIGMOID) return sigmoid(u);
  if constexpr (ACT == Activation::HARD_SIGMOID)
    return vmin(vmax(madd(u, splat(1.0f / 6), splat(0.5f)), z), splat(1.0f));
  if constexpr (ACT == Activation::HARD_SWISH) return u * act<Activation::HARD_SIGMOID>(u);
  return u;
}

// d act(u) / du
template <Activation ACT>
static INLINE V act_slope(V u) {
  const V z = {}, one = splat(1.0f);
  if constexpr (ACT == Activation::RELU) return u > z ? one : z;
  if constexpr (ACT == Activation::SILU) {
    const V s = sigmoid(u);
    return s * madd(u, 1.0f - s, one);
  }
  if constexpr (ACT == Activation::SIGMOID) {
    const V s = sigmoid(u);
    return s * (1.0f - s);
  }
  if constexpr (ACT == Activation::HARD_SIGMOID) return ((u > -3.0f) & (u < 3.0f)) ? splat(1.0f / 6) : z;
  if constexpr (ACT == Activation::HARD_SWISH) {
    const V inner = madd(u, splat(1.0f / 3), splat(0.5f));
    return u < -3.0f ? z : (u > 3.0f ? one : inner);
  }
  return one;
}

// A compile-time constant that is passed as a function argument.
template <auto N>
struct Constant {
  static constexpr auto value = N;
};
template <int N>
using Int = Constant<N>;

// Calls f with the activation as a compile-time constant.
template <class F>
static INLINE void with_act(Activation kind, F f) {
  switch (kind) {
    case Activation::RELU: return outlined(f, Constant<Activation::RELU>{});
    case Activation::SILU: return outlined(f, Constant<Activation::SILU>{});
    case Activation::HARD_SWISH: return outlined(f, Constant<Activation::HARD_SWISH>{});
    case Activation::SIGMOID: return outlined(f, Constant<Activation::SIGMOID>{});
    case Activation::HARD_SIGMOID: return outlined(f, Constant<Activation::HARD_SIGMOID>{});
    case Activation::NONE: return outlined(f, Constant<Activation::NONE>{});
  }
}

}  // namespace lexel
