// The walk over a tile that encoder and decoder share: predict, expect, code, learn. Everything here is integers, or
// floating point in a fixed order, so that both walks see the same numbers on every machine.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "predict/plan.h"
#include "predict/residuals.h"

namespace fieldzip {

inline constexpr int kLanes = 20;

// Normalised LMS: predicts what the plan's expert leaves, from the residuals around and from what other experts say. Every
// input has its own step, by its own power, and all are counted in expected magnitudes: loud places teach no more than
// quiet ones, and an expert that is far off drowns nobody.
class Adaptive {
 public:
  Adaptive() { powers_.fill(1.0F); steps_.fill(1.0F); }

  float predict(const std::array<float, kLanes>& inputs) const {
    std::array<float, 4> sum{};
    for (size_t i = 0; i < kLanes; i += 4) {
      for (size_t k = 0; k < 4; ++k) sum[k] += weights_[i + k] * inputs[i + k];
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
  }
  void learn(const std::array<float, kLanes>& inputs, float error, float inverse) {
    std::array<float, 4> sum{};
    for (size_t i = 0; i < kLanes; i += 4) {
      for (size_t k = 0; k < 4; ++k) sum[k] += (inputs[i + k] * inverse) * (inputs[i + k] * inverse) * steps_[i + k];
    }
    const float step = kRate * error / (1.0F + ((sum[0] + sum[1]) + (sum[2] + sum[3])) * 0.0625F);
    for (size_t i = 0; i < kLanes; ++i) weights_[i] += step * (inputs[i] * inverse) * steps_[i];
    // The powers change slowly: every fourth value tells enough.
    if ((++count_ & 3U) != 0) return;
    for (size_t i = 0; i < kLanes; ++i) {
      const float input = inputs[i] * inverse;
      const float power = input * input;
      powers_[i] += kForget * ((power < kGreatestPower ? power : kGreatestPower) + kTiny - powers_[i]);
    }
    if ((count_ & 15U) != 0) return;
    for (size_t i = 0; i < kLanes; ++i) steps_[i] = 1.0F / (powers_[i] + 0.01F);
  }

 private:
  static constexpr float kRate = 0.004F, kForget = 0.02F, kGreatestPower = 400.0F;
  static constexpr float kTiny = 1e-6F;  // keeps decaying sums away from denormal numbers

  std::array<float, kLanes> weights_{}, powers_, steps_;
  uint32_t count_ = 0;
};

template <typename T, typename Coder>
class TileCoder {
 public:
  TileCoder(const Plan& plan, Coder& coder, size_t rows, size_t columns, int64_t range)
      : plan_(plan),
        coder_(coder),
        residuals_(range),
        rows_(rows),
        columns_(columns),
        stride_(columns + 2 * kPad),
        range_(range),
        values_(kRing * stride_),
        errors_(kRing * stride_),
        magnitudes_(kRing * stride_),
        above_(columns),
        expectedAbove_(columns),
        greatestAbove_(columns),
        ratios_(kLevels) {
    for (size_t k = 0; k < kMaxOrder; ++k) coefficients_[k] = plan.coefficient(k);
    for (size_t k = 0; k < kScaleFeatures; ++k) weights_[k] = plan.scaleWeight(k);
    for (int level = 0; level < kLevels; ++level) {
      ratios_[static_cast<size_t>(level)] = {magnitudeOf(level) * 10.0F, magnitudeOf(level) * 10.0F};
    }
  }

  // Indices from 0 to range, in place; an encoder leaves them alone.
  void run(T* lattice, const uint8_t* mask) {
    for (size_t row = 0; row < rows_; ++row) {
      openRow(row);
      const uint8_t* masked = mask == nullptr ? nullptr : mask + row * columns_;
      T* out = lattice + row * columns_;
      for (size_t column = 0; column < columns_; ++column) {
        if (masked != nullptr && masked[column] != 0) {
          skip(column);
        } else {
          const int64_t given = Coder::kDecodes ? 0 : static_cast<int64_t>(out[column]);
          const int64_t value = site(column, given);
          if constexpr (Coder::kDecodes) out[column] = static_cast<T>(value);
        }
      }
      closeRow(row);
    }
  }

