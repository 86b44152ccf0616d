// A trellis over a band's rows (coefficients/trellis.h says what it is for): integers that are taken before the walk, by their error
// alone, as where coefficients are loud one integer costs as much as the next. Included once for each instruction set, as
// lanes16.h is: a lane is a row.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "coefficients/trellis_states.h"
#include "predict/lanes16.h"

namespace fieldzip::FIELDZIP_LANES {

// The next state: kTrellisNext in sums of bits. Points of odd states lie halfway between integers.
template <typename V>
inline V nextOfTrellis(const V& state, const V& odd) {
  return (((state & 3) << 1) | (((state >> 1) & 1) ^ (state >> 2))) ^ odd;
}

// Into a state lead two: half its number with one parity, and four more with the other. Both have the same points.
struct TrellisWay {
  size_t from;
  int32_t parity;
};
inline constexpr auto kTrellisWays = [] {
  std::array<std::array<TrellisWay, 2>, kTrellisStates> ways{};
  for (size_t state = 0; state < kTrellisStates; ++state) {
    for (size_t which = 0; which < 2; ++which) {
      const size_t from = state / 2 + 4 * which;
      ways[state][which] = {from, kTrellisNext[from][0] == state ? 0 : 1};
    }
  }
  return ways;
}();

class BandTrellis {
 public:
  // Of rows of coefficients in steps, below 2^22; those where `missing` is not null and not 0 have no integer.
  void take(const float* coefficients, const uint8_t* missing, size_t rows, size_t columns, int32_t* integers) {
    choices_.resize(columns);
    for (size_t row = 0; row < rows; row += kLanes) {
      const size_t from = row * columns;
      takeRows(coefficients + from, missing == nullptr ? nullptr : missing + from, std::min(kLanes, rows - row), columns, integers + from);
    }
  }

 private:
  static constexpr float kFar = 1e30F;
  static constexpr size_t kSettled = 64;  // columns after which costs are counted from the least again

  static int32_t nearestOf(float x, int32_t parity) {
    const float halved = (x - static_cast<float>(parity)) * 0.5F;
    return 2 * static_cast<int32_t>(halved + (halved < 0.0F ? -0.5F : 0.5F)) + parity;
  }

  void takeRows(const float* coefficients, const uint8_t* missing, size_t rows, size_t columns, int32_t* integers) {
    std::array<F16, kTrellisStates> costs;
    costs.fill(F16::all(kFar));
    costs[0] = F16{};
    alignas(64) float block[kLanes * kLanes] = {}, turned[kLanes * kLanes], gaps[kLanes * kLanes] = {}, turnedGaps[kLanes * kLanes];
    for (size_t left = 0; left < columns; left += kLanes) {
      const size_t count = std::min(kLanes, columns - left);
      for (size_t row = 0; row < rows; ++row) {
        std::copy_n(coefficients + row * columns + left, count, block + row * kLanes);
        for (size_t i = 0; missing != nullptr && i < count; ++i) gaps[row * kLanes + i] = missing[row * columns + left + i] != 0 ? 1.0F : 0.0F;
      }
      transpose(block, turned, kLanes);
      if (missing != nullptr) transpose(gaps, turnedGaps, kLanes);
      for (size_t i = 0; i < count; ++i) {
        const std::array<F16, kTrellisStates> before = costs;
        pass(F16::load(turned + i * kLanes), costs, choices_[left + i]);
        if (missing != nullptr) {
          const F16 gap = F16::load(turnedGaps + i * kLanes);
          for (size_t state = 0; state < kTrellisStates; ++state) costs[state] = ifLess(F16::all(0.5F), gap, before[state], costs[state]);
        }
        if ((left + i) % kSettled == 0) settle(costs);
      }
    }
    alignas(64) float ends[kTrellisStates][kLanes];
    for (size_t state = 0; state < kTrellisStates; ++state) costs[state].store(ends[state]);
    for (size_t row = 0; row < rows; ++row) {
      size_t state = 0;
      for (size_t other = 1; other < kTrellisStates; ++other) state = ends[other][row] < ends[state][row] ? other : state;
      for (size_t i = columns; i-- > 0;) {
        const size_t at = row * columns + i;
        if (missing != nullptr && missing[at] != 0) {
          integers[at] = 0;
          continue;
        }
        const TrellisWay& way = kTrellisWays[state][static_cast<size_t>(choices_[i][row] >> state & 1)];
        state = way.from;
        integers[at] = nearestOf(coefficients[at] - 0.5F * static_cast<float>(state & 1), way.parity);
      }
    }
  }

  // One column: a bit of `choices` for each state, of which way led to it.
  static void pass(const F16& x, std::array<F16, kTrellisStates>& costs, std::array<int32_t, kLanes>& choices) {
    std::array<std::array<F16, 2>, 2> errors;  // halfway or not, by parity
    unrolled<2>([&](auto half) {
      unrolled<2>([&](auto parity) {
        const F16 off = x - (0.5F * static_cast<float>(half) + static_cast<float>(parity)), halved = off * 0.5F;
        const F16 rest = off - floated(truncated(halved + ifLess(halved, F16{}, F16::all(-0.5F), F16::all(0.5F)))) * 2.0F;
        errors[half][parity] = rest * rest;
      });
    });
    std::array<F16, kTrellisStates> next;
    F16 chosen{};
    unrolled<kTrellisStates>([&](auto state) {
      constexpr auto ways = kTrellisWays[state];
      const F16 a = costs[ways[0].from] + errors[ways[0].from & 1][static_cast<size_t>(ways[0].parity)];
      const F16 b = costs[ways[1].from] + errors[ways[1].from & 1][static_cast<size_t>(ways[1].parity)];
      next[state] = least(b, a);
      chosen = chosen + ifLess(b, a, F16::all(static_cast<float>(1 << state)), F16{});
    });
    costs = next;
    truncated(chosen).store(choices.data());
  }
  static void settle(std::array<F16, kTrellisStates>& costs) {
    F16 lowest = costs[0];
    for (const F16& cost : costs) lowest = least(cost, lowest);
    for (F16& cost : costs) cost = cost - lowest;
  }

  std::vector<std::array<int32_t, kLanes>> choices_;
};

}  // namespace fieldzip::FIELDZIP_LANES
