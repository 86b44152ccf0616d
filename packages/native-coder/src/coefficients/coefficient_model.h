// From the network's three bytes to bits: what they mean, and the coding of one quantised coefficient.
//
//   level v: expected magnitude m = 2^(v / 8 - 12)
//   mean u:  expected value (u - 128) / 16 * m
//   tail t:  how heavy the tails are; four classes
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "coefficients/density.h"
#include "errors.h"
#include "predict/interval_rans.h"

namespace fieldzip {

inline constexpr int kTailClasses = 4;
// No coefficient is greater; an encoder refuses the step.
inline constexpr int64_t kGreatestCoefficient = int64_t{1} << 30;

// 2^(k / 8) in 1/2^16.
inline constexpr std::array<int64_t, 8> kEighthOctaves{65536, 71468, 77936, 84990, 92682, 101070, 110218, 120194};

struct MagnitudeLevel {
  int64_t mean;         // 1/64ths of a coefficient to one unit of u, in 1/2^16
  int64_t inverse;      // steps of z to 1/64 of a symbol, in 1/2^20
  float symbolsPerZ;    // 1/64ths of a symbol to one step of z
  int32_t window;       // symbols each side; beyond is an escape
  uint32_t shift;       // low bits sent raw
  uint32_t context;     // half octaves, the last for all from 8 up
  int32_t zeroShare;    // where a 0 lies between 0 and the mean, in 1/64
};

inline constexpr int kLevelOfOne = 96;
inline constexpr int kNarrowestLevel = 64;  // below m = 1/16, z is counted in 1/16
inline constexpr int kRawFrom = 120;        // from m = 8 on low bits are as good as uniform
// Sums of six surprises below which the surroundings are calm, and usual.
inline constexpr uint32_t kCalm = 256, kUsual = 450;
inline constexpr size_t kSurroundings = 3;
inline constexpr int kContexts = kRawFrom / 4 + 1;

// Where the network expects a narrow distribution away from 0, what was rounded to 0 lies nearer to the mean; where it
// expects a wide one, that says little. By half octaves from 1/16; measured.
inline constexpr std::array<uint8_t, 8> kZeroShares{48, 46, 44, 36, 24, 12, 5, 2};

constexpr std::array<MagnitudeLevel, 256> makeMagnitudeLevels() {
  std::array<MagnitudeLevel, 256> levels{};
  for (int v = 0; v < 256; ++v) {
    MagnitudeLevel& level = levels[static_cast<size_t>(v)];
    level.mean = (kEighthOctaves[static_cast<size_t>(v % 8)] << (v / 8)) >> 10;
    level.shift = v < kRawFrom ? 0U : static_cast<uint32_t>((v - kRawFrom) / 8 + 1);
    level.context = static_cast<uint32_t>((v < kRawFrom ? v : kRawFrom) / 4);
    const int scaled = (v < kNarrowestLevel ? kNarrowestLevel : v) - 8 * static_cast<int>(level.shift);
    // In 1/2^16, from 1/16 to below 8.
    const int64_t magnitude = (kEighthOctaves[static_cast<size_t>(scaled % 8)] << (scaled / 8)) >> 12;
    level.inverse = (int64_t{1} << 36) / magnitude;
    level.symbolsPerZ = static_cast<float>(magnitude) / 65536.0F;
    level.window = static_cast<int32_t>((32 * magnitude) >> 16) + 2;
    level.zeroShare = v >= kNarrowestLevel && v < kLevelOfOne ? kZeroShares[static_cast<size_t>((v - kNarrowestLevel) / 4)] : 0;
  }
  return levels;
}
inline constexpr std::array<MagnitudeLevel, 256> kMagnitudeLevels = makeMagnitudeLevels();

// About 64 log2(x), x > 0.
inline int32_t roughLog64(uint32_t x) {
  const int exponent = static_cast<int>(std::bit_width(x)) - 1;
  const uint32_t mantissa = (x << (31 - exponent)) >> 15 & 0xffff;  // of [1, 2), in 1/65536
  // log2(1 + f) is f + .344 f (1 - f), to a hundredth.
  const uint32_t bend = ((mantissa * (65536 - mantissa)) >> 16) * 22544 >> 16;
  return 64 * exponent + static_cast<int32_t>((mantissa + bend) >> 10);
}

// Where an integer lies in steps. A 0 lies at `zero`; of the others `delta` is how far towards 0 those of magnitude 1 are
// moved, and those beyond.
template <typename T>
T reconstructionOf(int32_t value, float zero, const std::array<float, 2>& delta) {
  if (value == 0) return static_cast<T>(zero);
  const T moved = static_cast<T>(value < 0 ? -value : value) - static_cast<T>(delta[value == 1 || value == -1 ? 0 : 1]);
  return value < 0 ? -moved : moved;
}

struct Coded {
  int32_t value;
  float zero;  // where a 0 lies
  uint32_t surprise;  // its distance from the mean in expected magnitudes, in 1/64, at most 255
};

class CoefficientModel {
 public:
  CoefficientModel();

