// What a walk over bands remembers, and in which order it goes. Included once for each instruction set, as lanes16.h is.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "bands/band_filter.h"
#include "bands/band_network.h"
#include "bands/band_tables.h"
#include "bands/band_task.h"
#include "predict/lane_shape.h"
#include "predict/lanes16.h"
#include "predict/residuals.h"

namespace fieldzip::FIELDZIP_LANES {

inline constexpr ptrdiff_t kBandBehind = 4;  // columns that a lane is behind the one above

// What a strip learns of an orientation, for the level below as well.
template <BandForm kForm>
struct BandMemory {
  BandTables tables;
  BandQuiet quiet;
  BandFilter filter;
  float seen = 64, expected = 64;  // magnitudes of late, as they were and as neighbours said

  explicit BandMemory(const BandPerceptron& net) : tables(net) {}
};
template <>
struct BandMemory<BandForm::shapes> {
  struct Ratio {
    float seen, expected, factor;
  };
  std::array<Ratio, kLevels> ratios;
  std::vector<LaneShape> shapes;
  BandFilter filter;

  explicit BandMemory(const BandPerceptron& net) {
    for (size_t level = 0; level < kLevels; ++level) {
      const float start = magnitudeOf(static_cast<int>(level)) * 10.0F;
      ratios[level] = {start, start, 1.0F};
    }
    shapes.reserve(kNetShapes);
    for (const auto& prior : net.priors) shapes.emplace_back(prior);
  }
};

// Planes in the order of the steps: cell (step, lane) is where that lane is at that step.
class BandOrder {
 public:
  static constexpr ptrdiff_t kBefore = 16;  // steps before the first

  BandOrder(size_t rows, size_t columns)
      : columns_(columns), period_(std::max<size_t>(columns + 8, 64)), groups_((rows + kLanes - 1) / kLanes),
        steps_(groups_ * period_ + (kLanes - 1) * kBandBehind) {}

  size_t period() const { return period_; }
  size_t steps() const { return steps_; }
  size_t groups() const { return groups_; }
  size_t columns() const { return columns_; }
  // Room for a plane of so many cells a step.
  size_t room(size_t stride) const { return (static_cast<size_t>(2 * kBefore) + steps_ + period_) * stride; }

 private:
  size_t columns_, period_, groups_, steps_;
};

}  // namespace fieldzip::FIELDZIP_LANES
