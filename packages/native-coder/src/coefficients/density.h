// Adaptive densities of z, a coefficient's distance from its expected value in expected magnitudes. As in
// predict/shape.h, a context counts 32 bins and two tails, and inside a bin the density is a logistic's. Here most symbols
// cover most bins, so what a symbol teaches the bins within it is added up as a step function and handed out when the sums
// are made again: a symbol costs the same however wide it is.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "predict/shape.h"

namespace fieldzip {

// floor(2^36 / m) for the middle m of the 512 ranges of 4096 from 2^21 to 2^22.
inline constexpr std::array<uint32_t, 512> kReciprocals = [] {
  std::array<uint32_t, 512> table{};
  for (uint32_t i = 0; i < 512; ++i) table[i] = (1U << 25) / (2 * i + 1025);
  return table;
}();

class Density {
 public:
  // Starts as a mixture of logistics with the expected magnitude of `context` (half octaves from 2^-12) and the tails of
  // `tailClass`.
  Density(int context, int tailClass);

  // Mass below a z.
  uint32_t below(ZCell c) const {
    const uint32_t low = cumulative_[c.bin];
    return low + static_cast<uint32_t>((static_cast<uint64_t>(cumulative_[c.bin + 1] - low) * c.fraction) >> 16);
  }

  uint32_t lowEscape() const { return cumulative_[1]; }
  uint32_t highEscape() const { return cumulative_[kShapeBins + 1]; }

  // A z whose mass below is about `mass`: where a search starts.
  int32_t guess(uint32_t mass) const;

  // A symbol covered the cells [low, high], of mass from `from` to `to`; what it adds goes where the density expects it.
  [[gnu::always_inline]] void learn(ZCell low, ZCell high, uint32_t from, uint32_t to) {
    const size_t first = low.bin;
    const size_t end = high.bin;
    const size_t last = end < kShapeBins ? end : kShapeBins;
    if (first >= last) {
      counts_[first] += kUnit;
    } else {
      const uint64_t factor = unitOver(to - from + 1);
      counts_[first] += static_cast<uint32_t>(((cumulative_[first + 1] - from) * factor) >> 24);
      counts_[last] += static_cast<uint32_t>(((to - cumulative_[last]) * factor) >> 24);
      steps_[first + 1] += factor;
      steps_[last] -= factor;
    }
    if (--untilRebuild_ == 0) rebuild();
  }
  void learnEscape(bool high) {
    counts_[high ? kShapeBins + 1 : 0] += kUnit;
    if (--untilRebuild_ == 0) rebuild();
  }

 private:
  static constexpr uint32_t kUnit = 1U << 12;  // what one symbol adds

  // kUnit / mass in 1/2^24, to a thousandth: a division here would take as long as all the rest.
  static uint64_t unitOver(uint32_t mass) {
    const int shift = std::countl_zero(mass) - (32 - kShapeTotalBits);
    return uint64_t{kReciprocals[(mass << shift) >> (kShapeTotalBits - 10) & 511]} << shift;
  }

  void rebuild();
  void sum();

  std::array<uint32_t, kShapeBins + 3> cumulative_;  // of low escape, bins 1..32, high escape
  std::array<uint32_t, kShapeBins + 2> counts_;
  std::array<uint64_t, kShapeBins + 2> steps_{};     // of the step function: unsigned, so that a fall wraps
  uint32_t untilRebuild_ = 0;
  uint32_t interval_ = 4;
};

}  // namespace fieldzip
