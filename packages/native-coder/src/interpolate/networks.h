// What the passes are advised by: a small integer network for each of the two, and the distributions that what they say chooses among.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "predict/perceptron.h"

namespace fieldzip {

// Levels of an expected magnitude: eighths of octaves from 2^kLowestOctave.
inline constexpr int kLowestOctave = -12;
// Distributions are those of quarters of octaves from 2^-6 to 2^2, and of four tails. Of magnitudes beyond, the lowest bits are sent raw.
inline constexpr int kFirstTabled = 8 * (-6 - kLowestOctave), kRawFromTold = 8 * (2 - kLowestOctave);
inline constexpr int kMostRawBits = 22;
inline constexpr int kMostTold = kRawFromTold + 8 * kMostRawBits - 1;
// Where nothing was wrong around and less than 2^-2 is expected, networks are not asked; that is a tail of its own.
inline constexpr int kQuietBelow = 8 * (-2 - kLowestOctave), kQuietTail = 4;
inline constexpr size_t kTails = 5, kContexts = kTails * 32;
// Magnitudes that have a place of their own in some distribution.
inline constexpr size_t kMagnitudes = 31;

// Of what is said of one point: the level of its magnitude, and the tail.
inline constexpr int kContextBits = 8;  // below the raw bits

// Those that have a place in a context: from there on a number is escaped.
constexpr uint32_t magnitudesOf(size_t context) {
  const auto quarters = static_cast<uint32_t>(context / kTails), octave = quarters / 4;
  const uint32_t many = 3 + (((40 + 10 * (quarters % 4)) << octave) >> 8);
  return many < kMagnitudes ? many : static_cast<uint32_t>(kMagnitudes);
}

class InterpolationNetworks {
 public:
  // Bytes: the layers of the first pass's network and of the second's, then for every context the first counts of its magnitudes
  // 0 .. kMagnitudes - 1 and of the escape, of which those beyond its own magnitudes are not used. Throws std::invalid_argument when
  // they are not that.
  explicit InterpolationNetworks(std::span<const uint8_t> bytes);
  static constexpr size_t byteLength() { return 2 * Layers::kByteLength + kContexts * (kMagnitudes + 1); }

  std::array<Layers, 2> passes;
  std::array<std::array<uint32_t, kMagnitudes + 1>, kContexts> priors;
};

}  // namespace fieldzip
