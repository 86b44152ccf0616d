// What a walk reads of a band and beside it, in the order of its steps: cell (step, lane) is where that lane is at that step, so that
// sixteen neighbours are one vector. Of one group of rows at a time, which stays in the cache. Included once for each instruction
// set, as lanes16.h is.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "bands/band_said.h"
#include "bands/band_task.h"
#include "large_allocator.h"
#include "predict/lanes16.h"
#include "predict/residuals.h"

namespace fieldzip::FIELDZIP_LANES {

inline constexpr ptrdiff_t kBandBehind = 4;  // columns that a lane is behind the one above

// A group of sixteen rows takes a period of steps; its first lane starts with it, each of the others kBandBehind steps later, so that
// some are still in the group before.
class BandOrder {
 public:
  BandOrder(size_t rows, size_t columns) : period_(std::max<size_t>(columns + 8, 64)), groups_((rows + kLanes - 1) / kLanes) {}

  size_t period() const { return period_; }
  size_t groups() const { return groups_; }
  // Of a group; behind the last, until the last lane is done.
  size_t stepsOf(size_t group) const { return group < groups_ ? period_ : (kLanes - 1) * kBandBehind; }

 private:
  size_t period_, groups_;
};

template <size_t kOrientation>
class BandLayout {
 public:
  static constexpr ptrdiff_t kBefore = 16;  // cells before a group's first step

  explicit BandLayout(const BandTask& task)
      : task_(task), order_(task.ownRows, task.columns), period_(static_cast<ptrdiff_t>(order_.period())), parents_(task, kOfParents<kOrientation>) {
    for (auto* plane : {&own_, &residuals_}) plane->assign(static_cast<size_t>((kBefore + 2 * period_) * kOwnStride), 0.0F);
    for (size_t p = 0; p < 1 + kOrientation; ++p) planes_[p].assign(static_cast<size_t>((period_ + kPlaneTail) * kStride), 0.0F);
    const size_t cells = static_cast<size_t>(period_ + kParentsTail) * kLanes;
    words_.assign(cells, 0);
    wides_.assign(cells, 0);
    still_.assign(cells, 0.0F);
  }

  const BandOrder& order() const { return order_; }

  // Before the steps of a group, which come in order, the first of them at cell kBefore.
  void enter(size_t group) {
    if (group > 0) {
      for (auto* plane : {&own_, &residuals_}) follow(*plane, kOwnStride, kBefore + period_);
      for (size_t p = 0; p < 1 + kOrientation; ++p) follow(planes_[p], kStride, kPlaneTail);
      follow(words_, kLanes, kParentsTail);
      follow(wides_, kLanes, kParentsTail);
      follow(still_, kLanes, kParentsTail);
    }
    if (group == order_.groups()) return;
    layPlane(group, task_.low, planes_[0]);
    for (size_t b = 0; b < kOrientation; ++b) layPlane(group, task_.beside[b], planes_[1 + b]);
    layParents(group);
  }

  // Of the band, what was coded, and how far off that was: a cell, so many columns to the right and rows down of it.
  const float* own(ptrdiff_t cell, ptrdiff_t dx, ptrdiff_t dy) const { return own_.data() + placeOfOwn(cell, dx, dy); }
  const float* residual(ptrdiff_t cell, ptrdiff_t dx, ptrdiff_t dy) const { return residuals_.data() + placeOfOwn(cell, dx, dy); }
  // Of the low-pass (0) and the bands beside it.
  const float* known(size_t plane, ptrdiff_t cell, ptrdiff_t dx, ptrdiff_t dy) const {
    return planes_[plane].data() + (cell + dx + kBandBehind * dy) * kStride + kLane + dy;
  }
  const int32_t* word(ptrdiff_t cell) const { return words_.data() + cell * static_cast<ptrdiff_t>(kLanes); }
  const int32_t* wide(ptrdiff_t cell) const { return wides_.data() + cell * static_cast<ptrdiff_t>(kLanes); }
  const float* still(ptrdiff_t cell) const { return still_.data() + cell * static_cast<ptrdiff_t>(kLanes); }

