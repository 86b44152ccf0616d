// Sixteen lanes of numbers, and what is done with them. Each lane is an ordinary IEEE number, whatever the width of the
// processor's vectors. Included once for each instruction set: FIELDZIP_LANES names a namespace of its own,
// FIELDZIP_LANE_WIDTH is the number of floats in a vector.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#if FIELDZIP_LANE_WIDTH > 4
#include <immintrin.h>
#endif

namespace fieldzip::FIELDZIP_LANES {

inline constexpr size_t kLanes = 16;

#if defined(__GNUC__) || defined(__clang__)

inline constexpr size_t kWidth = FIELDZIP_LANE_WIDTH;
template <typename T>
struct VectorOf {
  using Type __attribute__((vector_size(kWidth * sizeof(float)))) = T;
  static constexpr size_t kSize = kWidth * sizeof(float) / sizeof(T);
};

template <typename T>
struct Sixteen {
  using Vector = typename VectorOf<T>::Type;
  static constexpr size_t kParts = kLanes / VectorOf<T>::kSize;
  Vector parts[kParts];

  template <typename Each>
  static Sixteen made(Each each) {
    Sixteen out;
    for (size_t i = 0; i < kParts; ++i) out.parts[i] = each(i);
    return out;
  }
  static Sixteen all(T x) { return made([&](size_t) { return Vector{} + x; }); }
  static Sixteen load(const T* from) {
    Sixteen out;
    std::memcpy(out.parts, from, sizeof out.parts);
    return out;
  }
  void store(T* to) const { std::memcpy(to, parts, sizeof parts); }

  friend Sixteen operator+(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.parts[i] + b.parts[i]; }); }
  friend Sixteen operator-(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.parts[i] - b.parts[i]; }); }
  friend Sixteen operator*(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.parts[i] * b.parts[i]; }); }
  friend Sixteen operator/(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.parts[i] / b.parts[i]; }); }
  friend Sixteen operator+(const Sixteen& a, T b) { return a + all(b); }
  friend Sixteen operator-(const Sixteen& a, T b) { return a - all(b); }
  friend Sixteen operator*(const Sixteen& a, T b) { return a * all(b); }
  friend Sixteen operator&(const Sixteen& a, T b) { return made([&](size_t i) { return a.parts[i] & b; }); }
  friend Sixteen operator|(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.parts[i] | b.parts[i]; }); }
  friend Sixteen operator^(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.parts[i] ^ b.parts[i]; }); }
  friend Sixteen operator>>(const Sixteen& a, int b) { return made([&](size_t i) { return a.parts[i] >> b; }); }
  friend Sixteen operator<<(const Sixteen& a, int b) { return made([&](size_t i) { return a.parts[i] << b; }); }

  // a < b ? a : b, and so on, lane by lane.
  friend Sixteen least(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.parts[i] < b.parts[i] ? a.parts[i] : b.parts[i]; }); }
  friend Sixteen most(const Sixteen& a, const Sixteen& b) { return made([&](size_t i) { return a.parts[i] > b.parts[i] ? a.parts[i] : b.parts[i]; }); }
  // a < b ? x : y.
  friend Sixteen ifLess(const Sixteen& a, const Sixteen& b, const Sixteen& x, const Sixteen& y) {
    return made([&](size_t i) { return a.parts[i] < b.parts[i] ? x.parts[i] : y.parts[i]; });
  }
};
using F16 = Sixteen<float>;
using I16 = Sixteen<int32_t>;
using D16 = Sixteen<double>;

template <typename V, size_t... k>
inline auto lowHalf(V v, std::index_sequence<k...>) { return __builtin_shufflevector(v, v, k...); }
template <typename V, size_t... k>
inline auto highHalf(V v, std::index_sequence<k...>) { return __builtin_shufflevector(v, v, (k + sizeof...(k))...); }
template <typename V, size_t... k>
inline auto joined(V a, V b, std::index_sequence<k...>) { return __builtin_shufflevector(a, b, k...); }
using HalfIndices = std::make_index_sequence<kWidth / 2>;
using Indices = std::make_index_sequence<kWidth>;
using HalfF = float __attribute__((vector_size(kWidth * 2)));

inline F16 narrow(const D16& x) {
  return F16::made([&](size_t i) {
    return joined(__builtin_convertvector(x.parts[2 * i], HalfF), __builtin_convertvector(x.parts[2 * i + 1], HalfF), Indices{});
  });
}
inline D16 widen(const F16& x) {
  D16 out;
  for (size_t i = 0; i < F16::kParts; ++i) {
    out.parts[2 * i] = __builtin_convertvector(lowHalf(x.parts[i], HalfIndices{}), D16::Vector);
    out.parts[2 * i + 1] = __builtin_convertvector(highHalf(x.parts[i], HalfIndices{}), D16::Vector);
  }
  return out;
}
// Towards 0, of what fits.
inline I16 truncated(const F16& x) { return I16::made([&](size_t i) { return __builtin_convertvector(x.parts[i], I16::Vector); }); }

inline F16 floated(const I16& x) { return F16::made([&](size_t i) { return __builtin_convertvector(x.parts[i], F16::Vector); }); }

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
inline float sum(const F16& x) {
  if constexpr (F16::kParts == 1) return sumOf<kWidth>(x.parts[0]);
  if constexpr (F16::kParts == 2) return sumOf<kWidth>(x.parts[0] + x.parts[1]);
  if constexpr (F16::kParts == 4) return sumOf<kWidth>((x.parts[0] + x.parts[2]) + (x.parts[1] + x.parts[3]));
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

#endif

inline I16 bitsOf(const F16& x) { return std::bit_cast<I16>(x); }
inline F16 absolute(const F16& x) { return std::bit_cast<F16>(bitsOf(x) & 0x7fffffff); }

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
