// What the network is given: differences of the reconstructed low-pass and what is known of the details, as bytes.
// Integers or IEEE arithmetic in a fixed order throughout: every machine must give the network the same bytes.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "coefficients/levels.h"
#include "predict/walk.h"

namespace fieldzip {

inline constexpr size_t kSiteFeatures = 8;

// 128 + sign(x) * min(127, 8 log2(1 + |x|)), the logarithm by table from the float's exponent and the top seven bits of its
// mantissa. Entries of negative x are in the upper half.
inline constexpr int32_t kCompandEnd = 16 * 128;  // 1 + |x| of 65536 and more are alike
inline constexpr int32_t kCompandHalf = kCompandEnd + 1;
extern const std::array<uint8_t, 2 * kCompandHalf> kCompand;

// Index of x in kCompand.
constexpr int32_t compandIndex(float x) {
  const float magnitude = 1.0F + (x < 0.0F ? -x : x);
  const float limited = magnitude < 65536.0F ? magnitude : 65536.0F;
  return (std::bit_cast<int32_t>(limited) >> 16) - (127 << 7) + ((std::bit_cast<int32_t>(x) >> 31) & kCompandHalf);
}
inline constexpr uint8_t kCompandedZero = 128;
// Of the integers from -64 to 64, which nearly all are.
extern const std::array<uint8_t, 129> kSmallCompand;
inline uint8_t compandInteger(int32_t q) {
  const uint32_t small = static_cast<uint32_t>(q) + 64U;
  return small < kSmallCompand.size() ? kSmallCompand[small] : kCompand[static_cast<size_t>(compandIndex(static_cast<float>(q)))];
}

inline uint8_t compand(float x) { return kCompand[static_cast<size_t>(compandIndex(x))]; }

// Planes 0 to 31: the features of the sites a, b, c, d of every block, from A_level in steps (rows x columns). The same for
// every instruction set.
template <typename T>
void lowPassFeatures(Isa isa, std::span<const T> low, GridSize size, uint32_t level, std::span<uint8_t> planes);

}  // namespace fieldzip
