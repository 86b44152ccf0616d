// Networks of the walk over bands, for tests and fuzzers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "bands/band_network.h"

namespace fieldzip {

// Calls each(weights and biases: from, count; shifts: from, count; priors: from, count) for every layer and orientation.
template <typename Layer, typename Priors>
void eachPartOfBandNetwork(Layer layer, Priors priors) {
  size_t at = 0;
  for (size_t o = 0; o < kOrientations; ++o) {
    for (const auto& [in, out] : {std::pair{kBandInputs, kBandHidden1}, {kBandHidden1, kBandHidden2}, {kBandHidden2, kNetOutputs}}) {
      layer(at, out * in, out);
      at += out * (in + 5);
    }
    priors(at, kNetShapes * (kShapeBins + 2));
    at += kNetShapes * (kShapeBins + 2);
  }
}

// Says nothing: the level that is known without it.
inline std::vector<uint8_t> quietBandNetwork() {
  std::vector<uint8_t> bytes(BandNetwork::byteLength());
  eachPartOfBandNetwork([&](size_t at, size_t weights, size_t outputs) { std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(at + weights + 4 * outputs), outputs, uint8_t{1}); },
                        [&](size_t at, size_t count) { std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(at), count, uint8_t{80}); });
  return bytes;
}

// Says anything at all, and expects anything of the shapes.
inline std::vector<uint8_t> anyBandNetwork(uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint8_t> bytes(BandNetwork::byteLength());
  eachPartOfBandNetwork(
      [&](size_t at, size_t weights, size_t outputs) {
        for (size_t i = 0; i < weights; ++i) bytes[at + i] = static_cast<uint8_t>(static_cast<int>(random() % 127) - 63);
        for (size_t o = 0; o < outputs; ++o) {
          bytes[at + weights + 4 * o + 1] = static_cast<uint8_t>(random() % 16);
          bytes[at + weights + 4 * outputs + o] = static_cast<uint8_t>(4 + random() % 7);
        }
      },
      [&](size_t at, size_t count) {
        for (size_t i = 0; i < count; ++i) bytes[at + i] = static_cast<uint8_t>(random() % 128);
      });
  return bytes;
}

}  // namespace fieldzip
