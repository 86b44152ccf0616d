// A row of a tile that is restored, and samples for a fit, compiled for what the processor has. All give the same numbers.
#pragma once

#include <array>
#include <cstddef>

#include "coefficients/restoration.h"
#include "predict/lockstep_walk.h"

namespace fieldzip {

inline constexpr size_t kRestorationLanes = 16;

// Rows from kRestorationReach above to as many below one, the same for what lies beyond the tile. A row begins kRestorationLanes before its
// first value and has `stride` places, whole vectors, and at least as many more as the reach on either side: there it goes on as at its end.
template <typename T>
struct RestorationRows {
  std::array<const T*, 2 * kRestorationReach + 1> rows;
  T* sums;  // room for kRestorationReach + 1 rows
  size_t stride;
};

// Of each tap a weight for each lane, and one of the value itself.
template <typename T>
using RestorationWeights = std::array<std::array<T, kRestorationLanes>, kRestorationTaps + 1>;

// Sums of products of taps and, last, the error.
inline constexpr size_t kFitSize = kRestorationTaps + 1, kFitStride = 2 * kRestorationLanes;
static_assert(kFitSize <= kFitStride && kFitSize % 4 == 0);
using FitSums = std::array<float, kFitSize * kFitStride>;

#define FIELDZIP_RESTORATION_ROWS                                                                                                            \
  /* Of `columns` values. */                                                                                                                 \
  template <typename T>                                                                                                                      \
  void restoreRow(const RestorationRows<T>& rows, const RestorationWeights<T>& weights, size_t columns, T* to);                            \
  /* `errors` and `shares`: of each value, and 0 for those that complete a vector. Adds to the sums of even and of odd columns. */           \
  template <typename T>                                                                                                                      \
  void sampleRow(const RestorationRows<T>& rows, const float* errors, const float* shares, size_t columns, std::array<FitSums, 2>& sums);

namespace lanes_portable {
FIELDZIP_RESTORATION_ROWS
}
#ifdef FIELDZIP_WIDE_LANES
namespace lanes_avx2 {
FIELDZIP_RESTORATION_ROWS
}
namespace lanes_avx512 {
FIELDZIP_RESTORATION_ROWS
}
#endif
#undef FIELDZIP_RESTORATION_ROWS

}  // namespace fieldzip
