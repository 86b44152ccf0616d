// Normalised LMS on twenty inputs, each with a step by its own power: what the expert with the wide filter will be off by, from
// its errors around and from what other experts say. Included once for each instruction set, as lanes16.h is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "predict/lanes16.h"
#include "predict/step_history.h"

namespace fieldzip::FIELDZIP_LANES {

class AdaptiveStage {
 public:
  static constexpr size_t kInputs = 20;
  using Inputs = std::array<F16, kInputs>;

  explicit AdaptiveStage(float rate) : rate_(rate) {
    powers_.fill(1.0F);
    steps_.fill(1.0F);
  }

  // What is to be added to the expert.
  F16 predict(const Inputs& inputs) {
    inputs_ = inputs;
    std::array<F16, 4> sums;
    unrolled<4>([&](auto k) { sums[k] = inputs[k] * weights_[k]; });
    unrolled<kInputs - 4>([&](auto k) { sums[k % 4] = sums[k % 4] + inputs[k + 4] * weights_[k + 4]; });
    said_ = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    return said_;
  }
  // It is heeded while it helps; it learns all the same.
  bool helps() const { return lossWith_ <= lossAlone_; }

  // `error`: of the expert; `inverse`: of the expected magnitude, 0 where there is no value; `count`: of values.
  void learn(const F16& error, const F16& inverse, float count) {
    Inputs y;
    std::array<F16, 4> energy{};
    unrolled<kInputs>([&](auto k) {
      y[k] = inputs_[k] * inverse;
      energy[k % 4] = energy[k % 4] + (y[k] * y[k]) * steps_[k];
    });
    const F16 relative = (error - said_) * inverse;
    const F16 clipped = least(most(relative, F16::all(-kClip)), F16::all(kClip));
    const F16 step = (clipped * rate_) / (((energy[0] + energy[1]) + (energy[2] + energy[3])) * 0.0625F + 1.0F);
    const F16 alone = least(absolute(error) * inverse, F16::all(kWorstLoss)), with = least(absolute(relative), F16::all(kWorstLoss));
    lossAlone_ += kLossRate * (sum(alone * alone) + count * (kTiny - lossAlone_));
    lossWith_ += kLossRate * (sum(with * with) + count * (kTiny - lossWith_));
    unrolled<kInputs>([&](auto k) { weights_[k] += steps_[k] * sum(y[k] * step); });
    // The powers change slowly: every fourth step tells enough.
    if ((++learned_ & 3U) != 0 || count == 0.0F) return;
    unrolled<kInputs>([&](auto k) {
      powers_[k] += kForget * ((sum(least(y[k] * y[k], F16::all(kGreatestPower))) / count + kTinyPower) - powers_[k]);
      steps_[k] = 1.0F / (powers_[k] + 0.01F);
    });
  }

 private:
  static constexpr float kLossRate = 1.0F / 512, kWorstLoss = 8.0F, kTiny = 0.001F;
  static constexpr float kClip = 3.0F;  // what one value may teach, in expected magnitudes
  static constexpr float kForget = 0.2F, kGreatestPower = 400.0F;
  static constexpr float kTinyPower = 1e-6F;  // keeps decaying sums away from denormal numbers

  Inputs inputs_{};
  F16 said_{};
  std::array<float, kInputs> weights_{}, powers_, steps_;
  uint32_t learned_ = 0;
  float rate_;
  float lossAlone_ = 1.0F, lossWith_ = 1.0F;  // recent errors in expected magnitudes
};

}  // namespace fieldzip::FIELDZIP_LANES
