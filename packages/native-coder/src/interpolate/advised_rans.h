// rANS with several states in turn, of 32 bits and refilled by 16, for numbers whose distributions are learned as they are coded.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "errors.h"
#include "interpolate/levels_walk.h"
#include "interpolate/lanes_rans.h"
#include "interpolate/magnitudes.h"

namespace fieldzip {

// A number of a context: its place, after `raw` bits are taken away.
struct AdvisedContext {
  size_t context;
  int raw;
  explicit AdvisedContext(int32_t packed) : context(static_cast<size_t>(packed & ((1 << kContextBits) - 1))), raw(packed >> kContextBits) {}
  int32_t half() const { return (1 << raw) >> 1; }
};

class AdvisedEncoder {
 public:
  static constexpr bool kDecodes = false;

  AdvisedEncoder(const InterpolationNetworks& networks, size_t points) : magnitudes_(networks), lanes_(lanesFor(points)) { intervals_.reserve(points); }

  // `points`: of the tile. Numbers of a row. Escaped ones and raw bits go to `bits`.
  void row(const int32_t* contexts, int32_t* numbers, size_t count, BitWriter& bits) {
    for (size_t i = 0; i < count; ++i) {
      const AdvisedContext c(contexts[i]);
      const int32_t number = numbers[i], high = (number + c.half()) >> c.raw;
      const auto size = static_cast<uint32_t>(high < 0 ? -high : high);
      const bool escapes = size >= magnitudesOf(c.context);
      const size_t place = escapes ? Magnitudes::escapeOf(c.context) : 2 * size - (high > 0 ? 1U : 0U);
      const auto& first = magnitudes_.of(c.context).first;
      intervals_.push_back(first[place] << 16 | (first[place + 1] - first[place]));
      magnitudes_.learn(c.context, place);
      if (escapes) putEscaped(number, bits);
      else if (c.raw > 0) bits.put(static_cast<uint32_t>(number + c.half()), c.raw);
    }
    rows_.push_back(count);
    magnitudes_.rowEnds(count);
  }

  void finish(std::vector<uint8_t>& out) {
    std::array<uint32_t, kLanes> states;
    states.fill(kLeastState);
    std::vector<uint16_t> words(intervals_.size());
    size_t at = words.size(), end = intervals_.size();
    const auto step = [&](uint32_t& x, uint32_t interval) {
      const uint32_t start = interval >> 16, width = interval & 0xffffU;
      // A number takes one word at most.
      if (x >> 16 >= width) {
        words[--at] = static_cast<uint16_t>(x);
        x >>= 16;
      }
      const uint32_t quotient = x / width;
      x = (quotient << kIntervalBits) + (x - quotient * width) + start;
    };
    // Rows last first, each from its end, so that to a decoder each begins with lane 0.
    for (size_t row = rows_.size(); row-- > 0;) {
      const uint32_t* own = intervals_.data() + (end - rows_[row]);
      for (size_t i = rows_[row]; i-- > 0;) step(states[lanes_ == 1 ? 0 : i % kLanes], own[i]);
      end -= rows_[row];
    }
    out.reserve(out.size() + 4 * lanes_ + 2 * (words.size() - at));
    for (size_t i = 0; i < lanes_; ++i) {
      for (int bit = 0; bit < 32; bit += 8) out.push_back(static_cast<uint8_t>(states[i] >> bit));
    }
    for (; at < words.size(); ++at) {
      out.push_back(static_cast<uint8_t>(words[at]));
      out.push_back(static_cast<uint8_t>(words[at] >> 8));
    }
  }

 private:
  Magnitudes magnitudes_;
  size_t lanes_;
  std::vector<uint32_t> intervals_;  // start << 16 | width
  std::vector<size_t> rows_;
};

class AdvisedDecoder {
 public:
  static constexpr bool kDecodes = true;

  AdvisedDecoder(const InterpolationNetworks& networks, size_t points, std::span<const uint8_t> bytes)
      : magnitudes_(networks), lanes_(lanesFor(points)), at_(bytes.data()), end_(bytes.data() + bytes.size()) {
    if (bytes.size() < 4 * lanes_ || bytes.size() % 2 != 0) throw CorruptStream("the numbers end too early");
    for (size_t i = 0; i < lanes_; ++i) {
      for (int bit = 0; bit < 32; bit += 8) states_[i] |= static_cast<uint32_t>(*at_++) << bit;
    }
  }

  void row(const int32_t* contexts, int32_t* numbers, size_t count, BitReader& bits) {
    places_.resize(count);
    if (static_cast<size_t>(end_ - at_) >= 2 * count) decode<false>(contexts, count);
    else decode<true>(contexts, count);
    for (size_t i = 0; i < count; ++i) {
      const AdvisedContext c(contexts[i]);
      const size_t place = places_[i];
      magnitudes_.learn(c.context, place);
      if (place == Magnitudes::escapeOf(c.context)) [[unlikely]] {
        numbers[i] = takeEscaped(bits);
        continue;
      }
      const auto size = static_cast<int32_t>((place + 1) / 2);
      const int32_t high = place % 2 != 0 ? size : -size;
      numbers[i] = c.raw == 0 ? high : static_cast<int32_t>((static_cast<uint32_t>(high) << c.raw) + bits.take(c.raw)) - c.half();
    }
    magnitudes_.rowEnds(count);
  }

  void finish() const {
    if (at_ != end_) throw CorruptStream("there are numbers left over");
    for (size_t i = 0; i < lanes_; ++i) if (states_[i] != kLeastState) throw CorruptStream("the numbers do not end where they began");
  }

 private:
  template <bool careful>
  void step(uint32_t& x, int32_t context, uint8_t& to) {
    const auto& [first, hints] = magnitudes_.of(AdvisedContext(context).context);
    const uint32_t slot = x & ((1U << kIntervalBits) - 1);
    size_t place = hints[slot >> 8];
    while (first[place + 1] <= slot) ++place;
    x = (first[place + 1] - first[place]) * (x >> kIntervalBits) + slot - first[place];
    to = static_cast<uint8_t>(place);
    if (x < kLeastState) {
      if (careful && at_ == end_) throw CorruptStream("the numbers end too early");
      x = x << 16 | static_cast<uint32_t>(at_[0]) | static_cast<uint32_t>(at_[1]) << 8;
      at_ += 2;
    }
  }
  template <bool careful>
  void decode(const int32_t* contexts, size_t count) {
    auto [a, b, c, d] = states_;
    uint8_t* places = places_.data();
    size_t i = 0;
    if (lanes_ == 1) {
      for (; i < count; ++i) step<careful>(a, contexts[i], places[i]);
    }
    for (; i + kLanes <= count; i += kLanes) {
      step<careful>(a, contexts[i], places[i]);
      step<careful>(b, contexts[i + 1], places[i + 1]);
      step<careful>(c, contexts[i + 2], places[i + 2]);
      step<careful>(d, contexts[i + 3], places[i + 3]);
    }
    if (i < count) step<careful>(a, contexts[i], places[i]);
    if (i + 1 < count) step<careful>(b, contexts[i + 1], places[i + 1]);
    if (i + 2 < count) step<careful>(c, contexts[i + 2], places[i + 2]);
    states_ = {a, b, c, d};
  }

  Magnitudes magnitudes_;
  size_t lanes_;
  const uint8_t* at_;
  const uint8_t* end_;
  std::array<uint32_t, kLanes> states_{};
  std::vector<uint8_t> places_;
};

}  // namespace fieldzip
