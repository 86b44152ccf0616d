// Adaptive distributions of numbers, one for each context: symmetric, counted by magnitude.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "interpolate/networks.h"

namespace fieldzip {

// A number's place is 0, or 2 |number| - 1 above 0 and 2 |number| below; the last place of a context is the escape.
inline constexpr size_t kPlaces = 2 * kMagnitudes;
inline constexpr int kIntervalBits = 16;

class Magnitudes {
 public:
  // Where a context's places begin in 2^kIntervalBits; the last is the end.
  struct Intervals {
    std::array<uint32_t, kPlaces + 1> first;
    // The place that the first slot of each 256 belongs to.
    std::array<uint8_t, 1 << (kIntervalBits - 8)> hints;
  };

  explicit Magnitudes(const InterpolationNetworks& networks);

  const Intervals& of(size_t context) const { return intervals_[context]; }
  static size_t escapeOf(size_t context) { return 2 * magnitudesOf(context) - 1; }

  // A symbol was coded. The intervals stay as they are until rowEnds() makes them anew.
  void learn(size_t context, size_t place) {
    counts_[context][place == escapeOf(context) ? kMagnitudes : (place + 1) / 2] += kUnit;
    totals_[context] += kUnit;
  }
  void rowEnds(size_t symbols);

 private:
  static constexpr uint32_t kUnit = 64;
  static constexpr uint32_t kMostTotal = kUnit << 15;  // halved beyond

  void renew(size_t context);

  std::vector<std::array<uint32_t, kMagnitudes + 1>> counts_;
  std::vector<Intervals> intervals_;
  std::array<uint32_t, kContexts> totals_, renewedAt_;
  size_t sinceRenewal_ = 0, interval_ = 256;
};

}  // namespace fieldzip
