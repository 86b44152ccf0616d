// Networks of interpolation with weights drawn at random: what they say is of no use, and everything must hold all the same.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "interpolate/networks.h"

namespace fieldzip {

inline InterpolationNetworks anyNetworks(uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint8_t> bytes;
  const auto layer = [&](size_t in, size_t out, uint8_t shift) {
    for (size_t i = 0; i < in * out; ++i) bytes.push_back(static_cast<uint8_t>(static_cast<int>(random() % 127) - 63));
    for (size_t i = 0; i < out; ++i) {
      const auto bias = static_cast<uint32_t>(static_cast<int>(random() % 4096) - 2048);
      for (int bit = 0; bit < 32; bit += 8) bytes.push_back(static_cast<uint8_t>(bias >> bit));
    }
    bytes.insert(bytes.end(), out, shift);
  };
  for (int pass = 0; pass < 2; ++pass) {
    layer(kNetInputs, kNetHidden1, 5);
    layer(kNetHidden1, kNetHidden2, 8);
    layer(kNetHidden2, kNetOutputs, 8);
  }
  for (size_t i = 0; i < kContexts * (kMagnitudes + 1); ++i) bytes.push_back(static_cast<uint8_t>(random() % 100));
  return InterpolationNetworks(bytes);
}

}  // namespace fieldzip
