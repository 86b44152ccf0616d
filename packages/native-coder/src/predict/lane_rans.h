// interval_rans.h with several states that take turns, so that a processor works on the next symbols while it waits for one.
// All states share one sequence of words, in the order in which a decoder takes them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "errors.h"
#include "large_allocator.h"
#include "predict/interval_rans.h"

namespace fieldzip {

inline constexpr size_t kRansStates = 4;

class LaneEncoder {
 public:
  static constexpr bool kDecodes = false;

  void reserve(size_t count) { intervals_.reserve(count); }

  // The interval [start, start + width) of 2^bits, width at least 1, bits at most 22.
  void push(size_t state, uint32_t start, uint32_t width, uint32_t bits) {
    intervals_.push_back({start, width << 7 | bits << 2 | static_cast<uint32_t>(state)});
  }

  // The low `width` bits of a value.
  void pushRaw(size_t state, uint64_t value, uint32_t width) {
    for (; width > 0; value >>= std::min(width, 16U), width -= std::min(width, 16U)) {
      const uint32_t piece = std::min(width, 16U);
      push(state, static_cast<uint32_t>(value) & ((1U << piece) - 1), 1, piece);
    }
  }

  std::vector<uint8_t> finish() const {
    std::vector<uint32_t> words;
    words.reserve(intervals_.size() / 4);
    std::array<uint64_t, kRansStates> states;
    states.fill(kIntervalLow);
    for (size_t i = intervals_.size(); i-- > 0;) {
      const uint32_t packed = intervals_[i].packed, bits = packed >> 2 & 31U;
      const uint64_t width = packed >> 7;
      uint64_t& state = states[packed & 3U];
      if (state >= width << (63 - bits)) {
        words.push_back(static_cast<uint32_t>(state));
        state >>= 32;
      }
      state = (state / width << bits) + state % width + intervals_[i].start;
    }
    std::vector<uint8_t> bytes;
    bytes.reserve(8 * kRansStates + 4 * words.size());
    const auto append = [&](uint32_t word) {
      for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<uint8_t>(word >> shift));
    };
    for (const uint64_t state : states) {
      append(static_cast<uint32_t>(state));
      append(static_cast<uint32_t>(state >> 32));
    }
    for (size_t i = words.size(); i-- > 0;) append(words[i]);
    return bytes;
  }

 private:
  struct Interval {
    uint32_t start;
    uint32_t packed;  // width << 7 | bits << 2 | state
  };
  LargeVector<Interval> intervals_;
};

class LaneDecoder {
 public:
  static constexpr bool kDecodes = true;

  explicit LaneDecoder(std::span<const uint8_t> bytes) : next_(bytes.data()), end_(bytes.data() + bytes.size()) {
    if (bytes.size() < 8 * kRansStates) throw CorruptStream("the coded stream ends too early");
    for (uint64_t& state : states_) {
      const uint64_t low = word();
      state = low | static_cast<uint64_t>(word()) << 32;
      if (state < kIntervalLow || state >> 63 != 0) throw CorruptStream("the coded stream has an impossible state");
    }
  }

  uint32_t peek(size_t state, uint32_t bits) const { return static_cast<uint32_t>(states_[state]) & ((1U << bits) - 1); }

  // The interval must hold what peek(state, bits) gave.
  void take(size_t state, uint32_t start, uint32_t width, uint32_t bits) {
    states_[state] = refilled(width * (states_[state] >> bits) + peek(state, bits) - start);
  }

  uint64_t takeRaw(size_t state, uint32_t width) {
    uint64_t value = 0;
    for (uint32_t done = 0; done < width;) {
      const uint32_t piece = std::min(width - done, 16U);
      value |= static_cast<uint64_t>(peek(state, piece)) << done;
      states_[state] = refilled(states_[state] >> piece);
      done += piece;
    }
    return value;
  }

  void finish() const {
    if (next_ != end_) throw CorruptStream("the coded stream has bytes left over");
    for (const uint64_t state : states_) {
      if (state != kIntervalLow) throw CorruptStream("the coded stream does not end in its starting state");
    }
  }

 private:
  // Whether a word is needed is hard to foretell: it is read all the same, and used or not.
  uint64_t refilled(uint64_t state) {
    const bool needs = state < kIntervalLow;
    if (end_ - next_ < 4) [[unlikely]] {
      if (needs) throw CorruptStream("the coded stream ends too early");
      return state;
    }
    const uint64_t filled = state << 32 | wordAt(next_);
    next_ += needs ? 4 : 0;
    return needs ? filled : state;
  }
  static uint32_t wordAt(const uint8_t* at) {
    uint32_t value = 0;
    for (size_t i = 0; i < 4; ++i) value |= static_cast<uint32_t>(at[i]) << (8 * i);
    return value;
  }
  uint32_t word() {
    next_ += 4;
    return wordAt(next_ - 4);
  }

  const uint8_t* next_;
  const uint8_t* end_;
  std::array<uint64_t, kRansStates> states_;
};

}  // namespace fieldzip
