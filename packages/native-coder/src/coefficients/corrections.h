// The bound layer: what brings a lossy base within a bound of the values. Each site gets base + t * step with an integer t,
// mostly 0; what misses the bound even so, for rounding or for size, is stored exactly.
//
//   byte         0: nothing to correct, and nothing follows; else bit 0 set, bit 1: contexts look at the base, bit 2: the
//                lower half of the rows is a stream of its own, for which the upper one is not there
//   3 bytes      step, the top 24 bits of a double
//   varint       number of exact values; for each a varint, sites since the last one, and the value
//   the rest     an interval stream of the t of all sites that are not masked, or two with a varint before them, the bytes of the
//                first; nothing if all are 0, of a half too
//
// docs/format.md has it in full.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fieldzip {

struct CorrectionOptions {
  bool baseIsExact = true;  // every decoder has this base to the bit, so that contexts may look at it
  double margin = 0;        // how far a decoder's base may be from this one: taken off the bound
  size_t threads = 1;       // at most so many work; no bit depends on it
};

// `values` and `base` are rows x columns; `mask` is empty, or not 0 where a value counts for nothing. After
// applyCorrections every other value is within `bound`, checked in T. `corrected` is empty, or where that goes: what
// applyCorrections will give; it may be `base` itself. Throws std::invalid_argument.
template <typename T>
std::vector<uint8_t> encodeCorrections(std::span<const T> values, std::span<const T> base, uint32_t rows, uint32_t columns,
                                       std::span<const uint8_t> mask, double bound, CorrectionOptions options,
                                       std::span<T> corrected = {});

// `base` is corrected in place. Throws CorruptStream; the values are then meaningless.
template <typename T>
void applyCorrections(std::span<const uint8_t> bytes, std::span<T> base, uint32_t rows, uint32_t columns,
                      std::span<const uint8_t> mask, size_t threads = 1);

}  // namespace fieldzip
