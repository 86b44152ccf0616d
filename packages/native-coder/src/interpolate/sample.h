// The rows that a pass is fitted to.
#pragma once

#include <algorithm>
#include <vector>

#include "interpolate/fit.h"
#include "interpolate/levels_walk.h"

namespace fieldzip {

inline constexpr size_t kSampleRows = 24;

// Spread evenly over a level's pass. `missing`: its points in the mask, or null.
template <bool second, typename Real>
std::vector<SampleRow<Real>> sampleOf(const Level<Real>& level, const Plane<uint8_t>* missing, const Buffers<Real>& buffers) {
  const auto [from, stride, rows, count] = passOf(level, second);
  const auto& own = second ? level.odd : level.even;
  const auto first = static_cast<ptrdiff_t>(from);
  const auto lineAt = [&](ptrdiff_t at) -> typename SampleRow<Real>::Line {
    const bool there = at >= first;
    const size_t r = there ? static_cast<size_t>(at) : static_cast<size_t>(first);
    return {withFirst(rowsOf(level, second, r), second, buffers), there ? own.row(r) : nullptr};
  };
  std::vector<SampleRow<Real>> sample;
  const size_t samples = std::min<size_t>(rows, kSampleRows);
  for (size_t i = 0; i < samples; ++i) {
    const size_t r = from + stride * ((2 * i + 1) * rows / (2 * samples));
    const auto at = static_cast<ptrdiff_t>(r), by = static_cast<ptrdiff_t>(stride);
    sample.push_back({lineAt(at), lineAt(at - by), lineAt(at - 2 * by), missing == nullptr ? nullptr : missing->row(r)});
  }
  return sample;
}

}  // namespace fieldzip
