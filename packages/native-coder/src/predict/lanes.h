// Four floats at a time, where the compiler has vectors; each lane is an ordinary float either way.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace fieldzip {

#if defined(__GNUC__) || defined(__clang__)
using Lanes = float __attribute__((vector_size(16)));
#else
struct Lanes {
  float v[4];
  float operator[](size_t i) const { return v[i]; }
  float& operator[](size_t i) { return v[i]; }
  friend Lanes operator+(Lanes a, Lanes b) { return {{a.v[0] + b.v[0], a.v[1] + b.v[1], a.v[2] + b.v[2], a.v[3] + b.v[3]}}; }
  friend Lanes operator-(Lanes a, Lanes b) { return {{a.v[0] - b.v[0], a.v[1] - b.v[1], a.v[2] - b.v[2], a.v[3] - b.v[3]}}; }
  friend Lanes operator*(Lanes a, float b) { return {{a.v[0] * b, a.v[1] * b, a.v[2] * b, a.v[3] * b}}; }
  friend Lanes operator*(Lanes a, Lanes b) { return {{a.v[0] * b.v[0], a.v[1] * b.v[1], a.v[2] * b.v[2], a.v[3] * b.v[3]}}; }
  friend Lanes operator/(Lanes a, Lanes b) { return {{a.v[0] / b.v[0], a.v[1] / b.v[1], a.v[2] / b.v[2], a.v[3] / b.v[3]}}; }
};
#endif

inline Lanes lanesOf(float a, float b, float c, float d) { return Lanes{a, b, c, d}; }
inline Lanes allLanes(float a) { return Lanes{a, a, a, a}; }
inline Lanes loadLanes(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}
inline Lanes atMost(Lanes a, float limit) {
#if defined(__GNUC__) || defined(__clang__)
  const Lanes limits = allLanes(limit);
  return a < limits ? a : limits;
#else
  for (size_t i = 0; i < 4; ++i) a[i] = a[i] < limit ? a[i] : limit;
  return a;
#endif
}

// sign(x) * 8 log2(1 + |x|), the logarithm linear between powers of two: the top bits of a float are that already. Within +-127,
// and 128 added.
inline uint8_t compand(float x) {
  const int32_t bits = static_cast<int32_t>(std::bit_cast<uint32_t>(1.0F + std::abs(x)) >> 20) - (127 << 3);
  const int32_t limited = bits < 127 ? bits : 127;
  return static_cast<uint8_t>(128 + (std::bit_cast<int32_t>(x) < 0 ? -limited : limited));
}

// The same for four at once, the first one in the lowest byte.
inline void compandLanes(Lanes x, uint8_t* to) {
#if defined(__GNUC__) || defined(__clang__)
  using Ints = int32_t __attribute__((vector_size(16)));
  using Bytes [[maybe_unused]] = uint8_t __attribute__((vector_size(4)));
  const Ints own = std::bit_cast<Ints>(x), sign = own >> 31;
  const Ints bits = (std::bit_cast<Ints>(std::bit_cast<Lanes>(own & 0x7fffffff) + 1.0F) >> 20) - (127 << 3);
  const Ints limited = bits < 127 ? bits : Ints{127, 127, 127, 127};
  const Ints shifted = ((limited ^ sign) - sign) + 128;
#ifdef __SSE2__
  const __m128i words = _mm_packs_epi32(std::bit_cast<__m128i>(shifted), std::bit_cast<__m128i>(shifted));
  const int32_t bytes = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
#else
  const auto bytes = __builtin_convertvector(shifted, Bytes);
#endif
  std::memcpy(to, &bytes, sizeof bytes);
#else
  for (size_t i = 0; i < 4; ++i) to[i] = compand(x[i]);
#endif
}

inline float sumOf(Lanes a) { return (a[0] + a[1]) + (a[2] + a[3]); }

}  // namespace fieldzip
