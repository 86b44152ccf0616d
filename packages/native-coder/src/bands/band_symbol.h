// The coding of a coefficient, as LaneSymbol codes a residual, but that no value is the least or the greatest, and that an
// encoder may take an integer next to the nearest. Included once for each instruction set, as lanes16.h is.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "coefficients/coefficient_model.h"
#include "errors.h"
#include "predict/lane_shape.h"
#include "predict/residuals.h"

namespace fieldzip::FIELDZIP_LANES {

// What an encoder may trade.
struct BandTrade {
  float wanted, zero, lambda64;
  const float* delta;
};

template <typename Coder>
class BandSymbol {
 public:
  // `value` (unused by a decoder), expected at mean64 / 64.
  void find(const Coder& coder, size_t state, int64_t value, int64_t mean64, const LevelInfo& info, LaneShape& shape, const BandTrade& trade) {
    shape_ = &shape;
    shift_ = info.shift;
    origin_ = (mean64 >> kMeanBits) - ((int64_t{1} << shift_) >> 1);
    const int64_t fraction = mean64 & (kMeanOne - 1);
    const auto offset = static_cast<int32_t>(kMeanOne / 2 + (shift_ == 0 ? fraction : (kMeanOne / 2 + fraction) >> shift_));
    const int32_t window = info.window;
    const auto look = [&](int32_t symbol, size_t& bin, uint32_t& mass) -> uint32_t {
      const int64_t far = ((int64_t{symbol} * kMeanOne - offset) * info.inverse) >> 20;
      const int32_t z = static_cast<int32_t>(far < -kZLimit ? -kZLimit : far > kZLimit ? kZLimit : far) + kZLimit;
      const BinPart part = kBinParts[static_cast<size_t>(z >> kPartBits)];
      bin = part.bin;
      mass = shape.below(z, part);
      return mass + static_cast<uint32_t>(symbol + window);
    };
    size_t firstBin = 0, lastBin = 0;
    uint32_t from = 0, to = 0;
    const uint32_t floor = shape.lowEscape(), ceiling = shape.highEscape() + 2 * static_cast<uint32_t>(window) + 1;
    if constexpr (Coder::kDecodes) {
      const uint32_t slot = coder.peek(state, kShapeTotalBits);
      escapes_ = slot < floor || slot >= ceiling;
      if (escapes_) [[unlikely]] {
        leave(slot >= ceiling, window, floor, ceiling);
        return;
      }
      const int32_t lowered = static_cast<int32_t>(slot) - window, low = static_cast<int32_t>(floor);
      constexpr int32_t top = kShapeMass - 1;
      const float z = shape.guess(static_cast<uint32_t>(lowered < low ? low : lowered < top ? lowered : top));
      const int32_t near = static_cast<int32_t>(z * info.symbolsPerZ + static_cast<float>(offset)) >> kMeanBits;
      int32_t symbol = near < -window ? -window : near > window ? window : near;
      start_ = look(symbol, firstBin, from);
      end_ = look(symbol + 1, lastBin, to);
      // The guess is hardly ever off.
      while (start_ > slot) [[unlikely]] {
        end_ = start_;
        lastBin = firstBin;
        to = from;
        start_ = look(--symbol, firstBin, from);
      }
      while (end_ <= slot) [[unlikely]] {
        start_ = end_;
        firstBin = lastBin;
        from = to;
        end_ = look(++symbol + 1, lastBin, to);
      }
      symbol_ = symbol;
    } else {
      const int64_t symbol = (value - origin_) >> shift_;
      escapes_ = symbol < -window || symbol > window;
      if (escapes_) [[unlikely]] {
        leave(symbol > window, window, floor, ceiling);
        return;
      }
      symbol_ = static_cast<int32_t>(symbol);
      start_ = look(symbol_, firstBin, from);
      end_ = look(symbol_ + 1, lastBin, to);
      // One step towards the mean, where that saves more bits than its error is worth.
      const int64_t off = value * kMeanOne - mean64;
      if (shift_ == 0 && trade.lambda64 > 0.0F && (off > kMeanOne / 2 || off < -kMeanOne / 2)) {
        const int32_t other = off > 0 ? symbol_ - 1 : symbol_ + 1;
        size_t otherBin = 0;
        uint32_t otherMass = 0;
        const uint32_t edge = look(off > 0 ? other : other + 1, otherBin, otherMass);
        const uint32_t width = off > 0 ? start_ - edge : edge - end_;
        const float gain = trade.lambda64 * static_cast<float>(roughLog64(width) - roughLog64(end_ - start_));
        if (gain > 0.0F) {
          const std::array<float, 2> delta{trade.delta[0], trade.delta[1]};
          const float here = trade.wanted - reconstructionOf<float>(static_cast<int32_t>(value), trade.zero, delta);
          const float there = trade.wanted - reconstructionOf<float>(static_cast<int32_t>(origin_ + other), trade.zero, delta);
          if (there * there - here * here < gain) {
            symbol_ = other;
            (off > 0 ? end_ : start_) = off > 0 ? start_ : end_;
            (off > 0 ? lastBin : firstBin) = off > 0 ? firstBin : lastBin;
            (off > 0 ? to : from) = off > 0 ? from : to;
            (off > 0 ? start_ : end_) = edge;
            (off > 0 ? firstBin : lastBin) = otherBin;
            (off > 0 ? from : to) = otherMass;
          }
        }
      }
    }
    lesson_ = shape.lessonOf(firstBin, lastBin, from, to);
  }

