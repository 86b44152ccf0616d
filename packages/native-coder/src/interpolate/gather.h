// What an encoder gathers before it codes: every number's table and symbol as one key, and the bits beyond.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "interpolate/levels_walk.h"
#include "interpolate/tables.h"
#include "large_allocator.h"

namespace fieldzip {

// A table in the upper bits, a symbol in the lower.
using Key = uint16_t;
inline constexpr int kSymbolBits = 6;
inline constexpr size_t kKeys = static_cast<size_t>(kTables) << kSymbolBits;
static_assert(kSymbols <= 1 << kSymbolBits);

class Gathered {
 public:
  // For at most so many numbers, in at most so many of a row.
  Gathered(size_t numbers, size_t columns) : keys_(numbers + columns), counts_(kSets) {}

  // The numbers of a row and their classes.
  void row(const uint8_t* classes, const int32_t* numbers, size_t count) {
    Key* keys = keys_.data() + size_;
    if (!plainKeys(classes, numbers, count, keys)) {
      for (size_t i = 0; i < count; ++i) keys[i] = careful(classes[i], numbers[i]);
    }
    // Several sets, so that equal neighbours do not wait for each other.
    size_t i = 0;
    for (; i + kSets <= count; i += kSets) {
      for (size_t set = 0; set < kSets; ++set) counts_[set][keys[i + set]]++;
    }
    for (; i < count; ++i) counts_[0][keys[i]]++;
    size_ += count;
    rows_.push_back(count);
  }

  size_t size() const { return size_; }
  const std::vector<size_t>& rows() const { return rows_; }
  const Key* keys() const { return keys_.data(); }
  // What does not go through the tables.
  BitWriter& bits() { return bits_; }
  Counts counts() const {
    Counts counts{};
    for (size_t t = 0; t < kTables; ++t) {
      for (size_t s = 0; s < kSymbols; ++s) {
        for (const auto& set : counts_) counts[t][s] += set[t << kSymbolBits | s];
      }
    }
    return counts;
  }

 private:
  static constexpr size_t kSets = 4;

  // Keys of a row without raw bits and escapes; false if it has some.
  static bool plainKeys(const uint8_t* __restrict classes, const int32_t* __restrict numbers, size_t count, Key* __restrict keys) {
    uint32_t beyond = 0;
    for (size_t i = 0; i < count; ++i) {
      const uint32_t symbol = static_cast<uint32_t>(numbers[i]) + kLargest;
      beyond |= static_cast<uint32_t>(symbol > 2 * kLargest) | static_cast<uint32_t>(classes[i] >= kRawFrom);
      keys[i] = static_cast<Key>(static_cast<uint32_t>(classes[i]) << kSymbolBits | symbol);
    }
    return beyond == 0;
  }

  Key careful(uint8_t kind, int32_t number) {
    const int raw = kRawOf[kind];
    const int32_t q = number >> raw;
    const Key table = static_cast<Key>(kTableOf[kind] << kSymbolBits);
    if (q < -kLargest || q > (raw > 0 ? kLargest - 1 : kLargest)) {
      putEscaped(number, bits_);
      return table | kEscape;
    }
    bits_.put(static_cast<uint32_t>(number), raw);
    return static_cast<Key>(table | (q + kLargest));
  }

  LargeVector<Key> keys_;
  std::vector<std::array<uint32_t, kKeys>> counts_;
  std::vector<size_t> rows_;
  size_t size_ = 0;
  BitWriter bits_;
};

}  // namespace fieldzip
