// What is known of a band's coefficients before any of them: the low-pass, the bands beside it, and the level above, as bytes
// for the network. Made a row at a time. Included once for each instruction set, as lanes16.h is.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bands/band_network.h"
#include "bands/band_task.h"
#include "predict/lanes16.h"
#include "predict/lockstep_network.h"

namespace fieldzip::FIELDZIP_LANES {

inline constexpr size_t kSaidWords = 6;

// 128 + sign(x) * 8 log2(1 + 4 |x|), the logarithm linear between powers of two; within 1 to 255.
inline I16 compand4(const F16& x) {
  const I16 own = bitsOf(x), sign = own >> 31;
  const I16 logarithm = (bitsOf(absolute(x) * 4.0F + 1.0F) >> 20) - (127 << 3);
  const I16 limit = least(logarithm, I16::all(127));
  return ((limit ^ sign) - sign) + kNetZero;
}
inline I16 fourBytes(const F16& a, const F16& b, const F16& c, const F16& d) {
  return (compand4(a) | compand4(b) << 8) | (compand4(c) << 16 | compand4(d) << 24);
}

// A row with its ends repeated, so that a vector may reach beyond them.
class PaddedRow {
 public:
  static constexpr size_t kPad = 8;

  void resize(size_t columns) { cells_.resize(columns + 2 * kPad + kLanes); }
  void fill(const BandPlane& plane, ptrdiff_t i) {
    const float* row = plane.row(i);
    fillFrom(row, plane.columns);
  }
  void fillFrom(const float* row, size_t count) {
    std::fill_n(cells_.begin(), kPad, row[0]);
    const size_t fits = std::min(count, cells_.size() - kPad);
    std::copy_n(row, fits, cells_.begin() + kPad);
    std::fill(cells_.begin() + static_cast<ptrdiff_t>(kPad + fits), cells_.end(), row[count - 1]);
  }
  float* data() { return cells_.data() + kPad; }
  F16 at(size_t x, ptrdiff_t dx) const { return F16::load(cells_.data() + kPad + static_cast<ptrdiff_t>(x) + dx); }

 private:
  std::vector<float> cells_;
};

template <size_t kOrientation>
class BandSaid {
 public:
  explicit BandSaid(const BandTask& task) : task_(task) {
    for (auto& row : low_) row.resize(task.columns);
    for (auto& rows : beside_) {
      for (auto& row : rows) row.resize(task.columns);
    }
    for (auto& row : ofParents_) row.resize(task.columns);
    for (auto& words : words_) words.resize(task.columns + kLanes);
    still_.resize(task.columns + kLanes);
    parentSums_.resize(task.parents[0].empty() ? 0 : task.parents[0].columns + 4);
    least_ = task.low.values[0];
    for (size_t i = 0; i < task.low.rows * task.low.columns; ++i) least_ = task.low.values[i] < least_ ? task.low.values[i] : least_;
    unit_ = std::ldexp(1.0F, -static_cast<int>(task.level));
  }

  const int32_t* words(size_t w) const { return words_[w].data(); }
  // What is expected of the magnitude by what is known.
  const float* still() const { return still_.data(); }

  void row(size_t i) {
    const auto at = static_cast<ptrdiff_t>(i);
    for (ptrdiff_t r = 0; r < 6; ++r) low_[static_cast<size_t>(r)].fill(task_.low, at - 2 + r);
    if constexpr (kOrientation == 1) {
      for (ptrdiff_t r = 0; r < 4; ++r) beside_[0][static_cast<size_t>(r)].fill(task_.beside[0], at - 2 + r);
    }
    if constexpr (kOrientation == 2) {
      for (size_t b = 0; b < 2; ++b) {
        for (ptrdiff_t r = 0; r < 4; ++r) beside_[b][static_cast<size_t>(r)].fill(task_.beside[b], at - 1 + r);
      }
    }
    if (!opened_ || i / 2 != parentRow_) openParents(i / 2);
    for (size_t x = 0; x < task_.columns; x += kLanes) sites(x);
  }

