// What encoder and decoder share of going through the levels.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "interpolate/bits.h"
#include "interpolate/passes.h"
#include "interpolate/pyramid.h"

namespace fieldzip {

// A pass of fewer points has the weights of the one before.
inline constexpr size_t kFitPoints = 256;

// Rows of work: predictions, values, the numbers of three rows, the row above the first; sizes, classes and what is coded.
template <typename Real>
struct Buffers {
  std::vector<Real> p, y, rings[3], first;
  std::vector<float> scales;
  std::vector<uint8_t> classes, symbols, tables;
  std::vector<int32_t> numbers;
  explicit Buffers(size_t columns)
      : p(columns), y(columns), first(columns + 2 * kPad), scales(columns), classes(columns), symbols(columns), tables(columns), numbers(columns) {
    for (auto& ring : rings) ring.assign(columns + 2, Real{0});
  }
};

// A number beyond all symbols: its length, and itself.
inline void putEscaped(int32_t number, BitWriter& out) {
  const auto value = static_cast<uint32_t>(number) << 1 ^ static_cast<uint32_t>(number >> 31);
  const int bits = std::bit_width(value);
  out.put(static_cast<uint32_t>(bits), 6);
  out.put(value, bits);
}

inline int32_t takeEscaped(BitReader& in) {
  const auto bits = static_cast<int>(in.take(6));
  if (bits > 32) throw CorruptStream("a number is impossible");
  const uint32_t value = in.take(bits);
  return static_cast<int32_t>(value >> 1 ^ (~(value & 1U) + 1U));
}

using Masks = std::vector<Level<uint8_t>>;

// The levels of a mask; none for an empty one.
inline Masks masksOf(std::span<const uint8_t> mask, size_t rows, size_t columns) {
  Masks levels;
  if (mask.empty()) return levels;
  levels = makeLevels<uint8_t>(rows, columns);
  for (size_t l = 0; l < levels.size(); ++l) {
    auto& level = levels[l];
    for (size_t r = 0; r < level.rows; ++r) {
      split(l == 0 ? mask.data() + r * columns : levels[l - 1].even.row(2 * r), level.columns, level.even.row(r), level.odd.row(r));
    }
  }
  return levels;
}

template <typename Real>
void joinAbove(std::vector<Level<Real>>& levels, size_t l) {
  auto& level = levels[l];
  const auto& above = levels[l + 1];
  for (size_t r = 0; r < above.rows; ++r) {
    join(above.even.row(r), above.odd.row(r), above.columns, level.even.row(2 * r));
    level.even.pad(2 * r);
  }
}

// The row that stands for the second pass's row above the first.
template <typename Real>
void firstAbove(const Level<Real>& level, Buffers<Real>& buffers) {
  Real* row = buffers.first.data() + kPad;
  const Real* e = level.even.row(0);
  for (size_t j = 0; j < level.odd.columns; ++j) row[j] = (e[j] + e[j + 1]) * Real{0.5};
  for (size_t i = 1; i <= kPad; ++i) {
    row[-static_cast<ptrdiff_t>(i)] = row[0];
    row[level.odd.columns - 1 + i] = row[level.odd.columns - 1];
  }
}

template <typename Real>
Rows<Real> withFirst(Rows<Real> rows, bool second, const Buffers<Real>& buffers) {
  if (second) {
    for (const size_t i : {5, 6}) if (rows.e[i] == nullptr) rows.e[i] = buffers.first.data() + kPad;
  }
  return rows;
}

// Every stride-th row from the first on.
struct Pass {
  size_t from, stride, rows, count;
};

template <typename Real>
Pass passOf(const Level<Real>& level, bool second) {
  return second ? Pass{0, 1, level.rows, level.odd.columns} : Pass{1, 2, level.rows / 2, level.even.columns};
}

}  // namespace fieldzip
