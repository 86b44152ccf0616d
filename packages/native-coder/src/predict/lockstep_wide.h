// A wide linear filter that learns on the way: from the errors of the plan's expert at all neighbours within six rows and
// columns, what it will be off by. Fields with a limited band (turbulence, reanalyses) are predicted by it far better than by
// any fit to a few neighbours. Included once for each instruction set, as lanes16.h is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "predict/lanes16.h"
#include "predict/step_history.h"

namespace fieldzip::FIELDZIP_LANES {

class WideFilter {
 public:
  static constexpr ptrdiff_t kReach = 6;
  static constexpr size_t kTaps = static_cast<size_t>(kReach + kReach * (2 * kReach + 1));
  using Errors = StepHistory<float, kReach>;

  static constexpr size_t kOthers = 4;

  // What is to be added to the expert; `others`: what else is said of the site, beside it.
  F16 predict(const Errors& errors, const std::array<F16, kOthers>& others) {
    std::array<F16, 4> sums{}, squares{};
    others_ = others;
    unrolled<kOthers>([&](auto k) { sums[k] = others[k] * otherWeights_[k]; });
    eachTap(errors, [&](size_t k, auto turn, const F16& e) {
      sums[turn] = sums[turn] + e * weights_[k];
      squares[turn] = squares[turn] + e * e;
    });
    energy_ = (squares[0] + squares[1]) + (squares[2] + squares[3]);
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
    // Every other step teaches enough.
    if ((++learned_ & 1U) != 0) return;
    F16* changes = changes_.data();
    eachTap(errors, [&](size_t k, auto, const F16& e) { changes[k] = changes[k] + e * step; });
    power_ += kForget * (sum(least(power * (1.0F / kTaps), F16::all(kGreatestPower))) - count * power_);
    unrolled<kOthers>([&](auto k) {
      otherWeights_[k] += kRate * otherSteps_[k] * sum(others_[k] * step);
      otherPowers_[k] += kForget * (sum(least((others_[k] * others_[k]) * square, F16::all(kGreatestPower))) - count * otherPowers_[k]);
    });
    if (learned_ % kSteps != 0) return;
    for (size_t k = 0; k < kTaps; ++k) {
      weights_[k] += (kRate * step_) * sum(changes_[k]);
      changes_[k] = F16{};
    }
    step_ = 1.0F / (power_ + 0.01F);
    for (size_t k = 0; k < kOthers; ++k) otherSteps_[k] = 1.0F / (otherPowers_[k] + 0.01F);
  }

 private:
  static constexpr uint32_t kSteps = 8;  // between changes of the weights
  static constexpr float kRate = 0.001F, kClip = 3.0F, kForget = 0.002F, kGreatestPower = 400.0F;
  static constexpr float kLossRate = 1.0F / 512, kWorstLoss = 8.0F, kTiny = 0.001F;

  // Taps in the order of their weights, in four turns: each row's begin anew.
  template <typename Each>
  static void eachTap(const Errors& errors, Each&& each) {
    constexpr size_t wide = 2 * kReach + 1;
    unrolled<kReach>([&](auto k) { each(k, std::integral_constant<size_t, k % 4>{}, F16::load(errors.at(-1 - static_cast<ptrdiff_t>(k), 0))); });
    for (ptrdiff_t row = 1; row <= kReach; ++row) {
      const float* from = errors.at(-kReach, -row);
      const size_t first = kReach + static_cast<size_t>(row - 1) * wide;
      unrolled<wide>([&](auto k) {
        each(first + k, std::integral_constant<size_t, k % 4>{}, F16::load(from + static_cast<ptrdiff_t>(k) * Errors::kStride));
      });
    }
  }

  std::array<float, kTaps> weights_{};
  std::array<F16, kTaps> changes_{};
  std::array<F16, kOthers> others_{};
  std::array<float, kOthers> otherWeights_{}, otherPowers_{1.0F, 1.0F, 1.0F, 1.0F}, otherSteps_{1.0F, 1.0F, 1.0F, 1.0F};
  F16 energy_{}, said_{};
  uint32_t learned_ = 0;
  float power_ = 1.0F, step_ = 1.0F;
  float lossAlone_ = 1.0F, lossWith_ = 1.0F;
};

}  // namespace fieldzip::FIELDZIP_LANES
