#include "coefficients/trellis.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fieldzip {
namespace {

constexpr float kNever = std::numeric_limits<float>::infinity();
// Beyond the window, for both of a pair: it is not worth telling them apart.
constexpr std::array<float, 2> kAlike{0, 0};

// The states and parities that lead to a state.
struct Origins {
  std::array<uint8_t, 2> states, parities;
};
constexpr std::array<Origins, kTrellisStates> kOrigins = [] {
  std::array<Origins, kTrellisStates> origins{};
  std::array<size_t, kTrellisStates> found{};
  for (uint8_t state = 0; state < kTrellisStates; ++state) {
    for (uint8_t parity = 0; parity < 2; ++parity) {
      const size_t to = kTrellisNext[state][parity];
      origins[to].states[found[to]] = state;
      origins[to].parities[found[to]++] = parity;
    }
  }
  return origins;
}();

float squared(double distance) {
  const float d = static_cast<float>(distance);
  return d * d;
}

}  // namespace

template <typename T>
const int32_t* TrellisSearch::choose(const CoefficientModel& model, TrellisState start, const DetailRow& row, const uint16_t* contexts,
                                     const T* details, float lambda64, const std::array<float, 2>& delta) {
  steps_.resize(row.count);
  front_.costs.fill(kNever);
  front_.wests.fill(0);
  front_.costs[start.index()] = 0;
  const uint8_t* above = row.surprises;
  for (size_t k = 0; k < row.count; ++k) {
    const uint32_t around = 2U * above[k] + (k > 0 ? above[k - 1] : 0U) + above[k + 1];
    const Site site{static_cast<double>(details[4 * k]), row.means[k], row.levels[k], contexts[k], around};
    TrellisState::takesPart(site.level) ? takePart(model, site, steps_[k], lambda64) : standBy(model, site, steps_[k], lambda64, delta);
  }
  return traceBack();
}

void TrellisSearch::takePart(const CoefficientModel& model, const Site& site, Step& step, float lambda64) {
  const auto [c, mean, level, context, around] = site;
  step.takesPart = true;
  // By whether halfway, surroundings and parity.
  std::array<std::array<std::array<float, 2>, kSurroundings>, 2> costs;
  std::array<std::array<uint32_t, 2>, 2> surprises;
  std::array<size_t, kTrellisStates> surroundings;
  std::array<bool, kSurroundings> used{};
  for (size_t state = 0; state < kTrellisStates; ++state) {
    surroundings[state] = surroundingsOf(around + 2 * front_.wests[state]);
    used[surroundings[state]] = true;
  }
  for (size_t half = 0; half < 2; ++half) {
    const double shift = half == 1 ? 0.5 : 0.0;
    const auto first = static_cast<int32_t>(std::floor(c - shift));
    step.first[half] = first;
    const size_t odd = static_cast<size_t>(first & 1);  // the parity of the first
    std::array<float, 2> errors{squared(c - (first + shift)), squared(c - (first + 1 + shift))};
    if (level >= kRawFrom) {
      // Integers so near to each other cost the same.
      surprises[half].fill(model.surpriseAt(first, mean, level, half == 1));
      for (size_t s = 0; s < kSurroundings; ++s) costs[half][s] = {errors[odd], errors[1 - odd]};
      continue;
    }
    const auto pair = model.neighboursOf(first, mean, level, context, half == 1);
    if (half == 0 && (first == 0 || first == -1)) errors[first == 0 ? 0 : 1] = squared(c - static_cast<double>(pair.zero));
    surprises[half] = {pair.surprises[odd], pair.surprises[1 - odd]};
    for (size_t s = 0; s < kSurroundings; ++s) {
      if (!used[s]) continue;
      const auto bits64 = pair.outside ? kAlike : CoefficientModel::pricesOf(pair, s);
      costs[half][s] = {errors[odd] + lambda64 * bits64[odd], errors[1 - odd] + lambda64 * bits64[1 - odd]};
    }
  }
  std::array<std::array<float, 2>, kTrellisStates> reached;  // by state before and parity
  for (size_t state = 0; state < kTrellisStates; ++state) {
    const auto& own = costs[state & 1][surroundings[state]];
    reached[state] = {front_.costs[state] + own[0], front_.costs[state] + own[1]};
  }
  uint32_t choices = 0;
  for (size_t to = 0; to < kTrellisStates; ++to) {
    const Origins& origins = kOrigins[to];
    const float a = reached[origins.states[0]][origins.parities[0]], b = reached[origins.states[1]][origins.parities[1]];
    const size_t which = b < a ? 1 : 0;
    front_.costs[to] = which == 1 ? b : a;
    front_.wests[to] = surprises[origins.states[which] & 1][origins.parities[which]];
    choices |= static_cast<uint32_t>(which) << to;
  }
  step.choices = static_cast<uint8_t>(choices);
  settle();
}

