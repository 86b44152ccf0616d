// Reads the integer networks' files.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "predict/perceptron.h"

namespace fieldzip {

// The bytes must be as many as are read.
class NetReader {
 public:
  explicit NetReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  template <size_t kIn, size_t kOut>
  void layer(size_t outputs, int32_t zero, Dense<kIn, kOut>& layer) {
    std::array<int32_t, kOut> sums{};
    for (size_t o = 0; o < outputs; ++o) {
      for (size_t i = 0; i < kIn; ++i) {
        const auto weight = static_cast<int8_t>(byte());
        if (weight > kNetWeightLimit || weight < -kNetWeightLimit) throw std::invalid_argument("a weight of the network is beyond +-63");
        layer.weights[(i / 4 * kOut + o) * 4 + i % 4] = weight;
        sums[o] += weight;
      }
    }
    for (size_t o = 0; o < outputs; ++o) {
      const int32_t bias = word();
      if (bias > kGreatestBias || bias < -kGreatestBias) throw std::invalid_argument("a bias of the network is too large");
      layer.biases[o] = bias - zero * sums[o];
    }
    for (size_t o = 0; o < outputs; ++o) {
      const uint8_t shift = byte();
      if (shift == 0 || shift > kGreatestShift) throw std::invalid_argument("a shift of the network is impossible");
      layer.shifts[o] = shift;
      layer.biases[o] += 1 << (shift - 1);
    }
  }

  void layers(Layers& all) {
    layer(kNetHidden1, kNetZero, all.first);
    layer(kNetHidden2, 0, all.second);
    layer(kNetOutputs, 0, all.third);
  }

  // Small floats: from 8 up, eight an octave.
  template <size_t kCounts, size_t kShapes>
  void priors(std::array<std::array<uint32_t, kCounts>, kShapes>& shapes) {
    for (auto& counts : shapes) {
      for (uint32_t& count : counts) {
        const uint8_t code = byte();
        if (code > 127) throw std::invalid_argument("a count of the network is too large");
        count = (8U + (code & 7U)) << (code >> 3);
      }
    }
  }

 private:
  static constexpr int32_t kGreatestBias = 1 << 28;  // far from what could overflow a sum
  static constexpr uint8_t kGreatestShift = 24;

  uint8_t byte() { return bytes_[at_++]; }
  int32_t word() {
    uint32_t value = 0;
    for (int shift = 0; shift < 32; shift += 8) value |= static_cast<uint32_t>(byte()) << shift;
    return static_cast<int32_t>(value);
  }

  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
};

}  // namespace fieldzip
