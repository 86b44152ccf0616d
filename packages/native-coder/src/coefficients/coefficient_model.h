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
  int32_t zeroShare;    // where a 0 lies between 0 and the mean, in 1/64
};

inline constexpr int kLevelOfOne = 96;
inline constexpr int kNarrowestLevel = 64;  // below m = 1/16, z is counted in 1/16
inline constexpr int kRawFrom = 120;        // from m = 8 on low bits are as good as uniform
// Sums of six surprises below which the surroundings are calm, and usual.
inline constexpr uint32_t kCalm = 256, kUsual = 450;
inline constexpr size_t kSurroundings = 3;
inline uint32_t surroundingsOf(uint32_t around) { return (around >= kCalm ? 1U : 0U) + (around >= kUsual ? 1U : 0U); }
inline constexpr int kContexts = kRawFrom / 4 + 1;

// Which densities a coefficient has, but for its surroundings.
inline uint32_t contextOf(uint8_t level, uint8_t tail) {
  const uint32_t magnitude = (level < kRawFrom ? level : uint8_t{kRawFrom}) / 4U;
  const uint32_t tailClass = (tail >= 32 ? 1U : 0U) + (tail >= 64 ? 1U : 0U) + (tail >= 128 ? 1U : 0U);
  return (magnitude * kTailClasses + tailClass) * static_cast<uint32_t>(kSurroundings);
}

// Where the network expects a narrow distribution away from 0, what was rounded to 0 lies nearer to the mean; where it
// expects a wide one, that says little. By half octaves from 1/16; measured.
inline constexpr std::array<uint8_t, 8> kZeroShares{48, 46, 44, 36, 24, 12, 5, 2};

