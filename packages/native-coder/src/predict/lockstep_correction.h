// What the network cannot know of this tile: a linear correction of the level and of the shift that it said, learned on the
// way from what it saw and a little more. Included once for each instruction set, as lanes16.h is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "predict/lanes16.h"
#include "predict/lockstep_network.h"
#include "predict/network_coder.h"

namespace fieldzip::FIELDZIP_LANES {

struct LevelAndShift {
  I16 level;
  F16 shift;  // of the mean, in the level's magnitudes
};

class Correction {
 public:
  // Inputs as the network takes them, four in a word.
  static constexpr size_t kWords = kNetInputs / 4 + 3;
  using Words = std::array<I16, kWords>;

  Correction() {
    powers_.fill(kOne * kOne);
    steps_.fill(1.0F / (kOne * kOne + kLeastPower));
  }

  // What the network said, or what that becomes, while this helps; it learns all the same.
  LevelAndShift correct(const Words& words, const LevelAndShift& said) {
    unrolled<kWords>([&](auto word) {
      unrolled<4>([&](auto byte) { inputs_[4 * word + byte] = floated(((words[word] >> 8 * static_cast<int>(byte)) & 255) + -kNetZero); });
    });
    std::array<F16, 4> levels{}, shifts{};
    unrolled<kInputs>([&](auto k) {
      levels[k % 4] = levels[k % 4] + absolute(inputs_[k]) * levelWeights_[k];
      shifts[k % 4] = shifts[k % 4] + inputs_[k] * shiftWeights_[k];
    });
    // A NaN, which only a damaged stream can cause, becomes the least.
    const F16 eighths = least(most(((levels[0] + levels[1]) + (levels[2] + levels[3])) * 8.0F, F16::all(-kMost)), F16::all(kMost));
    const I16 added = truncated(eighths + (kMost + 0.5F)) + -static_cast<int32_t>(kMost);
    said_ = said;
    corrected_ = {limited(said.level + added, 0, kNetLevels - 1), said.shift + ((shifts[0] + shifts[1]) + (shifts[2] + shifts[3]))};
    return lossWith_ <= lossAlone_ ? corrected_ : said;
  }

  // `residual`: beside the base; `alive`: 1 where there is a value, else 0; `count`: of values.
  void learn(const F16& residual, const F16& alive, float count) {
    const F16 with = off(residual, alive, corrected_), alone = off(residual, alive, said_);
    lossAlone_ += kLossRate * (sum(lossOf(said_, alone) * alive) - count * lossAlone_);
    lossWith_ += kLossRate * (sum(lossOf(corrected_, with) * alive) - count * lossWith_);
    const F16 size = least(absolute(with), F16::all(kClip)) - alive * kUsual, side = least(most(with, F16::all(-kClip)), F16::all(kClip));
    unrolled<kInputs>([&](auto k) {
      levelChanges_[k] = levelChanges_[k] + absolute(inputs_[k]) * size;
      shiftChanges_[k] = shiftChanges_[k] + inputs_[k] * side;
    });
    if (++learned_ % kSteps == 0) teach(alive, count);
  }

 private:
  static constexpr float kOne = 64;  // what stands for 1: inputs are of about this size
  static constexpr size_t kInputs = 4 * kWords + 1;
  static constexpr uint32_t kSteps = 8;  // between changes of the weights
  static constexpr size_t kTogether = 8, kRoom = (kInputs + kTogether - 1) / kTogether * kTogether;
  static constexpr float kMost = 40.0F;  // eighths of an octave
  static constexpr float kClip = 3.0F, kUsual = 0.95F;  // of what is off, in magnitudes
  static constexpr float kWorst = 8.0F, kOctaves = 1.442695F;  // what a value that is off by a magnitude costs
  static constexpr float kRate = 0.0003F, kForget = 0.02F, kLeastPower = 1024, kLossRate = 1.0F / 4096;

  // In magnitudes.
  static F16 off(const F16& residual, const F16& alive, const LevelAndShift& told) {
    const F16 magnitude = magnitudesOf(told.level);
    return ((residual - told.shift * magnitude) * alive) / (magnitude + 0.1F);
  }
  // About its code length: what is far off counts half.
  static F16 lossOf(const LevelAndShift& told, const F16& off) {
    const F16 size = absolute(off);
    return floated(told.level) * (0.125F * kUsual) + least(least(size, size * 0.5F + 0.5F * kClip), F16::all(kWorst)) * kOctaves;
  }

  void teach(const F16& alive, float count) {
    const float share = count > 0.0F ? kForget / count : 0.0F;
    for (size_t k = 0; k < kRoom; k += kTogether) {
      std::array<F16, kTogether> levels, shifts, squares;
      unrolled<kTogether>([&](auto j) {
        levels[j] = levelChanges_[k + j];
        shifts[j] = shiftChanges_[k + j];
        squares[j] = (inputs_[k + j] * inputs_[k + j]) * alive;
        levelChanges_[k + j] = shiftChanges_[k + j] = F16{};
      });
      alignas(32) float level[kTogether], shift[kTogether], square[kTogether];
      sumEach(levels, level);
      sumEach(shifts, shift);
      sumEach(squares, square);
      for (size_t j = 0; j < kTogether; ++j) {
        levelWeights_[k + j] += (kRate * steps_[k + j]) * level[j];
        shiftWeights_[k + j] += (kRate * steps_[k + j]) * shift[j];
        powers_[k + j] += share * (square[j] - count * powers_[k + j]);
        steps_[k + j] = 1.0F / (powers_[k + j] + kLeastPower);
      }
    }
  }

  std::array<F16, kRoom> inputs_ = [] {
    std::array<F16, kRoom> inputs{};
    inputs[kInputs - 1] = F16::all(kOne);
    return inputs;
  }();
  LevelAndShift said_{}, corrected_{};
  std::array<F16, kRoom> levelChanges_{}, shiftChanges_{};
  std::array<float, kRoom> levelWeights_{}, shiftWeights_{}, powers_, steps_;
  uint32_t learned_ = 0;
  float lossAlone_ = 0.0F, lossWith_ = 0.0F;
};

}  // namespace fieldzip::FIELDZIP_LANES
