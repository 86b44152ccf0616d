// Stands for the network in tests and fuzzers: parameters that are a function of the inputs and nothing else. `seed` 0
// expects a detail to be as large as its parent and the low-pass's bends; others expect anything at all.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "coefficients/coefficients.h"

namespace fieldzip {

inline std::vector<uint8_t> syntheticParameters(std::span<const uint8_t> inputs, PassShape shape, uint32_t seed) {
  const size_t plane = static_cast<size_t>(shape.rows) * shape.columns;
  std::vector<uint8_t> parameters(kParameterChannels * plane);
  const auto at = [&](size_t channel, size_t i) { return static_cast<int>(inputs[channel * plane + i]) - 128; };
  for (size_t s = 0; s < 2; ++s) {
    const size_t site = shape.channels == 36 ? 3 * s : 1 + s;
    for (size_t o = 0; o < 3; ++o) {
      for (size_t i = 0; i < plane; ++i) {
        uint8_t* out = parameters.data() + (s * 9 + o * 3) * plane + i;
        const int bend = at(8 * site + 4 + o % 2, i), parent = at(32 + o, i);
        if (seed == 0) {
          out[0] = static_cast<uint8_t>(128 + std::clamp(bend / 8, -8, 8));
          out[plane] = static_cast<uint8_t>(std::min(255, 60 + std::abs(bend) + std::abs(parent) / 2));
          out[2 * plane] = 40;
        } else {
          uint32_t hash = seed + static_cast<uint32_t>(i);
          for (int k = 0; k < 3; ++k) {
            hash = (hash ^ static_cast<uint32_t>(bend + 300 * parent)) * 2654435761U;
            out[static_cast<size_t>(k) * plane] = static_cast<uint8_t>(hash >> 24);
          }
        }
      }
    }
  }
  return parameters;
}

inline void runPasses(CoefficientCoder& coder, uint32_t seed) {
  while (const auto shape = coder.next()) {
    std::vector<uint8_t> inputs(shape->size());
    coder.inputs(std::span<uint8_t>(inputs));
    coder.code(syntheticParameters(inputs, *shape, seed));
  }
}

}  // namespace fieldzip
