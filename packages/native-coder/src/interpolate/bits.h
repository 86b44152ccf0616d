// Bits one after the other, the lowest of a byte first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "errors.h"

namespace fieldzip {

class BitWriter {
 public:
  // The lowest `count` <= 32 bits.
  void put(uint32_t value, int count) {
    held_ |= (static_cast<uint64_t>(value) & ((uint64_t{1} << count) - 1)) << size_;
    size_ += count;
    if (size_ >= 32) flush();
  }
  // `value` >> low in as many ones, a zero, the low bits.
  void putRice(uint32_t value, int low) {
    for (uint32_t i = value >> low; i > 0; --i) put(1, 1);
    put(0, 1);
    put(value, low);
  }
  std::vector<uint8_t> finish() {
    const int left = (size_ + 7) / 8;
    if (left > 0) flush();
    bytes_.resize(left > 0 ? at_ - 4 + static_cast<size_t>(left) : at_);
    return std::move(bytes_);
  }

 private:
  // Four bytes.
  void flush() {
    if (at_ + 4 > bytes_.size()) bytes_.resize(2 * bytes_.size() + 64);
    for (size_t i = 0; i < 4; ++i) bytes_[at_ + i] = static_cast<uint8_t>(held_ >> (8 * i));
    at_ += 4;
    held_ >>= 32;
    size_ -= 32;
  }

  std::vector<uint8_t> bytes_;
  size_t at_ = 0;
  uint64_t held_ = 0;
  int size_ = 0;
};

class BitReader {
 public:
  explicit BitReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  uint32_t take(int count) {
    if (size_ < count) fill(count);
    const auto value = static_cast<uint32_t>(held_ & ((uint64_t{1} << count) - 1));
    held_ >>= count;
    size_ -= count;
    return value;
  }
  uint32_t takeRice(int low) {
    uint32_t high = 0;
    while (take(1) != 0) {
      if (++high > 255) throw CorruptStream("the bits hold an impossible number");
    }
    return high << low | take(low);
  }
  void finish() const {
    if (at_ != bytes_.size() || held_ != 0 || size_ >= 8) throw CorruptStream("there are bits left over");
  }

 private:
  void fill(int count) {
    if (bytes_.size() - at_ >= 4) {
      // Fewer than 32 are held.
      uint32_t next = 0;
      for (size_t i = 0; i < 4; ++i) next |= static_cast<uint32_t>(bytes_[at_ + i]) << (8 * i);
      held_ |= static_cast<uint64_t>(next) << size_;
      at_ += 4;
      size_ += 32;
      return;
    }
    while (size_ < count) {
      if (at_ >= bytes_.size()) throw CorruptStream("the bits end too early");
      held_ |= static_cast<uint64_t>(bytes_[at_++]) << size_;
      size_ += 8;
    }
  }

  std::span<const uint8_t> bytes_;
  uint64_t held_ = 0;
  size_t at_ = 0;
  int size_ = 0;
};

}  // namespace fieldzip
