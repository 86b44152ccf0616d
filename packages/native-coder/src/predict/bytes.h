// The few numbers at the head of a stream: LEB128 varints, signed ones zigzag.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "errors.h"

namespace fieldzip {

inline void writeVarint(uint64_t value, std::vector<uint8_t>& out) {
  for (; value >= 128; value >>= 7) out.push_back(static_cast<uint8_t>(value | 128U));
  out.push_back(static_cast<uint8_t>(value));
}

inline void writeSigned(int64_t value, std::vector<uint8_t>& out) {
  writeVarint(static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63), out);
}

class ByteReader {
 public:
  explicit ByteReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  uint8_t byte() {
    if (at_ >= bytes_.size()) throw CorruptStream("the lattice ends too early");
    return bytes_[at_++];
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 64; shift += 7) {
      const uint64_t next = byte();
      if (shift == 63 && next > 1) break;
      value |= (next & 127U) << shift;
      if (next < 128) return value;
    }
    throw CorruptStream("the lattice has an impossible number");
  }
  int64_t signedVarint() {
    const uint64_t value = varint();
    return static_cast<int64_t>(value >> 1 ^ (~(value & 1U) + 1U));
  }
  std::span<const uint8_t> take(uint64_t count) {
    if (count > bytes_.size() - at_) throw CorruptStream("the lattice ends too early");
    const auto part = bytes_.subspan(at_, static_cast<size_t>(count));
    at_ += static_cast<size_t>(count);
    return part;
  }
  std::span<const uint8_t> rest() { return take(bytes_.size() - at_); }

 private:
  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
};

}  // namespace fieldzip
