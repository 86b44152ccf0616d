// Adaptive distributions as in shape.h, and the coding of residuals as in residuals.h, four at a time: what is coded together
// sees the shapes as they were before, so that none waits for another. Inside a bin the density is flat, a symbol teaches the
// same work however many bins it covers, and no branch depends on which symbol it is. Included once for each instruction
// set, as lanes16.h is.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "errors.h"
#include "predict/lanes16.h"
#include "predict/residuals.h"
#include "predict/shape.h"

namespace fieldzip::FIELDZIP_LANES {

// The bins' ends from the least z on; all are multiples of 16, and all bins are 2^k wide.
inline constexpr std::array<int32_t, kShapeBins + 1> kEnds = [] {
  constexpr std::array<int32_t, 17> upper{0, 16, 32, 48, 64, 80, 96, 128, 160, 192, 256, 320, 384, 512, 768, 1024, kZLimit};
  std::array<int32_t, kShapeBins + 1> ends{};
  for (size_t i = 0; i <= 16; ++i) {
    ends[16 + i] = kZLimit + upper[i];
    ends[16 - i] = kZLimit - upper[i];
  }
  return ends;
}();

// Of 16 steps of z, all of one bin.
struct BinPart {
  int16_t start;   // of the bin
  uint8_t bin;     // 1..32; 33 for the end of the last
  uint8_t octave;  // the bin is 2^octave wide
};
inline constexpr int kPartBits = 4;
inline constexpr auto kBinParts = [] {
  std::array<BinPart, ((2 * kZLimit) >> kPartBits) + 1> parts{};
  for (size_t bin = 0; bin < kShapeBins; ++bin) {
    const auto octave = static_cast<uint8_t>(std::bit_width(static_cast<uint32_t>(kEnds[bin + 1] - kEnds[bin])) - 1);
    for (int32_t z = kEnds[bin]; z < kEnds[bin + 1]; z += 1 << kPartBits) {
      parts[static_cast<size_t>(z >> kPartBits)] = {static_cast<int16_t>(kEnds[bin]), static_cast<uint8_t>(bin + 1), octave};
    }
  }
  parts.back() = {2 * kZLimit, kShapeBins + 1, 0};
  return parts;
}();

class LaneShape {
 public:
  explicit LaneShape(const std::array<uint32_t, kShapeBins + 2>& counts) : counts_(counts) { sum(); }

  // Mass below z, of which `part` is the bin.
  uint32_t below(int32_t z, BinPart part) const {
    const uint32_t low = cumulative_[part.bin];
    const uint64_t mass = cumulative_[part.bin + 1] - low;
    return low + static_cast<uint32_t>((mass * static_cast<uint32_t>(z - part.start)) >> part.octave);
  }
  uint32_t lowEscape() const { return cumulative_[1]; }
  uint32_t highEscape() const { return cumulative_[kShapeBins + 1]; }

  // A z whose mass below is about `mass`: where a search starts. `mass` is beyond the low escape.
  float guess(uint32_t mass) const {
    const size_t bin = countUpTo(cumulative_.data() + 2, static_cast<int32_t>(mass));
    return starts_[bin] + static_cast<float>(static_cast<int32_t>(mass - cumulative_[bin + 1])) * slopes_[bin];
  }

  // What a symbol teaches that reaches from one bin into another, from mass `from` to `to`: it goes where the shape, as it is
  // now, expects it.
  struct Lesson {
    size_t first, last;
    uint32_t head, tail;  // of the first and the last bin
    uint64_t factor;      // of those between, in 1/2^24 of their mass
  };
  Lesson lessonOf(size_t first, size_t last, uint32_t from, uint32_t to) const {
    last = last < kShapeBins ? last : kShapeBins;
    const bool within = first >= last;
    // In float, for it is fast, and the same everywhere.
    const uint64_t factor = within ? 0 : static_cast<uint64_t>(static_cast<int64_t>(kUnitQ24 / static_cast<float>(static_cast<int32_t>(to - from + 1))));
    return {first, last, within ? kShapeUnit : static_cast<uint32_t>(((cumulative_[first + 1] - from) * factor) >> 24),
            static_cast<uint32_t>(((to - cumulative_[last]) * factor) >> 24), factor};
  }
  void learn(const Lesson& lesson) {
    counts_[lesson.first] += lesson.head;
    counts_[lesson.last] += lesson.tail;
    steps_[lesson.first + 1] += lesson.factor;
    steps_[lesson.last] -= lesson.factor;
    if (--untilSum_ == 0) sum();
  }
  void learnEscape(bool high) {
    counts_[high ? kShapeBins + 1 : 0] += kShapeUnit;
    if (--untilSum_ == 0) sum();
  }

