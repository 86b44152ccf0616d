// Four floats at a time, where the compiler has vectors; each lane is an ordinary float either way.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>

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
inline float sumOf(Lanes a) { return (a[0] + a[1]) + (a[2] + a[3]); }

}  // namespace fieldzip