 private:
  static constexpr size_t kPad = 8, kRing = 8;
  static constexpr float kKeep = 0.99F;  // of a level's memory, at each value
  static constexpr float kTiny = 0.001F;  // keeps decaying sums away from denormal numbers
  static constexpr float kLossRate = 1.0F / 512, kWorstLoss = 8.0F;
  static constexpr float kClip = 3.0F;   // what one value may teach, in expected magnitudes

  struct Ratio {
    float seen, expected;
  };

  template <typename V>
  V* rowOf(std::vector<V>& ring, size_t row) {
    return ring.data() + (row % kRing) * stride_ + kPad;
  }

  void openRow(size_t row) {
    for (size_t back = 0; back <= kReach; ++back) {
      // Above the first row there is nothing: the ring is filled when it is known.
      q_[back] = rowOf(values_, row + kRing - back);
      e_[back] = rowOf(errors_, row + kRing - back);
      m_[back] = rowOf(magnitudes_, row + kRing - back);
    }
    firstRow_ = row == 0;
    for (ptrdiff_t i = -static_cast<ptrdiff_t>(kPad); i < 0; ++i) {
      q_[0][i] = q_[1][0];
      e_[0][i] = 0.0F;
      m_[0][i] = m_[1][0];
    }
    for (size_t x = 0; x < columns_; ++x) {
      const ptrdiff_t i = static_cast<ptrdiff_t>(x);
      const float *m1 = m_[1] + i, *m2 = m_[2] + i;
      expectedAbove_[x] = weights_[1] * m1[0] + weights_[2] * m1[-1] + weights_[3] * m1[1] + weights_[5] * m2[0] +
                          weights_[6] * m1[-2] + weights_[7] * m1[2] + (kLeastMagnitude + weights_[11]);
      const float sides = m1[-1] < m1[1] ? m1[1] : m1[-1];
      greatestAbove_[x] = m1[0] < sides ? sides : m1[0];
    }
    if (plan_.order > 0) {
      std::fill(above_.begin(), above_.end(), 0.0);
      for (int k = 0; k < plan_.order; ++k) {
        const Offset o = kNeighbours[static_cast<size_t>(k)];
        if (o.dy == 0) continue;
        const double c = coefficients_[static_cast<size_t>(k)];
        const double* from = q_[-o.dy] + o.dx;
        double* to = above_.data();
        for (size_t x = 0; x < columns_; ++x) to[x] += c * from[x];
      }
    }
  }

  void closeRow(size_t row) {
    for (size_t i = 0; i < kPad; ++i) {
      q_[0][columns_ + i] = q_[0][columns_ - 1];
      e_[0][columns_ + i] = 0.0F;
      m_[0][columns_ + i] = m_[0][columns_ - 1];
      q_[0][-static_cast<ptrdiff_t>(i) - 1] = q_[0][0];
    }
    if (row == 0) {
      for (size_t back = 1; back < kRing; ++back) {
        std::copy_n(rowOf(values_, 0) - kPad, stride_, rowOf(values_, back) - kPad);
        std::copy_n(rowOf(magnitudes_, 0) - kPad, stride_, rowOf(magnitudes_, back) - kPad);
      }
    }
  }

  void skip(size_t column) {
    const ptrdiff_t x = static_cast<ptrdiff_t>(column);
    // The nearest known value before it: to the west in the first row, else midway between west and north.
    q_[0][x] = firstRow_ ? q_[0][x - 1] : std::floor(0.5 * (q_[0][x - 1] + q_[1][x]));
    e_[0][x] = 0.0F;
    m_[0][x] = 0.5F * (m_[0][x - 1] + m_[1][x]);
  }

