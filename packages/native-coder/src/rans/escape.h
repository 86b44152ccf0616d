// Symbols outside a table: the escape symbol, then sign, bit length and the bits of the excess as raw bits.
#pragma once

#include <bit>
#include <cstdint>

namespace fieldzip {

inline constexpr int kEscapeHeaderBits = 7;    // sign, and a bit length in 0..63
inline constexpr uint32_t kEscapeMaxLength = 33;  // an int32 less an offset, an excess never needs more

struct Escape {
  uint64_t excess;  // distance beyond the table's end, plus 1
  bool below;

  uint32_t length() const { return static_cast<uint32_t>(std::bit_width(excess)) - 1; }  // bits after the leading one
  int bits() const { return kEscapeHeaderBits + static_cast<int>(length()); }
};

// `index` is the symbol less the table's first symbol, and is outside 0..count-1.
inline Escape escapeOf(int64_t index, uint32_t count) {
  return index < 0 ? Escape{static_cast<uint64_t>(-index), true} : Escape{static_cast<uint64_t>(index - count) + 1, false};
}

inline int64_t indexOfEscape(uint64_t excess, bool below, uint32_t count) {
  return below ? -static_cast<int64_t>(excess) : static_cast<int64_t>(excess - 1) + count;
}

}  // namespace fieldzip
