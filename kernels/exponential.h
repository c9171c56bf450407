// The exponential and the logistic sigmoid of vectors.
#pragma once
#include "simd.h"

namespace lexel {

// e^x with an error of up to 2 ulp for x in [-87, 87]; x is clamped to this range. Computed as 2^n times a degree-6
// polynomial on [-ln2/2, ln2/2].
static INLINE V vexp(V x) {
  x = vmax(vmin(x, splat(87.0f)), splat(-87.0f));
  const V magic = splat(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer in the low bits
  const V t = madd(x, splat(1.44269504f), magic), n = t - magic;
  const VI bits = reinterpret_cast<VI>(t) << 23;
  const V r = madd(n, splat(-1.42860677e-6f), madd(n, splat(-0.693145752f), x));
  V p = splat(1.38888889e-3f);
  p = madd(p, r, splat(8.33333333e-3f));
  p = madd(p, r, splat(4.16666667e-2f));
  p = madd(p, r, splat(1.66666667e-1f));
  p = madd(p, r, splat(0.5f));
  p = madd(p, r, splat(1.0f));
  p = madd(p, r, splat(1.0f));
  return reinterpret_cast<V>(reinterpret_cast<VI>(p) + bits);
}

// 1 / x with an error of about 1 ulp for normal x. An estimate with Newton steps takes a third of the time of a
// division.
static INLINE V reciprocal(V x) {
#if defined(__AVX512F__)
  const V r = reinterpret_cast<V>(_mm512_rcp14_ps(reinterpret_cast<__m512>(x)));
  return r * (2.0f - x * r);
#elif defined(__AVX2__)
  V r = reinterpret_cast<V>(_mm256_rcp_ps(reinterpret_cast<__m256>(x)));
  r = r * (2.0f - x * r);
  return r * (2.0f - x * r);
#else
  return 1.0f / x;
#endif
}

// 2^x in steps of 1 / STEPS, from a table in registers (on instruction sets with narrow registers: whole powers of two
// only, STEPS = 1). ROOTS[i] holds the bits of 2^(i / STEPS) minus i << SHIFT, so that adding (STEPS * n + i) << SHIFT
// yields the bits of 2^(n + i / STEPS). For the remainder r, |r| <= 1 / (2 STEPS), power_rest is the minimax polynomial
// for (2^r - 1) / r: 2^r has an error of at most 1e-7.
#if defined(__AVX512F__)
constexpr int STEPS = 32, SHIFT = 18;
alignas(64) static const int32_t ROOTS[STEPS] = {
    0x3f800000, 0x3f7ecd87, 0x3f7daac3, 0x3f7c980f, 0x3f7b95c2, 0x3f7aa43a, 0x3f79c3d3, 0x3f78f4f0,
    0x3f7837f0, 0x3f778d3a, 0x3f76f532, 0x3f767043, 0x3f75fed7, 0x3f75a15b, 0x3f75583f, 0x3f7523f6,
    0x3f7504f3, 0x3f74fbaf, 0x3f7508a4, 0x3f752c4d, 0x3f75672a, 0x3f75b9be, 0x3f76248c, 0x3f76a81e,
    0x3f7744fd, 0x3f77fbb8, 0x3f78ccdf, 0x3f79b907, 0x3f7ac0c7, 0x3f7be4ba, 0x3f7d257d, 0x3f7e83b3};
static INLINE VI root(VI step) {
  return reinterpret_cast<VI>(_mm512_permutex2var_epi32(_mm512_load_si512(ROOTS), reinterpret_cast<__m512i>(step),
                                                        _mm512_load_si512(ROOTS + W)));
}
static INLINE V power_rest(V r) { return madd(splat(0.240226507f), r, splat(0.693157344f)); }
#elif defined(__AVX2__)
constexpr int STEPS = 8, SHIFT = 20;
alignas(32) static const int32_t ROOTS[STEPS] = {0x3f800000, 0x3f7b95c2, 0x3f7837f0, 0x3f75fed7,
                                                 0x3f7504f3, 0x3f75672a, 0x3f7744fd, 0x3f7ac0c7};
static INLINE VI root(VI step) {
  return reinterpret_cast<VI>(
      _mm256_permutevar8x32_epi32(*reinterpret_cast<const __m256i*>(ROOTS), reinterpret_cast<__m256i>(step)));
}
static INLINE V power_rest(V r) {
  return madd(madd(splat(0.0555041087f), r, splat(0.240257618f)), r, splat(0.693147181f));
}
#else
constexpr int STEPS = 1, SHIFT = 23;
static INLINE VI root(VI) { return reinterpret_cast<VI>(splat(1.0f)); }
static INLINE V power_rest(V r) {
  V p = splat(0.00132647273f);
  p = madd(p, r, splat(0.00967151299f));
  p = madd(p, r, splat(0.0555073359f));
  p = madd(p, r, splat(0.240222424f));
  return madd(p, r, splat(0.693147004f));
}
#endif

static INLINE V hold(V x, float most) {
#if defined(__AVX512F__)
  // Mode 2: the smaller magnitude, with x's sign.
  return reinterpret_cast<V>(_mm512_range_ps(reinterpret_cast<__m512>(x), _mm512_set1_ps(most), 2));
#else
  return vmax(vmin(x, splat(most)), splat(-most));
#endif
}

// 1 / (1 + e^-x), with x clamped to [-87, 87]. Relative error: 5e-7 for |x| < 20 and 1.4e-6 at 87; without fused
// multiply-adds 1.5e-6 and 6e-6.
static INLINE V sigmoid(V x) {
  x = hold(x, 87.0f);
  const V to_power = splat(-1.44269504f), magic = splat(1.5f * (1 << 23) / STEPS);
  const V t = madd(x, to_power, magic);  // rounded to a whole step; the low bits hold the step's number
  const V r = madd(x, to_power, magic - t);
  const VI step = reinterpret_cast<VI>(t);
  const V power = reinterpret_cast<V>(root(step) + (step << SHIFT));
  return reciprocal(madd(power * r, power_rest(r), 1.0f + power));
}

}  // namespace lexel
