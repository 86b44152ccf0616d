// The walk over a band: sixteen rows in lockstep, a lane a row, each kBandBehind columns behind the lane above. Encoder and
// decoder go the same steps. Included once for each instruction set, as lanes16.h is.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bands/band_filter.h"
#include "bands/band_network.h"
#include "bands/band_said.h"
#include "bands/band_symbol.h"
#include "bands/band_task.h"
#include "predict/lane_rans.h"
#include "predict/lockstep_network.h"
#include "predict/residuals.h"

namespace fieldzip::FIELDZIP_LANES {

struct NoBandObserver {
  static constexpr bool kObserves = false;
};

inline constexpr ptrdiff_t kBandBehind = 4;

// Neighbours of a filter, row by row.
struct BandTaps {
  struct Box {
    int plane, top, bottom, left, right;  // plane 0 is the band itself, 1 the low-pass, 2 and 3 the bands beside it
  };
  std::array<Box, 6> boxes;
  size_t count;
};
inline constexpr std::array<BandTaps, kOrientations> kBandTaps{{
    {{{{0, 0, 0, -3, -1}, {0, -1, -1, -3, 3}, {0, -2, -2, -2, 2}, {1, -2, 2, -2, 3}}}, 4},
    {{{{0, 0, 0, -3, -1}, {0, -1, -1, -3, 3}, {0, -2, -2, -2, 2}, {1, -2, 2, -2, 3}, {2, -2, 1, -1, 2}}}, 5},
    {{{{0, 0, 0, -3, -1}, {0, -1, -1, -3, 3}, {0, -2, -2, -2, 2}, {1, -1, 2, -1, 2}, {2, -1, 2, -1, 1}, {3, -1, 1, -1, 2}}}, 6},
}};

template <size_t kOrientation, typename Each>
inline void eachBandTap(Each&& each) {
  constexpr BandTaps taps = kBandTaps[kOrientation];
  size_t k = 0;
  unrolled<6>([&](auto b) {
    if constexpr (b < taps.count) {
      constexpr BandTaps::Box box = taps.boxes[b];
      for (int y = box.top; y <= box.bottom; ++y) {
        for (int x = box.left; x <= box.right; ++x) each(k++, box.plane, y, x);
      }
    }
  });
}
template <size_t kOrientation>
inline constexpr size_t kBandTapCount = [] {
  size_t count = 0;
  for (size_t b = 0; b < kBandTaps[kOrientation].count; ++b) {
    const auto& box = kBandTaps[kOrientation].boxes[b];
    count += static_cast<size_t>((box.bottom - box.top + 1) * (box.right - box.left + 1));
  }
  return count;
}();

// What a strip learns of an orientation, for the level below as well.
struct BandMemory {
  struct Ratio {
    float seen, expected, factor;
  };
  std::array<Ratio, kLevels> ratios;
  std::vector<LaneShape> shapes;
  BandFilter filter;

  explicit BandMemory(const BandPerceptron& net) {
    for (size_t level = 0; level < kLevels; ++level) {
      const float start = magnitudeOf(static_cast<int>(level)) * 10.0F;
      ratios[level] = {start, start, 1.0F};
    }
    shapes.reserve(kNetShapes);
    for (const auto& prior : net.priors) shapes.emplace_back(prior);
  }
};

// Planes in the order of the steps: cell (step, lane) is where that lane is at that step.
class BandOrder {
 public:
  static constexpr ptrdiff_t kBefore = 16;  // steps before the first

  BandOrder(size_t rows, size_t columns)
      : rows_(rows), columns_(columns), period_(std::max<size_t>(columns + 8, 64)), groups_((rows + kLanes - 1) / kLanes),
        steps_(groups_ * period_ + (kLanes - 1) * kBandBehind) {}

