// The integer network for sixteen values at once: a lane's four inputs of a group lie in one 32-bit word. Every instruction
// set gives the same integers (perceptron.h says why). Included once for each, as lanes16.h is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "predict/lanes16.h"
#include "predict/perceptron.h"

namespace fieldzip::FIELDZIP_LANES {

// sums += the four products of each lane's bytes, x unsigned and w signed.
inline I16 addProducts(const I16& sums, const I16& x, const int8_t* w) {
#if FIELDZIP_LANE_WIDTH > 4
  int32_t four;
  std::memcpy(&four, w, 4);
#endif
#if FIELDZIP_LANE_WIDTH == 16
  return I16::each([four](auto sum, auto bytes) {
    return std::bit_cast<decltype(sum)>(_mm512_dpbusd_epi32(std::bit_cast<__m512i>(sum), std::bit_cast<__m512i>(bytes), _mm512_set1_epi32(four)));
  }, sums, x);
#elif FIELDZIP_LANE_WIDTH == 8
  return I16::each([four](auto sum, auto bytes) {
    const __m256i pairs = _mm256_maddubs_epi16(std::bit_cast<__m256i>(bytes), _mm256_set1_epi32(four));
    return sum + std::bit_cast<decltype(sum)>(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }, sums, x);
#else
  const auto byte = [&](int k) { return ((x >> 8 * k) & 255) * I16::all(w[k]); };
  return sums + ((byte(0) + byte(1)) + (byte(2) + byte(3)));
#endif
}

// Of all lanes, an output's sum, biased and shifted.
template <size_t kIn, size_t kOut>
inline I16 outputOf(const Dense<kIn, kOut>& layer, size_t o, const std::array<I16, kIn / 4>& inputs) {
  I16 sums = I16::all(layer.biases[o]);
  for (size_t group = 0; group < kIn / 4; ++group) sums = addProducts(sums, inputs[group], layer.weights.data() + (group * kOut + o) * 4);
  return sums >> layer.shifts[o];
}

inline I16 limited(const I16& x, int32_t low, int32_t high) { return least(most(x, I16::all(low)), I16::all(high)); }

// sign(x) * 8 log2(1 + |x|), the logarithm linear between powers of two; within +-127, and 128 added.
inline I16 compand(F16 x) {
  const I16 own = bitsOf(x), sign = own >> 31;
  const I16 logarithm = (bitsOf(absolute(x) + 1.0F) >> 20) - (127 << 3);
  const I16 limited = least(logarithm, I16::all(127));
  return ((limited ^ sign) - sign) + kNetZero;
}

// Of levels, from kNetLowestExponent up: the exponent, three bits, and half a bit more.
inline F16 magnitudesOf(const I16& levels) { return fromBits((levels << 20) + (((127 + kNetLowestExponent) << 23) | 1 << 19)); }

template <size_t kIn, size_t kOut>
inline std::array<I16, kOut / 4> activated(const Dense<kIn, kOut>& layer, const std::array<I16, kIn / 4>& inputs) {
  std::array<I16, kOut / 4> outputs;
  for (size_t group = 0; group < kOut / 4; ++group) {
    const auto byte = [&](size_t k) { return limited(outputOf(layer, 4 * group + k, inputs), 0, 255); };
    outputs[group] = (byte(0) | byte(1) << 8) | (byte(2) << 16 | byte(3) << 24);
  }
  return outputs;
}

struct LaneOutput {
  I16 shift, level, tail;  // as in NetOutput
};

inline LaneOutput evaluateLanes(const Layers& net, const std::array<I16, kNetInputs / 4>& inputs) {
  const auto hidden = activated(net.second, activated(net.first, inputs));
  // A tail is 0 up to 31, 1 up to 63, 2 up to 127, else 3.
  const I16 tail = limited(outputOf(net.third, 2, hidden), 0, 255);
  const auto beyond = [&](int32_t limit) { return (tail + (256 - limit)) >> 8; };
  return {limited(outputOf(net.third, 0, hidden), -64, 64), limited(outputOf(net.third, 1, hidden), -127, 127),
          beyond(32) + beyond(64) + beyond(128)};
}

}  // namespace fieldzip::FIELDZIP_LANES
