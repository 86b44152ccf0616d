// The rANS stream.
//
//   byte 0        number of lanes, 1 or 4; a stream of no symbols has no bytes at all
//   4 bytes each  the lanes' states, little-endian
//   rest          16-bit little-endian words, in the order in which the decoder takes them
//
// Symbol i belongs to lane i % lanes with everything that belongs to it: its table symbol, the escape's raw bits, its low
// raw bits. A state stays in [2^16, 2^32); after each step a state below 2^16 takes one word. Encoders start every lane
// at exactly 2^16, so a decoder that does not end there, or not at the end of the bytes, has read a corrupt stream. That
// notices most damage, not all: a changed raw bit changes its symbol and nothing else. Checksums belong to the container.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "cdf/table_set.h"

namespace fieldzip {

inline constexpr uint32_t kRansLow = 1U << 16;
inline constexpr size_t kManyLanes = 4;
// Below this size the three further states of a 4-lane stream would be noticed, and speed would not.
inline constexpr size_t kSmallStream = 4096;
// Symbols go through the kernels in chunks that stay in a level-1 cache; a multiple of any number of lanes.
inline constexpr size_t kChunk = 1024;

// Fills models (and values) of symbols begin .. begin + models.size() - 1. Chunks are asked for in any order, and may be
// asked for twice.
using FillForEncode = std::function<void(size_t begin, std::span<SymbolModel> models, std::span<int32_t> values)>;
using FillModels = std::function<void(size_t begin, std::span<SymbolModel> models)>;
using StoreValues = std::function<void(size_t begin, std::span<const int32_t> values)>;

// Every model must name a table of `tables` and have rawBits <= 16.
std::vector<uint8_t> ransEncode(const TableSet& tables, size_t count, const FillForEncode& fill);

// Throws CorruptStream. Values stored before the error was found are meaningless.
void ransDecode(const TableSet& tables, std::span<const uint8_t> bytes, size_t count, const FillModels& fill,
                const StoreValues& store);

}  // namespace fieldzip
