#include "coefficients/density.h"

#include <algorithm>

#include "cdf/fixed_point.h"
#include "coefficients/coefficient_model.h"

namespace fieldzip {
namespace {

constexpr uint32_t kPrior = (1U << 12) * 160;  // the mixture starts with the weight of 24 symbols
constexpr uint32_t kLeast = 64;
constexpr uint32_t kLimit = 1U << 24;         // halved beyond: a memory of some 4000 symbols
constexpr uint32_t kMaxInterval = 64;

// The mixture is .7 logistic(s) + .3 logistic(s r) with s = m / (2 ln 2 (.7 + .3 r)); so z in 1/64 of m is, in eighths of
// s or of s r, in 1/2^20, z times one of these.
constexpr int64_t kEighths[kTailClasses][2] = {{195332, 156266}, {263471, 105389}, {345238, 86310}, {508772, 72682}};

int64_t logisticAt(int64_t eighthsQ20) {
  const int64_t distance = std::min<int64_t>(eighthsQ20 < 0 ? -eighthsQ20 : eighthsQ20, int64_t{4095} << 20);
  const int low = static_cast<int>(distance >> 20);
  const int64_t a = cdfQ30(Family::logistic, 16, low), b = cdfQ30(Family::logistic, 16, low + 1);
  const int64_t upper = a + (((b - a) * (distance & 0xfffff)) >> 20);
  return eighthsQ20 < 0 ? kCdfOne - upper : upper;
}

// Mass below z, in 1/2^30, for z in 1/64 of the unit of the context.
int64_t mixtureAt(int64_t z, int64_t unitQ16, int tailClass) {
  const int64_t a = logisticAt((z * kEighths[tailClass][0] * unitQ16) >> 16);
  const int64_t b = logisticAt((z * kEighths[tailClass][1] * unitQ16) >> 16);
  return (7 * a + 3 * b) / 10;
}

}  // namespace

Density::Density(int context, int tailClass) {
  // In the contexts below 1/16 z is counted in 1/16: so many expected magnitudes, at the middle of the context.
  const int below = 8 * (12 - 4) - (4 * context + 2);
  const int64_t unit = below <= 0 ? 65536 : kEighthOctaves[below % 8] << (below / 8);
  counts_.fill(kLeast);
  for (size_t bin = 0; bin < kShapeBins; ++bin) {
    const int64_t mass = mixtureAt(kBinEnds[bin + 1], unit, tailClass) - mixtureAt(kBinEnds[bin], unit, tailClass);
    counts_[bin + 1] = std::max<uint32_t>(kLeast, static_cast<uint32_t>((mass * kPrior) >> 30));
  }
  sum();
}

int32_t Density::guess(uint32_t mass) const {
  size_t bin = 0;
  for (size_t step = 16; step > 0; step /= 2) bin += cumulative_[bin + step + 1] <= mass ? step : 0;
  const uint32_t low = cumulative_[bin + 1], width = cumulative_[bin + 2] - low;
  const float fraction = static_cast<float>(std::max(mass, low) - low) / static_cast<float>(width);
  const int32_t from = kBinEnds[bin], to = kBinEnds[bin + 1];
  return from + static_cast<int32_t>(fraction * static_cast<float>(to - from));
}

void Density::rebuild() {
  uint64_t height = 0;
  for (size_t i = 1; i <= kShapeBins; ++i) {
    height += steps_[i];
    counts_[i] += static_cast<uint32_t>(((cumulative_[i + 1] - cumulative_[i]) * height) >> 24);
  }
  steps_.fill(0);
  sum();
}

void Density::sum() {
  uint32_t total = 0;
  for (const uint32_t count : counts_) total += count;
  if (total > kLimit) {
    total = 0;
    for (uint32_t& count : counts_) total += count = std::max(count >> 1, 16U);
  }
  const uint64_t factor = (static_cast<uint64_t>(kShapeMass) << 32) / total;
  uint64_t below = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    cumulative_[i] = static_cast<uint32_t>((below * factor) >> 32);
    below += counts_[i];
  }
  cumulative_.back() = kShapeMass;
  untilRebuild_ = interval_;
  interval_ = std::min(kMaxInterval, interval_ + interval_ / 2);
}

}  // namespace fieldzip
