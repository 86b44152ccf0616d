// The integer network that says what to expect at a value: 32 inputs -> 32 -> 24 -> a shift of the mean, a correction of the
// level, a tail. Weights within +-63 and activations of eight bits, so that a product of 8-bit numbers and the sum of two of
// them fit 16 bits: every instruction set gives the same integers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "predict/shape.h"

#if (defined(__x86_64__) || defined(_M_X64)) && (defined(__GNUC__) || defined(__clang__))
#define FIELDZIP_AVX2 1
#include <immintrin.h>
#endif

namespace fieldzip {

inline constexpr size_t kNetInputs = 32;
inline constexpr size_t kNetRowInputs = 16;  // the first of them come from earlier rows alone
inline constexpr size_t kNetHidden1 = 32, kNetHidden2 = 24, kNetOutputs = 3;
inline constexpr int32_t kNetZero = 128;      // an input of 0
inline constexpr int32_t kNetWeightLimit = 63;

// Residuals are counted by half octave of the level that the network gives, from 2^-12 to 2^3, and by four classes of tail.
inline constexpr int kNetLowestExponent = -12;
inline constexpr int kNetLevels = 8 * 74;
inline constexpr int kNetRawFromLevel = 8 * (3 - kNetLowestExponent);
inline constexpr int kNetTails = 4;
inline constexpr size_t kNetShapes = static_cast<size_t>(kNetRawFromLevel / 4 + 1) * kNetTails;

// inputs (groups of four) x outputs (vectors of eight): weights[group][output][4].
template <size_t kInputs, size_t kOutputs>
struct Dense {
  static constexpr size_t kIn = kInputs, kOut = kOutputs;
  alignas(32) std::array<int8_t, kInputs * kOutputs> weights{};
  alignas(32) std::array<int32_t, kOutputs> biases{};  // half of 2^shift included: shifting right rounds
  alignas(32) std::array<int32_t, kOutputs> shifts{};
};

struct NetOutput {
  int32_t shift;  // of the mean, in 1/16 of the expected magnitude
  int32_t level;  // added to the level that is known without the network, in 1/8 octave
  int32_t tail;   // 0..3
};

// A network without the distributions that its outputs choose among. Bytes: for each layer its weights (s8, output by output),
// biases (s32, little-endian) and shifts (u8).
struct Layers {
  static constexpr size_t kByteLength = kNetHidden1 * (kNetInputs + 5) + kNetHidden2 * (kNetHidden1 + 5) + kNetOutputs * (kNetHidden2 + 5);

  Dense<kNetInputs, kNetHidden1> first;
  Dense<kNetHidden1, kNetHidden2> second;
  Dense<kNetHidden2, 8> third;  // three outputs, and room to fill a vector
};

class Perceptron : public Layers {
 public:
  // Bytes: the layers, then the first counts of the shapes, a byte each. Throws std::invalid_argument when they are not that.
  explicit Perceptron(std::span<const uint8_t> bytes);
  static size_t byteLength();

