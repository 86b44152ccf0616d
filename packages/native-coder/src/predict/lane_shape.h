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

// Of 16 steps of z, all of one bin.
struct BinPart {
  int16_t start;   // of the bin, from the least z
  uint8_t bin;     // 1..32; 33 for the end of the last
  uint8_t octave;  // the bin is 2^octave wide
};
inline constexpr int kPartBits = 4;

inline const std::array<BinPart, ((2 * kZLimit) >> kPartBits) + 1>& binParts() {
  static const auto parts = [] {
    std::array<BinPart, ((2 * kZLimit) >> kPartBits) + 1> made{};
    for (size_t bin = 0; bin < kShapeBins; ++bin) {
      const auto octave = static_cast<uint8_t>(std::bit_width(static_cast<uint32_t>(kBinEnds[bin + 1] - kBinEnds[bin])) - 1);
      for (int32_t z = kBinEnds[bin] + kZLimit; z < kBinEnds[bin + 1] + kZLimit; z += 1 << kPartBits) {
        made[static_cast<size_t>(z >> kPartBits)] = {static_cast<int16_t>(kBinEnds[bin] + kZLimit), static_cast<uint8_t>(bin + 1), octave};
      }
    }
    made.back() = {2 * kZLimit, kShapeBins + 1, 0};
    return made;
  }();
  return parts;
}

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

  // A z, from -kZLimit on, whose mass below is about `mass`: where a search starts. `mass` is beyond the low escape.
  int32_t guess(uint32_t mass) const {
    const size_t bin = countUpTo(cumulative_.data() + 2, static_cast<int32_t>(mass));
    const uint32_t low = cumulative_[bin + 1], width = cumulative_[bin + 2] - low;
    const float fraction = static_cast<float>(static_cast<int32_t>(mass - low)) / static_cast<float>(static_cast<int32_t>(width));
    return kBinEnds[bin] + static_cast<int32_t>(fraction * static_cast<float>(kBinEnds[bin + 1] - kBinEnds[bin]));
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
    const uint64_t factor = within ? 0 : unitOver(to - from + 1);
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
  // kShapeUnit / mass in 1/2^24, to a thousandth: a division here would take as long as all the rest.
  static uint64_t unitOver(uint32_t mass) {
    const int shift = std::countl_zero(mass) - (32 - kShapeTotalBits);
    return uint64_t{kReciprocals22[(mass << shift) >> (kShapeTotalBits - 10) & 511]} << shift;
  }
  // floor(2^36 / m) for the middle m of the 512 ranges of 4096 from 2^21 to 2^22.
  static constexpr std::array<uint32_t, 512> kReciprocals22 = [] {
    std::array<uint32_t, 512> table{};
    for (uint32_t i = 0; i < 512; ++i) table[i] = (1U << 25) / (2 * i + 1025);
    return table;
  }();

  void sum();

  std::array<uint32_t, kShapeBins + 3> cumulative_{};  // of low escape, bins 1..32, high escape
  std::array<uint32_t, kShapeBins + 2> counts_;
  std::array<uint64_t, kShapeBins + 2> steps_{};       // of the step function: unsigned, so that a fall wraps
  uint32_t untilSum_ = 0;
  uint32_t interval_ = 4;
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
    const auto& parts = binParts();
    shape_ = &shape;
    shift_ = info.shift;
    window_ = info.window;
    const int64_t base = mean64 >> kMeanBits, half = (int64_t{1} << shift_) >> 1;
    origin_ = base - half;
    const int64_t fraction = mean64 & (kMeanOne - 1);
    const int64_t offset = kMeanOne / 2 + (shift_ == 0 ? fraction : (kMeanOne / 2 + fraction) >> shift_);

    // Symbols run from -window to window, and never beyond what the tile holds.
    const int64_t lowest = -origin_ >> shift_, highest = (range - origin_) >> shift_;
    const bool floorInside = lowest >= -window_, ceilingInside = highest <= window_;
    first_ = floorInside ? lowest : -window_;
    last_ = ceilingInside ? highest : window_;
    size_t firstBin = 0, lastBin = 0;
    uint32_t from = 0, to = 0;
    const auto look = [&](int64_t symbol, size_t& bin, uint32_t& mass) -> uint32_t {
      const int64_t z = ((symbol * kMeanOne - offset) * info.inverse) >> 20;
      const int32_t inside = static_cast<int32_t>((z < -kZLimit ? -kZLimit : z > kZLimit ? kZLimit : z) + kZLimit);
      const BinPart part = parts[static_cast<size_t>(inside >> kPartBits)];
      bin = part.bin;
      mass = shape.below(inside, part);
      const uint32_t edge = mass + static_cast<uint32_t>(symbol + window_);
      const uint32_t raised = floorInside && symbol <= lowest ? 0 : edge;
      return ceilingInside && symbol > highest ? 1U << kShapeTotalBits : raised;
    };
    if constexpr (Coder::kDecodes) {
      const uint32_t slot = coder.peek(state, kShapeTotalBits);
      const uint32_t floor = floorInside ? 0 : shape.lowEscape();
      const uint32_t ceiling = ceilingOf(ceilingInside);
      escapes_ = slot < floor || slot >= ceiling;
      if (escapes_) [[unlikely]] return findEscape(slot >= ceiling, floor, ceiling);
      const uint32_t lowered = slot > static_cast<uint32_t>(window_) ? slot - static_cast<uint32_t>(window_) : 0;
      const uint32_t low = shape.lowEscape(), top = kShapeMass - 1;
      const int32_t z = shape.guess(lowered < low ? low : lowered < top ? lowered : top);
      const int64_t near = (static_cast<int64_t>(static_cast<float>(z) * info.symbolsPerZ) + offset) >> kMeanBits;
      symbol_ = near < first_ ? first_ : near > last_ ? last_ : near;
      start_ = look(symbol_, firstBin, from);
      end_ = look(symbol_ + 1, lastBin, to);
      // The guess is hardly ever off.
      while (start_ > slot) [[unlikely]] {
        end_ = start_;
        lastBin = firstBin;
        to = from;
        start_ = look(--symbol_, firstBin, from);
      }
      while (end_ <= slot) [[unlikely]] {
        start_ = end_;
        firstBin = lastBin;
        from = to;
        end_ = look(++symbol_ + 1, lastBin, to);
      }
    } else {
      symbol_ = (value - origin_) >> shift_;
      escapes_ = symbol_ < first_ || symbol_ > last_;
      if (escapes_) [[unlikely]] return findEscape(symbol_ > last_, floorInside ? 0 : shape.lowEscape(), ceilingOf(ceilingInside));
      start_ = look(symbol_, firstBin, from);
      end_ = look(symbol_ + 1, lastBin, to);
    }
    lesson_ = shape.lessonOf(firstBin, lastBin, from, to);
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
  uint32_t ceilingOf(bool inside) const {
    return inside ? 1U << kShapeTotalBits : shape_->highEscape() + 2 * static_cast<uint32_t>(window_) + 1;
  }
  void findEscape(bool high, uint32_t floor, uint32_t ceiling) {
    symbol_ = high ? last_ + 1 : first_ - 1;
    start_ = high ? ceiling : 0;
    end_ = high ? 1U << kShapeTotalBits : floor;
  }

  // Beyond the window: how far, as a bit length and its bits.
  int64_t escape(Coder& coder, size_t state, int64_t value, int64_t range) {
    const bool high = symbol_ > last_;
    const int64_t unit = int64_t{1} << shift_, from = high ? origin_ + (last_ + 1) * unit : origin_ + first_ * unit - 1;
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

  LaneShape* shape_ = nullptr;
  int64_t origin_ = 0, window_ = 0, first_ = 0, last_ = 0, symbol_ = 0;
  uint32_t shift_ = 0, start_ = 0, end_ = 0;
  bool escapes_ = false;
  LaneShape::Lesson lesson_{};
};

}  // namespace fieldzip::FIELDZIP_LANES
