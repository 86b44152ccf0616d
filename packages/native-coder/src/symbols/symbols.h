// Streams of plain int32 symbols, each with its own table.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cdf/table_set.h"

namespace fieldzip {

// With scale tables `tableIndex` holds scale indices 0..63 and `mean8` means in eighths (empty: all 0). With factorised
// tables it holds table numbers and `mean8` must be empty. Throws std::invalid_argument for an index out of range.
std::vector<uint8_t> encodeSymbols(const TableSet& tables, std::span<const int32_t> symbols,
                                   std::span<const uint16_t> tableIndex, std::span<const int32_t> mean8);

// Throws CorruptStream as well.
void decodeSymbols(const TableSet& tables, std::span<const uint8_t> bytes, std::span<const uint16_t> tableIndex,
                   std::span<const int32_t> mean8, std::span<int32_t> symbols);

}  // namespace fieldzip
