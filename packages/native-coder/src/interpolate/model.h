// What the passes of a level are coded with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "interpolate/bits.h"
#include "interpolate/passes.h"

namespace fieldzip {

// Of one pass, in units of 2^-kWeightBits and 2^-kFeatureBits. The weight of the first group follows from the others.
struct PassModel {
  std::array<int16_t, kGroups> weights{};
  std::array<uint16_t, kFeatures> features{};
};

template <typename Real>
struct PassWeights {
  std::array<Real, kGroups> weights;
  std::array<Real, kFeatures> features;
};

PassModel defaultModel(bool second);

template <typename Real>
PassWeights<Real> weightsOf(const PassModel& model, bool second) {
  const auto& counts = second ? kColumnCounts : kRowCounts;
  PassWeights<Real> result;
  int rest = 1 << kWeightBits;
  for (size_t i = 1; i < kGroups; ++i) {
    rest -= counts[i] * model.weights[i];
    result.weights[i] = static_cast<Real>(model.weights[i]) / Real{1 << kWeightBits};
  }
  result.weights[0] = static_cast<Real>(rest) / Real{2 << kWeightBits};
  for (size_t i = 0; i < kFeatures; ++i) result.features[i] = static_cast<Real>(model.features[i]) / Real{1 << kFeatureBits};
  return result;
}

void writeModel(const PassModel& model, const PassModel& before, BitWriter& out);
PassModel readModel(const PassModel& before, BitReader& in);

}  // namespace fieldzip