  size_t period() const { return period_; }
  size_t steps() const { return steps_; }
  size_t groups() const { return groups_; }
  size_t columns() const { return columns_; }
  // Room for a plane of so many cells a step.
  size_t room(size_t stride) const { return (static_cast<size_t>(2 * kBefore) + steps_ + period_) * stride; }

 private:
  size_t rows_, columns_, period_, groups_, steps_;
};

template <typename Coder, typename Observer, size_t kOrientation>
class BandWalk {
 public:
  BandWalk(const BandTask& task, const BandPerceptron& net, BandMemory& memory, Coder& coder, Observer* observer)
      : task_(task), net_(net), memory_(memory), coder_(coder), observer_(observer), order_(task.ownRows, task.columns), said_(task) {
    own_.assign(order_.room(kOwnStride), 0.0F);
    residuals_.assign(order_.room(kOwnStride), 0.0F);
    words_.resize(order_.room(kSaidWords * kLanes));
    still_.resize(order_.room(kLanes));
    layWords();
    if (task.linear) {
      layPlane(task.low, planes_[0]);
      for (size_t b = 0; b < kOrientation; ++b) layPlane(task.beside[b], planes_[1 + b]);
      memory_.filter.open(kTaps);
      const size_t sites = task.ownRows * task.columns;
      stride_ = static_cast<uint32_t>(std::clamp<size_t>(sites / 16384, 1, 16));
    }
  }

#if defined(__GNUC__) || defined(__clang__)
  __attribute__((flatten))
#endif
  void run() {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      rows_[lane] = static_cast<int32_t>(lane);
      columns_[lane] = -static_cast<int32_t>(lane) * static_cast<int32_t>(kBandBehind);
    }
    for (size_t step = 0; step < order_.steps(); ++step) {
      at_ = static_cast<ptrdiff_t>(step) + BandOrder::kBefore;
      if (task_.linear) {
        step % stride_ == 0 ? this->template step<true, true>() : this->template step<true, false>();
      } else {
        this->template step<false, false>();
      }
    }
  }

 private:
  static constexpr size_t kTaps = kBandTapCount<kOrientation>;
  static_assert(kTaps < BandFilter::kMost);
  static constexpr ptrdiff_t kOwnStride = 20, kOwnLane = 3, kStride = 24, kLane = 3;
  static constexpr float kKeep = 0.99F;   // of a level's memory, at each value
  static constexpr float kTiny = 0.001F;  // keeps decaying sums away from denormal numbers
  static constexpr float kGreatest = static_cast<float>(kGreatestCoefficient);
  static constexpr int kMostTold = 8 * (32 - kNetLowestExponent);  // no coefficient is further off

  float* own(std::vector<float>& plane, ptrdiff_t dx, ptrdiff_t dy) {
    return plane.data() + (at_ + dx + kBandBehind * dy) * kOwnStride + kOwnLane + dy;
  }
  const float* known(const std::vector<float>& plane, ptrdiff_t dx, ptrdiff_t dy) const {
    return plane.data() + (at_ + dx + kBandBehind * dy) * kStride + kLane + dy;
  }

  // Of a known plane the rows from two above to three below every group.
  void layPlane(const BandPlane& plane, std::vector<float>& to) {
    to.resize(order_.room(kStride));
    const auto columns = static_cast<ptrdiff_t>(task_.columns), last = static_cast<ptrdiff_t>(plane.columns) - 1;
    for (size_t group = 0; group < order_.groups(); ++group) {
      for (ptrdiff_t block = -4; block < columns + 4; block += 64) {
        const ptrdiff_t end = std::min(block + 64, columns + 4);
        for (ptrdiff_t r = -2; r <= 18; ++r) {
          const float* row = plane.row(static_cast<ptrdiff_t>(task_.firstRow + group * kLanes) + r);
          float* cell = to.data() + (static_cast<ptrdiff_t>(group * order_.period()) + block + kBandBehind * r + BandOrder::kBefore) * kStride + kLane + r;
          for (ptrdiff_t x = block; x < end; ++x, cell += kStride) *cell = row[x < 0 ? 0 : x > last ? last : x];
        }
      }
    }
  }

