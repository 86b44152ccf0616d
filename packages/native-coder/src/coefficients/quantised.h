// What the coders of coefficients share: a tile in steps, transformed, and the head of its stream.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "coefficients/coefficients.h"
#include "coefficients/low_pass.h"
#include "coefficients/present.h"
#include "large_allocator.h"
#include "predict/bytes.h"

namespace fieldzip {

inline std::array<float, 2> deltasOf(const std::array<int8_t, 2>& bytes) {
  return {static_cast<float>(bytes[0]) / 64.0F, static_cast<float>(bytes[1]) / 64.0F};
}

template <typename T>
int32_t nearestInteger(T c) {
  return static_cast<int32_t>(c + std::copysign(T{0.5}, c));
}

struct CoefficientHead {
  double step, offset;
  std::array<float, 2> delta;
  bool trellis;
  LowPassPlan lowPass;
};
// Throws CorruptStream.
CoefficientHead readCoefficientHead(ByteReader& reader);

// Of each level l as in A_(l-1), with 0 where the low-pass was.
template <typename T>
using Details = std::vector<LargeVector<T>>;

// A tile in steps.
template <typename T>
struct Quantised {
  // Throws std::invalid_argument and StepTooSmall, as makeCoefficientEncoder.
  // `present`: null, or the levels by which it is transformed.
  Quantised(std::span<const T> values, uint32_t rows, uint32_t columns, double step, double lambda, size_t threads = 1, const PresentLevels* present = nullptr);

  void writeHead(bool trellis, std::vector<uint8_t>& out) const;
  // Values of A_0, and their squared error in squared steps over the sites that are not masked.
  double restore(std::span<const T> result, std::span<const T> values, std::span<const uint8_t> mask, ValueRange range, std::span<T> reconstruction,
                 size_t threads = 1) const;

  double step, offset = 0;
  LowPassPlan lowPass;
  std::vector<int64_t> integers;  // of the low-pass
  LargeVector<T> low;             // the same
  Details<T> details;
  std::array<int8_t, 2> deltas{};
  size_t nonzeros = 0;  // details that do not become 0, about
};

}  // namespace fieldzip
