// rANS with several states in turn, of 32 bits and refilled by 16, with a table for every number.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "errors.h"
#include "interpolate/gather.h"
#include "interpolate/tables.h"

namespace fieldzip {

inline constexpr size_t kLanes = 4;
// Fewer numbers have one state: four would take a good part of the stream.
inline constexpr size_t kFewNumbers = 1 << 13;
inline size_t lanesFor(size_t numbers) { return numbers < kFewNumbers ? 1 : kLanes; }
inline constexpr uint32_t kLeastState = 1U << 16;

// Rows are given last first, and each is coded from its end, so that to a decoder each begins with lane 0.
class LanesEncoder {
 public:
  LanesEncoder(size_t numbers, const std::array<Table, kTables>& tables) : lanes_(lanesFor(numbers)), words_(numbers), at_(numbers) {
    states_.fill(kLeastState);
    for (size_t t = 0; t < kTables; ++t) {
      for (size_t s = 0; s < kSymbols; ++s) {
        if (const uint64_t f = tables[t].frequency(static_cast<int>(s))) {
          steps_[t << kSymbolBits | s] = {(uint64_t{1} << kQuotientBits) / f + 1, tables[t].first[s], static_cast<uint32_t>((f << (32 - kFrequencyBits)) - 1),
                                          static_cast<uint32_t>(kTotal - f)};
        }
      }
    }
  }

  void row(const Key* keys, size_t count) {
    auto [a, b, c, d] = states_;
    uint16_t* at = words_.data() + at_;
    if (lanes_ == 1) {
      for (size_t i = count; i-- > 0;) step(a, at, keys[i]);
    } else {
      size_t i = count & ~(kLanes - 1);
      if (i + 2 < count) step(c, at, keys[i + 2]);
      if (i + 1 < count) step(b, at, keys[i + 1]);
      if (i < count) step(a, at, keys[i]);
      while (i > 0) {
        i -= kLanes;
        step(d, at, keys[i + 3]);
        step(c, at, keys[i + 2]);
        step(b, at, keys[i + 1]);
        step(a, at, keys[i]);
      }
    }
    states_ = {a, b, c, d};
    at_ = static_cast<size_t>(at - words_.data());
  }

  void finish(std::vector<uint8_t>& out) const {
    size_t at = out.size();
    out.resize(at + 4 * lanes_ + 2 * (words_.size() - at_));
    for (size_t i = 0; i < lanes_; ++i) {
      for (int bit = 0; bit < 32; bit += 8) out[at++] = static_cast<uint8_t>(states_[i] >> bit);
    }
    for (size_t i = at_; i < words_.size(); ++i) {
      out[at++] = static_cast<uint8_t>(words_[i]);
      out[at++] = static_cast<uint8_t>(words_[i] >> 8);
    }
  }

 private:
  // A quotient by a frequency of at most 2^14, of a state that is below 2^18 frequencies: with so many bits the reciprocal, rounded up, is off by less than the
  // quotient's distance from the next, and no product is beyond 64 bits.
  static constexpr int kQuotientBits = 46;
  struct Step {
    uint64_t reciprocal;
    uint32_t start, most, rest;
  };

  void step(uint32_t& x, uint16_t*& at, Key key) {
    const Step& by = steps_[key];
    // A number takes one word at most.
    if (x > by.most) {
      *--at = static_cast<uint16_t>(x);
      x >>= 16;
    }
    const auto quotient = static_cast<uint32_t>(x * by.reciprocal >> kQuotientBits);
    x += by.start + quotient * by.rest;
  }

  std::array<Step, kKeys> steps_{};
  size_t lanes_;
  LargeVector<uint16_t> words_;
  size_t at_;
  std::array<uint32_t, kLanes> states_;
};

class LanesDecoder {
 public:
  LanesDecoder(std::span<const uint8_t> bytes, size_t numbers, const std::array<Table, kTables>& tables)
      : tables_(tables), at_(bytes.data()), end_(bytes.data() + bytes.size()), lanes_(lanesFor(numbers)) {
    if (bytes.size() < 4 * lanes_ || bytes.size() % 2 != 0) throw CorruptStream("the numbers end too early");
    for (size_t i = 0; i < lanes_; ++i) {
      uint32_t& x = states_[i];
      x = static_cast<uint32_t>(at_[0]) | static_cast<uint32_t>(at_[1]) << 8 | static_cast<uint32_t>(at_[2]) << 16 | static_cast<uint32_t>(at_[3]) << 24;
      at_ += 4;
    }
    symbols_.resize(kTables * kTotal);
    for (size_t t = 0; t < kTables; ++t) {
      for (size_t s = 0; s < kSymbols; ++s) {
        for (size_t i = tables[t].first[s]; i < tables[t].first[s + 1]; ++i) symbols_[t * kTotal + i] = static_cast<uint8_t>(s);
      }
    }
  }
  // Symbols of a row from their tables.
  void row(const uint8_t* tables, size_t count, uint8_t* symbols) {
    if (static_cast<size_t>(end_ - at_) >= 2 * count) run<false>(tables, count, symbols);
    else run<true>(tables, count, symbols);
  }
  void finish() const {
    if (at_ != end_) throw CorruptStream("there are numbers left over");
    for (size_t i = 0; i < lanes_; ++i) if (states_[i] != kLeastState) throw CorruptStream("the numbers do not end where they began");
  }

 private:
  template <bool careful>
  void step(uint32_t& x, size_t table, uint8_t& symbol) {
    const uint32_t slot = x & (kTotal - 1);
    const uint8_t s = symbols_[table * kTotal + slot];
    const uint32_t first = tables_[table].first[s], next = tables_[table].first[s + 1U];
    x = (next - first) * (x >> kFrequencyBits) + slot - first;
    symbol = s;
    if (x < kLeastState) {
      if (careful && at_ == end_) throw CorruptStream("the numbers end too early");
      x = x << 16 | static_cast<uint32_t>(at_[0]) | static_cast<uint32_t>(at_[1]) << 8;
      at_ += 2;
    }
  }
  template <bool careful>
  void run(const uint8_t* tables, size_t count, uint8_t* symbols) {
    auto [a, b, c, d] = states_;
    size_t i = 0;
    if (lanes_ == 1) {
      for (; i < count; ++i) step<careful>(a, tables[i], symbols[i]);
    }
    for (; i + kLanes <= count; i += kLanes) {
      step<careful>(a, tables[i], symbols[i]);
      step<careful>(b, tables[i + 1], symbols[i + 1]);
      step<careful>(c, tables[i + 2], symbols[i + 2]);
      step<careful>(d, tables[i + 3], symbols[i + 3]);
    }
    if (i < count) step<careful>(a, tables[i], symbols[i]);
    if (i + 1 < count) step<careful>(b, tables[i + 1], symbols[i + 1]);
    if (i + 2 < count) step<careful>(c, tables[i + 2], symbols[i + 2]);
    states_ = {a, b, c, d};
  }

  const std::array<Table, kTables>& tables_;
  std::vector<uint8_t> symbols_;
  const uint8_t* at_;
  const uint8_t* end_;
  size_t lanes_;
  std::array<uint32_t, kLanes> states_{};
};

}  // namespace fieldzip