constexpr std::array<MagnitudeLevel, 256> makeMagnitudeLevels() {
  std::array<MagnitudeLevel, 256> levels{};
  for (int v = 0; v < 256; ++v) {
    MagnitudeLevel& level = levels[static_cast<size_t>(v)];
    level.mean = (kEighthOctaves[static_cast<size_t>(v % 8)] << (v / 8)) >> 10;
    level.shift = v < kRawFrom ? 0U : static_cast<uint32_t>((v - kRawFrom) / 8 + 1);
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
inline constexpr std::array<uint16_t, 256> kWindows = [] {
  std::array<uint16_t, 256> windows{};
  for (size_t v = 0; v < 256; ++v) windows[v] = static_cast<uint16_t>(kMagnitudeLevels[v].window);
  return windows;
}();

// What the network's mean and level say together, and what follows for symbol 0, which most symbols are: computed once for
// all pairs of bytes, as it would take half of the time of coding.
struct Expectation {
  int32_t base;      // the integer nearest to the mean, or to what is half a step below it: symbol 0
  float zero;        // where a 0 lies, in steps
  // The cells at the edges of symbol 0, taken apart to fill 16 bytes.
  uint16_t lowFraction, highFraction;
  uint8_t lowBin, highBin;
  uint8_t offset;    // from the mean down to the lower edge of symbol 0, in 1/64 of a symbol
  uint8_t surprise;  // of symbol 0

  ZCell low() const { return {lowBin, lowFraction}; }
  ZCell high() const { return {highBin, highFraction}; }
};
using Expectations = std::array<Expectation, 2 * 256 * 256>;  // [half][level][mean]
const Expectations& expectations();

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
  // Choices between numbers, not branches: nobody could foretell them.
  const int32_t magnitude = value < 0 ? -value : value;
  const T ofOne = static_cast<T>(delta[0]), ofMore = static_cast<T>(delta[1]);
  const T moved = static_cast<T>(magnitude) - (magnitude == 1 ? ofOne : ofMore);
  const T point = value < 0 ? -moved : moved;
  return value == 0 ? static_cast<T>(zero) : point;
}

inline uint32_t surpriseOf(const MagnitudeLevel& level, int64_t offset, int64_t symbol) {
  const int64_t distance = symbol * 64 + 32 - offset, z = ((distance < 0 ? -distance : distance) * level.inverse) >> 20;
  return static_cast<uint32_t>(z < 255 ? z : 255);
}

// Of the lower edge of a symbol.
inline ZCell cellOf(const MagnitudeLevel& level, int64_t offset, int64_t symbol) {
  const int64_t z = ((symbol * 64 - offset) * level.inverse) >> 20;
  return kZCells[static_cast<size_t>((z < -kZLimit ? -kZLimit : z > kZLimit ? kZLimit : z) + kZLimit)];
}

struct Coded {
  int32_t value;
  float zero;  // where a 0 lies
  uint32_t surprise;  // its distance from the mean in expected magnitudes, in 1/64, at most 255
};

class CoefficientModel {
 public:
  CoefficientModel();

  // `half`: integers stand for what is half a step above them, as the mean already does.
  [[gnu::always_inline]] Coded decode(IntervalDecoder& coder, uint8_t mean, uint8_t level, uint32_t context, uint32_t around, bool half = false) {
    const Place place = placeOf(mean, level, context, around, half);
    const uint32_t slot = coder.peek(kShapeTotalBits);
    const uint32_t window = kWindows[level];
    uint32_t start = place.density.below(place.expected.low()) + window, end = place.density.below(place.expected.high()) + window + 1;
    if (slot - start < end - start) {
      coder.take(start, end - start, kShapeTotalBits);
      place.density.learn(place.expected.low(), place.expected.high(), start - window, end - window - 1);
      const int32_t value = level < kRawFrom ? place.expected.base : withLowBits(coder, place, 0);
      return {value, place.expected.zero, place.expected.surprise};
    }
    // Most others are near it: a few steps outwards wait for less than a search.
    const int64_t last = window;
    int64_t symbol = 0;
    if (slot >= end) {
      const int64_t limit = last < kSteps ? last : kSteps;
      do {
        start = end;
        end = place.edge(++symbol + 1);
      } while (slot >= end && symbol < limit);
    } else {
      const int64_t limit = last < kSteps ? -last : -kSteps;
      do {
        end = start;
        start = place.edge(--symbol);
      } while (slot < start && symbol > limit);
    }
    if (slot - start >= end - start) {
      if (slot < place.lowEscape() || slot >= place.highEscape()) {
        IntervalDecoder outside = coder;  // so that the other stays in registers
        const int32_t value = decodeEscape(outside, place, slot);
        coder = outside;
        return {value, place.expected.zero, 255};
      }
      const uint32_t mass = slot > window ? slot - window : 0;
      const int32_t z = place.density.guess(mass < kShapeMass ? mass : kShapeMass - 1);
      symbol = (static_cast<int64_t>(static_cast<float>(z) * place.level.symbolsPerZ) + place.expected.offset) >> 6;
      symbol = symbol < -last ? -last : symbol > last ? last : symbol;
      start = place.edge(symbol);
      while (start > slot) start = place.edge(--symbol);
      end = place.edge(symbol + 1);
      while (end <= slot) {
        start = end;
        end = place.edge(++symbol + 1);
      }
    }
    coder.take(start, end - start, kShapeTotalBits);
    place.learn(symbol, start, end);
    return {withLowBits(coder, place, symbol), place.expected.zero, place.surpriseOf(symbol)};
  }

  // Codes an integer; `half` as for decode.
  [[gnu::always_inline]] Coded encode(IntervalEncoder& coder, int32_t value, uint8_t mean, uint8_t level, uint32_t context, uint32_t around,
                                      bool half = false) {
    return encodeNear(coder, 0.0F, value, mean, level, context, around, 0.0F, {}, half);
  }

  // Codes the nearest integer to `coefficient`, or one that is further from it by so much less than the bits that it saves
  // times lambda64 (squared steps to 1/64 of a bit), and returns it.
  [[gnu::always_inline]] Coded encodeNear(IntervalEncoder& coder, float coefficient, int32_t nearest, uint8_t mean, uint8_t level,
                                          uint32_t context, uint32_t around, float lambda64, const std::array<float, 2>& delta,
                                          bool isHalf = false) {
    const Place place = placeOf(mean, level, context, around, isHalf);
    const uint32_t shift = place.level.shift;
    const int64_t half = (int64_t{1} << shift) >> 1;
    int64_t value = nearest;
    int64_t symbol = (value - place.expected.base + half) >> shift;
    if (symbol == 0) {
      const uint32_t from = place.density.below(place.expected.low()), to = place.density.below(place.expected.high());
      coder.push(from + static_cast<uint32_t>(place.level.window), to - from + 1, kShapeTotalBits);
      if (shift != 0) coder.pushRaw(static_cast<uint64_t>(value - place.expected.base + half), shift);
      place.density.learn(place.expected.low(), place.expected.high(), from, to);
      return {nearest, place.expected.zero, place.expected.surprise};
    }
    const int64_t last = place.level.window;
    if (symbol < -last || symbol > last) {
      encodeEscape(coder, place, value, symbol > last);
      return {nearest, place.expected.zero, 255};
    }
    uint32_t start = place.edge(symbol), end = place.edge(symbol + 1);
    if (lambda64 > 0.0F && shift == 0) {
      const int64_t other = symbol > 0 ? symbol - 1 : symbol + 1;
      const uint32_t otherStart = other < symbol ? place.edge(other) : end;
      const uint32_t otherEnd = other < symbol ? start : place.edge(other + 1);
      const float gain = lambda64 * static_cast<float>(roughLog64(otherEnd - otherStart) - roughLog64(end - start));
      if (gain > 0.0F) {
        const float here = coefficient - reconstructionOf<float>(static_cast<int32_t>(value), place.expected.zero, delta);
        const float there = coefficient - reconstructionOf<float>(static_cast<int32_t>(place.expected.base + other), place.expected.zero, delta);
        if (there * there - here * here < gain) {
          symbol = other;
          value = place.expected.base + other;
          start = otherStart;
          end = otherEnd;
        }
      }
    }
    coder.push(start, end - start, kShapeTotalBits);
    if (shift != 0) coder.pushRaw(static_cast<uint64_t>(value - place.expected.base + half) & ((uint64_t{1} << shift) - 1), shift);
    place.learn(symbol, start, end);
    return {static_cast<int32_t>(value), place.expected.zero, place.surpriseOf(symbol)};
  }

  // An integer and the one after it, at a level with no low bits: what they would cost depends on the surroundings alone.
  struct Neighbours {
    std::array<ZCell, 3> edges;
    std::array<uint32_t, 2> surprises;
    float zero;
    int32_t base;
    bool outside;              // one of them is beyond the window
    const Density* densities;  // by surroundings
  };
  Neighbours neighboursOf(int32_t first, uint8_t mean, uint8_t v, uint32_t context, bool half) const {
    const MagnitudeLevel& level = kMagnitudeLevels[v];
    const Expectation& expected = expectationOf(mean, v, half);
    const int64_t symbol = int64_t{first} - expected.base;
    Neighbours result{{}, {255, 255}, expected.zero, expected.base, symbol < -level.window || symbol >= level.window,
                      densities_.data() + context};
    for (size_t i = 0; i < 3 && !result.outside; ++i) result.edges[i] = cellOf(level, expected.offset, symbol + static_cast<int64_t>(i));
    for (size_t i = 0; i < 2 && !result.outside; ++i) {
      result.surprises[i] = fieldzip::surpriseOf(level, expected.offset, symbol + static_cast<int64_t>(i));
    }
    return result;
  }
  // In 1/64 of a bit.
  static std::array<float, 2> pricesOf(const Neighbours& pair, size_t surroundings) {
    const Density& density = pair.densities[surroundings];
    const uint32_t low = density.below(pair.edges[0]), middle = density.below(pair.edges[1]), high = density.below(pair.edges[2]);
    constexpr int32_t whole = 64 * kShapeTotalBits;
    return {static_cast<float>(whole - roughLog64(middle - low + 1)), static_cast<float>(whole - roughLog64(high - middle + 1))};
  }
  // By how much an integer would surprise, at any level.
  uint32_t surpriseAt(int32_t integer, uint8_t mean, uint8_t v, bool half) const {
    const MagnitudeLevel& level = kMagnitudeLevels[v];
    const Expectation& expected = expectationOf(mean, v, half);
    const int64_t symbol = symbolOf(level, expected, integer);
    return symbol < -level.window || symbol > level.window ? 255 : fieldzip::surpriseOf(level, expected.offset, symbol);
  }

 private:
  static constexpr int64_t kSteps = 4;

  // One coefficient's distribution.
  struct Place {
    const MagnitudeLevel& level;
    const Expectation& expected;
    Density& density;

    uint32_t surpriseOf(int64_t symbol) const { return fieldzip::surpriseOf(level, expected.offset, symbol); }
    // The window's ends are beyond the limits of z.
    uint32_t lowEscape() const { return density.lowEscape(); }
    uint32_t highEscape() const { return density.highEscape() + 2 * static_cast<uint32_t>(level.window) + 1; }
    [[gnu::always_inline]] ZCell cellOf(int64_t symbol) const { return fieldzip::cellOf(level, expected.offset, symbol); }
    // Each symbol has one count more than its mass.
    [[gnu::always_inline]] uint32_t edge(int64_t symbol) const {
      return density.below(cellOf(symbol)) + static_cast<uint32_t>(symbol + level.window);
    }
    [[gnu::always_inline]] void learn(int64_t symbol, uint32_t start, uint32_t end) const {
      const uint32_t from = start - static_cast<uint32_t>(symbol + level.window);
      density.learn(cellOf(symbol), cellOf(symbol + 1), from, end - static_cast<uint32_t>(symbol + 1 + level.window));
    }
  };

  static int64_t symbolOf(const MagnitudeLevel& level, const Expectation& expected, int64_t value) {
    return (value - expected.base + ((int64_t{1} << level.shift) >> 1)) >> level.shift;
  }
  const Expectation& expectationOf(uint8_t mean, uint8_t v, bool half) const {
    return expectations_[size_t{65536} * (half ? 1 : 0) + size_t{256} * v + mean];
  }
  [[gnu::always_inline]] Place placeOf(uint8_t mean, uint8_t v, uint32_t context, uint32_t around, bool half) {
    return {kMagnitudeLevels[v], expectationOf(mean, v, half), densities_[context + surroundingsOf(around)]};
  }

  template <typename Decoder>
  static int32_t withLowBits(Decoder& coder, const Place& place, int64_t symbol) {
    const uint32_t shift = place.level.shift;
    if (shift == 0) return place.expected.base + static_cast<int32_t>(symbol);  // both are small
    return checked(place.expected.base + symbol * (int64_t{1} << shift) - (int64_t{1} << (shift - 1)) +
                   static_cast<int64_t>(coder.takeRaw(shift)));
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
    return high ? place.expected.base + (last + 1) * unit - half : place.expected.base - last * unit - half - 1;
  }
  static int32_t decodeEscape(IntervalDecoder& coder, const Place& place, uint32_t slot);
  static void encodeEscape(IntervalEncoder& coder, const Place& place, int64_t value, bool high);

  const Expectations& expectations_ = expectations();
  std::vector<Density> densities_;
};

}  // namespace fieldzip
