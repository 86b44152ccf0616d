// Sixteen lanes of numbers, and what is done with them. Each lane is an ordinary IEEE number, whatever the width of the
// processor's vectors. Included once for each instruction set: FIELDZIP_LANES names a namespace of its own,
// FIELDZIP_LANE_WIDTH is the number of floats in a vector.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "predict/vectors.h"

#if FIELDZIP_LANE_WIDTH > 4
#include <immintrin.h>
#endif

namespace fieldzip::FIELDZIP_LANES {

inline constexpr size_t kLanes = 16;

// Calls each(0) to each(kCount - 1), the index a constant.
template <size_t kCount, typename Each>
inline void unrolled(Each&& each) {
  [&]<size_t... k>(std::index_sequence<k...>) { (each(std::integral_constant<size_t, k>{}), ...); }(std::make_index_sequence<kCount>{});
}

#ifdef FIELDZIP_VECTORS

inline constexpr size_t kWidth = FIELDZIP_LANE_WIDTH, kBytes = kWidth * sizeof(float);

// So many vectors; halves of halves rather than an array, which compilers would keep in memory.
template <typename T, size_t kCount>
struct Vectors {
  using Half = Vectors<T, kCount / 2>;
  Half a, b;

  static Vectors all(T x) { return {Half::all(x), Half::all(x)}; }
  static Vectors load(const T* from) { return {Half::load(from), Half::load(from + kBytes / sizeof(T) * (kCount / 2))}; }
  void store(T* to) const {
    a.store(to);
    b.store(to + kBytes / sizeof(T) * (kCount / 2));
  }
  template <typename Each, typename... More>
  static Vectors each(Each one, const More&... more) {
    return {Half::each(one, more.a...), Half::each(one, more.b...)};
  }
};
template <typename T>
struct Vectors<T, 1> {
  using Vector __attribute__((vector_size(kBytes))) = T;
  Vector v;