 private:
  static constexpr float kUnitQ24 = static_cast<float>(kShapeUnit) * 16777216.0F;

  void sum();

  std::array<uint32_t, kShapeBins + 3> cumulative_{};  // of low escape, bins 1..32, high escape
  std::array<uint32_t, kShapeBins + 2> counts_;
  std::array<uint64_t, kShapeBins + 2> steps_{};       // of the step function: unsigned, so that a fall wraps
  uint32_t untilSum_ = 0;
  uint32_t interval_ = 4;
  std::array<float, kShapeBins> slopes_{};  // steps of z to a mass of 1, in each bin; for guesses alone
  static constexpr std::array<float, kShapeBins> starts_ = [] {
    std::array<float, kShapeBins> starts{};
    for (size_t i = 0; i < kShapeBins; ++i) starts[i] = static_cast<float>(kEnds[i] - kZLimit);
    return starts;
  }();
};

inline void LaneShape::sum() {
  constexpr uint32_t limit = kShapeUnit << 12;  // halved beyond: a memory of some 4000 symbols
  constexpr uint32_t mostInterval = 64;
  uint64_t height = 0;
  uint32_t total = counts_.front() + counts_.back();
  for (size_t i = 1; i <= kShapeBins; ++i) {
    height += steps_[i];
    steps_[i] = 0;
    counts_[i] += static_cast<uint32_t>(((cumulative_[i + 1] - cumulative_[i]) * height) >> 24);
    total += counts_[i];
  }
  steps_[kShapeBins + 1] = 0;
  if (total > limit) {
    total = 0;
    for (uint32_t& count : counts_) total += count = count >> 1 < 16 ? 16 : count >> 1;
  }
  const uint64_t factor = (static_cast<uint64_t>(kShapeMass) << 32) / total;
  uint64_t below = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    cumulative_[i] = static_cast<uint32_t>((below * factor) >> 32);
    below += counts_[i];
  }
  cumulative_.back() = kShapeMass;
  for (size_t i = 0; i < kShapeBins; ++i) {
    slopes_[i] = static_cast<float>(kEnds[i + 1] - kEnds[i]) / static_cast<float>(static_cast<int32_t>(cumulative_[i + 2] - cumulative_[i + 1]));
  }
  untilSum_ = interval_;
  interval_ = interval_ + interval_ / 2 < mostInterval ? interval_ + interval_ / 2 : mostInterval;
}

// A residual that is being coded: find() looks, finish() moves the coder on and lets the shape learn. Between them others
// may be found.
template <typename Coder>
class LaneSymbol {
 public:
  // `value` (unused by a decoder) in [0, range], expected at mean64 / 64 within about +-the level's magnitude.
  void find(const Coder& coder, size_t state, int64_t value, int64_t mean64, int64_t range, const LevelInfo& info, LaneShape& shape) {
    shape_ = &shape;
    shift_ = info.shift;
    const int64_t unit = int64_t{1} << shift_;
    origin_ = (mean64 >> kMeanBits) - (unit >> 1);
    const int64_t fraction = mean64 & (kMeanOne - 1);
    const auto offset = static_cast<int32_t>(kMeanOne / 2 + (shift_ == 0 ? fraction : (kMeanOne / 2 + fraction) >> shift_));
    // Symbols run from -window to window, and never beyond what the tile holds.
    const int64_t reach = shift_ > 50 ? int64_t{1} << 62 : info.window * unit;
    if (origin_ > reach && range - origin_ >= reach + unit) [[likely]] {
      find<true>(coder, state, value, offset, info, -info.window, info.window);
    } else {
      const int64_t lowest = -origin_ >> shift_, highest = (range - origin_) >> shift_;
      find<false>(coder, state, value, offset, info, lowest < -info.window ? -info.window - 1 : static_cast<int32_t>(lowest),
                  highest > info.window ? info.window + 1 : static_cast<int32_t>(highest));
    }
  }

  int64_t finish(Coder& coder, size_t state, int64_t value, int64_t range) {
    if (escapes_) [[unlikely]] return escape(coder, state, value, range);
    if constexpr (Coder::kDecodes) {
      coder.take(state, start_, end_ - start_, kShapeTotalBits);
      value = origin_ + symbol_ * (int64_t{1} << shift_);
      if (shift_ != 0) value += static_cast<int64_t>(coder.takeRaw(state, shift_));
      if (value < 0 || value > range) [[unlikely]] throw CorruptStream("the coded stream has a value out of range");
    } else {
      coder.push(state, start_, end_ - start_, kShapeTotalBits);
      if (shift_ != 0) coder.pushRaw(state, static_cast<uint64_t>(value - origin_) & ((uint64_t{1} << shift_) - 1), shift_);
    }
    shape_->learn(lesson_);
    return value;
  }

