// Integer-only exponential and distribution functions. The probability tables are part of the format: an encoder and a
// decoder on different machines must agree on every bit, and no two libm agree on exp or erf.
#pragma once

#include <cstdint>

namespace fieldzip {

// The high and the shifted parts of a 128-bit product, without relying on a 128-bit integer type.
uint64_t mulHigh64(uint64_t a, uint64_t b);
uint64_t mulShift64(uint64_t a, uint64_t b, int shift);  // (a * b) >> shift, 0 < shift < 64, result must fit

// 2^-y for y in Q32; the result is in Q63 and is 2^63 for y = 0.
uint64_t exp2Negative(uint64_t yQ32);

enum class Family : uint8_t { logistic = 0, gaussian = 1 };

inline constexpr int kCdfOne = 1 << 30;

// F(x / s_i) in Q30 for x = eighths / 8 and s_i = 2^((scale - 16) / 4); scale in 0..31, |eighths| <= 4096.
// Exactly antisymmetric: F(-x) = 1 - F(x).
int32_t cdfQ30(Family family, int scale, int eighths);

}  // namespace fieldzip
