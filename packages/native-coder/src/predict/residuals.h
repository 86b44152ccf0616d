// From an expected magnitude to bits: the adaptive distributions of a tile and the coding of one residual.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "errors.h"
#include "predict/interval_rans.h"
#include "predict/shape.h"

namespace fieldzip {

// Expected magnitudes are coded by level, an eighth of an octave each, from 2^-6 up.
inline constexpr int kLowestExponent = -6;
inline constexpr int kLevels = 8 * 68;
inline constexpr int kRawFromLevel = 8 * (3 - kLowestExponent);  // from 8 on the low bits are as good as uniform: sent raw

inline int levelOf(float magnitude) {
  // Sign, exponent and the top three bits of the mantissa.
  const int level = static_cast<int>(std::bit_cast<uint32_t>(magnitude) >> 20) - ((127 + kLowestExponent) << 3);
  return level < 0 ? 0 : level >= kLevels ? kLevels - 1 : level;
}

// What a level stands for: the middle of its range.
inline float magnitudeOf(int level) {
  return std::ldexp(1.0F + (static_cast<float>(level & 7) + 0.5F) / 8.0F, (level >> 3) + kLowestExponent);
}

inline constexpr int kMeanBits = 6;
inline constexpr int kMeanOne = 1 << kMeanBits;

struct LevelInfo {
  uint32_t shift;     // low bits sent raw
  int32_t window;     // symbols each side; beyond is an escape
  int64_t inverse;    // steps of z per 1/64 of a symbol, Q20
  float symbolsPerZ;  // 1/64ths of a symbol per step of z
};

// Of every level; made once.
const std::array<LevelInfo, kLevels>& levelInfos();

// Codes value (unused by a decoder) in [0, range], expected at mean64 / 64 within about +-the level's magnitude; the shape learns.
template <typename Coder>
int64_t codeResidual(Coder& coder, int64_t value, int64_t mean64, int64_t range, const LevelInfo& info, Shape& shape);

class Residuals {
 public:
  explicit Residuals(int64_t range);

  // Codes value (unused by a decoder) in [0, range], expected at mean64 / 64 within about +-magnitude.
  template <typename Coder>
  int64_t code(Coder& coder, int64_t value, int64_t mean64, int level, int shapeClass);

 private:
  static int contextOf(int level, int shapeClass) {
    return (level >= kRawFromLevel ? kRawFromLevel / 4 : level / 4) * kShapeClasses + shapeClass;
  }

 public:
  static constexpr int kShapeClasses = 3;