  int64_t site(size_t column, int64_t given) {
    const ptrdiff_t x = static_cast<ptrdiff_t>(column);
    double *q0 = q_[0] + x, *q1 = q_[1] + x;
    float *e0 = e_[0] + x, *e1 = e_[1] + x, *e2 = e_[2] + x;
    float* m0 = m_[0] + x;
    const double w = q0[-1], n = firstRow_ ? w : q1[0], nw = firstRow_ ? w : q1[-1], ne = firstRow_ ? w : q1[1];

    const double average = 0.5 * (w + n), gradient = w + n - nw, median = medianPrediction(w, n, nw);
    double fitted = average;
    if (plan_.order > 0) {
      fitted = above_[column] + coefficients_[0] * w + coefficients_[4] * q0[-2];
      if (plan_.order > 12) fitted += coefficients_[12] * q0[-3];
      if (plan_.order > 22) fitted += coefficients_[22] * q0[-4];
    }
    double expert = plan_.expert == Expert::fitted     ? fitted
                    : plan_.expert == Expert::average  ? average
                    : plan_.expert == Expert::gradient ? gradient
                                                       : median;
    if (firstRow_) expert = w;

    std::array<float, kLanes> inputs{};
    if (plan_.adapts && !firstRow_) {
      // Runs of neighbours, so that they move as vectors.
      std::copy_n(e1 - 4, 8, inputs.begin());
      std::copy_n(e2 - 2, 4, inputs.begin() + 8);
      inputs[12] = e0[-1];
      inputs[13] = e0[-2];
      inputs[14] = e0[-3];
      inputs[15] = e2[2];
      inputs[16] = static_cast<float>(average - expert);
      inputs[17] = static_cast<float>(gradient - expert);
      inputs[18] = static_cast<float>(median - expert);
      inputs[19] = static_cast<float>(fitted - expert);
    }
    const float correction = plan_.adapts ? adaptive_.predict(inputs) : 0.0F;
    // What the adaptive stage says is heeded while it helps; it learns all the same.
    double mean = expert + (adaptedLoss_ <= expertLoss_ ? static_cast<double>(correction) : 0.0);
    // Written so that a NaN, which only a damaged stream can cause, becomes 0.
    mean = !(mean > 0.0) ? 0.0 : mean > static_cast<double>(range_) ? static_cast<double>(range_) : mean;

    float differences[4];
    differenceFeatures(plan_.expert, expert, w, n, nw, ne, differences);
    const auto& v = weights_;
    const float s = expectedAbove_[column] + v[0] * m0[-1] + v[4] * m0[-2] + v[8] * differences[0] +
                    v[9] * differences[1] + v[10] * differences[2];
    Ratio& ratio = ratios_[static_cast<size_t>(levelOf(s))];
    const float expected = s * (ratio.seen / ratio.expected);
    const int level = levelOf(expected);
    const float greatest = std::max(m0[-1], greatestAbove_[column]);
    const int shapeClass = greatest > 2.0F * expected ? 2 : greatest > 1.2F * expected ? 1 : 0;

    const int64_t mean64 = static_cast<int64_t>(mean * kMeanOne + 0.5);
    const int64_t value = residuals_.code(coder_, given, mean64, level, shapeClass);

    const double actual = static_cast<double>(value);
    const float error = static_cast<float>(actual - mean);
    const float magnitude = std::abs(error);
    q0[0] = actual;
    e0[0] = static_cast<float>(actual - expert);
    m0[0] = magnitude;
    ratio.seen = ratio.seen * kKeep + (magnitude + kTiny);
    ratio.expected = ratio.expected * kKeep + s;
    if (!plan_.adapts) return value;
    const float inverse = 1.0F / (expected + 0.25F), relative = (e0[0] - correction) * inverse;
    adaptive_.learn(inputs, std::min(std::max(relative, -kClip), kClip), inverse);
    const float alone = std::min(std::abs(e0[0]) * inverse, kWorstLoss), with = std::min(std::abs(relative), kWorstLoss);
    expertLoss_ += kLossRate * (alone * alone + kTiny - expertLoss_);
    adaptedLoss_ += kLossRate * (with * with + kTiny - adaptedLoss_);
    return value;
  }

  const Plan& plan_;
  Coder& coder_;
  Residuals residuals_;
  Adaptive adaptive_;
  std::array<double, kMaxOrder> coefficients_{};
  std::array<float, kScaleFeatures> weights_{};
  size_t rows_, columns_, stride_;
  int64_t range_;
  std::vector<double> values_;
  std::vector<float> errors_, magnitudes_;
  std::vector<double> above_;
  std::vector<float> expectedAbove_, greatestAbove_;
  std::vector<Ratio> ratios_;
  double* q_[kReach + 1];
  float* e_[kReach + 1];
  float* m_[kReach + 1];
  bool firstRow_ = true;
  float expertLoss_ = 1.0F, adaptedLoss_ = 1.0F;  // recent errors in expected magnitudes
};

}  // namespace fieldzip
