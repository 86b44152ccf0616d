// Interpolation with networks, for encoder and decoder: what a network says of a row moves its predictions and chooses the distributions
// of its numbers.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "interpolate/advice.h"
#include "interpolate/advised_rans.h"
#include "interpolate/fit.h"
#include "interpolate/levels_walk.h"
#include "interpolate/row_engine.h"
#include "interpolate/sample.h"

namespace fieldzip {

// Missing points are coded from this level up, as the filled values that they are given as: what lies near them is predicted from them,
// and at a coarse level nothing else is near.
inline constexpr size_t kFilledFrom = 2;

// Sees what the networks are given, for their training.
struct NoAdviceObserver {
  static constexpr bool kObserves = false;
};

template <typename Real, typename Coder, typename Observer = NoAdviceObserver>
class AdvisedWalk {
 public:
  using Bits = std::conditional_t<Coder::kDecodes, BitReader, BitWriter>;

  AdvisedWalk(const InterpolationNetworks& networks, std::span<const uint8_t> mask, size_t rows, size_t columns, Coder& coder, Observer* observer = nullptr)
      : networks_(networks), masks_(masksOf(mask, rows, columns)), coder_(coder), observer_(observer), levels_(makeLevels<Real>(rows, columns)),
        told_(makeLevels<int32_t>(rows, columns)), buffers_(columns + 2 * kPad + kSlack), nothing_(columns + 2 * kPad + kSlack),
        moves_(columns + kSlack), contexts_(columns + kSlack) {}

  // What is to be coded; it becomes what is restored.
  template <typename T>
  void give(std::span<const T> values, double offset, double perStep) {
    for (size_t l = 0; l < levels_.size(); ++l) {
      auto& level = levels_[l];
      for (size_t r = 0; r < level.rows; ++r) {
        if (l == 0) {
          for (size_t j = 0; j < level.columns; ++j) buffers_.y[j] = static_cast<Real>((static_cast<double>(values[r * level.columns + j]) - offset) * perStep);
        }
        split(l == 0 ? buffers_.y.data() : levels_[l - 1].even.row(2 * r), level.columns, level.even.row(r), level.odd.row(r));
        level.even.pad(r);
        level.odd.pad(r);
      }
    }
  }
  std::vector<Level<Real>>& levels() { return levels_; }

  // `head` has the point of the last level and the weights of all passes, `bits` the escaped numbers.
  void run(Bits& head, Bits& bits) {
    root(head);
    PassModel models[2] = {defaultModel(false), defaultModel(true)};
    for (size_t l = levels_.size() - 1; l-- > 0;) {
      joinAbove(levels_, l);
      joinAbove(told_, l);
      pass<false>(l, models[0], head, bits);
      pass<true>(l, models[1], head, bits);
    }
  }

 private:
  void root(Bits& head) {
    Real* at = levels_.back().even.row(0);
    if constexpr (Coder::kDecodes) {
      at[0] = static_cast<Real>(takeEscaped(head));
    } else {
      const auto number = static_cast<int32_t>(nearest(at[0]));
      putEscaped(number, head);
      at[0] = static_cast<Real>(number);
    }
    levels_.back().even.pad(0);
  }

  template <bool second>
  const Plane<uint8_t>* missingRows(size_t l) const {
    return masks_.empty() || l >= kFilledFrom ? nullptr : second ? &masks_[l].odd : &masks_[l].even;
  }

  template <bool second>
  void choose(size_t l, PassModel& model, Bits& head) {
    if constexpr (Coder::kDecodes) {
      if (head.take(1) != 0) model = readModel(model, head);
    } else {
      const auto [from, stride, rows, count] = passOf(levels_[l], second);
      const auto fitted = fitPass<Real, second>(sampleOf<second>(levels_[l], missingRows<second>(l), buffers_), count, rows * count, model, true);
      head.put(fitted.has_value(), 1);
      if (!fitted) return;
      writeModel(*fitted, model, head);
      model = *fitted;
    }
  }

