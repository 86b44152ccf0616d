// The coding of a coefficient by a table. Included once for each instruction set, as lanes16.h is.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "bands/band_symbol.h"
#include "bands/band_tables.h"
#include "coefficients/coefficient_model.h"
#include "errors.h"

namespace fieldzip::FIELDZIP_LANES {

// Where a coefficient is expected: `nearest` is the multiple of 2^shift next to the mean, `direction` -1 where the mean is
// below it, so that all tables are of means at or above.
struct Expected {
  int32_t nearest, direction, shift, context;
};

template <typename Coder>
class TableSymbol {
 public:
  // `value` (unused by a decoder).
  void find(const Coder& coder, size_t state, int64_t value, const Expected& expected, BandTables& tables, float mean, const BandTrade& trade) {
    expected_ = expected;
    start_ = (int64_t{expected.nearest} << expected.shift) - ((int64_t{1} << expected.shift) >> 1);
    const BandTables::Table& table = tables[static_cast<size_t>(expected.context)];
    if constexpr (Coder::kDecodes) {
      const uint32_t slot = coder.peek(state, kTableCodedBits);
      symbol_ = static_cast<int32_t>(countUpTo(table.data(), static_cast<int32_t>(slot << kDropped | ((1U << kDropped) - 1))));
      from_ = startOf(table, symbol_);
      to_ = endOf(table, symbol_);
    } else {
      const int64_t off = (value - start_) >> expected.shift;
      symbol_ = kTableZero + static_cast<int32_t>(std::clamp<int64_t>(expected.direction < 0 ? -off : off, -kTableZero, kTableZero - 1));
      from_ = startOf(table, symbol_);
      to_ = endOf(table, symbol_);
      // One step towards the mean, where that saves more bits than its error is worth.
      const float away = static_cast<float>(value) - mean;
      if (expected.shift == 0 && trade.lambda64 > 0.0F && (away > 0.5F || away < -0.5F) && symbol_ > 0 && symbol_ < kTableSymbols - 1) {
        const int32_t step = (away > 0.0F) == (expected.direction > 0) ? -1 : 1, other = symbol_ + step;
        const uint32_t from = startOf(table, other), to = endOf(table, other);
        const float gain = trade.lambda64 * static_cast<float>(roughLog64(to - from) - roughLog64(to_ - from_));
        if (gain > 0.0F && other > 0 && other < kTableSymbols - 1) {
          const std::array<float, 2> delta{trade.delta[0], trade.delta[1]};
          const float here = trade.wanted - reconstructionOf<float>(static_cast<int32_t>(value), trade.zero, delta);
          const float there = trade.wanted - reconstructionOf<float>(static_cast<int32_t>(value) + step * expected.direction, trade.zero, delta);
          if (there * there - here * here < gain) {
            symbol_ = other;
            from_ = from;
            to_ = to;
          }
        }
      }
    }
  }

  int64_t finish(Coder& coder, size_t state, int64_t value, BandTables& tables) {
    tables.learn(static_cast<size_t>(expected_.context), symbol_);
    const int64_t off = int64_t{symbol_ - kTableZero} * expected_.direction, from = start_ + off * (int64_t{1} << expected_.shift);
    if constexpr (Coder::kDecodes) {
      coder.take(state, from_, to_ - from_, kTableCodedBits);
    } else {
      coder.push(state, from_, to_ - from_, kTableCodedBits);
    }
    if (symbol_ == 0 || symbol_ == kTableSymbols - 1) [[unlikely]] return escape(coder, state, value, off, from);
    if (expected_.shift != 0) {
      if constexpr (Coder::kDecodes) value = from + static_cast<int64_t>(coder.takeRaw(state, static_cast<uint32_t>(expected_.shift)));
      else coder.pushRaw(state, static_cast<uint64_t>(value - from), static_cast<uint32_t>(expected_.shift));
    } else {
      value = from;
    }
    return checked(value);
  }

 private:
  static constexpr int kDropped = kTableBits - kTableCodedBits;

  static uint32_t startOf(const BandTables::Table& table, int32_t symbol) { return symbol == 0 ? 0 : table[static_cast<size_t>(symbol - 1)] >> kDropped; }
  static uint32_t endOf(const BandTables::Table& table, int32_t symbol) { return table[static_cast<size_t>(symbol)] >> kDropped; }

  static int64_t checked(int64_t value) {
    if constexpr (Coder::kDecodes) {
      if (value < -kGreatestCoefficient || value > kGreatestCoefficient) [[unlikely]] throw CorruptStream("the coded stream has a coefficient out of range");
    }
    return value;
  }

  // At the outer symbols: how far beyond, as a bit length and its bits.
  int64_t escape(Coder& coder, size_t state, int64_t value, int64_t off, int64_t from) {
    const bool high = off > 0;
    const int64_t first = high ? from : from + (int64_t{1} << expected_.shift) - 1;
    if constexpr (Coder::kDecodes) {
      const uint32_t length = static_cast<uint32_t>(coder.takeRaw(state, 6));
      if (length > kMostEscape) throw CorruptStream("the coded stream has a coefficient out of range");
      const int64_t distance = static_cast<int64_t>((uint64_t{1} << length | coder.takeRaw(state, length)) - 1);
      return checked(high ? first + distance : first - distance);
    } else {
      const uint64_t excess = static_cast<uint64_t>(high ? value - first : first - value) + 1;
      const uint32_t length = static_cast<uint32_t>(std::bit_width(excess)) - 1;
      coder.pushRaw(state, length, 6);
      coder.pushRaw(state, excess & ((uint64_t{1} << length) - 1), length);
      return value;
    }
  }
  static constexpr uint32_t kMostEscape = 33;

  Expected expected_;
  int64_t start_;
  int32_t symbol_;
  uint32_t from_, to_;
};

}  // namespace fieldzip::FIELDZIP_LANES
