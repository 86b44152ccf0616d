// What a pass knows of a point before it is coded: groups of neighbours, whose weighted sum is the prediction, and differences among
// them, whose weighted sum is the expected size of the error.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "interpolate/pyramid.h"

namespace fieldzip {

inline constexpr size_t kGroups = 11;
inline constexpr size_t kFeatures = 9;
// Weights are multiples of 2^-kWeightBits; that of the first group makes their sum 1.
inline constexpr int kWeightBits = 11;
inline constexpr int kFeatureBits = 10;

// Neighbours in each group.
inline constexpr std::array<int, kGroups> kRowCounts = {2, 0, 1, 1, 2, 2, 1, 2, 2, 2, 1};
inline constexpr std::array<int, kGroups> kColumnCounts = {2, 2, 2, 2, 1, 2, 1, 2, 2, 2, 2};

// Row `r` of a level, reflected at both ends; parity stays.
inline size_t reflect(ptrdiff_t r, size_t rows) {
  const auto last = static_cast<ptrdiff_t>(rows) - 1;
  if (last == 0) return 0;
  while (r < 0 || r > last) r = r < 0 ? -r : 2 * last - r;
  return static_cast<size_t>(r);
}

// The rows that a row of a pass is predicted from.
template <typename Real>
struct Rows {
  const Real* e[7];  // first pass: E of rows r-3, r-1, r+1, r+3, r-2 (own pass), r-4; second: E of r-2 .. r+2, O of r-1, r-2
};

template <typename Real>
Rows<Real> rowsOf(const Level<Real>& level, bool second, size_t row) {
  const auto r = static_cast<ptrdiff_t>(row);
  const auto even = [&](ptrdiff_t at) { return level.even.row(reflect(at, level.rows)); };
  if (!second) {
    // Before the first row of the pass, its place is taken by the row above.
    const Real* own = r >= 2 ? level.even.row(row - 2) : even(r - 1);
    const Real* beyond = r >= 4 ? level.even.row(row - 4) : own;
    return {{even(r - 3), even(r - 1), even(r + 1), even(r + 3), own, beyond, nullptr}};
  }
  const Real* above = r >= 1 ? level.odd.row(row - 1) : nullptr;
  const Real* beyond = r >= 2 ? level.odd.row(row - 2) : above;
  return {{even(r - 2), even(r - 1), even(r), even(r + 1), even(r + 2), above, beyond}};
}

// Sums of the groups at column j.
template <typename Real>
inline void rowGroups(const Rows<Real>& rows, size_t j, std::array<Real, kGroups>& g) {
  const Real *u3 = rows.e[0] + j, *u = rows.e[1] + j, *d = rows.e[2] + j, *d3 = rows.e[3] + j, *own = rows.e[4] + j, *own2 = rows.e[5] + j;
  g[0] = u[0] + d[0];
  g[1] = u[0] - d[0];
  g[2] = u3[0];
  g[3] = d3[0];
  g[4] = u[-1] + u[1];
  g[5] = d[-1] + d[1];
  g[6] = own[0];
  g[7] = own[-1] + own[1];
  g[8] = u[-2] + u[2];
  g[9] = d[-2] + d[2];
  g[10] = own2[0];
}

template <typename Real>
inline void columnGroups(const Rows<Real>& rows, size_t j, std::array<Real, kGroups>& g) {
  const Real *u2 = rows.e[0] + j, *u = rows.e[1] + j, *e = rows.e[2] + j, *d = rows.e[3] + j, *d2 = rows.e[4] + j, *o = rows.e[5] + j, *o2 = rows.e[6] + j;
  g[0] = e[0] + e[1];
  g[1] = e[-1] + e[2];
  g[2] = u[0] + u[1];
  g[3] = d[0] + d[1];
  g[4] = o[0];
  g[5] = o[-1] + o[1];
  g[6] = o2[0];
  g[7] = u[-1] + u[2];
  g[8] = d[-1] + d[2];
  g[9] = u2[0] + u2[1];
  g[10] = d2[0] + d2[1];
}

template <typename Real>
inline Real magnitude(Real v) { return v < 0 ? -v : v; }

// `k1`, `k2`: errors that the two rows of the pass before had, in quantisation steps of the level times its step.
template <typename Real>
inline void rowFeatures(const Rows<Real>& rows, const Real* k1, const Real* k2, size_t j, Real p, std::array<Real, kFeatures>& f) {
  const Real *u3 = rows.e[0] + j, *u = rows.e[1] + j, *d = rows.e[2] + j, *d3 = rows.e[3] + j;
  f[0] = Real{1};
  f[1] = magnitude(k1[j]);
  f[2] = magnitude(k1[static_cast<ptrdiff_t>(j) - 1]) + magnitude(k1[j + 1]);
  f[3] = magnitude(k2[j]);
  f[4] = magnitude(u[0] - d[0]);
  f[5] = magnitude((u3[0] + d3[0]) - (u[0] + d[0]));
  f[6] = magnitude((u[-1] + u[1]) - (u[0] + u[0])) + magnitude((d[-1] + d[1]) - (d[0] + d[0]));
  f[7] = magnitude((u[0] + d[0]) * Real{0.5} - p);
  f[8] = magnitude(u[1] - u[-1]) + magnitude(d[1] - d[-1]);
}

template <typename Real>
inline void columnFeatures(const Rows<Real>& rows, const Real* k1, const Real* k2, size_t j, Real p, std::array<Real, kFeatures>& f) {
  const Real *u = rows.e[1] + j, *e = rows.e[2] + j, *d = rows.e[3] + j, *o = rows.e[5] + j;
  f[0] = Real{1};
  f[1] = magnitude(k1[j]);
  f[2] = magnitude(k1[static_cast<ptrdiff_t>(j) - 1]) + magnitude(k1[j + 1]);
  f[3] = magnitude(k2[j]);
  f[4] = magnitude(e[0] - e[1]);
  f[5] = magnitude((e[-1] + e[2]) - (e[0] + e[1]));
  f[6] = magnitude((u[0] + d[0]) - (e[0] + e[0])) + magnitude((u[1] + d[1]) - (e[1] + e[1]));
  f[7] = magnitude((e[0] + e[1]) * Real{0.5} - p);
  f[8] = magnitude(o[0] - p);
}

// ---- Classes of the expected error, half an octave each.

inline constexpr int kLeastScale = -8;  // the first class ends at 2^kLeastScale
// From here on the lowest bits of a number are sent raw, and every other class has one table.
inline constexpr int kRawFrom = 2 * (2 - kLeastScale);
inline constexpr int kTables = kRawFrom + 2;
inline constexpr int kMostRaw = 26;
inline constexpr int kClasses = kRawFrom + 2 * kMostRaw;

inline uint8_t classOf(float scale) {
  constexpr int kBias = 2 * (127 + kLeastScale) - 1;
  const int half = static_cast<int>(std::bit_cast<uint32_t>(scale) >> 22) - kBias;
  return static_cast<uint8_t>(half < 0 ? 0 : half >= kClasses ? kClasses - 1 : half);
}
// The table of a class, and how many of a number's lowest bits are sent raw.
inline constexpr auto kTableOf = [] {
  std::array<uint8_t, kClasses> tables{};
  for (int c = 0; c < kClasses; ++c) tables[static_cast<size_t>(c)] = static_cast<uint8_t>(c < kRawFrom ? c : kRawFrom + (c - kRawFrom) % 2);
  return tables;
}();
inline constexpr auto kRawOf = [] {
  std::array<uint8_t, kClasses> bits{};
  for (int c = kRawFrom; c < kClasses; ++c) bits[static_cast<size_t>(c)] = static_cast<uint8_t>((c - kRawFrom) / 2 + 1);
  return bits;
}();

}  // namespace fieldzip
