#include "predict/shape.h"

#include <algorithm>
#include <cstddef>

#include "cdf/fixed_point.h"

namespace fieldzip {
namespace {

constexpr uint32_t kLimit = kShapeUnit << 12;      // halved beyond: a memory of some 4000 symbols
constexpr uint32_t kPrior = kShapeUnit * 24;       // the logistic starts with the weight of 24 symbols
constexpr uint32_t kMaxInterval = 64;

// The logistic distribution with E|x| = 1 has scale 1 / (2 ln 2) = 0.7213, and F in Q30 comes from the shared integer
// function at scale 2^0 (index 16): z / 64 / 0.7213 in eighths is z * 0.17329.
constexpr int64_t kEighthsPerCellQ20 = 181704;

int32_t logisticAt(int32_t z) {
  // Interpolated between eighths, so that cells of 1/64 differ.
  const int64_t eighthsQ20 = static_cast<int64_t>(z < 0 ? -z : z) * kEighthsPerCellQ20;
  const int low = static_cast<int>(eighthsQ20 >> 20);
  const int64_t a = cdfQ30(Family::logistic, 16, low), b = cdfQ30(Family::logistic, 16, low + 1);
  const int32_t upper = static_cast<int32_t>(a + (((b - a) * (eighthsQ20 & 0xfffff)) >> 20));
  return z < 0 ? kCdfOne - upper : upper;
}

constexpr std::array<int32_t, kShapeBins + 1> makeBinEnds() {
  constexpr std::array<int32_t, 17> half{0,   16,  32,  48,  64,  80,  96,  128, 160,
                                         192, 256, 320, 384, 512, 768, 1024, kZLimit};
  std::array<int32_t, kShapeBins + 1> ends{};
  for (size_t i = 0; i < half.size(); ++i) {
    ends[16 + i] = half[i];
    ends[16 - i] = -half[i];
  }
  return ends;
}

std::array<ZCell, 2 * kZLimit + 1> makeCells() {
  std::array<ZCell, 2 * kZLimit + 1> cells{};
  const auto ends = makeBinEnds();
  for (size_t bin = 0; bin < kShapeBins; ++bin) {
    const int64_t low = logisticAt(ends[bin]), high = logisticAt(ends[bin + 1]);
    const int64_t width = ends[bin + 1] - ends[bin];
    for (int32_t z = ends[bin]; z < ends[bin + 1]; ++z) {
      // Far out the logistic has nothing left in Q30, and any density does.
      const int64_t fraction = high - low > 4096 ? ((logisticAt(z) - low) << 16) / (high - low)
                                                 : (static_cast<int64_t>(z - ends[bin]) << 16) / width;
      cells[static_cast<size_t>(z + kZLimit)] = {static_cast<uint16_t>(bin + 1), static_cast<uint16_t>(fraction)};
    }
  }
  cells[2 * kZLimit] = {kShapeBins + 1, 0};  // the high escape begins
  return cells;
}

}  // namespace

const std::array<int32_t, kShapeBins + 1> kBinEnds = makeBinEnds();
const std::array<ZCell, 2 * kZLimit + 1> kZCells = makeCells();

Shape::Shape() {
  const auto ends = makeBinEnds();
  counts_.fill(64);
  for (size_t bin = 0; bin < kShapeBins; ++bin) {
    const int64_t mass = static_cast<int64_t>(logisticAt(ends[bin + 1])) - logisticAt(ends[bin]);
    counts_[bin + 1] = std::max<uint32_t>(64, static_cast<uint32_t>((mass * kPrior) >> 30));
  }
  counts_.front() = counts_.back() = 64;
  rebuild();
}

void Shape::learnEscape(bool high) {
  counts_[high ? kShapeBins + 1 : 0] += kShapeUnit;
  if (--untilRebuild_ == 0) rebuild();
}

void Shape::rebuild() {
  total_ = 0;
  for (const uint32_t count : counts_) total_ += count;
  if (total_ > kLimit) {
    total_ = 0;
    for (uint32_t& count : counts_) total_ += count = std::max(count >> 1, 16U);
  }
  const uint64_t factor = (static_cast<uint64_t>(kShapeMass) << 32) / total_;
  uint64_t sum = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    cumulative_[i] = static_cast<uint32_t>((sum * factor) >> 32);
    sum += counts_[i];
  }
  cumulative_.back() = kShapeMass;
  untilRebuild_ = interval_;
  interval_ = std::min(kMaxInterval, interval_ + interval_ / 2);
}

}  // namespace fieldzip