void TrellisSearch::standBy(const CoefficientModel& model, const Site& site, Step& step, float lambda64, const std::array<float, 2>& delta) {
  const auto [c, mean, level, context, around] = site;
  step.takesPart = false;
  // The nearest, and the next one towards what is expected.
  const auto nearest = static_cast<int32_t>(std::floor(c + 0.5));
  auto pair = model.neighboursOf(nearest, mean, level, context, false);
  const bool below = nearest > pair.base;
  const int32_t first = below ? nearest - 1 : nearest;
  if (below) pair = model.neighboursOf(first, mean, level, context, false);
  step.first = {first, first};
  std::array<float, 2> errors;
  for (int i = 0; i < 2; ++i) {
    errors[static_cast<size_t>(i)] = squared(c - static_cast<double>(reconstructionOf<float>(first + i, pair.zero, delta)));
  }
  uint32_t choices = 0;
  std::array<std::array<float, 2>, kSurroundings> costs;
  std::array<bool, kSurroundings> known{};
  for (size_t state = 0; state < kTrellisStates; ++state) {
    const size_t s = surroundingsOf(around + 2 * front_.wests[state]);
    if (!known[s]) {
      known[s] = true;
      const auto bits64 = pair.outside ? kAlike : CoefficientModel::pricesOf(pair, s);
      costs[s] = {errors[0] + lambda64 * bits64[0], errors[1] + lambda64 * bits64[1]};
    }
    const size_t which = costs[s][1] < costs[s][0] ? 1 : 0;
    front_.costs[state] += costs[s][which];
    front_.wests[state] = pair.surprises[which];
    choices |= static_cast<uint32_t>(which) << state;
  }
  step.choices = static_cast<uint8_t>(choices);
  settle();
}

// Costs stay small, so that their differences keep their digits.
void TrellisSearch::settle() {
  float least = front_.costs[0];
  for (const float cost : front_.costs) least = std::min(least, cost);
  for (float& cost : front_.costs) cost -= least;
}

const int32_t* TrellisSearch::traceBack() {
  auto state = static_cast<size_t>(std::min_element(front_.costs.begin(), front_.costs.end()) - front_.costs.begin());
  integers_.resize(steps_.size());
  for (size_t k = steps_.size(); k-- > 0;) {
    const Step& step = steps_[k];
    const size_t which = step.choices >> state & 1U;
    if (!step.takesPart) {
      integers_[k] = step.first[0] + static_cast<int32_t>(which);
      continue;
    }
    const size_t parity = kOrigins[state].parities[which];
    state = kOrigins[state].states[which];
    const int32_t first = step.first[state & 1];
    integers_[k] = first + ((first ^ static_cast<int32_t>(parity)) & 1);
  }
  return integers_.data();
}

template const int32_t* TrellisSearch::choose<float>(const CoefficientModel&, TrellisState, const DetailRow&, const uint16_t*, const float*, float,
                                                     const std::array<float, 2>&);
template const int32_t* TrellisSearch::choose<double>(const CoefficientModel&, TrellisState, const DetailRow&, const uint16_t*, const double*, float,
                                                      const std::array<float, 2>&);

}  // namespace fieldzip