  // The last rows of a group stand above the first of the next.
  void put(ptrdiff_t cell, const F16& values, const F16& residuals) {
    put(own_, cell, values);
    put(residuals_, cell, residuals);
  }

 private:
  static constexpr ptrdiff_t kOwnStride = 20, kOwnLane = 3, kStride = 24, kLane = 3;
  // Of a known plane, rows from two above to three below a group, and some columns on either side.
  static constexpr ptrdiff_t kAbove = 2, kLast = 18, kSide = 4;
  static constexpr ptrdiff_t kPlaneTail = kBefore + kBandBehind * kLast + kSide, kParentsTail = kBefore + kBandBehind * static_cast<ptrdiff_t>(kLanes - 1);

  static ptrdiff_t placeOfOwn(ptrdiff_t cell, ptrdiff_t dx, ptrdiff_t dy) { return (cell + dx + kBandBehind * dy) * kOwnStride + kOwnLane + dy; }

  void put(LargeVector<float>& plane, ptrdiff_t cell, const F16& x) {
    float* own = plane.data() + placeOfOwn(cell, 0, 0);
    x.store(own);
    const float* last = own + kLanes - kOwnLane;
    float* to = plane.data() + (cell + period_ - kBandBehind * static_cast<ptrdiff_t>(kLanes)) * kOwnStride;
    for (ptrdiff_t k = 0; k < kOwnLane; ++k) to[k] = last[k];
  }

  // What is behind a period is what the next one starts with.
  template <typename T>
  void follow(LargeVector<T>& plane, ptrdiff_t stride, ptrdiff_t cells) {
    const auto from = plane.begin() + period_ * stride;
    std::copy(from, from + cells * stride, plane.begin());
  }

  void layPlane(size_t group, const BandPlane& plane, LargeVector<float>& to) {
    const auto columns = static_cast<ptrdiff_t>(task_.columns), last = static_cast<ptrdiff_t>(plane.columns) - 1;
    for (ptrdiff_t block = -kSide; block < columns + kSide; block += 64) {
      const ptrdiff_t end = std::min(block + 64, columns + kSide);
      for (ptrdiff_t r = -kAbove; r <= kLast; ++r) {
        const float* row = plane.row(static_cast<ptrdiff_t>(task_.firstRow + group * kLanes) + r);
        float* cell = to.data() + (kBefore + block + kBandBehind * r) * kStride + kLane + r;
        ptrdiff_t x = block;
        for (; x < 0; ++x, cell += kStride) *cell = row[0];
        for (const ptrdiff_t inside = std::min(end, last + 1); x < inside; ++x, cell += kStride) *cell = row[x];
        for (; x < end; ++x, cell += kStride) *cell = row[last];
      }
    }
  }

  // Where there is no site, 0 is read.
  void layParents(size_t group) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const size_t row = group * kLanes + lane, columns = row < task_.ownRows ? task_.columns : 0;
      const size_t start = (static_cast<size_t>(kBefore) + lane * static_cast<size_t>(kBandBehind)) * kLanes + lane;
      int32_t *word = words_.data() + start, *wide = wides_.data() + start;
      float* still = still_.data() + start;
      const auto put = [&](const BandParents::Said& said) {
        *word = said.word;
        *wide = said.wide;
        *still = said.still;
        word += kLanes;
        wide += kLanes;
        still += kLanes;
      };
      if (columns > 0) {
        const auto& said = parents_.row(task_.firstRow + row);
        for (size_t x = 0; x < columns / 2; ++x) {
          const BandParents::Said own = said[std::min(x, said.size() - 1)];
          put(own);
          put(own);
        }
        if (columns % 2 != 0) put(said[std::min(columns / 2, said.size() - 1)]);
      }
      for (size_t x = columns; x < order_.period(); ++x) put({0, 0, 0.0F});
    }
  }

  const BandTask& task_;
  BandOrder order_;
  ptrdiff_t period_;
  BandParents parents_;
  LargeVector<float> own_, residuals_, still_;
  std::array<LargeVector<float>, 1 + kOrientation> planes_;
  LargeVector<int32_t> words_, wides_;
};

}  // namespace fieldzip::FIELDZIP_LANES
