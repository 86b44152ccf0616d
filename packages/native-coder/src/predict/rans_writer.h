// The encoder's half of the interval coder: one 64-bit state in [2^31, 2^63), 32-bit words, and intervals from last to first.
// Dividing the state would be the longest link of a chain through all symbols; the reciprocal that it is multiplied by instead
// waits for nothing.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif

namespace fieldzip {

inline constexpr uint64_t kIntervalLow = 1ULL << 31;

// The upper half of the product.
inline uint64_t multiplyHigh(uint64_t a, uint64_t b) {
#if defined(_MSC_VER) && !defined(__clang__)
  return __umulh(a, b);
#else
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>((static_cast<Wide>(a) * b) >> 64);
#endif
}

class RansWriter {
 public:
  // The interval [start, start + width) of 2^bits, width at least 1, bits at most 24.
  void put(uint64_t start, uint64_t width, uint32_t bits) {
    if (state_ >= width << (63 - bits)) {
      words_.push_back(static_cast<uint32_t>(state_));
      state_ >>= 32;
    }
    uint64_t quotient = state_;
    if (width > 1) {
      // 2^(62 + n) / width, a little less than that, with n bits in the width: it has 52 bits or more that are right.
      const int length = static_cast<int>(std::bit_width(width));
      const double numerator = std::bit_cast<double>((static_cast<uint64_t>(1023 + 62 + length) << 52) - 1);
      const auto reciprocal = static_cast<uint64_t>(static_cast<int64_t>(numerator / static_cast<double>(static_cast<int64_t>(width))));
      quotient = multiplyHigh(state_, reciprocal) >> (length - 2);
      while (state_ - quotient * width >= width) ++quotient;
    }
    state_ += quotient * ((uint64_t{1} << bits) - width) + start;
  }

  // In the order in which a decoder reads.
  std::vector<uint8_t> finish() const {
    std::vector<uint8_t> bytes(8 + 4 * words_.size());
    size_t at = 0;
    const auto append = [&](uint32_t word) {
      for (int shift = 0; shift < 32; shift += 8) bytes[at++] = static_cast<uint8_t>(word >> shift);
    };
    append(static_cast<uint32_t>(state_));
    append(static_cast<uint32_t>(state_ >> 32));
    for (size_t i = words_.size(); i-- > 0;) append(words_[i]);
    return bytes;
  }

 private:
  uint64_t state_ = kIntervalLow;
  std::vector<uint32_t> words_;
};

}  // namespace fieldzip