  static Vectors all(T x) { return {x - Vector{}}; }  // x as it is, -0 too
  static Vectors load(const T* from) {
    Vectors out;
    std::memcpy(&out.v, from, sizeof out.v);
    return out;
  }
  void store(T* to) const { std::memcpy(to, &v, sizeof v); }
  template <typename Each, typename... More>
  static Vectors each(Each one, const More&... more) {
    return {one(more.v...)};
  }
};

template <typename T>
using Sixteen = Vectors<T, kLanes * sizeof(T) / kBytes>;
using F16 = Sixteen<float>;
using I16 = Sixteen<int32_t>;
using D16 = Sixteen<double>;

#define FIELDZIP_LANEWISE template <typename T, size_t kCount>
#define FIELDZIP_V Vectors<T, kCount>
FIELDZIP_LANEWISE inline FIELDZIP_V operator+(const FIELDZIP_V& a, const FIELDZIP_V& b) { return FIELDZIP_V::each([](auto x, auto y) { return x + y; }, a, b); }
FIELDZIP_LANEWISE inline FIELDZIP_V operator-(const FIELDZIP_V& a, const FIELDZIP_V& b) { return FIELDZIP_V::each([](auto x, auto y) { return x - y; }, a, b); }
FIELDZIP_LANEWISE inline FIELDZIP_V operator*(const FIELDZIP_V& a, const FIELDZIP_V& b) { return FIELDZIP_V::each([](auto x, auto y) { return x * y; }, a, b); }
FIELDZIP_LANEWISE inline FIELDZIP_V operator/(const FIELDZIP_V& a, const FIELDZIP_V& b) { return FIELDZIP_V::each([](auto x, auto y) { return x / y; }, a, b); }
FIELDZIP_LANEWISE inline FIELDZIP_V operator&(const FIELDZIP_V& a, const FIELDZIP_V& b) { return FIELDZIP_V::each([](auto x, auto y) { return x & y; }, a, b); }
FIELDZIP_LANEWISE inline FIELDZIP_V operator|(const FIELDZIP_V& a, const FIELDZIP_V& b) { return FIELDZIP_V::each([](auto x, auto y) { return x | y; }, a, b); }
FIELDZIP_LANEWISE inline FIELDZIP_V operator^(const FIELDZIP_V& a, const FIELDZIP_V& b) { return FIELDZIP_V::each([](auto x, auto y) { return x ^ y; }, a, b); }
FIELDZIP_LANEWISE inline FIELDZIP_V operator+(const FIELDZIP_V& a, T b) { return a + FIELDZIP_V::all(b); }
FIELDZIP_LANEWISE inline FIELDZIP_V operator-(const FIELDZIP_V& a, T b) { return a - FIELDZIP_V::all(b); }
FIELDZIP_LANEWISE inline FIELDZIP_V operator*(const FIELDZIP_V& a, T b) { return a * FIELDZIP_V::all(b); }
FIELDZIP_LANEWISE inline FIELDZIP_V operator&(const FIELDZIP_V& a, T b) { return FIELDZIP_V::each([b](auto x) { return x & b; }, a); }
FIELDZIP_LANEWISE inline FIELDZIP_V operator>>(const FIELDZIP_V& a, int b) { return FIELDZIP_V::each([b](auto x) { return x >> b; }, a); }
FIELDZIP_LANEWISE inline FIELDZIP_V operator<<(const FIELDZIP_V& a, int b) { return FIELDZIP_V::each([b](auto x) { return x << b; }, a); }
// a < b ? a : b, and so on, lane by lane.
FIELDZIP_LANEWISE inline FIELDZIP_V least(const FIELDZIP_V& a, const FIELDZIP_V& b) { return FIELDZIP_V::each([](auto x, auto y) { return x < y ? x : y; }, a, b); }
FIELDZIP_LANEWISE inline FIELDZIP_V most(const FIELDZIP_V& a, const FIELDZIP_V& b) { return FIELDZIP_V::each([](auto x, auto y) { return x > y ? x : y; }, a, b); }
// a < b ? c : d.
FIELDZIP_LANEWISE inline FIELDZIP_V ifLess(const FIELDZIP_V& a, const FIELDZIP_V& b, const FIELDZIP_V& c, const FIELDZIP_V& d) {
  return FIELDZIP_V::each([](auto x, auto y, auto u, auto v) { return x < y ? u : v; }, a, b, c, d);
}
#undef FIELDZIP_V
#undef FIELDZIP_LANEWISE

template <typename V, size_t... k>
inline auto lowHalf(V v, std::index_sequence<k...>) { return __builtin_shufflevector(v, v, k...); }
template <typename V, size_t... k>
inline auto highHalf(V v, std::index_sequence<k...>) { return __builtin_shufflevector(v, v, (k + sizeof...(k))...); }
template <typename V, size_t... k>
inline auto joined(V a, V b, std::index_sequence<k...>) { return __builtin_shufflevector(a, b, k...); }

using OneF = float __attribute__((vector_size(kBytes)));
using OneI = int32_t __attribute__((vector_size(kBytes)));
using OneD = double __attribute__((vector_size(kBytes)));
using HalfF = float __attribute__((vector_size(kBytes / 2)));

// Between floats and doubles: twice as many vectors.
inline Vectors<float, 1> narrow(const Vectors<double, 2>& x) {
  return {joined(__builtin_convertvector(x.a.v, HalfF), __builtin_convertvector(x.b.v, HalfF), std::make_index_sequence<kWidth>{})};
}
inline Vectors<double, 2> widen(const Vectors<float, 1>& x) {
  using Half = std::make_index_sequence<kWidth / 2>;
  return {{__builtin_convertvector(lowHalf(x.v, Half{}), OneD)}, {__builtin_convertvector(highHalf(x.v, Half{}), OneD)}};
}
// Towards 0, of what fits; and the other way; and bit for bit.
inline Vectors<int32_t, 1> truncated(const Vectors<float, 1>& x) { return {__builtin_convertvector(x.v, OneI)}; }
inline Vectors<float, 1> floated(const Vectors<int32_t, 1>& x) { return {__builtin_convertvector(x.v, OneF)}; }
inline Vectors<int32_t, 1> bitsOf(const Vectors<float, 1>& x) { return {std::bit_cast<OneI>(x.v)}; }
inline Vectors<float, 1> fromBits(const Vectors<int32_t, 1>& x) { return {std::bit_cast<OneF>(x.v)}; }
template <typename T, size_t kCount>
inline auto narrow(const Vectors<T, kCount>& x) { return Vectors<float, kCount / 2>{narrow(x.a), narrow(x.b)}; }
template <typename T, size_t kCount>
inline auto widen(const Vectors<T, kCount>& x) { return Vectors<double, 2 * kCount>{widen(x.a), widen(x.b)}; }
template <typename T, size_t kCount>
inline auto truncated(const Vectors<T, kCount>& x) { return Vectors<int32_t, kCount>{truncated(x.a), truncated(x.b)}; }
template <typename T, size_t kCount>
inline auto floated(const Vectors<T, kCount>& x) { return Vectors<float, kCount>{floated(x.a), floated(x.b)}; }
template <typename T, size_t kCount>
inline auto bitsOf(const Vectors<T, kCount>& x) { return Vectors<int32_t, kCount>{bitsOf(x.a), bitsOf(x.b)}; }
template <typename T, size_t kCount>
inline auto fromBits(const Vectors<T, kCount>& x) { return Vectors<float, kCount>{fromBits(x.a), fromBits(x.b)}; }

// Of lanes i and i + 8, then of i and i + 4, i and i + 2, and of the last two.
template <size_t kSize, typename V>
inline float sumOf(V v) {
  if constexpr (kSize == 2) {
    return v[0] + v[1];
  } else {
    using Half = std::make_index_sequence<kSize / 2>;
    return sumOf<kSize / 2>(lowHalf(v, Half{}) + highHalf(v, Half{}));
  }
}
template <size_t kCount>
inline float sum(const Vectors<float, kCount>& x) {
  if constexpr (kCount == 1) return sumOf<kWidth>(x.v);
  else return sum(x.a + x.b);
}

// The sums of eight at once, each added up as above: a third of the instructions.
template <size_t kCount>
inline auto halvesOf(const Vectors<float, kCount>& x) {
  using Eight = float __attribute__((vector_size(32)));
  if constexpr (kWidth * kCount == 8) {
    return std::bit_cast<Eight>(x);
  } else if constexpr (kCount == 1) {
    using Half = std::make_index_sequence<8>;
    return static_cast<Eight>(lowHalf(x.v, Half{}) + highHalf(x.v, Half{}));
  } else {
    return halvesOf(x.a + x.b);
  }
}
inline void sumEach(const std::array<F16, 8>& x, float* to) {
  // Fours of two vectors side by side, then twos of four, then ones of eight.
  const auto fours = [&](size_t i) {
    const auto a = halvesOf(x[i]), b = halvesOf(x[i + 4]);
    return __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11) + __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
  };
  const auto twos = [&](size_t i) {
    const auto a = fours(i), b = fours(i + 1);
    return __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13) + __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
  };
  const auto a = twos(0), b = twos(2);
  const auto ones = __builtin_shufflevector(a, b, 0, 2, 8, 10, 4, 6, 12, 14) + __builtin_shufflevector(a, b, 1, 3, 9, 11, 5, 7, 13, 15);
  std::memcpy(to, &ones, sizeof ones);
}

