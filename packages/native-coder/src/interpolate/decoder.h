// Numbers to values, in the order of the encoder.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "interpolate/lanes_rans.h"
#include "interpolate/levels_walk.h"
#include "interpolate/model.h"
#include "interpolate/row_engine.h"

namespace fieldzip {

template <typename Real>
class InterpolationDecoder {
 public:
  InterpolationDecoder(std::span<const uint8_t> mask, size_t rows, size_t columns) : masks_(masksOf(mask, rows, columns)), levels_(makeLevels<Real>(rows, columns)), buffers_(columns + 2 * kPad) {}

  // The first part of the stream: the point of the last level, and the weights of all passes.
  void readHead(BitReader& in) {
    levels_.back().even.row(0)[0] = static_cast<Real>(takeEscaped(in));
    levels_.back().even.pad(0);
    PassModel models[2] = {defaultModel(false), defaultModel(true)};
    models_.resize(levels_.size());
    for (size_t l = levels_.size() - 1; l-- > 0;) {
      for (const bool second : {false, true}) {
        const Pass pass = passOf(levels_[l], second);
        if (pass.rows * pass.count >= kFitPoints && in.take(1) != 0) models[second] = readModel(models[second], in);
        models_[l][second] = models[second];
      }
    }
  }
  // Those that the passes code.
  size_t numbers() const {
    const auto& tile = levels_[0];
    size_t count = tile.rows * tile.columns - 1;
    if (masks_.empty()) return count;
    count += masks_.back().even.row(0)[0] != 0;
    for (size_t r = 0; r < tile.rows; ++r) {
      for (const auto* plane : {&masks_[0].even, &masks_[0].odd}) {
        for (size_t j = 0; j < plane->columns; ++j) count -= plane->row(r)[j] != 0;
      }
    }
    return count;
  }
  void run(BitReader& bits, LanesDecoder& coder) {
    for (size_t l = levels_.size() - 1; l-- > 0;) {
      joinAbove(levels_, l);
      pass<false>(l, bits, coder);
      pass<true>(l, bits, coder);
    }
  }
  std::vector<Level<Real>>& levels() { return levels_; }

 private:
  template <bool second>
  void pass(size_t l, BitReader& bits, LanesDecoder& coder) {
    auto& level = levels_[l];
    const auto [from, stride, rows, count] = passOf(level, second);
    if (rows * count == 0) return;
    if (second) firstAbove(level, buffers_);
    const auto weights = weightsOf<Real>(models_[l][second], second);
    Real *k1 = buffers_.rings[0].data() + 1, *k2 = buffers_.rings[1].data() + 1, *k0 = buffers_.rings[2].data() + 1;
    for (auto& ring : buffers_.rings) std::fill(ring.begin(), ring.end(), Real{0});
    for (size_t r = from; r < level.rows; r += stride) {
      auto& plane = second ? level.odd : level.even;
      const Rows<Real> known = withFirst(rowsOf(level, second, r), second, buffers_);
      predictRow<Real, second>(known, weights, count, buffers_.p.data());
      scaleRow<Real, second>(known, weights, k1, k2, count, buffers_.p.data(), buffers_.scales.data());
      classRow(buffers_.scales.data(), count, buffers_.classes.data());
      const uint8_t* missing = masks_.empty() ? nullptr : second ? masks_[l].odd.row(r) : masks_[l].even.row(r);
      size_t coded = count;
      if (missing != nullptr) {
        coded = 0;
        for (size_t j = 0; j < count; ++j) if (missing[j] == 0) buffers_.classes[coded++] = buffers_.classes[j];
      }
      for (size_t j = 0; j < coded; ++j) buffers_.tables[j] = kTableOf[buffers_.classes[j]];
      coder.row(buffers_.tables.data(), coded, buffers_.symbols.data());
      bool plain = true;
      for (size_t j = 0; j < coded; ++j) {
        plain &= (buffers_.symbols[j] != kEscape) & (buffers_.classes[j] < kRawFrom);
        buffers_.numbers[j] = static_cast<int32_t>(buffers_.symbols[j]) - kLargest;
      }
      if (!plain) {
        for (size_t j = 0; j < coded; ++j) {
          if (buffers_.symbols[j] == kEscape) {
            buffers_.numbers[j] = takeEscaped(bits);
          } else if (buffers_.classes[j] >= kRawFrom) {
            const int raw = kRawOf[buffers_.classes[j]];
            buffers_.numbers[j] = static_cast<int32_t>(static_cast<uint32_t>(buffers_.numbers[j]) << raw | bits.take(raw));
          }
        }
      }
      if (missing != nullptr) {
        for (size_t j = count; j-- > 0;) buffers_.numbers[j] = missing[j] != 0 ? 0 : buffers_.numbers[--coded];
      }
      restoreRow(buffers_.numbers.data(), buffers_.p.data(), count, k0, plane.row(r));
      plane.pad(r);
      k0[count] = 0;
      std::swap(k2, k0);
      std::swap(k1, k2);
    }
  }

  Masks masks_;
  std::vector<Level<Real>> levels_;
  std::vector<std::array<PassModel, 2>> models_;
  Buffers<Real> buffers_;
};

}  // namespace fieldzip
