#include "coefficients/coefficient_model.h"

#include <memory>

namespace fieldzip {

const Expectations& expectations() {
  static const std::unique_ptr<const Expectations> made = [] {
    auto table = std::make_unique<Expectations>();
    for (size_t i = 0; i < table->size(); ++i) {
      const MagnitudeLevel& level = kMagnitudeLevels[i / 256 % 256];
      const int64_t expected64 = ((static_cast<int64_t>(i % 256) - 128) * level.mean + 32768) >> 16;
      const int64_t mean64 = i < 65536 ? expected64 : expected64 - 32;
      const int64_t base = (mean64 + 32) >> 6, fraction = mean64 - base * 64;
      const int64_t offset = level.shift == 0 ? 32 + fraction : 32 + ((32 + fraction) >> level.shift);
      const ZCell low = cellOf(level, offset, 0), high = cellOf(level, offset, 1);
      (*table)[i] = {static_cast<int32_t>(base), static_cast<float>(mean64 * level.zeroShare) / 4096.0F, low.fraction, high.fraction,
                     static_cast<uint8_t>(low.bin), static_cast<uint8_t>(high.bin), static_cast<uint8_t>(offset),
                     static_cast<uint8_t>(surpriseOf(level, offset, 0))};
    }
    return table;
  }();
  return *made;
}

CoefficientModel::CoefficientModel() {
  static const std::vector<Density> priors = [] {
    std::vector<Density> made;
    for (int context = 0; context < kContexts; ++context) {
      for (int tailClass = 0; tailClass < kTailClasses; ++tailClass) {
        const Density prior(context, tailClass);
        made.insert(made.end(), kSurroundings, prior);
      }
    }
    return made;
  }();
  densities_ = priors;
}

// The distance beyond the window: its bit length, then its bits.
int32_t CoefficientModel::decodeEscape(IntervalDecoder& coder, const Place& place, uint32_t slot) {
  const bool high = slot >= place.highEscape();
  const uint32_t start = high ? place.highEscape() : 0, end = high ? 1U << kShapeTotalBits : place.lowEscape();
  place.density.learnEscape(high);
  coder.take(start, end - start, kShapeTotalBits);
  const uint32_t length = static_cast<uint32_t>(coder.takeRaw(6));
  if (length > 32) throw CorruptStream("the coded stream has a coefficient out of range");
  const int64_t distance = static_cast<int64_t>((uint64_t{1} << length | coder.takeRaw(length)) - 1);
  const int64_t from = escapeFrom(place, high);
  return checked(high ? from + distance : from - distance);
}

void CoefficientModel::encodeEscape(IntervalEncoder& coder, const Place& place, int64_t value, bool high) {
  const uint32_t start = high ? place.highEscape() : 0, end = high ? 1U << kShapeTotalBits : place.lowEscape();
  place.density.learnEscape(high);
  coder.push(start, end - start, kShapeTotalBits);
  const int64_t from = escapeFrom(place, high);
  const uint64_t excess = static_cast<uint64_t>(high ? value - from : from - value) + 1;
  const uint32_t length = static_cast<uint32_t>(std::bit_width(excess)) - 1;
  coder.pushRaw(length, 6);
  coder.pushRaw(excess & ((uint64_t{1} << length) - 1), length);
}

}  // namespace fieldzip
