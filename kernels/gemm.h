// Register-blocked matrix-product kernels. The accumulators of an MR x (NV * W) tile stay in registers. The left
// operand is broadcast from row pointers, so a convolution's window needs no copy. The right operand is read from
// panels of NR columns.
#pragma once
#include "simd.h"

namespace lexel {

// Rows of a tile: MR if the tile is NR columns wide, NARROW_MR if it has at most W columns. Narrow tiles are fast only
// if their row pointers stay in registers.
#if defined(__AVX512F__)
constexpr int MR = 12, NARROW_MR = 8;
#elif defined(__AVX2__)
constexpr int MR = 6, NARROW_MR = 6;
#else
constexpr int MR = 4, NARROW_MR = 4;
#endif
constexpr int NR = 2 * W;
static INLINE int rows_of_tile(int columns) { return columns > W ? MR : NARROW_MR; }

// Sums of (x - shift) and (x - shift)^2 per column, accumulated by the kernel that computes x.
struct Stats {
  const float* shift;
  float* sum;
  float* square;
};

// Returns a tile's slot in the sums of all tiles, set to zero; null pointers if `sums` is null.
static INLINE Stats tile_stats(const float* shift, float* sums, int tile, int channels) {
  if (!sums) return {};
  const int stride = padded(channels);
  float* own = sums + static_cast<size_t>(tile) * 2 * stride;
  zero(own, 2 * stride);
  return {shift, own, own + stride};
}

enum Write { STORE = 0, ADD = 1, STORE_STATS = 2, STREAM = 3, STREAM_STATS = 4 };

// Prefetches the memory of the next chunk while products run. Without it, loads and arithmetic of a chunk would
// alternate instead of overlapping.
class Prefetch {
  const float *at_[4], *end_[4];
  int regions_ = 0, now_ = 0;
  ptrdiff_t step_ = 0;

