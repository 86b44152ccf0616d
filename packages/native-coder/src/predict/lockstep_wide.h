// A wide linear filter that learns on the way: from the errors of an expert at all neighbours within some rows and columns,
// what it will be off by. Fields with a limited band (turbulence, reanalyses) are predicted by it far better than by any fit
// to a few neighbours. Included once for each instruction set, as lanes16.h is.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "predict/lanes16.h"
#include "predict/step_history.h"

namespace fieldzip::FIELDZIP_LANES {

// kReach: of its taps, in rows and columns; kLoudRows: rows whose errors tell how loud it is around; kEvery: steps from one
// that teaches to the next.
template <ptrdiff_t kReach, ptrdiff_t kLoudRows, uint32_t kEvery>
class WideFilter {
 public:
  using Errors = StepHistory<float, kReach>;

  static constexpr size_t kOthers = 4;

  explicit WideFilter(float rate) : rate_(rate) {}

  // What is to be added to the expert; `others`: what else is said of the site, beside it.
  F16 predict(const Errors& errors, const std::array<F16, kOthers>& others) {
    std::array<F16, 4> sums{}, squares{};
    others_ = others;
    unrolled<kOthers>([&](auto k) { sums[k] = others[k] * otherWeights_[k]; });
    const float* w = weights_.data();
    const auto row = [&](auto count, ptrdiff_t dx, ptrdiff_t dy, ptrdiff_t step, bool loud) {
      const float* from = errors.at(dx, dy);
      unrolled<count>([&](auto k) {
        const F16 e = F16::load(from + static_cast<ptrdiff_t>(k) * step);
        sums[k % 4] = sums[k % 4] + e * w[k];
        if (loud) squares[k % 4] = squares[k % 4] + e * e;
      });
      w += count;
    };
    row(std::integral_constant<size_t, kReach>{}, -1, 0, -Errors::kStride, true);
    row(std::integral_constant<size_t, kFirstWide>{}, -kReach, -1, Errors::kStride, true);
    for (ptrdiff_t up = 2; up <= kLoudRows; ++up) row(std::integral_constant<size_t, kWide>{}, -kReach, -up, Errors::kStride, true);
    for (ptrdiff_t up = kLoudRows + 1; up <= kReach; ++up) row(std::integral_constant<size_t, kWide>{}, -kReach, -up, Errors::kStride, false);
    energy_ = ((squares[0] + squares[1]) + (squares[2] + squares[3])) * kLoudness;
    said_ = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    return said_;
  }
  // It is heeded while it helps; it learns all the same.
  bool helps() const { return lossWith_ <= lossAlone_; }

  // `error`: of the expert; `inverse`: of the expected magnitude, 0 where there is no value; `count`: of values.
  void learn(const Errors& errors, const F16& error, const F16& inverse, float count) {
    const F16 relative = (error - said_) * inverse;
    const F16 clipped = least(most(relative, F16::all(-kClip)), F16::all(kClip));
    const F16 square = inverse * inverse, power = energy_ * square;
    F16 energy = power * step_;
    unrolled<kOthers>([&](auto k) { energy = energy + (others_[k] * others_[k]) * square * otherSteps_[k]; });
    const F16 step = (clipped * inverse) / (energy * (1.25F / (kTaps + kOthers)) + 1.0F);
    const F16 alone = least(absolute(error) * inverse, F16::all(kWorstLoss)), with = least(absolute(relative), F16::all(kWorstLoss));
    lossAlone_ += kLossRate * (sum(alone * alone) + count * (kTiny - lossAlone_));
    lossWith_ += kLossRate * (sum(with * with) + count * (kTiny - lossWith_));
    if (++learned_ % kEvery != 0) return;
    lessons_[learned_ / kEvery % kLessons] = step;
    power_ += kForget * (sum(least(power * (1.0F / kTaps), F16::all(kGreatestPower))) - count * power_);
    unrolled<kOthers>([&](auto k) {
      otherWeights_[k] += rate_ * otherSteps_[k] * sum(others_[k] * step);
      otherPowers_[k] += kForget * (sum(least((others_[k] * others_[k]) * square, F16::all(kGreatestPower))) - count * otherPowers_[k]);
    });
    if (learned_ % kSteps != 0) return;
    teach(errors);
    step_ = 1.0F / (power_ + 0.01F);
    for (size_t k = 0; k < kOthers; ++k) otherSteps_[k] = 1.0F / (otherPowers_[k] + 0.01F);
  }