  int64_t finish(Coder& coder, size_t state, int64_t value) {
    if (escapes_) [[unlikely]] return escape(coder, state, value);
    const int64_t start = origin_ + symbol_ * (int64_t{1} << shift_);
    if constexpr (Coder::kDecodes) {
      coder.take(state, start_, end_ - start_, kShapeTotalBits);
      value = start;
      if (shift_ != 0) value += static_cast<int64_t>(coder.takeRaw(state, shift_));
      if (value < -kGreatestCoefficient || value > kGreatestCoefficient) [[unlikely]] throw CorruptStream("the coded stream has a coefficient out of range");
    } else {
      coder.push(state, start_, end_ - start_, kShapeTotalBits);
      if (shift_ != 0) coder.pushRaw(state, static_cast<uint64_t>(value - start), shift_);
      else value = start;
    }
    shape_->learn(lesson_);
    return value;
  }

 private:
  void leave(bool high, int32_t window, uint32_t floor, uint32_t ceiling) {
    symbol_ = high ? window + 1 : -window - 1;
    start_ = high ? ceiling : 0;
    end_ = high ? 1U << kShapeTotalBits : floor;
  }

  // Beyond the window: how far, as a bit length and its bits.
  int64_t escape(Coder& coder, size_t state, int64_t value) {
    const bool high = symbol_ > 0;
    const int64_t unit = int64_t{1} << shift_, from = high ? origin_ + symbol_ * unit : origin_ + (symbol_ + 1) * unit - 1;
    if constexpr (Coder::kDecodes) {
      coder.take(state, start_, end_ - start_, kShapeTotalBits);
      const uint32_t length = static_cast<uint32_t>(coder.takeRaw(state, 6));
      if (length > kMostEscape) throw CorruptStream("the coded stream has a coefficient out of range");
      const int64_t distance = static_cast<int64_t>((uint64_t{1} << length | coder.takeRaw(state, length)) - 1);
      value = high ? from + distance : from - distance;
      if (value < -kGreatestCoefficient || value > kGreatestCoefficient) throw CorruptStream("the coded stream has a coefficient out of range");
    } else {
      coder.push(state, start_, end_ - start_, kShapeTotalBits);
      const uint64_t excess = static_cast<uint64_t>(high ? value - from : from - value) + 1;
      const uint32_t length = static_cast<uint32_t>(std::bit_width(excess)) - 1;
      coder.pushRaw(state, length, 6);
      coder.pushRaw(state, excess & ((uint64_t{1} << length) - 1), length);
    }
    shape_->learnEscape(high);
    return value;
  }
  static constexpr uint32_t kMostEscape = 33;

  LaneShape* shape_;
  int64_t origin_;
  int32_t symbol_;  // where it escapes: the first beyond the window
  uint32_t shift_, start_, end_;
  bool escapes_;
  LaneShape::Lesson lesson_;
};

}  // namespace fieldzip::FIELDZIP_LANES
