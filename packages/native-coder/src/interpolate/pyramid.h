// The grid of a tile, halved until one point is left. On each level the points of even columns ("even": E) and those of odd columns
// ("odd": O) lie apart, so that all of a pass is contiguous: the even rows of E are the level above, its odd rows are the first
// pass, O is the second.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "large_allocator.h"

namespace fieldzip {

// Columns beyond either end of a row that a prediction may look at.
inline constexpr size_t kPad = 2;

// Beyond the last row as well: what takes sixteen values at once may read, but not use, so many more.
inline constexpr size_t kSlack = 16;

// Rows of one width, each with its padding.
template <typename Real>
struct Plane {
  size_t rows = 0, columns = 0, stride = 0;
  LargeVector<Real> values;

  void shape(size_t height, size_t width) {
    rows = height;
    columns = width;
    stride = width + 2 * kPad;
    values.assign(std::max<size_t>(1, rows) * stride + kSlack, Real{0});
  }
  Real* row(size_t r) { return values.data() + r * stride + kPad; }
  const Real* row(size_t r) const { return values.data() + r * stride + kPad; }
  // What lies beyond the ends: the last values.
  void pad(size_t r) {
    if (columns == 0) return;
    Real* at = row(r);
    for (size_t i = 1; i <= kPad; ++i) {
      at[-static_cast<ptrdiff_t>(i)] = at[0];
      at[columns - 1 + i] = at[columns - 1];
    }
  }
};

template <typename Real>
struct Level {
  size_t rows = 0, columns = 0;
  Plane<Real> even, odd;

  void shape(size_t height, size_t width) {
    rows = height;
    columns = width;
    even.shape(height, (width + 1) / 2);
    odd.shape(height, width / 2);
  }
};

// Level 0 is the tile. The last has one point, which is even.row(0)[0].
template <typename Real>
std::vector<Level<Real>> makeLevels(size_t rows, size_t columns) {
  std::vector<Level<Real>> levels;
  for (;;) {
    levels.emplace_back().shape(rows, columns);
    if (rows == 1 && columns == 1) return levels;
    rows = (rows + 1) / 2;
    columns = (columns + 1) / 2;
  }
}

// A row of a level from its two halves, and back.
template <typename Real>
void join(const Real* even, const Real* odd, size_t columns, Real* out) {
  const size_t pairs = columns / 2;
  for (size_t i = 0; i < pairs; ++i) {
    out[2 * i] = even[i];
    out[2 * i + 1] = odd[i];
  }
  if (columns % 2 != 0) out[columns - 1] = even[pairs];
}

template <typename Real>
void split(const Real* in, size_t columns, Real* even, Real* odd) {
  const size_t pairs = columns / 2;
  for (size_t i = 0; i < pairs; ++i) {
    even[i] = in[2 * i];
    odd[i] = in[2 * i + 1];
  }
  if (columns % 2 != 0) even[pairs] = in[columns - 1];
}

}  // namespace fieldzip
