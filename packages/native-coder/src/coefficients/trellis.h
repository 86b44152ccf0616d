// Trellis-coded quantisation. A wide coefficient is n + h / 2 steps with an integer n; h is 0 or 1 by the state, which the
// parities of the coefficients before it in its lane have led to. So the points of a lane are as far apart as with a step
// twice as fine and its bits, but nearly as near to the coefficients: the encoder looks for the path of states that is best for a whole row.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "coefficients/coefficient_model.h"
#include "coefficients/features.h"
#include "coefficients/tile.h"
#include "coefficients/trellis_states.h"

namespace fieldzip {

// Coefficients of a lower level are mostly 0 and take no part: m of 0.35.
inline constexpr uint8_t kTrellisFrom = 84;

// The state of one lane of a pass, and what it makes of the next coefficient.
class TrellisState {
 public:
  static bool takesPart(uint8_t level) { return level >= kTrellisFrom; }
  bool isHalf(uint8_t level) const { return takesPart(level) && (state_ & 1) != 0; }
  void pass(uint8_t level, int32_t integer) {
    if (takesPart(level)) state_ = kTrellisNext[state_][integer & 1];
  }
  size_t index() const { return state_; }

 private:
  uint8_t state_ = 0;
};

inline uint8_t toldOf(int32_t integer, bool half) {
  return half ? compand(static_cast<float>(integer) + 0.5F) : compandInteger(integer);
}

// Where a coefficient lies in steps.
template <typename T>
T pointOf(const Coded& coded, uint8_t level, bool half, const std::array<float, 2>& delta) {
  if (!TrellisState::takesPart(level)) return reconstructionOf<T>(coded.value, coded.zero, delta);
  if (half) return static_cast<T>(coded.value) + T{0.5};
  return coded.value == 0 ? static_cast<T>(coded.zero) : static_cast<T>(coded.value);
}

// Finds the integers of a row: those of the path through the states with the least sum of squared errors and bits.
class TrellisSearch {
 public:
  // Of every fourth of `details`, in steps. A bit is worth 64 lambda64 squared steps. The integers are there until the next call.
  template <typename T>
  const int32_t* choose(const CoefficientModel& model, TrellisState start, const DetailRow& row, const uint16_t* contexts, const T* details,
                        float lambda64, const std::array<float, 2>& delta);

 private:
  // The best path to each state.
  struct Front {
    std::array<float, kTrellisStates> costs;      // squared steps
    std::array<uint32_t, kTrellisStates> wests;   // by how much the last coefficient surprised
  };
  // What was to be chosen from: an integer and the next one, for points at integers and halfway; and a bit for each state, of
  // what led to it.
  struct Step {
    std::array<int32_t, 2> first;
    uint8_t choices;
    bool takesPart;
  };

  // A coefficient, and what the network and the row above say of it.
  struct Site {
    double coefficient;
    uint8_t mean, level;
    uint16_t context;
    uint32_t around;  // but for what lies to the west
  };

  void takePart(const CoefficientModel& model, const Site& site, Step& step, float lambda64);
  void standBy(const CoefficientModel& model, const Site& site, Step& step, float lambda64, const std::array<float, 2>& delta);
  void settle();
  const int32_t* traceBack();

  Front front_;
  std::vector<Step> steps_;
  std::vector<int32_t> integers_;
};

}  // namespace fieldzip