 private:
  // Inside, both ends of the window are escapes. Else `lowest` and `highest` are the tile's, or one beyond the window.
  template <bool kInside>
  void find(const Coder& coder, size_t state, int64_t value, int32_t offset, const LevelInfo& info, int32_t lowest, int32_t highest) {
    constexpr uint32_t whole = 1U << kShapeTotalBits;
    const LaneShape& shape = *shape_;
    const int32_t window = info.window;
    const bool floorInside = !kInside && lowest >= -window, ceilingInside = !kInside && highest <= window;
    const int32_t first = floorInside ? lowest : -window, last = ceilingInside ? highest : window;
    size_t firstBin = 0, lastBin = 0;
    uint32_t from = 0, to = 0;
    const auto look = [&](int32_t symbol, size_t& bin, uint32_t& mass) -> uint32_t {
      const int64_t far = ((int64_t{symbol} * kMeanOne - offset) * info.inverse) >> 20;
      const int32_t z = static_cast<int32_t>(far < -kZLimit ? -kZLimit : far > kZLimit ? kZLimit : far) + kZLimit;
      const BinPart part = kBinParts[static_cast<size_t>(z >> kPartBits)];
      bin = part.bin;
      mass = shape.below(z, part);
      if (floorInside && symbol <= lowest) return 0;
      if (ceilingInside && symbol > highest) return whole;
      return mass + static_cast<uint32_t>(symbol + window);
    };
    const uint32_t floor = floorInside ? 0 : shape.lowEscape();
    const uint32_t ceiling = ceilingInside ? whole : shape.highEscape() + 2 * static_cast<uint32_t>(window) + 1;
    if constexpr (Coder::kDecodes) {
      const uint32_t slot = coder.peek(state, kShapeTotalBits);
      escapes_ = slot < floor || slot >= ceiling;
      if (escapes_) [[unlikely]] {
        leave(slot >= ceiling, slot >= ceiling ? last + 1 : first - 1, floor, ceiling);
        return;
      }
      const int32_t lowered = static_cast<int32_t>(slot) - window, low = static_cast<int32_t>(shape.lowEscape());
      constexpr int32_t top = kShapeMass - 1;
      const float z = shape.guess(static_cast<uint32_t>(lowered < low ? low : lowered < top ? lowered : top));
      const int32_t near = static_cast<int32_t>(z * info.symbolsPerZ + static_cast<float>(offset)) >> kMeanBits;
      int32_t symbol = near < first ? first : near > last ? last : near;
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
      escapes_ = symbol < first || symbol > last;
      if (escapes_) [[unlikely]] {
        leave(symbol > last, symbol > last ? last + 1 : first - 1, floor, ceiling);
        return;
      }
      symbol_ = static_cast<int32_t>(symbol);
      start_ = look(symbol_, firstBin, from);
      end_ = look(symbol_ + 1, lastBin, to);
    }
    lesson_ = shape.lessonOf(firstBin, lastBin, from, to);
  }

  void leave(bool high, int32_t symbol, uint32_t floor, uint32_t ceiling) {
    symbol_ = symbol;
    start_ = high ? ceiling : 0;
    end_ = high ? 1U << kShapeTotalBits : floor;
  }

  // Beyond the window: how far, as a bit length and its bits.
  int64_t escape(Coder& coder, size_t state, int64_t value, int64_t range) {
    const bool high = symbol_ > 0;
    const int64_t unit = int64_t{1} << shift_, from = high ? origin_ + symbol_ * unit : origin_ + (symbol_ + 1) * unit - 1;
    if constexpr (Coder::kDecodes) {
      coder.take(state, start_, end_ - start_, kShapeTotalBits);
      const uint32_t length = static_cast<uint32_t>(coder.takeRaw(state, 6));
      const int64_t distance = static_cast<int64_t>((uint64_t{1} << length | coder.takeRaw(state, length)) - 1);
      if (distance < 0 || distance > (high ? range - from : from)) throw CorruptStream("the coded stream has a value out of range");
      value = high ? from + distance : from - distance;
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

  LaneShape* shape_;
  int64_t origin_;
  int32_t symbol_;  // where it escapes: the first beyond the window
  uint32_t shift_, start_, end_;
  bool escapes_;
  LaneShape::Lesson lesson_;
};

}  // namespace fieldzip::FIELDZIP_LANES