 private:
  int64_t range_;
  const std::array<LevelInfo, kLevels>& levels_ = levelInfos();
  std::vector<Shape> shapes_;
};

template <typename Coder>
int64_t Residuals::code(Coder& coder, int64_t value, int64_t mean64, int level, int shapeClass) {
  return codeResidual(coder, value, mean64, range_, levels_[static_cast<size_t>(level)],
                      shapes_[static_cast<size_t>(contextOf(level, shapeClass))]);
}

inline int32_t cellOf(const LevelInfo& info, int64_t symbol, int32_t offset) {
  const int64_t z = ((symbol * kMeanOne - offset) * info.inverse) >> 20;
  return static_cast<int32_t>((z < -kZLimit ? -kZLimit : z > kZLimit ? kZLimit : z) + kZLimit);
}

template <typename Coder>
int64_t codeResidual(Coder& coder, int64_t value, int64_t mean64, int64_t range, const LevelInfo& info, Shape& shape) {
  const uint32_t shift = info.shift;
  const int64_t base = mean64 >> kMeanBits;
  const int32_t fraction = static_cast<int32_t>(mean64 & (kMeanOne - 1));
  const int64_t half = (int64_t{1} << shift) >> 1;
  const int32_t offset = kMeanOne / 2 + static_cast<int32_t>(shift == 0 ? int64_t{fraction} : int64_t{kMeanOne / 2 + fraction} >> shift);

  // Symbols run from -window to window, and never beyond what the tile holds.
  const int64_t lowest = (half - base) >> shift, highest = (range - base + half) >> shift;
  const int64_t first = lowest > -info.window ? lowest : -info.window;
  const int64_t last = highest < info.window ? highest : info.window;
  const bool floorInside = lowest >= -info.window, ceilingInside = highest <= info.window;
  const auto edge = [&](int64_t symbol, int32_t cell) -> uint32_t {
    if (floorInside && symbol <= lowest) return 0;
    if (ceilingInside && symbol > highest) return 1U << kShapeTotalBits;
    return shape.below(cell) + static_cast<uint32_t>(symbol + info.window);
  };

  int64_t symbol = 0;
  int32_t lowCell = 0, highCell = 0;
  uint32_t start = 0, end = 0;
  if constexpr (Coder::kDecodes) {
    const uint32_t slot = coder.peek(kShapeTotalBits);
    const uint32_t mass = slot > static_cast<uint32_t>(info.window) ? slot - static_cast<uint32_t>(info.window) : 0;
    const int32_t z = shape.guess(mass < kShapeMass ? mass : kShapeMass - 1);
    symbol = (static_cast<int64_t>(static_cast<float>(z) * info.symbolsPerZ) + offset) >> kMeanBits;
    symbol = symbol < first ? first : symbol > last ? last : symbol;
    lowCell = cellOf(info, symbol, offset);
    highCell = cellOf(info, symbol + 1, offset);
    start = edge(symbol, lowCell);
    end = edge(symbol + 1, highCell);
    // A step beyond the window is an escape.
    while (start > slot && symbol >= first) {
      end = start;
      highCell = lowCell;
      --symbol;
      lowCell = cellOf(info, symbol, offset);
      start = symbol < first ? 0 : edge(symbol, lowCell);
    }
    while (end <= slot && symbol <= last) {
      start = end;
      lowCell = highCell;
      ++symbol;
      highCell = cellOf(info, symbol + 1, offset);
      end = symbol > last ? 1U << kShapeTotalBits : edge(symbol + 1, highCell);
    }
  } else {
    symbol = (value - base + half) >> shift;
    symbol = symbol < first ? first - 1 : symbol > last ? last + 1 : symbol;
    lowCell = cellOf(info, symbol, offset);
    highCell = cellOf(info, symbol + 1, offset);
    start = symbol < first ? 0 : edge(symbol, lowCell);
    end = symbol > last ? 1U << kShapeTotalBits : edge(symbol + 1, highCell);
  }

  if (symbol < first || symbol > last) [[unlikely]] {
    const bool high = symbol > last;
    shape.learnEscape(high);
    // The distance beyond the window: its bit length, then its bits.
    const int64_t from = high ? base + (last + 1) * (int64_t{1} << shift) - half : base + first * (int64_t{1} << shift) - half - 1;
    if constexpr (Coder::kDecodes) {
      coder.take(start, end - start, kShapeTotalBits);
      const uint32_t length = static_cast<uint32_t>(coder.takeRaw(6));
      const int64_t distance = static_cast<int64_t>((uint64_t{1} << length | coder.takeRaw(length)) - 1);
      const int64_t room = high ? range - from : from;
      if (distance < 0 || distance > room) throw CorruptStream("the coded stream has a value out of range");
      return high ? from + distance : from - distance;
    } else {
      coder.push(start, end - start, kShapeTotalBits);
      const uint64_t excess = static_cast<uint64_t>(high ? value - from : from - value) + 1;
      const uint32_t length = static_cast<uint32_t>(std::bit_width(excess)) - 1;
      coder.pushRaw(length, 6);
      coder.pushRaw(excess & ((uint64_t{1} << length) - 1), length);
      return value;
    }
  }

  const uint32_t width = end - start;
  if constexpr (Coder::kDecodes) {
    coder.take(start, width, kShapeTotalBits);
    value = base + symbol * (int64_t{1} << shift) - half + static_cast<int64_t>(coder.takeRaw(shift));
    if (value < 0 || value > range) throw CorruptStream("the coded stream has a value out of range");
  } else {
    coder.push(start, width, kShapeTotalBits);
    coder.pushRaw(static_cast<uint64_t>(value - base + half) & ((uint64_t{1} << shift) - 1), shift);
  }
  shape.learn(lowCell, highCell);
  return value;
}

}  // namespace fieldzip
