// The walk over a tile with the network: what tile_coder.h does, and the network corrects what is expected. Made for speed:
// all that earlier rows tell is computed a row at a time, and what a value teaches is learned one value late, while the next
// one is already being coded. The network's inputs do not depend on what the network said.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "predict/lanes.h"
#include "predict/perceptron.h"
#include "predict/plan.h"
#include "predict/residuals.h"

namespace fieldzip {

// Level of an expected magnitude, from 2^-12 up.
inline int netLevelOf(float magnitude) {
  const int level = static_cast<int>(std::bit_cast<uint32_t>(magnitude) >> 20) - ((127 + kNetLowestExponent) << 3);
  return level < 0 ? 0 : level >= kNetLevels ? kNetLevels - 1 : level;
}
inline constexpr int kNetToPlain = 8 * (kLowestExponent - kNetLowestExponent);  // between the two countings of levels
// Below 1/16 residuals are counted in 1/16: there is only one symbol that matters, and the context knows how likely it is.
inline constexpr int kNetLeastScale = 8 * 2;

// Normalised LMS on 20 inputs, the last four of which are known late.
class LateAdaptive {
 public:
  LateAdaptive() {
    weights_.fill(Lanes{});
    powers_.fill(allLanes(1.0F));
    steps_.fill(allLanes(1.0F));
  }
  float early(const std::array<Lanes, 5>& x) const {
    return sumOf((weights_[0] * x[0] + weights_[1] * x[1]) + (weights_[2] * x[2] + weights_[3] * x[3]));
  }
  float late(Lanes x) const { return sumOf(weights_[4] * x); }

  // `error` and the inputs times `inverse`: in expected magnitudes.
  void learn(const std::array<Lanes, 5>& inputs, float error, float inverse) {
    std::array<Lanes, 5> x, g;
    for (size_t i = 0; i < 5; ++i) {
      x[i] = inputs[i] * inverse;
      g[i] = x[i] * steps_[i];
    }
    const float energy = sumOf(((x[0] * g[0] + x[1] * g[1]) + (x[2] * g[2] + x[3] * g[3])) + x[4] * g[4]);
    const float step = kRate * error / (1.0F + energy * 0.0625F);
    for (size_t i = 0; i < 5; ++i) weights_[i] = weights_[i] + g[i] * step;
    // The powers change slowly: every fourth value tells enough.
    if ((++count_ & 3U) != 0) return;
    for (size_t i = 0; i < 5; ++i) {
      powers_[i] = powers_[i] + ((atMost(x[i] * x[i], kGreatestPower) + allLanes(kTiny)) - powers_[i]) * kForget;
    }
    if ((count_ & 15U) != 0) return;
    for (size_t i = 0; i < 5; ++i) steps_[i] = allLanes(1.0F) / (powers_[i] + allLanes(0.01F));
  }

 private:
  static constexpr float kRate = 0.004F, kForget = 0.02F, kGreatestPower = 400.0F;
  static constexpr float kTiny = 1e-6F;  // keeps decaying sums away from denormal numbers

