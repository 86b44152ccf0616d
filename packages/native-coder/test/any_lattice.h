// Networks and lattices of every kind, for tests of the predict codec.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "predict/perceptron.h"

namespace fieldzip {

// Of the right form, and otherwise nonsense: outputs run into every limit.
inline std::vector<uint8_t> anyNetwork(uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint8_t> bytes;
  for (const auto& [in, out] : {std::pair{kNetInputs, kNetHidden1}, {kNetHidden1, kNetHidden2}, {kNetHidden2, kNetOutputs}}) {
    for (size_t i = 0; i < in * out; ++i) bytes.push_back(static_cast<uint8_t>(static_cast<int>(random() % 127) - 63));
    for (size_t i = 0; i < out; ++i) {
      const auto bias = static_cast<uint32_t>(static_cast<int32_t>(random() % 20001) - 10000);
      for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<uint8_t>(bias >> shift));
    }
    for (size_t i = 0; i < out; ++i) bytes.push_back(static_cast<uint8_t>(1 + random() % 12));
  }
  while (bytes.size() < Perceptron::byteLength()) bytes.push_back(static_cast<uint8_t>(random() % 128));
  return bytes;
}

template <typename T>
std::vector<T> anyLattice(int kind, size_t size, size_t columns) {
  std::mt19937_64 random(static_cast<uint64_t>(kind));
  std::vector<T> lattice(size);
  for (size_t i = 0; i < size; ++i) {
    const double x = static_cast<double>(i % columns), y = static_cast<double>(i / columns);
    const double smooth = std::sin(0.1 * x) * std::cos(0.07 * y);
    lattice[i] = kind == 0   ? static_cast<T>(std::lround(3 * smooth))
                 : kind == 1 ? static_cast<T>(std::lround(1e6 * smooth) + static_cast<long>(random() % 100))
                 : kind == 2 ? static_cast<T>(random())
                 : kind == 3 ? static_cast<T>(random() % 400 == 0 ? 1 : 0)
                             : static_cast<T>(random() % 90 == 0 ? static_cast<T>(random()) : static_cast<T>(x));
  }
  return lattice;
}

}  // namespace fieldzip