  void layWords() {
    for (size_t group = 0; group < order_.groups(); ++group) {
      for (size_t lane = 0; lane < kLanes; ++lane) {
        const size_t row = group * kLanes + lane;
        if (row >= task_.ownRows) break;
        said_.row(task_.firstRow + row);
        const size_t start = group * order_.period() + lane * static_cast<size_t>(kBandBehind) + static_cast<size_t>(BandOrder::kBefore);
        for (size_t w = 0; w < kSaidWords; ++w) {
          const int32_t* from = said_.words(w);
          int32_t* to = words_.data() + (start * kSaidWords + w) * kLanes + lane;
          for (size_t x = 0; x < task_.columns; ++x, to += kSaidWords * kLanes) *to = from[x];
        }
        float* to = still_.data() + start * kLanes + lane;
        for (size_t x = 0; x < task_.columns; ++x, to += kLanes) *to = said_.still()[x];
      }
    }
  }

  static I16 levels(F16 magnitude, int lowestExponent, int count) {
    const I16 level = (bitsOf(magnitude) >> 20) - ((127 + lowestExponent) << 3);
    return limited(level, 0, count - 1);
  }

  size_t siteOf(size_t lane) const {
    return (task_.firstRow + static_cast<size_t>(rows_[lane])) * task_.columns + static_cast<size_t>(columns_[lane]);
  }

