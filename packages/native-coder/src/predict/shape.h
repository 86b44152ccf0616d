// Adaptive distributions. A residual divided by its expected magnitude, z, falls in one of 32 bins and two tails; each
// context counts them. Inside a bin the density is a logistic's. So the shape, the tails, a bias and an error of the
// expected magnitude are all learned from what was coded, while neighbouring values still share their statistics.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace fieldzip {

inline constexpr int kShapeBins = 32;
inline constexpr int kShapeTotalBits = 22;
inline constexpr int32_t kZUnit = 64;              // steps of z to one expected magnitude
inline constexpr int32_t kZLimit = 32 * kZUnit;    // |z| beyond is an escape
// Every symbol of a window gets one count beyond its probability, so that none is impossible; this many at most.
inline constexpr uint32_t kShapeReserve = 1024;
inline constexpr uint32_t kShapeMass = (1U << kShapeTotalBits) - kShapeReserve;

inline constexpr uint32_t kShapeUnit = 1U << 12;  // what one symbol adds to the counts

struct ZCell {
  uint16_t bin;       // 1..32
  uint16_t fraction;  // of the bin's mass below this z, in 1/65536
};

// Cell of z + kZLimit for z in [-kZLimit, kZLimit].
extern const std::array<ZCell, 2 * kZLimit + 1> kZCells;
// Lower ends of the bins, in steps of z; entry 0 belongs to bin 1.
extern const std::array<int32_t, kShapeBins + 1> kBinEnds;

class Shape {
 public:
  Shape();
  // From counts of its own, which a good guess makes heavier than the logistic's.
  explicit Shape(const std::array<uint32_t, kShapeBins + 2>& counts) : counts_(counts) { rebuild(); }

  // Mass below z (an index into kZCells).
  uint32_t below(int32_t cell) const {
    const ZCell c = kZCells[static_cast<size_t>(cell)];
    const uint32_t low = cumulative_[c.bin];
    return low + static_cast<uint32_t>((static_cast<uint64_t>(cumulative_[c.bin + 1] - low) * c.fraction) >> 16);
  }
  uint32_t lowEscape() const { return cumulative_[1]; }

  // A z whose mass below is about `mass`: where a search starts.
  int32_t guess(uint32_t mass) const;

  // A symbol covered the cells [low, high]; the mass goes where the present shape expects it.
  void learn(int32_t low, int32_t high);
  void learnEscape(bool high);

 private:
  void rebuild();

  std::array<uint32_t, kShapeBins + 3> cumulative_;  // of low escape, bins 1..32, high escape
  std::array<uint32_t, kShapeBins + 2> counts_;
  uint32_t total_ = 0;
  uint32_t untilRebuild_ = 0;
  uint32_t interval_ = 4;
};

inline int32_t Shape::guess(uint32_t mass) const {
  size_t bin = 0;
  for (size_t step = 16; step > 0; step /= 2) bin += cumulative_[bin + step + 1] <= mass ? step : 0;
  const uint32_t low = cumulative_[bin + 1], width = cumulative_[bin + 2] - low;
  const float fraction = static_cast<float>(std::max(mass, low) - low) / static_cast<float>(width);
  const int32_t from = kBinEnds[bin], to = kBinEnds[bin + 1];
  return from + static_cast<int32_t>(fraction * static_cast<float>(to - from));
}

inline void Shape::learn(int32_t low, int32_t high) {
  const size_t first = kZCells[static_cast<size_t>(low)].bin;
  const size_t last = std::min<size_t>(kZCells[static_cast<size_t>(high)].bin, kShapeBins);
  if (first >= last) {
    counts_[first] += kShapeUnit;
  } else {
    const uint32_t from = below(low), to = below(high);
    const uint64_t factor = (static_cast<uint64_t>(kShapeUnit) << 24) / (to - from + 1);
    uint32_t at = from;
    for (size_t bin = first; bin <= last; ++bin) {
      const uint32_t end = std::min(to, cumulative_[bin + 1]);
      counts_[bin] += static_cast<uint32_t>(((end - at) * factor) >> 24);
      at = end;
    }
  }
  if (--untilRebuild_ == 0) rebuild();
}

}  // namespace fieldzip
