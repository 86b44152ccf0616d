// Doubles that need no more than 13 significant bits: three bytes, the last the one with the sign.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "predict/bytes.h"

namespace fieldzip {

// Towards 0.
inline double topBits(double value) { return std::bit_cast<double>(std::bit_cast<uint64_t>(value) >> 40 << 40); }

inline void writeTopBits(double value, std::vector<uint8_t>& out) {
  const uint64_t bits = std::bit_cast<uint64_t>(value);
  for (int shift = 40; shift < 64; shift += 8) out.push_back(static_cast<uint8_t>(bits >> shift));
}

inline double readTopBits(ByteReader& reader) {
  uint64_t bits = 0;
  for (int shift = 40; shift < 64; shift += 8) bits |= static_cast<uint64_t>(reader.byte()) << shift;
  return std::bit_cast<double>(bits);
}

}  // namespace fieldzip
