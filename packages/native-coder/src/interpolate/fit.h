// Weights of a pass by least squares, from a sample of its rows.
#pragma once

#include <optional>
#include <vector>

#include "interpolate/model.h"
#include "interpolate/passes.h"

namespace fieldzip {

// A sampled row: what it is predicted from, and the rows of its pass before it, whose numbers are features.
template <typename Real>
struct SampleRow {
  struct Line {
    Rows<Real> rows;
    const Real* y;  // null where there is no such row
  };
  Line self, before, beyond;
  const uint8_t* missing;  // or null
};

// Nothing if that would not save what it takes. `points`: those of the whole pass; `advised`: by a network.
template <typename Real, bool second>
std::optional<PassModel> fitPass(const std::vector<SampleRow<Real>>& sample, size_t count, size_t points, const PassModel& start, bool advised);

}  // namespace fieldzip