  std::array<Lanes, 5> weights_, powers_, steps_;
  uint32_t count_ = 0;
};

// What a training set is made of.
struct ObservedSite {
  const uint8_t* inputs;
  double base;
  int level;
  int64_t value, mean64;
  int scale, shape;
};
struct NoObserver {
  static constexpr bool kObserves = false;
};

template <typename T, typename Coder, typename Isa, typename Observer = NoObserver>
class NetworkCoder {
 public:
  NetworkCoder(const Plan& plan, const Perceptron& net, Coder& coder, size_t rows, size_t columns, int64_t range,
               Observer* observer = nullptr)
      : plan_(plan), net_(net), coder_(coder), observer_(observer), rows_(rows), columns_(columns),
        stride_(columns + 2 * kPad), range_(range), top_(static_cast<double>(range)), values_(kRing * stride_),
        errors_(kRing * stride_), residuals_(kRing * stride_), recent_(stride_), old_(stride_), above_(columns),
        expectedAbove_(columns), rowInputs_(columns * (kNetRowInputs / 4)), rowSums_(columns * kNetHidden1 + 8) {
    for (size_t k = 0; k < kMaxOrder; ++k) coefficients_[k] = plan.coefficient(k);
    for (size_t k = 0; k < kScaleFeatures; ++k) weights_[k] = plan.scaleWeight(k);
    for (size_t level = 0; level < kLevels; ++level) {
      const float start = magnitudeOf(static_cast<int>(level)) * 10.0F;
      ratios_[level] = {start, start, 1.0F};
    }
    shapes_.reserve(kNetShapes);
    for (const auto& prior : net.priors) shapes_.emplace_back(prior);
    unit_ = std::ldexp(8.0F, -plan.unit);
    levelZero_ = kNetToPlain + 8 * plan.unit;
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
  static constexpr float kKeep = 0.99F;   // of a level's memory, at each value
  static constexpr float kTiny = 0.001F;  // keeps decaying sums away from denormal numbers
  static constexpr float kLossRate = 1.0F / 512, kWorstLoss = 8.0F;
  static constexpr float kClip = 3.0F;    // what one value may teach, in expected magnitudes

  struct Ratio {
    float seen, expected, factor;
  };
  // What the last value has to teach.
  struct Lesson {
    bool any = false;
    std::array<Lanes, 5> inputs;
    float correction, inverse, error, magnitude, expected;
    Ratio* ratio;
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
      r_[back] = rowOf(residuals_, row + kRing - back);
    }
    firstRow_ = row == 0;
    run_ = 0.0F;
    for (ptrdiff_t i = -static_cast<ptrdiff_t>(kPad); i < 0; ++i) {
      q_[0][i] = q_[1][0];
      e_[0][i] = 0.0F;
      r_[0][i] = r_[1][0];
    }
    const ptrdiff_t columns = static_cast<ptrdiff_t>(columns_);
    const float *r1 = r_[1], *r2 = r_[2];
    const auto& a = weights_;
    for (ptrdiff_t x = 0; x < columns; ++x) {
      expectedAbove_[static_cast<size_t>(x)] =
          ((a[1] * std::abs(r1[x]) + a[2] * std::abs(r1[x - 1])) + (a[3] * std::abs(r1[x + 1]) + a[5] * std::abs(r2[x]))) +
          ((a[6] * std::abs(r1[x - 2]) + a[7] * std::abs(r1[x + 2])) + (kLeastMagnitude + a[11]));
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
    openInputs();
    for (size_t x = 0; x < columns_; ++x) {
      uint8_t inputs[kNetRowInputs];
      unpackRowInputs(x, inputs);
      int32_t* sums = alignedSums(x);
      for (size_t o = 0; o < kNetHidden1; ++o) sums[o] = net_.first.biases[o];
      Isa::template accumulate<0, kNetRowInputs / 4>(net_.first, inputs, sums);
    }
  }

  int32_t* alignedSums(size_t x) {
    const uintptr_t start = (reinterpret_cast<uintptr_t>(rowSums_.data()) + 31) & ~uintptr_t{31};
    return reinterpret_cast<int32_t*>(start) + x * kNetHidden1;
  }

  // Four inputs of every column at once, packed into a word. One loop for each four, so that compilers make vectors of them.
  template <typename Four>
  void openFour(size_t group, Four&& four) {
    uint32_t* to = rowInputs_.data() + group * columns_;
    for (ptrdiff_t x = 0; x < static_cast<ptrdiff_t>(columns_); ++x) {
      float a, b, c, d;
      four(x, a, b, c, d);
      to[x] = compandBits(unit_ * a) | compandBits(unit_ * b) << 8 | compandBits(unit_ * c) << 16 | compandBits(unit_ * d) << 24;
    }
  }
  void unpackRowInputs(size_t x, uint8_t* to) const {
    for (size_t group = 0; group < kNetRowInputs / 4; ++group) {
      const uint32_t four = rowInputs_[group * columns_ + x];
      if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(to + 4 * group, &four, sizeof four);
      } else {
        for (size_t k = 0; k < 4; ++k) to[4 * group + k] = static_cast<uint8_t>(four >> (8 * k));
      }
    }
  }
  static uint32_t compandBits(float x) {
    const int32_t own = std::bit_cast<int32_t>(x), sign = own >> 31;
    const int32_t bits = (std::bit_cast<int32_t>(std::bit_cast<float>(own & 0x7fffffff) + 1.0F) >> 20) - (127 << 3);
    const int32_t limited = bits < 127 ? bits : 127;
    return static_cast<uint32_t>(((limited ^ sign) - sign) + kNetZero);
  }

