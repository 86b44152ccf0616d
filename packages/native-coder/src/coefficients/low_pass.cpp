#include "coefficients/low_pass.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace fieldzip {

LowPassPlan planLowPass(std::span<const int64_t> values, GridSize size) {
  LowPassPlan best{.first = values[0]};
  double least = HUGE_VAL;
  for (const auto prediction : {LowPassPrediction::none, LowPassPrediction::average, LowPassPrediction::gradient, LowPassPrediction::median}) {
    uint64_t greatest = 0;
    double sum = 0, cost = 0;
    for (size_t i = 1; i < values.size(); ++i) {
      const int64_t residual = values[i] - predictLowPass(prediction, values.data() + i, i / size.columns, i % size.columns, size.columns);
      const uint64_t magnitude = static_cast<uint64_t>(residual < 0 ? -residual : residual);
      greatest = std::max(greatest, magnitude);
      sum += static_cast<double>(magnitude);
      cost += std::log2(1.0 + static_cast<double>(magnitude));
    }
    if (cost >= least) continue;
    least = cost;
    best.prediction = prediction;
    best.shift = static_cast<uint8_t>(std::max(0, static_cast<int>(std::bit_width(greatest)) - 29));
    const double mean = sum / static_cast<double>(std::max<size_t>(values.size() - 1, 1));
    const double level = kLevelOfOne + 8 * std::log2(std::max(std::ldexp(mean, -best.shift), 0.0625));
    best.level = static_cast<uint8_t>(std::clamp(std::lround(level), 64L, 255L));
  }
  return best;
}

}  // namespace fieldzip