  template <bool second>
  void pass(size_t l, PassModel& model, Bits& head, Bits& bits) {
    auto& level = levels_[l];
    const auto [from, stride, rows, count] = passOf(level, second);
    if (rows * count == 0) return;
    if (second) firstAbove(level, buffers_);
    if (rows * count >= kFitPoints) choose<second>(l, model, head);
    const auto weights = weightsOf<Real>(model, second);
    Real *k1 = buffers_.rings[0].data() + 1, *k2 = buffers_.rings[1].data() + 1, *k0 = buffers_.rings[2].data() + 1;
    for (auto& ring : buffers_.rings) std::fill(ring.begin(), ring.end(), Real{0});
    auto& plane = second ? level.odd : level.even;
    auto& toldPlane = second ? told_[l].odd : told_[l].even;
    for (size_t r = from; r < level.rows; r += stride) {
      const uint8_t* missing = missingRows<second>(l) == nullptr ? nullptr : missingRows<second>(l)->row(r);
      const Rows<Real> known = withFirst(rowsOf(level, second, r), second, buffers_);
      predictRow<Real, second>(known, weights, count, buffers_.p.data());
      scaleRow<Real, second>(known, weights, k1, k2, count, buffers_.p.data(), buffers_.scales.data());
      advise(second, adviceRow<second>(l, r, known, count));
      if constexpr (Observer::kObserves) observer_->row(second, plane.row(r), buffers_.p.data(), contexts_.data(), count);
      for (size_t j = 0; j < count; ++j) buffers_.p[j] += static_cast<Real>(moves_[j]);
      if constexpr (!Coder::kDecodes) quantiseRow(plane.row(r), buffers_.p.data(), count, k0, buffers_.numbers.data());
      code(missing, count, bits);
      if (Coder::kDecodes || missing != nullptr) restoreRow(buffers_.numbers.data(), buffers_.p.data(), count, k0, plane.row(r));
      int32_t* told = toldPlane.row(r);
      for (size_t j = 0; j < count; ++j) told[j] = toldOf(static_cast<float>(k0[j]));
      toldPlane.pad(r);
      plane.pad(r);
      k0[count] = 0;
      std::swap(k2, k0);
      std::swap(k1, k2);
    }
  }

  // Of missing points there is nothing to code: their prediction stands for them, and for an encoder too.
  void code(const uint8_t* missing, size_t count, Bits& bits) {
    int32_t* numbers = buffers_.numbers.data();
    if (missing == nullptr) {
      coder_.row(contexts_.data(), numbers, count, bits);
      return;
    }
    size_t coded = 0;
    for (size_t j = 0; j < count; ++j) {
      if (missing[j] != 0) continue;
      contexts_[coded] = contexts_[j];
      numbers[coded++] = numbers[j];
    }
    coder_.row(contexts_.data(), numbers, coded, bits);
    for (size_t j = count; j-- > 0;) numbers[j] = missing[j] != 0 ? 0 : numbers[--coded];
  }

  template <bool second>
  AdviceRow<Real> adviceRow(size_t l, size_t r, const Rows<Real>& known, size_t count) {
    Rows<int32_t> numbers = rowsOf(told_[l], second, r);
    for (const int32_t*& row : numbers.e) if (row == nullptr) row = nothing_.data() + kPad;
    AdviceRow<Real> row{&networks_.passes[second], known, numbers, buffers_.p.data(), buffers_.scales.data(), count, static_cast<int32_t>(l), moves_.data(), contexts_.data(), nullptr, nullptr};
    if constexpr (Observer::kObserves) {
      row.inputs = observer_->inputs(count);
      row.levels = observer_->levels(count);
    }
    return row;
  }
  const InterpolationNetworks& networks_;
  Masks masks_;
  Coder& coder_;
  Observer* observer_;
  // Values in steps, and what the networks are told of the numbers.
  std::vector<Level<Real>> levels_;
  std::vector<Level<int32_t>> told_;
  Buffers<Real> buffers_;
  std::vector<int32_t> nothing_;
  std::vector<float> moves_;
  std::vector<int32_t> contexts_;
};

}  // namespace fieldzip
