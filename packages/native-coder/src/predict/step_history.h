// What the lanes of a walk in lockstep did at the last steps. Lane l is kBehind columns behind lane l - 1, so that a neighbour
// at (dx, dy) is what lane l + dy did dx + kBehind * dy steps later. Included once for each instruction set, as lanes16.h is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "predict/lanes16.h"

namespace fieldzip::FIELDZIP_LANES {

inline constexpr ptrdiff_t kBehind = 8;
inline constexpr ptrdiff_t kPastSteps = 112;  // further back nobody looks

// A cell a lane and step. Before the lanes' cells are those of the kAbove rows over them: rows of the last lanes, kept until
// the first ones come to the rows below, which is `kept` steps later.
template <typename V, ptrdiff_t kAbove>
class StepHistory {
 public:
  static constexpr ptrdiff_t kStride = kAbove + static_cast<ptrdiff_t>(kLanes);

  explicit StepHistory(size_t kept)
      : cells_(static_cast<size_t>((kPastSteps + kChunk) * kStride)), carried_(kept * kAbove), now_(cells_.data() + kPastSteps * kStride) {}

  // The lanes' cells dx columns to the right and dy rows below; only what is past is known.
  V* at(ptrdiff_t dx, ptrdiff_t dy) { return here() + offset(dx, dy); }
  const V* at(ptrdiff_t dx, ptrdiff_t dy) const { return now_ + kAbove + offset(dx, dy); }
  static constexpr ptrdiff_t offset(ptrdiff_t dx, ptrdiff_t dy) { return (dx + kBehind * dy) * kStride + dy; }
  V* here() { return now_ + kAbove; }

  // Before a step, and after it. What the lanes did is final kBehind steps later.
  void open(size_t step) { std::copy_n(carried(step), kAbove, now_); }
  void close(size_t step) {
    if (step >= kBehind) std::copy_n(now_ - kBehind * kStride + static_cast<ptrdiff_t>(kLanes), kAbove, carried(step - kBehind));
    now_ += kStride;
    if (now_ != cells_.data() + (kPastSteps + kChunk) * kStride) return;
    std::copy_n(now_ - kPastSteps * kStride, kPastSteps * kStride, cells_.data());
    now_ = cells_.data() + kPastSteps * kStride;
  }

  // Before the first step: first(column) for the rows above the first lane.
  template <typename First>
  void begin(First first) {
    const ptrdiff_t kept = static_cast<ptrdiff_t>(carried_.size()) / kAbove;
    for (ptrdiff_t step = -kPastSteps; step < kept; ++step) {
      V* to = step < 0 ? now_ + step * kStride : carried(static_cast<size_t>(step));
      for (ptrdiff_t row = 0; row < kAbove; ++row) to[row] = first(step + kBehind * (kAbove - row - 1));
    }
  }

 private:
  static constexpr ptrdiff_t kChunk = 192;

  V* carried(size_t step) { return carried_.data() + step % (carried_.size() / kAbove) * kAbove; }

  std::vector<V> cells_, carried_;
  V* now_;
};

}  // namespace fieldzip::FIELDZIP_LANES