  void openInputs() {
    const float *r1 = r_[1], *r2 = r_[2], *v = recent_.data() + kPad, *o = old_.data() + kPad;
    const double *q1 = q_[1], *q2 = q_[2];
    const auto m = [](float r) { return std::abs(r); };
    openFour(0, [=](ptrdiff_t x, float& a, float& b, float& c, float& d) {
      a = r1[x];
      b = r1[x - 1];
      c = r1[x + 1];
      d = r1[x + 2];
    });
    openFour(1, [=](ptrdiff_t x, float& a, float& b, float& c, float& d) {
      a = r2[x];
      b = r1[x - 2];
      c = m(r1[x]) + (m(r1[x - 1]) + m(r1[x + 1]));
      d = m(r1[x + 1]) + (m(r1[x + 2]) + m(r1[x + 3]));
    });
    openFour(2, [=](ptrdiff_t x, float& a, float& b, float& c, float& d) {
      a = m(r1[x - 1]) + (m(r1[x - 2]) + m(r1[x - 3]));
      b = m(r2[x]) + (m(r2[x - 1]) + m(r2[x + 1]));
      c = (m(r2[x + 2]) + m(r2[x + 3])) + (m(r2[x - 2]) + m(r2[x - 3]));
      d = (((v[x - 4] + v[x - 3]) + (v[x - 2] + v[x - 1])) + ((v[x + 1] + v[x + 2]) + (v[x + 3] + v[x + 4]))) + v[x];
    });
    openFour(3, [=](ptrdiff_t x, float& a, float& b, float& c, float& d) {
      a = 4.0F * o[x];
      b = static_cast<float>(q1[x] - q1[x - 1]);
      c = static_cast<float>(q1[x + 1] - q1[x]);
      d = static_cast<float>(q1[x] - q2[x]);
    });
  }

  void closeRow(size_t row) {
    for (size_t i = 0; i < kPad; ++i) {
      q_[0][columns_ + i] = q_[0][columns_ - 1];
      e_[0][columns_ + i] = 0.0F;
      r_[0][columns_ + i] = r_[0][columns_ - 1];
      q_[0][-static_cast<ptrdiff_t>(i) - 1] = q_[0][0];
    }
    if (row == 0) {
      for (size_t back = 1; back < kRing; ++back) {
        std::copy_n(rowOf(values_, 0) - kPad, stride_, rowOf(values_, back) - kPad);
        std::copy_n(rowOf(residuals_, 0) - kPad, stride_, rowOf(residuals_, back) - kPad);
      }
    }
    // Two memories of a column's magnitudes, a short one and a long and wide one.
    for (size_t x = 0; x < stride_; ++x) recent_[x] = 0.7F * recent_[x] + 0.3F * (std::abs(r_[0][static_cast<ptrdiff_t>(x) - static_cast<ptrdiff_t>(kPad)]) + 1e-6F);
    for (size_t x = kPad; x < columns_ + kPad; ++x) {
      old_[x] = 0.95F * old_[x] + 0.05F * (((recent_[x - 8] + recent_[x - 4]) + recent_[x]) + (recent_[x + 4] + recent_[x + 7]));
    }
  }

  void skip(size_t column) {
    const ptrdiff_t x = static_cast<ptrdiff_t>(column);
    // The nearest known value before it: to the west in the first row, else midway between west and north.
    q_[0][x] = firstRow_ ? q_[0][x - 1] : std::floor(0.5 * (q_[0][x - 1] + q_[1][x]));
    e_[0][x] = 0.0F;
    r_[0][x] = 0.5F * (std::abs(r_[0][x - 1]) + std::abs(r_[1][x]));
  }

