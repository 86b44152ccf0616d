// What a walk over bands remembers. Included once for each instruction set, as lanes16.h is.
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

}  // namespace fieldzip::FIELDZIP_LANES