  [[gnu::always_inline]] Coded decode(IntervalDecoder& coder, uint8_t mean, uint8_t level, uint8_t tail, uint32_t around) {
    const Place place = placeOf(mean, level, tail, around);
    const uint32_t slot = coder.peek(kShapeTotalBits);
    const auto edge = [&](int64_t symbol) { return place.edge(symbol); };
    int64_t symbol = 0;
    uint32_t start = edge(0), end = edge(1);
    if (slot < start || slot >= end) {
      const int64_t last = place.level.window;
      if (slot < place.lowEscape() || slot >= place.highEscape()) return {decodeEscape(coder, place, slot), place.zero, 255};
      const uint32_t window = static_cast<uint32_t>(place.level.window);
      const uint32_t mass = slot > window ? slot - window : 0;
      const int32_t z = place.density.guess(mass < kShapeMass ? mass : kShapeMass - 1);
      symbol = (static_cast<int64_t>(static_cast<float>(z) * place.level.symbolsPerZ) + place.offset) >> 6;
      symbol = symbol < -last ? -last : symbol > last ? last : symbol;
      start = edge(symbol);
      while (start > slot) start = edge(--symbol);
      end = edge(symbol + 1);
      while (end <= slot) {
        start = end;
        end = edge(++symbol + 1);
      }
    }
    coder.take(start, end - start, kShapeTotalBits);
    place.learn(symbol, start, end);
    const uint32_t shift = place.level.shift;
    int64_t value = place.base + symbol;
    if (shift != 0) {
      value = place.base + symbol * (int64_t{1} << shift) - (int64_t{1} << (shift - 1)) +
              static_cast<int64_t>(coder.takeRaw(shift));
    }
    return {checked(value), place.zero, place.surpriseOf(symbol)};
  }

  // Codes the nearest integer to `coefficient`, or one that is further from it by so much less than the bits that it saves
  // times lambda64 (squared steps to 1/64 of a bit), and returns it.
  [[gnu::always_inline]] Coded encode(IntervalEncoder& coder, float coefficient, int32_t nearest, uint8_t mean, uint8_t level, uint8_t tail,
                 uint32_t around, float lambda64, const std::array<float, 2>& delta) {
    const Place place = placeOf(mean, level, tail, around);
    const uint32_t shift = place.level.shift;
    const int64_t last = place.level.window;
    const int64_t half = (int64_t{1} << shift) >> 1;
    int64_t value = nearest;
    int64_t symbol = (value - place.base + half) >> shift;
    if (symbol < -last || symbol > last) {
      encodeEscape(coder, place, value, symbol > last);
      return {nearest, place.zero, 255};
    }
    uint32_t start = place.edge(symbol), end = place.edge(symbol + 1);
    if (symbol != 0 && lambda64 > 0.0F && shift == 0) {
      const int64_t other = symbol > 0 ? symbol - 1 : symbol + 1;
      const uint32_t otherStart = other < symbol ? place.edge(other) : end;
      const uint32_t otherEnd = other < symbol ? start : place.edge(other + 1);
      const float gain = lambda64 * static_cast<float>(roughLog64(otherEnd - otherStart) - roughLog64(end - start));
      if (gain > 0.0F) {
        const float here = coefficient - reconstructionOf<float>(static_cast<int32_t>(value), place.zero, delta);
        const float there = coefficient - reconstructionOf<float>(static_cast<int32_t>(place.base + other), place.zero, delta);
        if (there * there - here * here < gain) {
          symbol = other;
          value = place.base + other;
          start = otherStart;
          end = otherEnd;
        }
      }
    }
    coder.push(start, end - start, kShapeTotalBits);
    if (shift != 0) coder.pushRaw(static_cast<uint64_t>(value - place.base + half) & ((uint64_t{1} << shift) - 1), shift);
    place.learn(symbol, start, end);
    return {static_cast<int32_t>(value), place.zero, place.surpriseOf(symbol)};
  }

