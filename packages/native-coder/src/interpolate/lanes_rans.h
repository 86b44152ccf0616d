// rANS with several states in turn, of 32 bits and refilled by 16, with a table for every number.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "errors.h"
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
  LanesEncoder(size_t numbers, const std::array<Table, kTables>& tables) : tables_(tables), lanes_(lanesFor(numbers)), words_(numbers), at_(numbers) {
    states_.fill(kLeastState);
  }

  // Symbols of a row, and the tables that they are coded with.
  void row(const uint8_t* tables, const uint8_t* symbols, size_t count) {
    auto [a, b, c, d] = states_;
    if (lanes_ == 1) {
      for (size_t i = count; i-- > 0;) step(a, tables[i], symbols[i]);
    } else {
      size_t i = count & ~(kLanes - 1);
      if (i + 2 < count) step(c, tables[i + 2], symbols[i + 2]);
      if (i + 1 < count) step(b, tables[i + 1], symbols[i + 1]);
      if (i < count) step(a, tables[i], symbols[i]);
      while (i > 0) {
        i -= kLanes;
        step(d, tables[i + 3], symbols[i + 3]);
        step(c, tables[i + 2], symbols[i + 2]);
        step(b, tables[i + 1], symbols[i + 1]);
        step(a, tables[i], symbols[i]);
      }
    }
    states_ = {a, b, c, d};
  }

  void finish(std::vector<uint8_t>& out) const {
    out.reserve(out.size() + 4 * lanes_ + 2 * (words_.size() - at_));
    for (size_t i = 0; i < lanes_; ++i) {
      for (int bit = 0; bit < 32; bit += 8) out.push_back(static_cast<uint8_t>(states_[i] >> bit));
    }
    for (size_t i = at_; i < words_.size(); ++i) {
      out.push_back(static_cast<uint8_t>(words_[i]));
      out.push_back(static_cast<uint8_t>(words_[i] >> 8));
    }
  }

 private:
  void step(uint32_t& x, size_t table, size_t symbol) {
    const auto& first = tables_[table].first;
    const uint32_t start = first[symbol], frequency = first[symbol + 1] - start;
    // A number takes one word at most.
    if (x >= static_cast<uint64_t>(frequency) << (32 - kFrequencyBits)) {
      words_[--at_] = static_cast<uint16_t>(x);
      x >>= 16;
    }
    const uint32_t quotient = x / frequency;
    x = (quotient << kFrequencyBits) + (x - quotient * frequency) + start;
  }

  const std::array<Table, kTables>& tables_;
  size_t lanes_;
  std::vector<uint16_t> words_;
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
