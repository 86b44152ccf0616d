// The integer networks of the walk over bands, one an orientation: 44 inputs -> 32 -> 24 -> a shift of the mean, a correction
// of the level, a tail. As the predict codec's (perceptron.h): every instruction set gives the same integers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "coefficients/levels.h"
#include "predict/perceptron.h"

namespace fieldzip {

inline constexpr size_t kBandInputs = 44;
inline constexpr size_t kBandWords = kBandInputs / 4;
inline constexpr size_t kBandHidden1 = 32, kBandHidden2 = 24;

struct BandPerceptron {
  Dense<kBandInputs, kBandHidden1> first;
  Dense<kBandHidden1, kBandHidden2> second;
  Dense<kBandHidden2, 8> third;  // three outputs, and room to fill a vector
  std::array<std::array<uint32_t, kShapeBins + 2>, kNetShapes> priors;
};

class BandNetwork {
 public:
  // The three networks one after the other, each as a Perceptron's bytes. Throws std::invalid_argument when they are not that.
  explicit BandNetwork(std::span<const uint8_t> bytes);
  static size_t byteLength();

  std::array<BandPerceptron, kOrientations> of;
};

}  // namespace fieldzip
