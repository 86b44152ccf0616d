// Adaptive binary arithmetic coding, in integers only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errors.h"

namespace fieldzip {

// Probabilities that a bit is 1, in 1..65535 of 65536.
class BinaryEncoder {
 public:
  explicit BinaryEncoder(std::vector<uint8_t>& out) : out_(out) {}

  int code(int bit, uint32_t probability16) {
    const uint32_t middle = low_ + static_cast<uint32_t>((static_cast<uint64_t>(high_ - low_) * probability16) >> 16);
    if (bit != 0) {
      high_ = middle;
    } else {
      low_ = middle + 1;
    }
    while (((low_ ^ high_) >> 24) == 0) {
      out_.push_back(static_cast<uint8_t>(high_ >> 24));
      low_ <<= 8;
      high_ = high_ << 8 | 255U;
    }
    return bit;
  }

  // The fewest bytes that, followed by zeros, fall in the interval: a decoder reads zeros past the end.
  void finish() {
    for (int shift = 24; low_ != 0; shift -= 8) {
      const uint32_t unit = 1U << shift;
      const uint64_t up = (static_cast<uint64_t>(low_) + unit - 1) / unit * unit;
      if (up <= high_) {
        for (int s = 24; s >= shift; s -= 8) out_.push_back(static_cast<uint8_t>(up >> s));
        break;
      }
    }
  }

 private:
  std::vector<uint8_t>& out_;
  uint32_t low_ = 0;
  uint32_t high_ = 0xffffffffU;
};

class BinaryDecoder {
 public:
  explicit BinaryDecoder(std::span<const uint8_t> bytes) : bytes_(bytes) {
    for (int i = 0; i < 4; ++i) code_ = code_ << 8 | next();
  }

  int code(int, uint32_t probability16) {
    const uint32_t middle = low_ + static_cast<uint32_t>((static_cast<uint64_t>(high_ - low_) * probability16) >> 16);
    const int bit = code_ <= middle ? 1 : 0;
    if (bit != 0) {
      high_ = middle;
    } else {
      low_ = middle + 1;
    }
    while (((low_ ^ high_) >> 24) == 0) {
      low_ <<= 8;
      high_ = high_ << 8 | 255U;
      code_ = code_ << 8 | next();
    }
    return bit;
  }

  void finish() const {
    if (position_ < bytes_.size()) throw CorruptStream("the mask has bytes left over");
  }

 private:
  // The decoder is four bytes ahead of the interval, and the encoder leaves out at most those four.
  uint32_t next() {
    if (position_ < bytes_.size()) return bytes_[position_++];
    if (++beyond_ > 4) throw CorruptStream("the mask ends too early");
    return 0;
  }

  std::span<const uint8_t> bytes_;
  size_t position_ = 0;
  int beyond_ = 0;
  uint32_t low_ = 0;
  uint32_t high_ = 0xffffffffU;
  uint32_t code_ = 0;
};

// The probability of a 1 in one context: fast at first, as exact as 1/1024 later.
class BitModel {
 public:
  BitModel() = default;
  // Starts at `probability16` of 65536 as if that had been learned from `count` bits.
  BitModel(uint32_t probability16, uint16_t count) : probability_(probability16 << 16), count_(count) {}

  uint32_t probability16() const {
    const uint32_t p = probability_ >> 16;
    return p == 0 ? 1U : p;
  }
  void update(int bit) {
    const int64_t target = bit != 0 ? 0xffffffffLL : 0;
    probability_ = static_cast<uint32_t>(probability_ + ((target - static_cast<int64_t>(probability_)) * kRates[count_] >> 16));
    if (count_ < kLimit) ++count_;
  }

 private:
  static constexpr size_t kLimit = 1023;
  // 1 / (n + 1.5) after n bits, in 1/65536.
  static constexpr auto kRates = [] {
    std::array<int64_t, kLimit + 1> rates{};
    for (size_t n = 0; n <= kLimit; ++n) rates[n] = static_cast<int64_t>(2 * 65536 / (2 * n + 3));
    return rates;
  }();

  uint32_t probability_ = 0x80000000U;
  uint16_t count_ = 0;
};

}  // namespace fieldzip