  int64_t site(size_t column, int64_t given) {
    const ptrdiff_t x = static_cast<ptrdiff_t>(column);
    double *q0 = q_[0] + x, *q1 = q_[1] + x;
    float *e0 = e_[0] + x, *e1 = e_[1] + x, *e2 = e_[2] + x;
    float* r0 = r_[0] + x;
    const double w = q0[-1], n = firstRow_ ? w : q1[0], nw = firstRow_ ? w : q1[-1], ne = firstRow_ ? w : q1[1];

    // ---- The mean that the plan and its adaptive stage give.
    const double average = 0.5 * (w + n), gradient = w + n - nw, median = medianPrediction(w, n, nw);
    double fitted = average;
    if (plan_.order > 0) {
      double own = coefficients_[4] * q0[-2];
      if (plan_.order > 12) own += coefficients_[12] * q0[-3];
      if (plan_.order > 22) own += coefficients_[22] * q0[-4];
      fitted = (above_[column] + own) + coefficients_[0] * w;
    }
    double expert = plan_.expert == Expert::fitted     ? fitted
                    : plan_.expert == Expert::average  ? average
                    : plan_.expert == Expert::gradient ? gradient
                                                       : median;
    if (firstRow_) expert = w;
    Lesson& next = lessons_[turn_];
    turn_ ^= 1U;
    const Lesson& last = lessons_[turn_];
    float correction = 0.0F;
    if (plan_.adapts) {
      if (firstRow_) {
        next.inputs.fill(Lanes{});
      } else {
        next.inputs[0] = loadLanes(e1 - 4);
        next.inputs[1] = loadLanes(e1);
        next.inputs[2] = loadLanes(e2 - 2);
        next.inputs[3] = lanesOf(e0[-2], e0[-3], e2[2], e2[-3]);
        // The plan's own expert would be 0 here; the average stands in its place.
        const double other = plan_.expert == Expert::average ? fitted : average;
        next.inputs[4] = lanesOf(e0[-1], static_cast<float>(other - expert),
                                 static_cast<float>((plan_.expert == Expert::gradient ? fitted : gradient) - expert),
                                 static_cast<float>((plan_.expert == Expert::median ? fitted : median) - expert));
      }
      correction = adaptive_.early(next.inputs) + adaptive_.late(next.inputs[4]);
    }
    // What the adaptive stage says is heeded while it helps; it learns all the same.
    double base = expert + (adaptedLoss_ <= expertLoss_ ? static_cast<double>(correction) : 0.0);
    // Written so that a NaN, which only a damaged stream can cause, becomes 0.
    base = !(base > 0.0) ? 0.0 : base > top_ ? top_ : base;

    // ---- The magnitude that its surroundings let expect.
    float differences[4];
    differenceFeatures(plan_.expert, expert, w, n, nw, ne, differences);
    const auto& a = weights_;
    const float s = (expectedAbove_[column] + (a[4] * std::abs(r0[-2]) + a[8] * differences[0])) +
                    ((a[0] * std::abs(r0[-1]) + a[9] * differences[1]) + a[10] * differences[2]);
    Ratio& ratio = ratios_[static_cast<size_t>(levelOf(s))];
    const float expected = s * ratio.factor;
    const int level = netLevelOf(expected);

    // ---- What the network makes of it.
    const Lanes u = allLanes(unit_);
    run_ = 0.8F * run_ + 0.2F * std::abs(r0[-1]);
    alignas(4) uint8_t inputs[kNetInputs];
    uint8_t* in = inputs + kNetRowInputs;
    const int relative = level - levelZero_;
    const auto beside = [base](double value) { return static_cast<float>(value - base); };
    compandLanes(u * lanesOf(r0[-1], r0[-2], std::abs(r0[-1]) + std::abs(r0[-2]), 4.0F * run_), in);
    in[4] = static_cast<uint8_t>(kNetZero + (relative < -127 ? -127 : relative > 127 ? 127 : relative));
    in[5] = static_cast<uint8_t>(kNetZero - 64 + static_cast<int32_t>((base - std::floor(base)) * 128.0));
    in[6] = compand(unit_ * beside(w));
    in[7] = compand(unit_ * beside(n));
    compandLanes(u * lanesOf(beside(average), beside(gradient), beside(median), beside(fitted)), in + 8);
    compandLanes(u * lanesOf(static_cast<float>(w - q0[-2]), beside(ne), static_cast<float>(base), beside(top_)), in + 12);
    const NetOutput said = evaluate<Isa>(net_, inputs, alignedSums(column));
    const int told = level + said.level < 0 ? 0 : level + said.level >= kNetLevels ? kNetLevels - 1 : level + said.level;
    const int scale = told < kNetToPlain + kNetLeastScale ? kNetLeastScale : told - kNetToPlain;
    const int context = told < kNetRawFromLevel ? told / 4 : kNetRawFromLevel / 4;
    double mean = base + static_cast<double>(said.shift) * kSixteenths[static_cast<size_t>(told)];
    mean = !(mean > 0.0) ? 0.0 : mean > top_ ? top_ : mean;
    if (last.any) learn(last);

    const int64_t mean64 = static_cast<int64_t>(mean * kMeanOne + 0.5);
    const int64_t value = codeResidual(coder_, given, mean64, range_, infos_[static_cast<size_t>(scale)],
                                       shapes_[static_cast<size_t>(context * kNetTails + said.tail)]);
    if constexpr (Observer::kObserves) {
      unpackRowInputs(column, inputs);
      observer_->site({inputs, base, level, value, mean64, scale, context * kNetTails + said.tail});
    }

    const double actual = static_cast<double>(value);
    const float residual = static_cast<float>(actual - base);
    q0[0] = actual;
    e0[0] = static_cast<float>(actual - expert);
    r0[0] = residual;
    next.any = true;
    next.correction = correction;
    next.inverse = 1.0F / (expected + 0.25F);
    next.error = e0[0];
    next.magnitude = std::abs(residual);
    next.expected = s;
    next.ratio = &ratio;
    return value;
  }

