// What the network says of a row, compiled for what the processor has. All give the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "interpolate/networks.h"
#include "interpolate/passes.h"

namespace fieldzip {

// Of a number, what the network is told: sign(k) * 8 log2(1 + 4 |k|), the logarithm linear between powers of two; within +-127.
inline int32_t toldOf(float number) {
  const auto bits = std::bit_cast<uint32_t>(number);
  const auto logarithm = static_cast<int32_t>(std::bit_cast<uint32_t>(4.0F * std::bit_cast<float>(bits & 0x7fffffffU) + 1.0F) >> 20) - (127 << 3);
  const int32_t limited = logarithm < 127 ? logarithm : 127;
  return (bits >> 31) != 0 ? -limited : limited;
}

// Sixteen points of a row are looked at at once: all rows can be read kSlack points beyond their padding.
template <typename Real>
struct AdviceRow {
  const Layers* network;
  Rows<Real> values;     // of which the point is predicted
  Rows<int32_t> numbers; // toldOf what the same points had
  const Real* predictions;
  const float* scales;
  size_t count;
  int32_t level;  // of the pyramid

  // What is said: by how much the prediction is to be moved, and the context, above it the raw bits.
  float* moves;
  int32_t* contexts;
  // For training: where the inputs go, kNetInputs / 4 words of a point in rows of `count` rounded up to sixteen, and the level; or null.
  uint32_t* inputs;
  int32_t* levels;
};

template <typename Real>
void advise(bool second, const AdviceRow<Real>& row);

namespace lanes_advice_portable {
template <typename Real>
void advise(bool second, const AdviceRow<Real>& row);
}
namespace lanes_advice_avx2 {
template <typename Real>
void advise(bool second, const AdviceRow<Real>& row);
}
namespace lanes_advice_avx512 {
template <typename Real>
void advise(bool second, const AdviceRow<Real>& row);
}

}  // namespace fieldzip