 private:
  void openParents(size_t row) {
    opened_ = true;
    parentRow_ = row;
    const auto at = static_cast<ptrdiff_t>(row);
    const auto spread = [&](size_t which, const auto& of) {
      float* to = ofParents_[which].data();
      const BandPlane& plane = task_.parents[0];
      for (ptrdiff_t x = -static_cast<ptrdiff_t>(PaddedRow::kPad); x < static_cast<ptrdiff_t>(task_.columns + PaddedRow::kPad); ++x) {
        to[x] = of(std::clamp<ptrdiff_t>(x >> 1, 0, static_cast<ptrdiff_t>(plane.columns) - 1));
      }
    };
    if (task_.parents[0].empty() || task_.parents[1].empty() || task_.parents[2].empty()) {
      for (auto& parents : ofParents_) std::fill_n(parents.data() - PaddedRow::kPad, task_.columns + 2 * PaddedRow::kPad, 0.0F);
      return;
    }
    const float* own = task_.parents[0].row(at);
    spread(0, [&](ptrdiff_t x) { return own[x]; });
    for (size_t p = 0; p < kOrientations; ++p) {
      sumAround(task_.parents[p], at, 1);
      const auto last = static_cast<ptrdiff_t>(task_.parents[p].columns) - 1;
      spread(1 + p, [&](ptrdiff_t x) { return box(std::min(x, last), 1); });
    }
    sumAround(task_.parents[0], at, 2);
    spread(4, [&](ptrdiff_t x) { return box(x, 2); });
  }
  // Magnitudes of so many rows each side, column by column, with two more at the ends.
  void sumAround(const BandPlane& plane, ptrdiff_t row, ptrdiff_t reach) {
    parentSums_.assign(plane.columns + 4, 0.0F);
    for (ptrdiff_t dy = -reach; dy <= reach; ++dy) {
      const float* from = plane.row(row + dy);
      for (size_t x = 0; x < plane.columns; ++x) parentSums_[x + 2] += std::abs(from[x]);
    }
  }
  float box(ptrdiff_t x, ptrdiff_t reach) const {
    const float* c = parentSums_.data() + x + 2;
    return reach == 1 ? (c[-1] + c[0]) + c[1] : ((c[-2] + c[-1]) + (c[1] + c[2])) + c[0];
  }

