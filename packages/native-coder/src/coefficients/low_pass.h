// The low-pass of a tile: at most 12 x 12 integers, each predicted from its neighbours and coded with a magnitude that
// follows theirs. So few values pay for no plan as predict/lattice.h has it.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "coefficients/coefficient_model.h"
#include "coefficients/levels.h"
#include "errors.h"

namespace fieldzip {

inline constexpr int64_t kGreatestLowPass = int64_t{1} << 46;

enum class LowPassPrediction : uint8_t { none, average, gradient, median };

struct LowPassPlan {
  LowPassPrediction prediction = LowPassPrediction::none;
  uint8_t shift = 0;   // low bits of a residual sent raw, at most 20
  uint8_t level = 96;  // expected magnitude of the residuals before any is seen
  int64_t first = 0;   // the first value
};

inline int64_t predictLowPass(LowPassPrediction prediction, const int64_t* at, size_t row, size_t column, size_t columns) {
  if (prediction == LowPassPrediction::none) return 0;
  if (row == 0) return at[-1];
  const int64_t n = at[-static_cast<ptrdiff_t>(columns)];
  if (column == 0) return n;
  const int64_t w = at[-1], nw = at[-static_cast<ptrdiff_t>(columns) - 1];
  if (prediction == LowPassPrediction::average) return (w + n) >> 1;
  const int64_t gradient = w + n - nw, low = w < n ? w : n, high = w < n ? n : w;
  if (prediction == LowPassPrediction::gradient) return gradient;
  return gradient < low ? low : gradient > high ? high : gradient;
}

// Writes or reads all values but the first. An encoder's residuals have at most 30 bits beyond the shift.
template <typename Coder>
void codeLowPass(Coder& coder, const LowPassPlan& plan, GridSize size, std::span<int64_t> values) {
  CoefficientModel model;
  std::array<uint32_t, kLowPassSide * kLowPassSide> magnitudes{};
  const int64_t base64 = (kEighthOctaves[plan.level % 8] << (plan.level / 8)) >> 22;
  if constexpr (Coder::kDecodes) values[0] = plan.first;
  for (size_t i = 1; i < values.size(); ++i) {
    const size_t row = i / size.columns, column = i % size.columns;
    const uint64_t west = magnitudes[column > 0 ? i - 1 : i - size.columns];
    const uint64_t north = magnitudes[row > 0 ? i - size.columns : i - 1];
    const uint64_t expected64 = (2 * static_cast<uint64_t>(base64) + 64 * (west + north)) >> 2;
    const int32_t log = roughLog64(static_cast<uint32_t>(expected64 < 1 ? 1 : expected64 > 0xffffffffU ? 0xffffffffU : expected64));
    const int32_t v = kLevelOfOne + ((log - 6 * 64) >> 3);
    const uint8_t level = static_cast<uint8_t>(v < 0 ? 0 : v > 255 ? 255 : v);
    const int64_t prediction = predictLowPass(plan.prediction, values.data() + i, row, column, size.columns);
    int32_t coded = 0;
    if constexpr (Coder::kDecodes) {
      coded = model.decode(coder, 128, level, contextOf(level, 40), 0).value;
      const int64_t value = prediction + coded * (int64_t{1} << plan.shift) + static_cast<int64_t>(coder.takeRaw(plan.shift));
      if (value < -kGreatestLowPass || value > kGreatestLowPass) throw CorruptStream("the low-pass has a value out of range");
      values[i] = value;
    } else {
      const int64_t residual = values[i] - prediction;
      coded = static_cast<int32_t>(residual >> plan.shift);
      model.encode(coder, coded, 128, level, contextOf(level, 40), 0);
      coder.pushRaw(static_cast<uint64_t>(residual) & ((uint64_t{1} << plan.shift) - 1), plan.shift);
    }
    magnitudes[i] = static_cast<uint32_t>(coded < 0 ? -static_cast<int64_t>(coded) : coded);
  }
}

// The plan that seems to cost least. `values` within +-2^46.
LowPassPlan planLowPass(std::span<const int64_t> values, GridSize size);

}  // namespace fieldzip