#else

template <typename T>
struct Sixteen {
  T v[kLanes];

  template <typename Each>
  static Sixteen made(Each each) {
    Sixteen out;
    for (size_t i = 0; i < kLanes; ++i) out.v[i] = each(i);
    return out;
  }
  static Sixteen all(T x) { return made([&](size_t) { return x; }); }
  static Sixteen load(const T* from) { return made([&](size_t i) { return from[i]; }); }
  void store(T* to) const { std::memcpy(to, v, sizeof v); }

  friend Sixteen operator+(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.v[i] + b.v[i]; }); }
  friend Sixteen operator-(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.v[i] - b.v[i]; }); }
  friend Sixteen operator*(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.v[i] * b.v[i]; }); }
  friend Sixteen operator/(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.v[i] / b.v[i]; }); }
  friend Sixteen operator+(const Sixteen& a, T b) { return made([&](size_t i) { return a.v[i] + b; }); }
  friend Sixteen operator-(const Sixteen& a, T b) { return made([&](size_t i) { return a.v[i] - b; }); }
  friend Sixteen operator*(const Sixteen& a, T b) { return made([&](size_t i) { return a.v[i] * b; }); }
  friend Sixteen operator&(const Sixteen& a, T b) { return made([&](size_t i) { return a.v[i] & b; }); }
  friend Sixteen operator&(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.v[i] & b.v[i]; }); }
  friend Sixteen operator|(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.v[i] | b.v[i]; }); }
  friend Sixteen operator^(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.v[i] ^ b.v[i]; }); }
  friend Sixteen operator>>(const Sixteen& a, int b) { return made([&](size_t i) { return a.v[i] >> b; }); }
  friend Sixteen operator<<(const Sixteen& a, int b) { return made([&](size_t i) { return static_cast<T>(static_cast<uint32_t>(a.v[i]) << b); }); }
  friend Sixteen least(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.v[i] < b.v[i] ? a.v[i] : b.v[i]; }); }
  friend Sixteen most(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.v[i] > b.v[i] ? a.v[i] : b.v[i]; }); }
  friend Sixteen ifLess(const Sixteen& a, const Sixteen& b, const Sixteen& x, const Sixteen& y) {
    return made([&](size_t i) { return a.v[i] < b.v[i] ? x.v[i] : y.v[i]; });
  }
};
using F16 = Sixteen<float>;
using I16 = Sixteen<int32_t>;
using D16 = Sixteen<double>;