 private:
  // One coefficient's distribution.
  struct Place {
    const MagnitudeLevel& level;
    Density& density;
    int64_t base;    // the integer nearest to the mean: symbol 0
    int64_t offset;  // from the mean down to the lower edge of symbol 0, in 1/64 of a symbol
    float zero;

    uint32_t surpriseOf(int64_t symbol) const {
      const int64_t distance = symbol * 64 + 32 - offset, z = ((distance < 0 ? -distance : distance) * level.inverse) >> 20;
      return static_cast<uint32_t>(z < 255 ? z : 255);
    }
    // The window's ends are beyond the limits of z.
    uint32_t lowEscape() const { return density.lowEscape(); }
    uint32_t highEscape() const { return density.highEscape() + 2 * static_cast<uint32_t>(level.window) + 1; }
    int32_t cellOf(int64_t symbol) const {
      const int64_t z = ((symbol * 64 - offset) * level.inverse) >> 20;
      return static_cast<int32_t>((z < -kZLimit ? -kZLimit : z > kZLimit ? kZLimit : z) + kZLimit);
    }
    // Each symbol has one count more than its mass.
    uint32_t edge(int64_t symbol) const {
      return density.below(cellOf(symbol)) + static_cast<uint32_t>(symbol + level.window);
    }
    void learn(int64_t symbol, uint32_t start, uint32_t end) const {
      const uint32_t from = start - static_cast<uint32_t>(symbol + level.window);
      density.learn(cellOf(symbol), cellOf(symbol + 1), from, end - static_cast<uint32_t>(symbol + 1 + level.window));
    }
  };

  Place placeOf(uint8_t mean, uint8_t v, uint8_t tail, uint32_t around) {
    const MagnitudeLevel& level = kMagnitudeLevels[v];
    const size_t tailClass = tail < 32 ? 0 : tail < 64 ? 1 : tail < 128 ? 2 : 3;
    const int64_t mean64 = ((static_cast<int64_t>(mean) - 128) * level.mean + 32768) >> 16;
    const int64_t base = (mean64 + 32) >> 6, fraction = mean64 - base * 64;
    const int64_t offset = level.shift == 0 ? 32 + fraction : 32 + ((32 + fraction) >> level.shift);
    const size_t surroundings = around < kCalm ? 0 : around < kUsual ? 1 : 2;
    return {level, densities_[(level.context * kTailClasses + tailClass) * kSurroundings + surroundings], base, offset,
            static_cast<float>(mean64 * level.zeroShare) / 4096.0F};
  }

  static int32_t checked(int64_t value) {
    if (value < -kGreatestCoefficient || value > kGreatestCoefficient) {
      throw CorruptStream("the coded stream has a coefficient out of range");
    }
    return static_cast<int32_t>(value);
  }
  // The first integer beyond the window.
  static int64_t escapeFrom(const Place& place, bool high) {
    const int64_t unit = int64_t{1} << place.level.shift, half = unit >> 1, last = place.level.window;
    return high ? place.base + (last + 1) * unit - half : place.base - last * unit - half - 1;
  }
  static int32_t decodeEscape(IntervalDecoder& coder, const Place& place, uint32_t slot);
  static void encodeEscape(IntervalEncoder& coder, const Place& place, int64_t value, bool high);

  std::vector<Density> densities_;
};

}  // namespace fieldzip
