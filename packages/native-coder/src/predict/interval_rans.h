// rANS over intervals rather than tables: the predict codec's distributions change with every value, so there is no table
// to point to. One 64-bit state in [2^31, 2^63), 32-bit little-endian words.
//
// rANS is last in, first out: the encoder's first pass collects the intervals and finish() pushes them last to first. It
// starts from exactly 2^31, so a decoder that does not end there, or not at the end of the bytes, has read a corrupt stream.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "errors.h"
#include "large_allocator.h"
#include "predict/rans_writer.h"

namespace fieldzip {

class IntervalEncoder {
 public:
  static constexpr bool kDecodes = false;

  void reserve(size_t count) { intervals_.reserve(count); }

  // The interval [start, start + width) of 2^bits, width at least 1, bits at most 24.
  void push(uint32_t start, uint32_t width, uint32_t bits) { intervals_.push_back({start, width << 5 | bits}); }

  // The low `width` bits of a value.
  void pushRaw(uint64_t value, uint32_t width) {
    for (; width > 0; value >>= std::min(width, 16U), width -= std::min(width, 16U)) {
      const uint32_t piece = std::min(width, 16U);
      push(static_cast<uint32_t>(value) & ((1U << piece) - 1), 1, piece);
    }
  }

  std::vector<uint8_t> finish() const {
    RansWriter writer;
    for (size_t i = intervals_.size(); i-- > 0;) writer.put(intervals_[i].start, intervals_[i].packed >> 5, intervals_[i].packed & 31U);
    return writer.finish();
  }

 private:
  struct Interval {
    uint32_t start;
    uint32_t packed;  // width << 5 | bits
  };
  LargeVector<Interval> intervals_;
};

class IntervalDecoder {
 public:
  static constexpr bool kDecodes = true;

  explicit IntervalDecoder(std::span<const uint8_t> bytes) : next_(bytes.data()), end_(bytes.data() + bytes.size()) {
    if (bytes.size() < 8) throw CorruptStream("the coded stream ends too early");
    const uint64_t low = word();
    state_ = low | static_cast<uint64_t>(word()) << 32;
    if (state_ < kIntervalLow || state_ >> 63 != 0) throw CorruptStream("the coded stream has an impossible state");
  }

  uint32_t peek(uint32_t bits) const { return static_cast<uint32_t>(state_) & ((1U << bits) - 1); }

  // The interval must hold what peek(bits) gave.
  void take(uint32_t start, uint32_t width, uint32_t bits) {
    state_ = width * (state_ >> bits) + peek(bits) - start;
    if (state_ < kIntervalLow) {
      if (end_ - next_ < 4) throw CorruptStream("the coded stream ends too early");
      state_ = state_ << 32 | word();
    }
  }

  uint64_t takeRaw(uint32_t width) {
    uint64_t value = 0;
    for (uint32_t done = 0; done < width;) {
      const uint32_t piece = std::min(width - done, 16U);
      const uint32_t bits = peek(piece);
      take(bits, 1, piece);
      value |= static_cast<uint64_t>(bits) << done;
      done += piece;
    }
    return value;
  }

  void finish() const {
    if (next_ != end_) throw CorruptStream("the coded stream has bytes left over");
    if (state_ != kIntervalLow) throw CorruptStream("the coded stream does not end in its starting state");
  }

 private:
  uint32_t word() {
    uint32_t value = 0;
    for (int shift = 0; shift < 32; shift += 8) value |= static_cast<uint32_t>(*next_++) << shift;
    return value;
  }

  const uint8_t* next_;
  const uint8_t* end_;
  uint64_t state_;
};

}  // namespace fieldzip