  void learn(const Lesson& lesson) {
    Ratio& ratio = *lesson.ratio;
    ratio.seen = ratio.seen * kKeep + (lesson.magnitude + kTiny);
    ratio.expected = ratio.expected * kKeep + lesson.expected;
    ratio.factor = ratio.seen / ratio.expected;
    if (!plan_.adapts) return;
    const float relative = (lesson.error - lesson.correction) * lesson.inverse;
    adaptive_.learn(lesson.inputs, std::min(std::max(relative, -kClip), kClip), lesson.inverse);
    const float alone = std::min(std::abs(lesson.error) * lesson.inverse, kWorstLoss);
    const float with = std::min(std::abs(relative), kWorstLoss);
    expertLoss_ += kLossRate * (alone * alone + kTiny - expertLoss_);
    adaptedLoss_ += kLossRate * (with * with + kTiny - adaptedLoss_);
  }

  static const std::array<double, kNetLevels> kSixteenths;  // of each level's magnitude

  const Plan& plan_;
  const Perceptron& net_;
  Coder& coder_;
  Observer* observer_;
  LateAdaptive adaptive_;
  std::array<double, kMaxOrder> coefficients_{};
  std::array<float, kScaleFeatures> weights_{};
  size_t rows_, columns_, stride_;
  int64_t range_;
  double top_;
  std::vector<double> values_;
  std::vector<float> errors_, residuals_, recent_, old_;
  std::vector<double> above_;
  std::vector<float> expectedAbove_;
  std::vector<uint32_t> rowInputs_;
  std::vector<int32_t> rowSums_;
  std::array<Ratio, kLevels> ratios_;
  const std::array<LevelInfo, kLevels>& infos_ = levelInfos();
  std::vector<Shape> shapes_;
  std::array<Lesson, 2> lessons_;
  size_t turn_ = 0;
  double* q_[kReach + 1];
  float* e_[kReach + 1];
  float* r_[kReach + 1];
  float run_ = 0.0F, unit_;
  int levelZero_;
  bool firstRow_ = true;
  float expertLoss_ = 1.0F, adaptedLoss_ = 1.0F;  // recent errors in expected magnitudes
};

template <typename T, typename Coder, typename Isa, typename Observer>
const std::array<double, kNetLevels> NetworkCoder<T, Coder, Isa, Observer>::kSixteenths = [] {
  std::array<double, kNetLevels> sixteenths{};
  for (int level = 0; level < kNetLevels; ++level) {
    sixteenths[static_cast<size_t>(level)] =
        std::ldexp((1.0 + ((level & 7) + 0.5) / 8.0) / 16.0, (level >> 3) + kNetLowestExponent);
  }
  return sixteenths;
}();

}  // namespace fieldzip
