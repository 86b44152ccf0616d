// Values that occur, when few of a range do: packed or decimal data put on another lattice leaves most integers unused, and
// coding ranks instead saves what the gaps would cost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fieldzip {

struct Palette {
  std::vector<uint64_t> values;  // ascending, the first one 0
  std::vector<uint8_t> bytes;    // their coded gaps
};

// Bits a value that ranks must save.
inline constexpr double kLeastSaved = 0.02;

// The distinct values of `indices` (less the minimum, known ones only), or an empty palette when ranks would save less
// than the table costs.
Palette makePalette(std::span<const uint64_t> indices);

// Whether it is plain that neither a step nor a palette would save anything, at a small part of the time that it takes to make
// them: where values stand beside each other, and those beside a gap are few. `count`: of known values, all from `minimum` to
// `width` above it.
template <typename T>
bool fillsItsRange(std::span<const T> lattice, std::span<const uint8_t> mask, T minimum, uint64_t width, size_t count);
extern template bool fillsItsRange(std::span<const int32_t>, std::span<const uint8_t>, int32_t, uint64_t, size_t);
extern template bool fillsItsRange(std::span<const int64_t>, std::span<const uint8_t>, int64_t, uint64_t, size_t);

// `count` gaps. Throws CorruptStream.
std::vector<uint64_t> readPalette(std::span<const uint8_t> bytes, uint64_t count, uint64_t greatest);

}  // namespace fieldzip
