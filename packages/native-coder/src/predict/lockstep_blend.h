// Sixteen simple predictors, each trusted by how far it was off around a site: in the row before it and in the row above, a
// little beyond it. What they say together is counted beside the base that linear prediction gives. Included once for each
// instruction set, as lanes16.h is.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "predict/lanes16.h"

namespace fieldzip::FIELDZIP_LANES {

// kTells: and how far off they were.
template <bool kTells>
class LocalBlend {
 public:
  static constexpr size_t kExperts = 16;
  using Predictions = std::array<F16, kExperts>;

  // `kept`: steps from a row's values to those of the row that the first lane takes sixteen rows below, as step_history.h has
  // it; `scale`: of what a residual is, about.
  LocalBlend(size_t kept, float scale) : least_(kLeast * scale), scale_(scale), carried_(kept * kExperts, kStart) {
    own_.fill(F16::all(1.0F));
    for (auto& slot : above_) {
      for (auto& cells : slot) {
        for (float& cell : cells) cell = kStart;
      }
    }
  }

  // What is to be added to the base. `predictions`: beside the base, and the base itself.
  F16 predict(const Predictions& predictions, size_t step) {
    const auto& row = above_[(step + 1) % kSlots];
    F16 sum2{}, sum4{}, errors{}, spread{}, weight2 = F16::all(kTiny), weight4 = weight2;
    unrolled<kExperts>([&](auto k) {
      said_[k] = predictions[k] * scale_;
      aboveNow_[k] = F16::load(row[k]);
      const F16 error = (own_[k] + aboveNow_[k]) + least_;
      const F16 square = F16::all(1.0F) / (error * error), fourth = square * square;
      weight2 = weight2 + square;
      weight4 = weight4 + fourth;
      sum2 = sum2 + square * said_[k];
      sum4 = sum4 + fourth * said_[k];
      if constexpr (kTells) {
        errors = errors + fourth * error;
        spread = spread + fourth * absolute(said_[k]);
      }
    });
    blend2_ = sum2 / weight2;
    blend4_ = sum4 / weight4;
    if constexpr (kTells) {
      error_ = errors / weight4;
      spread_ = spread / weight4;
    }
    return (blend4_ * gain4_ + blend2_ * gain2_) * (1.0F / scale_);
  }

  // Of the last predictions: how far the two blends are apart, how far off the trusted ones were around, how far from the base
  // they are, and how far off the base was.
  F16 apart() const { return (blend2_ - blend4_) * (1.0F / scale_); }
  F16 error() const { return error_ * (1.0F / scale_); }
  F16 spread() const { return spread_ * (1.0F / scale_); }
  F16 own() const { return own_[0] * (1.0F / scale_); }

  // `error`: of the base; `alive`: 1 where there is a value, and `inverse`, of the expected magnitude, then.
  void learn(const F16& error, const F16& inverse, const F16& alive, size_t step) {
    const F16 off = error * scale_, half = F16::all(0.5F);
    auto& row = above_[step % kSlots];
    unrolled<kExperts>([&](auto k) {
      own_[k] = ifLess(half, alive, absolute(off - said_[k]) + own_[k] * 0.6F, F16::all(1.0F));
      // What the row below will look at: this column's error, and that above the column before.
      (own_[k] + before_[k] * 0.4F).store(row[k] + 1);
      before_[k] = aboveNow_[k];
    });
    const F16 unit = inverse * (1.0F / scale_), f4 = blend4_ * unit, f2 = blend2_ * unit;
    const F16 relative = error * inverse - (f4 * gain4_ + f2 * gain2_);
    const F16 clipped = least(most(relative, F16::all(-kClip)), F16::all(kClip));
    const F16 change = (clipped * kRate) / ((f4 * f4 + f2 * f2) + 1.1F);
    gain4_ += sum(change * f4);
    gain2_ += sum(change * f2);
  }

  // A lane that is still above the second row.
  void standStill(size_t lane, size_t step) {
    for (auto& cells : above_[step % kSlots]) cells[lane + 1] = kStart;
  }
  void close(size_t step) {
    float* kept = carried_.data() + step % (carried_.size() / kExperts) * kExperts;
    for (size_t k = 0; k < kExperts; ++k) {
      float* cells = above_[step % kSlots][k];
      cells[0] = kept[k];
      kept[k] = cells[kLanes];
    }
  }

 private:
  static constexpr size_t kSlots = 8;  // the row above is seven steps ahead
  static constexpr float kLeast = 0.25F, kTiny = 1e-30F, kStart = 1.4F, kClip = 3.0F, kRate = 0.005F;

  float least_, scale_;
  float gain4_ = 0.3F, gain2_ = 0.0F;
  Predictions said_{}, own_, aboveNow_{}, before_{};
  F16 blend2_{}, blend4_{}, error_{}, spread_{};
  // Of a step, each expert's errors: those of the row above the first lane, then of the lanes.
  float above_[kSlots][kExperts][kLanes + 1];
  std::vector<float> carried_;
};

}  // namespace fieldzip::FIELDZIP_LANES