  void sites(size_t x) {
    const auto a = [&](ptrdiff_t dy, ptrdiff_t dx) { return low_[static_cast<size_t>(dy + 2)].at(x, dx); };
    const auto bend = [](const F16& l, const F16& m, const F16& r) { return (l + r) - (m + m); };
    const auto across = [&](ptrdiff_t dy, ptrdiff_t dx) { return absolute(a(dy, dx + 1) - a(dy, dx)); };
    const auto down = [&](ptrdiff_t dy, ptrdiff_t dx) { return absolute(a(dy + 1, dx) - a(dy, dx)); };
    const auto bent = [&](ptrdiff_t dy, ptrdiff_t dx) { return absolute(bend(a(dy, dx - 1), a(dy, dx), a(dy, dx + 1))); };
    const auto bentDown = [&](ptrdiff_t dy, ptrdiff_t dx) { return absolute(bend(a(dy - 1, dx), a(dy, dx), a(dy + 1, dx))); };
    const auto parent = [&](size_t which) { return ofParents_[which].at(x, 0); };

    F16 still = parent(1) * (1.0F / 9);
    if constexpr (kOrientation == 0) {
      put(0, x, fourBytes(bend(a(0, -1), a(0, 0), a(0, 1)), bend(a(0, 0), a(0, 1), a(0, 2)), a(-1, 1) - a(-1, 0), a(1, 1) - a(1, 0)));
      const F16 wide = (bent(-1, -1) + bent(-1, 2)) + (bent(1, -1) + bent(1, 2));
      put(2, x, fourBytes(wide, (bentDown(-1, 0) + bentDown(-1, 1)) + (bentDown(1, 0) + bentDown(1, 1)), parent(4), F16::all(static_cast<float>(task_.level))));
      still = still * 0.05F;
    } else if constexpr (kOrientation == 1) {
      const auto b = [&](ptrdiff_t dy, ptrdiff_t dx) { return beside_[0][static_cast<size_t>(dy + 2)].at(x, dx); };
      const auto m = [&](ptrdiff_t dy, ptrdiff_t dx) { return absolute(b(dy, dx)); };
      put(0, x, fourBytes(b(-1, 0), b(-1, 1), b(0, 0), b(0, 1)));
      const F16 near = (m(-1, 0) + m(-1, 1)) + (m(0, 0) + m(0, 1));
      const F16 wide = (((m(-2, 0) + m(-2, 1)) + (m(1, 0) + m(1, 1))) + ((m(-1, -1) + m(-1, 2)) + (m(0, -1) + m(0, 2)))) + ((m(-2, -1) + m(-2, 2)) + (m(1, -1) + m(1, 2)));
      put(2, x, fourBytes(near, wide, parent(4), F16::all(static_cast<float>(task_.level))));
      still = still * 0.05F + near * 0.03F;
    } else {
      const auto b = [&](size_t which, ptrdiff_t dy, ptrdiff_t dx) { return beside_[which][static_cast<size_t>(dy + 1)].at(x, dx); };
      const auto m = [&](size_t which, ptrdiff_t dy, ptrdiff_t dx) { return absolute(b(which, dy, dx)); };
      put(0, x, fourBytes(b(0, 0, 0), b(0, 1, 0), b(1, 0, 0), b(1, 0, 1)));
      const F16 first = m(0, 0, 0) + m(0, 1, 0), second = m(1, 0, 0) + m(1, 0, 1);
      const F16 wideFirst = ((m(0, 0, -1) + m(0, 0, 1)) + (m(0, 1, -1) + m(0, 1, 1))) + (m(0, -1, 0) + m(0, 2, 0));
      const F16 wideSecond = ((m(1, -1, 0) + m(1, -1, 1)) + (m(1, 1, 0) + m(1, 1, 1))) + (m(1, 0, -1) + m(1, 0, 2));
      put(2, x, fourBytes(first + second, wideFirst, wideSecond, F16::all(static_cast<float>(task_.level))));
      still = still * 0.02F + (first + second) * 0.05F;
    }
    (still + 0.02F).store(still_.data() + x);
    put(1, x, fourBytes(parent(0), parent(1), parent(2), parent(3)));
    put(3, x, fourBytes(a(0, 1) - a(0, 0), (a(0, 2) - a(0, 1)) - (a(0, 0) - a(0, -1)), (a(1, 0) - a(-1, 0)) + (a(1, 1) - a(-1, 1)),
                        (a(1, 1) - a(-1, 1)) - (a(1, 0) - a(-1, 0))));
    const F16 beside = (across(-1, 0) + across(1, 0)) + across(0, 0);
    const F16 wide = ((across(-2, -1) + across(-2, 1)) + (across(2, -1) + across(2, 1))) + ((across(0, -2) + across(0, -1)) + (across(0, 1) + across(0, 2)));
    put(4, x, fourBytes(beside, (down(-1, 0) + down(-1, 1)) + (down(0, 0) + down(0, 1)), wide, (a(0, 0) - least_) * unit_));
    put(5, x, fourBytes((bent(0, -1) + bent(0, 0)) + (bent(0, 1) + bent(0, 2)), (bent(-1, 0) + bent(-1, 1)) + (bent(1, 0) + bent(1, 1)),
                        bentDown(0, 0) + bentDown(0, 1), (bentDown(0, -2) + bentDown(0, -1)) + (bentDown(0, 2) + bentDown(0, 3))));
  }
  void put(size_t w, size_t x, const I16& word) { word.store(words_[w].data() + x); }

  const BandTask& task_;
  std::array<PaddedRow, 6> low_;
  std::array<std::array<PaddedRow, 4>, 2> beside_;
  std::array<PaddedRow, 5> ofParents_;
  std::array<std::vector<int32_t>, kSaidWords> words_;
  std::vector<float> still_, parentSums_;
  float least_, unit_;
  size_t parentRow_ = 0;
  bool opened_ = false;
};

}  // namespace fieldzip::FIELDZIP_LANES