inline F16 narrow(const D16& x) { return F16::made([&](size_t i) { return static_cast<float>(x.v[i]); }); }
inline D16 widen(const F16& x) { return D16::made([&](size_t i) { return static_cast<double>(x.v[i]); }); }
inline I16 truncated(const F16& x) { return I16::made([&](size_t i) { return static_cast<int32_t>(x.v[i]); }); }
inline F16 floated(const I16& x) { return F16::made([&](size_t i) { return static_cast<float>(x.v[i]); }); }
inline float sum(const F16& x) {
  float a[8], b[4];
  for (size_t i = 0; i < 8; ++i) a[i] = x.v[i] + x.v[i + 8];
  for (size_t i = 0; i < 4; ++i) b[i] = a[i] + a[i + 4];
  return (b[0] + b[2]) + (b[1] + b[3]);
}
inline void sumEach(const std::array<F16, 8>& x, float* to) {
  for (size_t i = 0; i < 8; ++i) to[i] = sum(x[i]);
}

inline I16 bitsOf(const F16& x) { return std::bit_cast<I16>(x); }
inline F16 fromBits(const I16& x) { return std::bit_cast<F16>(x); }

#endif

// to[lane * stride + k] of from[k * kLanes + lane], k to 15.
inline void transpose(const float* from, float* to, size_t stride) {
#if FIELDZIP_LANE_WIDTH == 16
  OneF now[kLanes], next[kLanes];
  std::memcpy(now, from, sizeof now);
  // Four times, each vector and the one eight after it become one after the other by turns.
  for (int time = 0; time < 4; ++time) {
    unrolled<kLanes / 2>([&](auto k) {
      next[2 * k] = __builtin_shufflevector(now[k], now[k + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      next[2 * k + 1] = __builtin_shufflevector(now[k], now[k + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    });
    unrolled<kLanes>([&](auto k) { now[k] = next[k]; });
  }
  unrolled<kLanes>([&](auto lane) { std::memcpy(to + lane * stride, &now[lane], sizeof now[lane]); });
#else
  for (size_t lane = 0; lane < kLanes; ++lane) {
    for (size_t k = 0; k < kLanes; ++k) to[lane * stride + k] = from[k * kLanes + lane];
  }
#endif
}

inline F16 absolute(const F16& x) { return fromBits(bitsOf(x) & 0x7fffffff); }

// Of NaNs, not.
inline bool allBelow(const F16& x, float limit) {
#if FIELDZIP_LANE_WIDTH == 16
  return _mm512_cmp_ps_mask(std::bit_cast<__m512>(x.v), _mm512_set1_ps(limit), _CMP_LT_OQ) == 0xffffU;
#elif FIELDZIP_LANE_WIDTH == 8
  const __m256 limits = _mm256_set1_ps(limit);
  const __m256 low = _mm256_cmp_ps(std::bit_cast<__m256>(x.a.v), limits, _CMP_LT_OQ), high = _mm256_cmp_ps(std::bit_cast<__m256>(x.b.v), limits, _CMP_LT_OQ);
  return _mm256_movemask_ps(_mm256_and_ps(low, high)) == 0xff;
#else
  return sum(ifLess(x, F16::all(limit), F16{}, F16::all(1.0F))) == 0.0F;
#endif
}

// How many of 31 ascending numbers are at most `most`. One more number is read.
inline size_t countUpTo(const uint32_t* numbers, int32_t most) {
#if FIELDZIP_LANE_WIDTH == 16
  const __m512i m = _mm512_set1_epi32(most);
  const unsigned low = _mm512_cmple_epi32_mask(_mm512_loadu_si512(numbers), m);
  const unsigned high = _mm512_cmple_epi32_mask(_mm512_loadu_si512(numbers + 16), m) & 0x7fffU;
  return static_cast<size_t>(__builtin_popcount(low) + __builtin_popcount(high));
#elif FIELDZIP_LANE_WIDTH == 8
  const auto above = [&](size_t i) {
    return _mm256_cmpgt_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(numbers + i)), _mm256_set1_epi32(most));
  };
  const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(above(0), above(8)), _mm256_packs_epi32(above(16), above(24)));
  // The last byte of the upper half is that of the number too many.
  const unsigned mask = static_cast<unsigned>(_mm256_movemask_epi8(bytes)) | 0x80000000U;
  return 32 - static_cast<size_t>(__builtin_popcount(mask));
#else
  size_t count = 0;
  for (size_t i = 0; i < 31; ++i) count += static_cast<int32_t>(numbers[i]) <= most ? 1U : 0U;
  return count;
#endif
}

}  // namespace fieldzip::FIELDZIP_LANES