 public:
  void add(const float* from, size_t count) {
    if (!PREFETCHES || !count) return;
    at_[regions_] = from;
    end_[regions_++] = from + count;
  }
  // Spreads the memory over `requests` requests of at most one cache line each.
  void spread(ptrdiff_t requests) {
    ptrdiff_t floats = 0;
    for (int i = 0; i < regions_; i++) floats += end_[i] - at_[i];
    step_ = floats / requests / 4 * 4 + 4;
    if (step_ > LINE) step_ = LINE;
  }
  // Takes the next `requests` requests: returns the first address, and in `step` their distance in floats. Returns
  // `idle` with a step of 0 if nothing is left to prefetch.
  const float* take(int requests, const float* idle, ptrdiff_t* step) {
    while (now_ < regions_ && at_[now_] >= end_[now_]) now_++;
    *step = now_ < regions_ ? step_ : 0;
    if (now_ == regions_) return idle;
    const float* p = at_[now_];
    at_[now_] += requests * step_;
    return p;
  }
};

// Number of micro-kernel calls for a product with m x n results.
static INLINE ptrdiff_t micro_calls(int m, int n) {
  auto blocks = [m](int rows) { return static_cast<ptrdiff_t>((m + rows - 1) / rows); };
  const int rest = n % NR;
  return n / NR * blocks(MR) + (rest ? blocks(rows_of_tile(rest)) : 0);
}

// Left operand: the K = segments * length values of row r are at rows[r] + s * stride + k.
struct Left {
  int segments;
  ptrdiff_t stride;
  int length;
};

// c[r, :] (=|+=) sum_k left[r, k] * b[k, :]. `tail` is the number of valid columns in the last vector.
template <int M, int NV, int WRITE>
static void micro(const float* const* rows, const Left& left, const float* b, ptrdiff_t ldb, float* c, ptrdiff_t ldc,
                  int tail, const Stats& stats, const float* prefetches, ptrdiff_t step) {
  V acc[M][NV];
#pragma GCC unroll 16
  for (int r = 0; r < M; r++)
#pragma GCC unroll 2
    for (int v = 0; v < NV; v++) acc[r][v] = V{};
  const float* p[M];
#pragma GCC unroll 16
  for (int r = 0; r < M; r++) p[r] = rows[r];
  for (int s = 0; s < left.segments; s++) {
    UNROLL(4)
    for (int k = 0; k < left.length; k++) {
      if (PREFETCHES) __builtin_prefetch(prefetches, 0, 2);
      prefetches += step;
      V bv[NV];
#pragma GCC unroll 2
      for (int v = 0; v < NV; v++) bv[v] = load(b + v * W);
      b += ldb;
#pragma GCC unroll 16
      for (int r = 0; r < M; r++) {
        const V x = splat(p[r][k]);
#pragma GCC unroll 2
        for (int v = 0; v < NV; v++) acc[r][v] = madd(x, bv[v], acc[r][v]);
      }
    }
#pragma GCC unroll 16
    for (int r = 0; r < M; r++) p[r] += left.stride;
  }
  if constexpr (WRITE == STORE_STATS || WRITE == STREAM_STATS) {
#pragma GCC unroll 2
    for (int v = 0; v < NV; v++) {
      const int n = v == NV - 1 ? tail : W;
      const V shift = load_n(stats.shift + v * W, n);
      V sum = {}, square = {};
#pragma GCC unroll 16
      for (int r = 0; r < M; r++) {
        const V d = acc[r][v] - shift;
        sum += d;
        square = madd(d, d, square);
      }
      store_n(stats.sum + v * W, load_n(stats.sum + v * W, n) + sum, n);
      store_n(stats.square + v * W, load_n(stats.square + v * W, n) + square, n);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < M; r++)
#pragma GCC unroll 2
    for (int v = 0; v < NV; v++) {
      const int n = v == NV - 1 ? tail : W;
      float* o = c + r * ldc + v * W;
      V value = acc[r][v];
      if constexpr (WRITE == ADD) value += load_n(o, n);
      if constexpr (WRITE == STREAM || WRITE == STREAM_STATS) stream(o, value);
      else store_n(o, value, n);
    }
}

typedef void (*MicroFn)(const float* const*, const Left&, const float*, ptrdiff_t, float*, ptrdiff_t, int, const Stats&,
                        const float*, ptrdiff_t);

template <int NV, int WRITE>
static INLINE MicroFn micro_for(int m) {
  switch (m) {
// clang-format off
#define CASE(n) \
  case n:       \
    if constexpr (n <= MR) return micro<n, NV, WRITE>;
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11)
#undef CASE
        // clang-format on
        default : return micro<MR, NV, WRITE>;
  }
}

// Splits `rows` into the fewest possible blocks of at most `most` rows, of nearly equal height. Calls f(first, height)
// for each block.
template <class F>
static INLINE void row_blocks(int rows, int most, F f) {
  const int blocks = (rows + most - 1) / most;
  for (int i = 0, r = 0; i < blocks; i++) {
    const int m = rows / blocks + (i < rows % blocks);
    f(r, m);
    r += m;
  }
}

// c (=|+=) left * b for `rows` rows, with one prefetch request per step of K. row_of(r) returns the address of row r of
// the left operand. b consists of panels of NR columns: panels are panel_stride floats apart, rows of a panel ldb
// floats apart. Packed weights have (panel_stride, ldb) = (NR * K, NR), a plain matrix (NR, its row length).
template <int WRITE, class RowOf>
static INLINE void multiply(int rows, int n, const Left& left, RowOf row_of, const float* b, ptrdiff_t panel_stride,
                            ptrdiff_t ldb, float* c, ptrdiff_t ldc, const Stats& stats = {},
                            Prefetch* prefetches = nullptr) {
  for (int j = 0; j < n; j += NR, b += panel_stride) {
    const int columns = imin(NR, n - j);
    const Stats st = {stats.shift + j, stats.sum + j, stats.square + j};
    row_blocks(rows, rows_of_tile(columns), [&](int r, int m) {
      const float* p[MR];
      for (int i = 0; i < m; i++) p[i] = row_of(r + i);
      ptrdiff_t step = 0;
      const float* next = prefetches ? prefetches->take(left.segments * left.length, b, &step) : b;
      if (columns > W) micro_for<2, WRITE>(m)(p, left, b, ldb, c + r * ldc + j, ldc, columns - W, st, next, step);
      else micro_for<1, WRITE>(m)(p, left, b, ldb, c + r * ldc + j, ldc, columns, st, next, step);
    });
  }
}

// Whether the right operand (`length` rows, n columns) fits in half of the registers.
static INLINE bool fits_registers(int length, int n) { return W == 16 && length == W && n <= W; }

template <int M>
static INLINE void micro_in_registers(const float* x, ptrdiff_t ldx, const V* b, float* c, ptrdiff_t ldc, int n) {
  V acc[M];
#pragma GCC unroll 16
  for (int r = 0; r < M; r++) acc[r] = V{};
#pragma GCC unroll 16
  for (int k = 0; k < W; k++)
#pragma GCC unroll 16
    for (int r = 0; r < M; r++) acc[r] = madd(splat(x[r * ldx + k]), b[k], acc[r]);
#pragma GCC unroll 16
  for (int r = 0; r < M; r++) store_n(c + r * ldc, acc[r], n);
}

// Prefetch requests per call of micro_in_registers.
constexpr int REQUESTS_IN_REGISTERS = 4;

// c = x * b, where b is one panel that fits in registers. Rows of x are ldx floats apart, rows of c ldc floats.
static OUTLINE void multiply_in_registers(int rows, int n, const float* x, ptrdiff_t ldx, const float* panel, float* c,
                                          ptrdiff_t ldc, Prefetch& prefetches) {
  V b[W];
#pragma GCC unroll 16
  for (int k = 0; k < W; k++) b[k] = load(panel + k * NR);
  constexpr int M = NARROW_MR;
  int r = 0;
  for (; r + M <= rows; r += M) {
    ptrdiff_t step = 0;
    const float* next = prefetches.take(REQUESTS_IN_REGISTERS, panel, &step);
    if (PREFETCHES)
      for (int i = 0; i < REQUESTS_IN_REGISTERS; i++) __builtin_prefetch(next + i * step, 0, 2);
    micro_in_registers<M>(x + r * ldx, ldx, b, c + r * ldc, ldc, n);
  }
  for (; r < rows; r++) micro_in_registers<1>(x + r * ldx, ldx, b, c + r * ldc, ldc, n);
}

// Plain row-major product c[m, n] (=|+=) a[m, k] * b[k, n].
template <int WRITE>
static INLINE void multiply_plain(int m, int n, int k, const float* a, int lda, const float* b, int ldb, float* c,
                                  int ldc) {
  multiply<WRITE>(
      m, n, Left{1, 0, k}, [&](int r) { return a + static_cast<size_t>(r) * lda; }, b, NR, ldb, c, ldc);
}

// The pixels that a weight gradient sums over: `outer` lines of `inner` pixels.
struct Pixels {
  int outer, inner;
  ptrdiff_t x_outer, x_inner;  // strides in x, in floats
  ptrdiff_t y_step;            // between pixels in dy, in floats (lines are contiguous)
};

// c[i, j] (=|+=) sum over pixels of x[pixel, i] * dy[pixel, j], for one M x (NV * W) tile of a weight gradient.
template <int M, int NV>
static void micro_outer(const float* x, const float* dy, const Pixels& px, bool add, float* c, ptrdiff_t ldc, int tail,
                        const float* prefetches, ptrdiff_t step) {
  V acc[M][NV];
#pragma GCC unroll 16
  for (int r = 0; r < M; r++)
#pragma GCC unroll 2
    for (int v = 0; v < NV; v++) acc[r][v] = V{};
  for (int o = 0; o < px.outer; o++) {
    const float* xi = x + o * px.x_outer;
    UNROLL(2)
    for (int i = 0; i < px.inner; i++) {
      if (PREFETCHES) __builtin_prefetch(prefetches, 0, 2);
      prefetches += step;
      V dv[NV];
#pragma GCC unroll 2
      for (int v = 0; v < NV; v++) dv[v] = load(dy + v * W);
#pragma GCC unroll 16
      for (int r = 0; r < M; r++) {
        const V s = splat(xi[r]);
#pragma GCC unroll 2
        for (int v = 0; v < NV; v++) acc[r][v] = madd(s, dv[v], acc[r][v]);
      }
      xi += px.x_inner;
      dy += px.y_step;
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < M; r++)
#pragma GCC unroll 2
    for (int v = 0; v < NV; v++) {
      const int n = v == NV - 1 ? tail : W;
      float* o = c + r * ldc + v * W;
      store_n(o, add ? load_n(o, n) + acc[r][v] : acc[r][v], n);
    }
}

typedef void (*OuterFn)(const float*, const float*, const Pixels&, bool, float*, ptrdiff_t, int, const float*,
                        ptrdiff_t);

template <int NV>
static INLINE OuterFn outer_for(int m) {
  switch (m) {
// clang-format off
#define CASE(n) \
  case n:       \
    if constexpr (n <= MR) return micro_outer<n, NV>;
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11)
#undef CASE
        // clang-format on
        default : return micro_outer<MR, NV>;
  }
}

// c[m, n] = x^T dy over the given pixels, or c += x^T dy if `add`, with one prefetch request per pixel.
static INLINE void multiply_outer(int m, int n, const float* x, const float* dy, const Pixels& px, bool add, float* c,
                                  int ldc, Prefetch* prefetches = nullptr) {
  for (int j = 0; j < n; j += NR) {
    const int columns = imin(NR, n - j);
    row_blocks(m, MR, [&](int r, int height) {
      float* o = c + static_cast<size_t>(r) * ldc + j;
      ptrdiff_t step = 0;
      const float* next = prefetches ? prefetches->take(px.outer * px.inner, dy, &step) : dy;
      if (columns > W) outer_for<2>(height)(x + r, dy + j, px, add, o, ldc, columns - W, next, step);
      else outer_for<1>(height)(x + r, dy + j, px, add, o, ldc, columns, next, step);
    });
  }
}

}  // namespace lexel