  std::array<std::array<uint32_t, kShapeBins + 2>, kNetShapes> priors;
};

// Plain loops: what every machine can do.
struct PortableIsa {
  // sums[o] += the inputs of groups [kFrom, kTo).
  template <size_t kFrom, size_t kTo, size_t kIn, size_t kOut>
  static void accumulate(const Dense<kIn, kOut>& layer, const uint8_t* inputs, int32_t* sums) {
    for (size_t group = kFrom; group < kTo; ++group) {
      const int8_t* w = layer.weights.data() + group * kOut * 4;
      const uint8_t* x = inputs + group * 4;
      for (size_t o = 0; o < kOut; ++o) {
        sums[o] += (x[0] * w[4 * o] + x[1] * w[4 * o + 1]) + (x[2] * w[4 * o + 2] + x[3] * w[4 * o + 3]);
      }
    }
  }
  template <size_t kIn, size_t kOut>
  static void activate(const Dense<kIn, kOut>& layer, const int32_t* sums, uint8_t* outputs) {
    for (size_t o = 0; o < kOut; ++o) {
      const int32_t v = sums[o] >> layer.shifts[o];
      outputs[o] = static_cast<uint8_t>(v < 0 ? 0 : v > 255 ? 255 : v);
    }
  }
};

#ifdef FIELDZIP_AVX2
struct Avx2Isa {
  template <size_t kFrom, size_t kTo, size_t kIn, size_t kOut>
  __attribute__((target("avx2"))) static void accumulate(const Dense<kIn, kOut>& layer, const uint8_t* inputs, int32_t* sums) {
    constexpr size_t kVectors = kOut / 8;
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i acc[kVectors];
    for (size_t v = 0; v < kVectors; ++v) acc[v] = _mm256_load_si256(reinterpret_cast<const __m256i*>(sums) + v);
    for (size_t group = kFrom; group < kTo; ++group) {
      int32_t four;
      __builtin_memcpy(&four, inputs + group * 4, 4);
      const __m256i x = _mm256_set1_epi32(four);
      const __m256i* w = reinterpret_cast<const __m256i*>(layer.weights.data()) + group * kVectors;
      for (size_t v = 0; v < kVectors; ++v) {
        acc[v] = _mm256_add_epi32(acc[v], _mm256_madd_epi16(_mm256_maddubs_epi16(x, _mm256_load_si256(w + v)), ones));
      }
    }
    for (size_t v = 0; v < kVectors; ++v) _mm256_store_si256(reinterpret_cast<__m256i*>(sums) + v, acc[v]);
  }
  template <size_t kIn, size_t kOut>
  __attribute__((target("avx2"))) static void activate(const Dense<kIn, kOut>& layer, const int32_t* sums, uint8_t* outputs) {
    static_assert(kOut % 8 == 0);
    for (size_t v = 0; v < kOut / 8; ++v) {
      const __m256i shifts = _mm256_load_si256(reinterpret_cast<const __m256i*>(layer.shifts.data()) + v);
      const __m256i s = _mm256_srav_epi32(_mm256_load_si256(reinterpret_cast<const __m256i*>(sums) + v), shifts);
      const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1));
      _mm_storel_epi64(reinterpret_cast<__m128i*>(outputs + 8 * v), _mm_packus_epi16(words, words));
    }
  }
};
#endif

// From the first layer's sums of the row inputs, and all inputs. `sums` is spent.
template <typename Isa>
inline NetOutput evaluate(const Perceptron& net, const uint8_t* inputs, int32_t* sums) {
  alignas(32) uint8_t hidden1[kNetHidden1], hidden2[kNetHidden2];
  Isa::template accumulate<kNetRowInputs / 4, kNetInputs / 4>(net.first, inputs, sums);
  Isa::activate(net.first, sums, hidden1);
  alignas(32) int32_t sums2[kNetHidden2], sums3[8];
  for (size_t o = 0; o < kNetHidden2; ++o) sums2[o] = net.second.biases[o];
  Isa::template accumulate<0, kNetHidden1 / 4>(net.second, hidden1, sums2);
  Isa::activate(net.second, sums2, hidden2);
  for (size_t o = 0; o < 8; ++o) sums3[o] = net.third.biases[o];
  Isa::template accumulate<0, kNetHidden2 / 4>(net.third, hidden2, sums3);
  const auto clipped = [](int32_t v, int32_t limit) { return v < -limit ? -limit : v > limit ? limit : v; };
  const int32_t tail = sums3[2] >> net.third.shifts[2];
  return {clipped(sums3[0] >> net.third.shifts[0], 64), clipped(sums3[1] >> net.third.shifts[1], 127),
          (tail >= 32 ? 1 : 0) + (tail >= 64 ? 1 : 0) + (tail >= 128 ? 1 : 0)};
}

}  // namespace fieldzip
