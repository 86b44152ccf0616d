// Distributions of the numbers of each class: symmetric, sent as logarithms of the frequencies of magnitudes.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "interpolate/bits.h"
#include "interpolate/passes.h"

namespace fieldzip {

inline constexpr int kLargest = 20;               // magnitudes beyond are escaped
inline constexpr int kEscape = 2 * kLargest + 1;  // symbols are -kLargest .. kLargest, then the escape
inline constexpr int kSymbols = kEscape + 1;
inline constexpr int kFrequencyBits = 14;
inline constexpr uint32_t kTotal = 1U << kFrequencyBits;

struct Table {
  std::array<uint16_t, kSymbols + 1> first{};  // cumulative; the last is kTotal
  bool used = false;
  uint32_t frequency(int symbol) const { return uint32_t{first[static_cast<size_t>(symbol) + 1]} - first[static_cast<size_t>(symbol)]; }
};

// Counts by table and symbol.
using Counts = std::array<std::array<uint32_t, kSymbols>, kTables>;

// Chooses tables, writes them, and gives them as the decoder will have them.
std::array<Table, kTables> writeTables(const Counts& counts, BitWriter& out);
std::array<Table, kTables> readTables(BitReader& in);

}  // namespace fieldzip