  template <bool kLinear, bool kSampled>
  void step() {
    alignas(64) float alive[kLanes];
    for (size_t lane = 0; lane < kLanes; ++lane) {
      alive[lane] = columns_[lane] >= 0 && columns_[lane] < static_cast<int32_t>(task_.columns) && rows_[lane] < static_cast<int32_t>(task_.ownRows) ? 1.0F : 0.0F;
      if (task_.missing != nullptr && alive[lane] != 0.0F && task_.missing[siteOf(lane)] != 0) alive[lane] = 0.0F;
    }
    const F16 live = F16::load(alive);

    // ---- What is expected.
    F16 said{};
    if constexpr (kLinear) {
      const float* w = memory_.filter.weights();
      const F16 centre = kOrientation < 2 ? (F16::load(known(planes_[0], 0, 0)) + F16::load(known(planes_[0], 1, 0))) * 0.5F
                                          : ((F16::load(known(planes_[0], 0, 0)) + F16::load(known(planes_[0], 1, 0))) +
                                             (F16::load(known(planes_[0], 0, 1)) + F16::load(known(planes_[0], 1, 1)))) * 0.25F;
      std::array<F16, 4> sums{};
      eachBandTap<kOrientation>([&](size_t k, int plane, int dy, int dx) {
        F16 x = plane == 0 ? F16::load(own(own_, dx, dy)) : F16::load(known(planes_[static_cast<size_t>(plane - 1)], dx, dy));
        if (plane == 1) x = x - centre;
        if constexpr (kSampled) x.store(taps_ + k * kLanes);
        sums[k & 3] = sums[k & 3] + x * w[k];
      });
      said = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }
    // A NaN, which only a damaged stream can cause, becomes a number.
    const F16 base = kLinear && memory_.filter.helps() ? most(least(said, F16::all(kGreatest)), F16::all(-kGreatest)) : F16{};

    // ---- How far off it may be.
    const auto residual = [&](ptrdiff_t dx, ptrdiff_t dy) { return F16::load(own(residuals_, dx, dy)); };
    const auto value = [&](ptrdiff_t dx, ptrdiff_t dy) { return F16::load(own(own_, dx, dy)); };
    const F16 rw = residual(-1, 0), rn = residual(0, -1), rnw = residual(-1, -1), rne = residual(1, -1), rww = residual(-2, 0), rnn = residual(0, -2);
    const F16 mw = absolute(rw), mn = absolute(rn), mnw = absolute(rnw), mne = absolute(rne), mww = absolute(rww), mnn = absolute(rnn);
    const F16 mnww = absolute(residual(-2, -1)), mnee = absolute(residual(2, -1));
    const F16 near = ((mw * 0.3F + mww * 0.1F) + mn * 0.25F) + ((mnw + mne) * 0.12F + ((mnn + mnee) + mnww) * 0.05F);
    const F16 s = near * kShare + F16::load(still_.data() + at_ * static_cast<ptrdiff_t>(kLanes));
    alignas(64) int32_t ratioAt[kLanes];
    alignas(64) float factors[kLanes];
    levels(s, kLowestExponent, kLevels).store(ratioAt);
    for (size_t lane = 0; lane < kLanes; ++lane) factors[lane] = memory_.ratios[static_cast<size_t>(ratioAt[lane])].factor;
    const F16 expected = s * F16::load(factors);
    const I16 level = levels(expected, kNetLowestExponent, kNetLevels);

    // ---- What the network makes of it.
    const F16 run = F16::load(runs_) * 0.8F + mw * 0.2F;
    (run * live).store(runs_);
    const F16 qw = value(-1, 0), qn = value(0, -1);
    const F16 mq = (absolute(qw) + absolute(qn)) + (absolute(value(-1, -1)) + absolute(value(1, -1)));
    const F16 row2 = (mnn + (absolute(residual(-1, -2)) + absolute(residual(1, -2)))) + (absolute(residual(-2, -2)) + absolute(residual(2, -2)));
    const F16 row3 = (absolute(residual(0, -3)) + (absolute(residual(-1, -3)) + absolute(residual(1, -3)))) + (absolute(residual(-2, -3)) + absolute(residual(2, -3)));
    const F16 far = (mnww + mnee) + (absolute(residual(-3, -1)) + absolute(residual(3, -1)));
    const I16 relative = limited(level - 8 * -kNetLowestExponent, -127, 127);
    const F16 shifted = least(most(base, F16::all(-1048576.0F)), F16::all(1048576.0F)) + 1048576.5F;
    const I16 part = truncated((shifted - floated(truncated(shifted))) * 128.0F);
    std::array<I16, kBandWords> in{
        fourBytes(rw, rn, rnw, rne), fourBytes(qw, qn, base, value(-2, 0)), fourBytes(mw + mww, mn + (mnw + mne), mnn, far),
        fourBytes(row2, row3, mq, run * 4.0F),
        ((relative + kNetZero) | (part + (kNetZero - 64)) << 8) | (compand4(value(0, -2)) << 16 | compand4((mn + mw) - (mnw + mne) * 0.5F) << 24)};
    const int32_t* words = words_.data() + at_ * static_cast<ptrdiff_t>(kSaidWords * kLanes);
    for (size_t w = 0; w < kSaidWords; ++w) in[kBandWords - kSaidWords + w] = I16::load(words + w * kLanes);
    const auto hidden = activated(net_.second, activated(net_.first, in));
    const I16 tails = limited(outputOf(net_.third, 2, hidden), 0, 255);
    const auto beyond = [&](int32_t limit) { return (tails + (256 - limit)) >> 8; };
    const I16 tail = beyond(32) + beyond(64) + beyond(128);
    const I16 told = limited(level + limited(outputOf(net_.third, 1, hidden), -127, 127), 0, kMostTold);
    // A sixteenth of the level's magnitude: its exponent, its three bits, and half a bit more.
    const F16 sixteenth = fromBits((told << 20) + (((127 - 4 + kNetLowestExponent) << 23) | 1 << 19));
    const F16 mean = base + floated(limited(outputOf(net_.third, 0, hidden), -64, 64)) * sixteenth;

    // ---- The values.
    alignas(64) float means[kLanes], q[kLanes], expecteds[kLanes], magnitudes[kLanes];
    alignas(64) int32_t tolds[kLanes], contexts[kLanes];
    most(least(mean, F16::all(kGreatest)), F16::all(-kGreatest)).store(means);
    told.store(tolds);
    (least(told >> 2, I16::all(kNetRawFromLevel / 4)) * I16::all(kNetTails) + tail).store(contexts);
    s.store(expecteds);
    F16{}.store(q);
    codeValues(alive, means, tolds, contexts, q);
    if constexpr (Observer::kObserves) observe(alive, in, base, level, q, means, tolds, contexts);

    // ---- What they teach.
    const F16 values = F16::load(q);
    const F16 r = (values - base) * live;
    absolute(r).store(magnitudes);
    for (size_t lane = 0; lane < kLanes; ++lane) {
      if (alive[lane] == 0.0F) continue;
      auto& ratio = memory_.ratios[static_cast<size_t>(ratioAt[lane])];
      ratio.seen = ratio.seen * kKeep + (magnitudes[lane] + kTiny);
      ratio.expected = ratio.expected * kKeep + expecteds[lane];
      ratio.factor = ratio.seen / ratio.expected;
    }
    if constexpr (kSampled) {
      const F16 inverse = live / (expected + 0.25F), error = values - said;
      const float count = sum(live);
      memory_.filter.judge(values, error, inverse, count);
      const F16 off = absolute(error) * inverse;
      alignas(64) float shares[kLanes];
      ((inverse * inverse) * (F16::all(3.0F) / most(off, F16::all(3.0F)))).store(shares);
      for (size_t lane = 0; lane < kLanes; ++lane) {
        float* to = samples_ + lane * BandFilter::kMost;
        for (size_t k = 0; k < kTaps; ++k) to[k] = taps_[k * kLanes + lane];
        to[kTaps] = q[lane];
      }
      memory_.filter.learn(samples_, shares, count);
    }
    values.store(own(own_, 0, 0));
    r.store(own(residuals_, 0, 0));
    keepLast(own_);
    keepLast(residuals_);
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const bool wraps = ++columns_[lane] == static_cast<int32_t>(order_.period());
      columns_[lane] = wraps ? 0 : columns_[lane];
      rows_[lane] += wraps ? static_cast<int32_t>(kLanes) : 0;
    }
  }

  // The last rows of a group stand above the first of the next.
  void keepLast(std::vector<float>& plane) {
    const float* last = own(plane, 0, 0) + kLanes - kOwnLane;
    float* to = plane.data() + (at_ + static_cast<ptrdiff_t>(order_.period()) - kBandBehind * static_cast<ptrdiff_t>(kLanes)) * kOwnStride;
    for (ptrdiff_t k = 0; k < kOwnLane; ++k) to[k] = last[k];
  }

  // In the order of the lanes, as many at once as there are states.
  void codeValues(const float* alive, const float* means, const int32_t* tolds, const int32_t* contexts, float* q) {
    const size_t states = task_.states;
    for (size_t from = 0; from < kLanes; from += states) {
      BandSymbol<Coder> symbols[kRansStates];
      int64_t given[kRansStates] = {};
      size_t sites[kRansStates] = {};
      for (size_t state = 0; state < states; ++state) {
        const size_t lane = from + state;
        if (alive[lane] == 0.0F) continue;
        const size_t site = siteOf(lane);
        sites[state] = site;
        // Above 0, so that cutting off is rounding down.
        const int64_t mean64 = static_cast<int64_t>((static_cast<double>(means[lane]) + static_cast<double>(kGreatest)) * kMeanOne + 0.5) -
                               static_cast<int64_t>(kGreatest) * kMeanOne;
        const int32_t told = tolds[lane];
        const int share = told >= kNarrowestLevel && told < kLevelOfOne ? kZeroShares[static_cast<size_t>((told - kNarrowestLevel) / 4)] : 0;
        // Within half a step: whatever is expected, it was a 0.
        const float zero = static_cast<float>(std::clamp<int64_t>(mean64 * share, -2048, 2048)) * (1.0F / 4096);
        task_.zeros[site] = zero;
        BandTrade trade{};
        if constexpr (!Coder::kDecodes) {
          given[state] = task_.values[site];
          trade = {task_.wanted[site], zero, task_.lambda64, task_.delta};
        }
        symbols[state].find(coder_, state, given[state], mean64, infos_[static_cast<size_t>(std::max(told - kNetToPlain, kNetLeastScale))],
                            memory_.shapes[static_cast<size_t>(contexts[lane])], trade);
      }
      for (size_t state = 0; state < states; ++state) {
        const size_t lane = from + state;
        if (alive[lane] == 0.0F) continue;
        const int64_t coded = symbols[state].finish(coder_, state, given[state]);
        task_.values[sites[state]] = static_cast<int32_t>(coded);
        q[lane] = static_cast<float>(coded);
      }
    }
  }

  void observe(const float* alive, const std::array<I16, kBandWords>& in, const F16& base, const I16& level, const float* q, const float* means,
               const int32_t* tolds, const int32_t* contexts) {
    alignas(64) float bases[kLanes];
    alignas(64) int32_t levelOf[kLanes], words[kBandWords][kLanes];
    base.store(bases);
    level.store(levelOf);
    for (size_t w = 0; w < kBandWords; ++w) in[w].store(words[w]);
    for (size_t lane = 0; lane < kLanes; ++lane) {
      if (alive[lane] == 0.0F) continue;
      int32_t own[kBandWords];
      for (size_t w = 0; w < kBandWords; ++w) own[w] = words[w][lane];
      observer_->site(kOrientation, own, q[lane] - bases[lane], levelOf[lane], q[lane], means[lane], tolds[lane], contexts[lane]);
    }
  }

  static constexpr float kShare = kOrientation == 0 ? 0.9F : kOrientation == 1 ? 0.8F : 0.7F;

  const BandTask& task_;
  const BandPerceptron& net_;
  BandMemory& memory_;
  Coder& coder_;
  Observer* observer_;
  BandOrder order_;
  BandSaid<kOrientation> said_;
  std::vector<float> own_, residuals_, still_;
  std::array<std::vector<float>, 3> planes_;
  std::vector<int32_t> words_;
  ptrdiff_t at_ = 0;
  uint32_t stride_ = 1;
  alignas(64) int32_t rows_[kLanes], columns_[kLanes];
  alignas(64) float runs_[kLanes] = {};
  alignas(64) float taps_[BandFilter::kMost * kLanes] = {};
  alignas(64) float samples_[BandFilter::kMost * kLanes] = {};
  const std::array<LevelInfo, kLevels>& infos_ = levelInfos();
};

template <typename Coder, typename Observer = NoBandObserver>
class BandStripOf final : public BandStrip {
 public:
  BandStripOf(const BandNetwork& network, Coder& coder, Observer* observer = nullptr)
      : network_(network), coder_(coder), observer_(observer), memories_{BandMemory(network.of[0]), BandMemory(network.of[1]), BandMemory(network.of[2])} {}

  void code(const BandTask& task) override {
    if (task.orientation == 0) return walk<0>(task);
    if (task.orientation == 1) return walk<1>(task);
    return walk<2>(task);
  }

 private:
  template <size_t kOrientation>
  void walk(const BandTask& task) {
    BandWalk<Coder, Observer, kOrientation>(task, network_.of[kOrientation], memories_[kOrientation], coder_, observer_).run();
  }

  const BandNetwork& network_;
  Coder& coder_;
  Observer* observer_;
  std::array<BandMemory, kOrientations> memories_;
};

}  // namespace fieldzip::FIELDZIP_LANES
