// Values to numbers: coarse grid first, every pass predicted from what the decoder will have.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "interpolate/fit.h"
#include "interpolate/gather.h"
#include "interpolate/levels_walk.h"
#include "interpolate/row_engine.h"
#include "interpolate/sample.h"

namespace fieldzip {


template <typename Real>
class InterpolationEncoder {
 public:
  template <typename T>
  InterpolationEncoder(std::span<const T> values, std::span<const uint8_t> mask, size_t rows, size_t columns, double offset, double perStep)
      : masks_(masksOf(mask, rows, columns)), levels_(makeLevels<Real>(rows, columns)), buffers_(columns + 2 * kPad), gathered_(values.size(), columns) {
    for (size_t l = 0; l < levels_.size(); ++l) {
      auto& level = levels_[l];
      for (size_t r = 0; r < level.rows; ++r) {
        if (l == 0) {
          for (size_t j = 0; j < columns; ++j) buffers_.y[j] = static_cast<Real>((static_cast<double>(values[r * columns + j]) - offset) * perStep);
        }
        split(l == 0 ? buffers_.y.data() : levels_[l - 1].even.row(2 * r), level.columns, level.even.row(r), level.odd.row(r));
        level.even.pad(r);
        level.odd.pad(r);
      }
    }
  }

  void run(BitWriter& out) {
    const size_t top = levels_.size() - 1;
    root(out);
    PassModel models[2] = {defaultModel(false), defaultModel(true)};
    for (size_t l = top; l-- > 0;) {
      joinAbove(levels_, l);
      pass<false>(l, models[0], out);
      pass<true>(l, models[1], out);
    }
  }
  std::vector<Level<Real>>& levels() { return levels_; }
  Gathered& gathered() { return gathered_; }

 private:
  void root(BitWriter& out) {
    const bool missing = !masks_.empty() && masks_.back().even.row(0)[0] != 0;
    const auto number = missing ? 0 : static_cast<int32_t>(nearest(levels_.back().even.row(0)[0]));
    putEscaped(number, out);
    levels_.back().even.row(0)[0] = static_cast<Real>(number);
    levels_.back().even.pad(0);
  }

  template <bool second>
  const Plane<uint8_t>* missingRows(size_t l) const {
    return masks_.empty() ? nullptr : second ? &masks_[l].odd : &masks_[l].even;
  }

  template <bool second>
  void pass(size_t l, PassModel& model, BitWriter& out) {
    auto& level = levels_[l];
    const auto [from, stride, rows, count] = passOf(level, second);
    if (rows * count == 0) return;
    if (second) firstAbove(level, buffers_);
    if (rows * count >= kFitPoints) {
      const auto fitted = fitPass<Real, second>(sampleOf<second>(level, missingRows<second>(l), buffers_), count, rows * count, model, false);
      out.put(fitted.has_value(), 1);
      if (fitted) {
        writeModel(*fitted, model, out);
        model = *fitted;
      }
    }
    const auto weights = weightsOf<Real>(model, second);
    Real *k1 = buffers_.rings[0].data() + 1, *k2 = buffers_.rings[1].data() + 1, *k0 = buffers_.rings[2].data() + 1;
    for (auto& ring : buffers_.rings) std::fill(ring.begin(), ring.end(), Real{0});
    for (size_t r = from; r < level.rows; r += stride) {
      const uint8_t* missing = masks_.empty() ? nullptr : missingRows<second>(l)->row(r);
      auto& plane = second ? level.odd : level.even;
      const Rows<Real> known = withFirst(rowsOf(level, second, r), second, buffers_);
      predictRow<Real, second>(known, weights, count, buffers_.p.data());
      scaleRow<Real, second>(known, weights, k1, k2, count, buffers_.p.data(), buffers_.scales.data());
      classRow(buffers_.scales.data(), count, buffers_.classes.data());
      quantiseRow(plane.row(r), buffers_.p.data(), count, k0, buffers_.numbers.data());
      size_t coded = count;
      if (missing != nullptr) {
        coded = 0;
        for (size_t j = 0; j < count; ++j) {
          if (missing[j] != 0) {
            k0[j] = 0;
            plane.row(r)[j] = buffers_.p[j];
          } else {
            buffers_.classes[coded] = buffers_.classes[j];
            buffers_.numbers[coded++] = buffers_.numbers[j];
          }
        }
      }
      gathered_.row(buffers_.classes.data(), buffers_.numbers.data(), coded);
      plane.pad(r);
      k0[count] = 0;
      std::swap(k2, k0);
      std::swap(k1, k2);
    }
  }

  Masks masks_;
  // Values in steps, and what is restored of them once they are coded.
  std::vector<Level<Real>> levels_;
  Buffers<Real> buffers_;
  Gathered gathered_;
};

}  // namespace fieldzip