 private:
  static constexpr uint32_t kSteps = 8;  // between changes of the weights
  static constexpr uint32_t kLessons = kSteps / kEvery;
  static constexpr float kClip = 3.0F, kForget = 0.002F, kGreatestPower = 400.0F;
  static constexpr float kLossRate = 1.0F / 512, kWorstLoss = 8.0F, kTiny = 0.001F;

  // Taps to the left, nearest first, then row by row, from left to right. What the row above knows ends kBehind - 1 columns ahead.
  static constexpr size_t kWide = 2 * kReach + 1, kFirstWide = kReach + 1 + std::min(kReach, kBehind - 1);
  static constexpr size_t kTaps = kReach + kFirstWide + (kReach - 1) * kWide;
  static constexpr float kLoudness = static_cast<float>(kTaps) / static_cast<float>(kReach + kFirstWide + (kLoudRows - 1) * kWide);
  static constexpr size_t kTogether = 8, kRoom = (kTaps + kTogether - 1) / kTogether * kTogether;
  static_assert(kPastSteps > (kReach + 1) * kBehind + kReach + static_cast<ptrdiff_t>(kSteps));

  // From what is here to each tap; what is beyond the last is nobody's.
  static constexpr std::array<ptrdiff_t, kRoom> kAt = [] {
    std::array<ptrdiff_t, kRoom> at{};
    size_t k = 0;
    for (ptrdiff_t dx = -1; dx >= -kReach; --dx) at[k++] = Errors::offset(dx, 0);
    for (ptrdiff_t up = 1; up <= kReach; ++up) {
      for (ptrdiff_t dx = -kReach; dx <= std::min(kReach, up * kBehind - 1); ++dx) at[k++] = Errors::offset(dx, -up);
    }
    return at;
  }();

  // The lessons of the last steps at once, each with the errors as they were seen then.
  void teach(const Errors& errors) {
    const float* now = errors.at(0, 0);
    for (size_t k = 0; k < kRoom; k += kTogether) {
      std::array<F16, kTogether> changes;
      unrolled<kTogether>([&](auto j) {
        const float* from = now + kAt[k + j];
        unrolled<kLessons>([&](auto i) {
          constexpr ptrdiff_t ago = static_cast<ptrdiff_t>((kLessons - 1 - i) * kEvery);
          const F16 change = F16::load(from - ago * Errors::kStride) * lessons_[(i + 1) % kLessons];
          changes[j] = i == 0 ? change : changes[j] + change;
        });
      });
      alignas(32) float sums[kTogether];
      sumEach(changes, sums);
      for (size_t j = 0; j < kTogether; ++j) weights_[k + j] += (rate_ * step_) * sums[j];
    }
  }

  std::array<float, kRoom> weights_{};
  std::array<F16, kLessons> lessons_{};
  std::array<F16, kOthers> others_{};
  std::array<float, kOthers> otherWeights_{}, otherPowers_{1.0F, 1.0F, 1.0F, 1.0F}, otherSteps_{1.0F, 1.0F, 1.0F, 1.0F};
  F16 energy_{}, said_{};
  uint32_t learned_ = 0;
  float rate_, power_ = 1.0F, step_ = 1.0F;
  float lossAlone_ = 1.0F, lossWith_ = 1.0F;
};

}  // namespace fieldzip::FIELDZIP_LANES
