// The walk over a band: sixteen rows in lockstep, a lane a row, each kBandBehind columns behind the lane above. Encoder and
// decoder go the same steps. Included once for each instruction set, as lanes16.h is.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bands/band_layout.h"
#include "bands/band_memory.h"
#include "bands/band_network.h"
#include "bands/band_said.h"
#include "bands/band_symbol.h"
#include "bands/band_tables.h"
#include "bands/band_taps.h"
#include "bands/band_task.h"
#include "bands/band_trellis.h"
#include "bands/table_symbol.h"
#include "large_allocator.h"
#include "predict/lane_rans.h"
#include "predict/lockstep_network.h"
#include "predict/residuals.h"

namespace fieldzip::FIELDZIP_LANES {

struct NoBandObserver {
  static constexpr bool kObserves = false;
};

template <typename Coder, typename Observer, size_t kOrientation, BandForm kForm>
class BandWalk {
 public:
  BandWalk(const BandTask& task, const BandPerceptron& net, BandMemory<kForm>& memory, Coder& coder, Observer* observer)
      : task_(task), net_(net), memory_(memory), coder_(coder), observer_(observer), layout_(task) {
    unit_ = std::ldexp(1.0F, -static_cast<int>(task.level));
    if (task.filter != BandFilterKind::none) {
      memory_.filter.open(task.filter == BandFilterKind::wide ? kBandTapCount<kOrientation, BandFilterKind::wide> : kBandTapCount<kOrientation, BandFilterKind::near>);
      const size_t sites = task.ownRows * task.columns;
      stride_ = static_cast<uint32_t>(std::clamp<size_t>(kForm == BandForm::shapes ? sites / 16384 : (sites * sites) >> (task.quick ? 27 : 29), 1, 16));
    }
  }

#if defined(__GNUC__) || defined(__clang__)
  __attribute__((flatten))
#endif
  void run() {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      rows_[lane] = static_cast<int32_t>(lane);
      columns_[lane] = -static_cast<int32_t>(lane) * static_cast<int32_t>(kBandBehind);
      sites_[lane] = static_cast<int32_t>(task_.firstRow + lane) * static_cast<int32_t>(task_.columns) + columns_[lane];
    }
    if constexpr (kForm == BandForm::tables) {
      if (task_.filter == BandFilterKind::wide) return this->template steps<BandFilterKind::wide>();
    }
    task_.filter == BandFilterKind::near ? this->template steps<BandFilterKind::near>() : this->template steps<BandFilterKind::none>();
  }

 private:
  using Layout = BandLayout<kOrientation>;

  static constexpr float kKeep = 0.99F;   // of what was seen before
  static constexpr float kTiny = 0.001F;  // keeps decaying sums away from denormal numbers
  static constexpr float kGreatest = static_cast<float>(kGreatestCoefficient);
  static constexpr int kMostTold = 8 * (32 - kNetLowestExponent);  // no coefficient is further off

  static constexpr float kCalm = 0.3F;

  static I16 levels(F16 magnitude, int lowestExponent, int count) {
    const I16 level = (bitsOf(magnitude) >> 20) - ((127 + lowestExponent) << 3);
    return limited(level, 0, count - 1);
  }

  template <BandFilterKind kFilter>
  void steps() {
    const BandOrder& order = layout_.order();
    size_t untilSampled = 0;
    for (size_t group = 0; group <= order.groups(); ++group) {
      layout_.enter(group);
      at_ = Layout::kBefore;
      for (const ptrdiff_t end = at_ + static_cast<ptrdiff_t>(order.stepsOf(group)); at_ < end; ++at_) {
        this->template walkStep<kFilter>(untilSampled == 0);
        untilSampled = (untilSampled == 0 ? stride_ : untilSampled) - 1;
      }
    }
  }

  // Filters learn of a step that is sampled.
  template <BandFilterKind kFilter>
  void walkStep(bool sampled) {
    constexpr bool kLinear = kFilter != BandFilterKind::none;
    alignas(64) float alive[kLanes];
    const I16 columns = I16::load(columns_), rows = I16::load(rows_);
    const I16 inside = I16::all(-1) ^ (columns >> 31);
    const I16 before = (columns - static_cast<int32_t>(task_.columns)) & (rows - static_cast<int32_t>(task_.ownRows));
    F16 live = fromBits((inside & (before >> 31)) & std::bit_cast<int32_t>(1.0F));
    live.store(alive);
    if (task_.missing != nullptr) {
      for (size_t lane = 0; lane < kLanes; ++lane) {
        if (alive[lane] != 0.0F && task_.missing[sites_[lane]] != 0) alive[lane] = 0.0F;
      }
      live = F16::load(alive);
    }
    // ---- How far off it may be, by what is around.
    const auto residual = [&](ptrdiff_t dx, ptrdiff_t dy) { return F16::load(layout_.residual(at_, dx, dy)); };
    const auto value = [&](ptrdiff_t dx, ptrdiff_t dy) { return F16::load(layout_.own(at_, dx, dy)); };
    const F16 rw = residual(-1, 0), rn = residual(0, -1), rnw = residual(-1, -1), rne = residual(1, -1), rww = residual(-2, 0), rnn = residual(0, -2);
    const F16 mw = absolute(rw), mn = absolute(rn), mnw = absolute(rnw), mne = absolute(rne), mww = absolute(rww), mnn = absolute(rnn);
    const F16 mnww = absolute(residual(-2, -1)), mnee = absolute(residual(2, -1));
    const F16 near = ((mw * 0.3F + mww * 0.1F) + mn * 0.25F) + ((mnw + mne) * 0.12F + ((mnn + mnee) + mnww) * 0.05F);
    const auto around = [&](int plane, int dy, int dx) { return F16::load(layout_.known(static_cast<size_t>(plane), at_, dx, dy)); };
    const F16 s = near * kShare + BandAround<kOrientation>::still(F16::load(layout_.still(at_)), around);
    const F16 run = F16::load(runs_) * 0.8F + mw * 0.2F;
    (run * live).store(runs_);
    if constexpr (kForm == BandForm::tables) {
      if (!task_.trellis && allBelow(s * live, BandQuiet::kBelow[task_.quick ? 1 : 0])) {
        alignas(64) float zeros[kLanes] = {};
        codeQuiet(alive, s * live, zeros);
        return leave(F16::load(zeros), F16{}, live, columns, rows);
      }
    }

    // ---- What is expected.
    // A filter has no say where little is expected, as nearly all is 0 there.
    const bool filters = kLinear && (kForm == BandForm::shapes || !allBelow(s * live, kCalm));
    F16 said{};
    if (filters) {
      const float* w = memory_.filter.weights();
      const F16 centre = centreOfLow();
      std::array<F16, 4> sums{};
      eachBandTap<kOrientation, kFilter>([&](size_t k, int plane, int dy, int dx) { sums[k & 3] = sums[k & 3] + tap(plane, dy, dx, centre) * w[k]; });
      said = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }
    // A NaN, which only a damaged stream can cause, becomes a number.
    const F16 base = filters && memory_.filter.helps() ? most(least(said, F16::all(kGreatest)), F16::all(-kGreatest)) : F16{};

    alignas(64) int32_t ratioAt[kLanes];
    F16 expected = s;
    if constexpr (kForm == BandForm::shapes) {
      alignas(64) float factors[kLanes];
      levels(s, kLowestExponent, kLevels).store(ratioAt);
      for (size_t lane = 0; lane < kLanes; ++lane) factors[lane] = memory_.ratios[static_cast<size_t>(ratioAt[lane])].factor;
      expected = s * F16::load(factors);
    } else {
      expected = s * (memory_.seen / memory_.expected);
    }
    const I16 level = levels(expected, kNetLowestExponent, kNetLevels);

    // ---- What the network makes of it.
    const F16 qw = value(-1, 0), qn = value(0, -1);
    const F16 mq = (absolute(qw) + absolute(qn)) + (absolute(value(-1, -1)) + absolute(value(1, -1)));
    const F16 row2 = (mnn + (absolute(residual(-1, -2)) + absolute(residual(1, -2)))) + (absolute(residual(-2, -2)) + absolute(residual(2, -2)));
    const F16 row3 = (absolute(residual(0, -3)) + (absolute(residual(-1, -3)) + absolute(residual(1, -3)))) + (absolute(residual(-2, -3)) + absolute(residual(2, -3)));
    const F16 far = (mnww + mnee) + (absolute(residual(-3, -1)) + absolute(residual(3, -1)));
    const I16 relative = limited(level - 8 * -kNetLowestExponent, -127, 127);
    const F16 shifted = least(most(base, F16::all(-1048576.0F)), F16::all(1048576.0F)) + 1048576.5F;
    const I16 part = truncated((shifted - floated(truncated(shifted))) * 128.0F);
    std::array<I16, kBandWords> in{
        fourBytes(rw, rn, rnw, rne), fourBytes(qw, qn, base, value(-2, 0)), fourSizes(mw + mww, mn + (mnw + mne), mnn, far),
        fourSizes(row2, row3, mq, run * 4.0F),
        ((relative + kNetZero) | (part + (kNetZero - 64)) << 8) | (compand4(value(0, -2)) << 16 | compand4((mn + mw) - (mnw + mne) * 0.5F) << 24)};
    const auto last = BandAround<kOrientation>::words(I16::load(layout_.word(at_)), I16::load(layout_.wide(at_)), task_.level, task_.leastOfLow, unit_, around);
    for (size_t w = 0; w < kSaidWords; ++w) in[kBandWords - kSaidWords + w] = last[w];
    const auto hidden = activated(net_.second, activated(net_.first, in));
    const I16 tails = limited(outputOf(net_.third, 2, hidden), 0, 255);
    const auto beyond = [&](int32_t limit) { return (tails + (256 - limit)) >> 8; };
    const I16 tail = beyond(32) + beyond(64) + beyond(128);
    const I16 told = limited(level + limited(outputOf(net_.third, 1, hidden), -127, 127), 0, kMostTold);
    // A sixteenth of the level's magnitude: its exponent, its three bits, and half a bit more.
    const F16 sixteenth = fromBits((told << 20) + (((127 - 4 + kNetLowestExponent) << 23) | 1 << 19));
    const F16 mean = base + floated(limited(outputOf(net_.third, 0, hidden), -64, 64)) * sixteenth;

    // ---- The values.
    alignas(64) float q[kLanes] = {};
    const F16 means = most(least(mean, F16::all(kGreatest)), F16::all(-kGreatest));
    if constexpr (kForm == BandForm::tables) {
      codeByTables(alive, means, told, tail, q);
    } else {
      codeByShapes(alive, means, told, tail, q);
    }
    if constexpr (Observer::kObserves) observe(alive, in, base, level, q, means, told, tail);

    // ---- What they teach.
    const F16 values = F16::load(q);
    if constexpr (kForm == BandForm::shapes) {
      alignas(64) float expecteds[kLanes], magnitudes[kLanes];
      s.store(expecteds);
      absolute(values - base).store(magnitudes);
      for (size_t lane = 0; lane < kLanes; ++lane) {
        if (alive[lane] == 0.0F) continue;
        auto& ratio = memory_.ratios[static_cast<size_t>(ratioAt[lane])];
        ratio.seen = ratio.seen * kKeep + (magnitudes[lane] + kTiny);
        ratio.expected = ratio.expected * kKeep + expecteds[lane];
        ratio.factor = ratio.seen / ratio.expected;
      }
    } else {
      memory_.seen = memory_.seen * kKeep + sum((absolute(values - base) + kTiny) * live);
      memory_.expected = memory_.expected * kKeep + sum((s + kTiny) * live);
    }
    if constexpr (kLinear) {
      if (sampled && filters) this->template teach<kFilter>(values, said, expected, live);
    }
    leave(values, base, live, columns, rows);
  }

  // Where the low-pass is around the sites.
  F16 centreOfLow() const {
    const auto low = [&](ptrdiff_t dx, ptrdiff_t dy) { return F16::load(layout_.known(0, at_, dx, dy)); };
    if constexpr (kOrientation < 2) return (low(0, 0) + low(1, 0)) * 0.5F;
    return ((low(0, 0) + low(1, 0)) + (low(0, 1) + low(1, 1))) * 0.25F;
  }
  F16 tap(int plane, int dy, int dx, const F16& centre) const {
    if (plane == 0) return F16::load(layout_.own(at_, dx, dy));
    const F16 x = F16::load(layout_.known(static_cast<size_t>(plane - 1), at_, dx, dy));
    return plane == 1 ? x - centre : x;
  }

  // What the filter `said`, and what the values were.
  template <BandFilterKind kFilter>
  [[gnu::noinline]] void teach(const F16& values, const F16& said, const F16& expected, const F16& live) {
    constexpr size_t kTaps = kBandTapCount<kOrientation, kFilter>;
    static_assert(kTaps < BandFilter::kMost);
    const F16 inverse = live / (expected + 0.25F), error = values - said, centre = centreOfLow();
    const float count = sum(live);
    memory_.filter.judge(values, error, inverse, count);
    const F16 off = absolute(error) * inverse;
    alignas(64) float shares[kLanes];
    ((inverse * inverse) * (F16::all(3.0F) / most(off, F16::all(3.0F)))).store(shares);
    eachBandTap<kOrientation, kFilter>([&](size_t k, int plane, int dy, int dx) { tap(plane, dy, dx, centre).store(taps_ + k * kLanes); });
    values.store(taps_ + kTaps * kLanes);
    for (size_t k = 0; k <= kTaps; k += kLanes) transpose(taps_ + k * kLanes, samples_ + k, BandFilter::kMost);
    memory_.filter.learn(samples_, shares, count);
  }

  // What a step leaves behind it.
  void leave(const F16& values, const F16& base, const F16& live, const I16& columns, const I16& rows) {
    layout_.put(at_, values, (values - base) * live);
    const auto period = static_cast<int32_t>(layout_.order().period());
    const I16 wraps = I16::all(-1) ^ ((columns - (period - 1)) >> 31);
    (columns + 1 - (wraps & period)).store(columns_);
    (rows + (wraps & static_cast<int32_t>(kLanes))).store(rows_);
    (I16::load(sites_) + 1 + (wraps & (static_cast<int32_t>(kLanes * task_.columns) - period))).store(sites_);
  }

  // In the order of the lanes, as many at once as there are states.
  void codeByShapes(const float* alive, const F16& mean, const I16& told16, const I16& tail, float* q) {
    alignas(64) float means[kLanes];
    alignas(64) int32_t tolds[kLanes], contexts[kLanes];
    mean.store(means);
    told16.store(tolds);
    (least(told16 >> 2, I16::all(kNetRawFromLevel / 4)) * I16::all(kNetTails) + tail).store(contexts);
    const size_t states = task_.states;
    for (size_t from = 0; from < kLanes; from += states) {
      BandSymbol<Coder> symbols[kRansStates];
      int64_t given[kRansStates] = {};
      size_t sites[kRansStates] = {};
      for (size_t state = 0; state < states; ++state) {
        const size_t lane = from + state;
        if (alive[lane] == 0.0F) continue;
        const size_t site = static_cast<size_t>(sites_[lane]);
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

  // The same by tables.
  void codeByTables(const float* alive, const F16& mean, const I16& told, const I16& tail, float* q) {
    alignas(64) int32_t nearests[kLanes], directions[kLanes], shifts[kLanes], places[kLanes];
    alignas(64) float means[kLanes], zeros[kLanes];
    mean.store(means);
    // A row's first state is 0.
    I16 states{};
    F16 half{};
    if (task_.trellis) {
      states = I16::load(states_) & ((I16::all(0) - I16::load(columns_)) >> 31);
      half = floated(states & 1) * 0.5F;
    }
    const I16 shift = most((told >> 3) - kTableRaw / 8, I16::all(0));
    const F16 toldAsFloat = floated(told);
    // Intervals of more than one integer lie half an integer lower.
    const F16 inUnits = ((mean - half) + least(floated(shift), F16::all(1.0F)) * 0.5F) * fromBits((I16::all(127) - shift) << 23);
    const F16 up = inUnits + 0.5F, cut = floated(truncated(up));
    const F16 nearest = cut - ifLess(up, cut, F16::all(1.0F), F16{});
    const F16 fraction = inUnits - nearest;
    const I16 part = least(truncated(absolute(fraction) * 8.0F + 0.5F), I16::all(kTableFractions - 1));
    const I16 magnitude = ifLess(told, I16::all(kTableFine), told >> 2,
                                 ifLess(told, I16::all(kTableRaw), ((told - kTableFine) >> 1) + kTableFine / 4,
                                        ((told & 7) >> 1) + (kTableFine / 4 + (kTableRaw - kTableFine) / 2)));
    truncated(nearest).store(nearests);
    ((bitsOf(fraction) >> 31) | I16::all(1)).store(directions);
    shift.store(shifts);
    ((magnitude * I16::all(kTableFractions) + part) * I16::all(kNetTails) + tail).store(places);
    F16 share{};
    for (int32_t k = 0; k < 8; ++k) {
      share = ifLess(toldAsFloat, F16::all(static_cast<float>(kNarrowestLevel + 4 * k)), share,
                     F16::all(static_cast<float>(kZeroShares[static_cast<size_t>(k)]) * (1.0F / 64)));
    }
    share = ifLess(toldAsFloat, F16::all(static_cast<float>(kLevelOfOne)), share, F16{});
    // Within half a step: whatever is expected, it was a 0.
    (task_.trellis ? half : most(least(mean * share, F16::all(0.5F)), F16::all(-0.5F))).store(zeros);
    codeLanes(alive, q, [&](size_t lane) { return Expected{nearests[lane], directions[lane], shifts[lane], places[lane]}; }, means, zeros);
    if (task_.trellis) {
      // What is missing is passed over.
      const I16 here = I16::all(0) - truncated(F16::load(alive)), odd = I16::load(parities_);
      const I16 next = nextOfTrellis(states, odd);
      ((next & here) | (states & (here ^ I16::all(-1)))).store(states_);
      (F16::load(q) + half * F16::load(alive)).store(q);
    }
  }

  template <typename ExpectedOf>
  void codeLanes(const float* alive, float* q, ExpectedOf expectedOf, const float* means, const float* zeros) {
    const size_t states = task_.states;
    for (size_t from = 0; from < kLanes; from += states) {
      TableSymbol<Coder> symbols[kRansStates];
      int64_t given[kRansStates] = {};
      size_t sites[kRansStates] = {};
      for (size_t state = 0; state < states; ++state) {
        const size_t lane = from + state;
        if (alive[lane] == 0.0F) continue;
        const size_t site = sites[state] = static_cast<size_t>(sites_[lane]);
        task_.zeros[site] = zeros[lane];
        BandTrade trade{};
        if constexpr (!Coder::kDecodes) {
          given[state] = task_.values[site];
          trade = {task_.wanted[site], zeros[lane], task_.lambda64, task_.delta};
        }
        symbols[state].find(coder_, state, given[state], expectedOf(lane), memory_.tables, means[lane], trade);
      }
      for (size_t state = 0; state < states; ++state) {
        const size_t lane = from + state;
        if (alive[lane] == 0.0F) continue;
        const int64_t coded = symbols[state].finish(coder_, state, given[state], memory_.tables);
        task_.values[sites[state]] = static_cast<int32_t>(coded);
        parities_[lane] = static_cast<int32_t>(coded & 1);
        q[lane] = static_cast<float>(coded);
      }
    }
  }

  // Where hardly anything is expected: most often all lanes are 0, which is said at once.
  [[gnu::noinline]] void codeQuiet(const float* alive, const F16& expected, float* q) {
    const float together = sum(expected);
    if (together == 0.0F) return;
    BitModel& model = memory_.quiet.modelOf(together, task_.quick);
    bool any = false;
    if constexpr (!Coder::kDecodes) {
      alignas(64) float expecteds[kLanes];
      expected.store(expecteds);
      for (size_t lane = 0; lane < kLanes; ++lane) {
        if (alive[lane] == 0.0F) continue;
        int32_t& value = task_.values[sites_[lane]];
        if (task_.lambda64 > 0.0F && (value == 1 || value == -1) && BandQuiet::isDear(task_.wanted[sites_[lane]], expecteds[lane], task_.lambda64, task_.delta[0])) value = 0;
        any = any || value != 0;
      }
    }
    any = codeBit(coder_, any, model);
    if (!any) return;
    alignas(64) int32_t places[kLanes];
    const float nothing[kLanes] = {};
    (limited(levels(expected, kNetLowestExponent, kNetLevels) >> 2, 0, BandTables::kQuietContexts - 1) + kTableContexts).store(places);
    codeLanes(alive, q, [&](size_t lane) { return Expected{0, 1, 0, places[lane]}; }, nothing, nothing);
  }

  void observe(const float* alive, const std::array<I16, kBandWords>& in, const F16& base, const I16& level, const float* q, const F16& mean, const I16& told,
               const I16& tail) {
    alignas(64) float bases[kLanes], means[kLanes];
    alignas(64) int32_t levelOf[kLanes], words[kBandWords][kLanes], tolds[kLanes], tails[kLanes];
    mean.store(means);
    told.store(tolds);
    tail.store(tails);
    base.store(bases);
    level.store(levelOf);
    for (size_t w = 0; w < kBandWords; ++w) in[w].store(words[w]);
    for (size_t lane = 0; lane < kLanes; ++lane) {
      if (alive[lane] == 0.0F) continue;
      int32_t own[kBandWords];
      for (size_t w = 0; w < kBandWords; ++w) own[w] = words[w][lane];
      observer_->site(kOrientation, own, q[lane] - bases[lane], levelOf[lane], q[lane], means[lane], tolds[lane], tails[lane]);
    }
  }

  static constexpr float kShare = kOrientation == 0 ? 0.9F : kOrientation == 1 ? 0.8F : 0.7F;

  const BandTask& task_;
  const BandPerceptron& net_;
  BandMemory<kForm>& memory_;
  Coder& coder_;
  Observer* observer_;
  Layout layout_;
  float unit_;
  ptrdiff_t at_ = 0;  // the cell of the step
  uint32_t stride_ = 1;
  alignas(64) int32_t rows_[kLanes], columns_[kLanes], sites_[kLanes];  // of the lanes
  alignas(64) int32_t states_[kLanes] = {}, parities_[kLanes] = {};  // of a trellis, and of what was coded last
  alignas(64) float runs_[kLanes] = {};
  alignas(64) float taps_[BandFilter::kMost * kLanes] = {};
  alignas(64) float samples_[BandFilter::kMost * kLanes] = {};
  const std::array<LevelInfo, kLevels>& infos_ = levelInfos();
};

template <typename Coder, BandForm kForm, typename Observer = NoBandObserver>
class BandStripOf final : public BandStrip {
 public:
  BandStripOf(const BandNetwork& network, Coder& coder, Observer* observer = nullptr)
      : network_(network), coder_(coder), observer_(observer), memories_{Memory(network.of[0]), Memory(network.of[1]), Memory(network.of[2])} {}

  void code(const BandTask& task) override {
    if (task.orientation == 0) return walk<0>(task);
    if (task.orientation == 1) return walk<1>(task);
    return walk<2>(task);
  }

 private:
  using Memory = BandMemory<kForm>;

  template <size_t kOrientation>
  void walk(const BandTask& task) {
    BandWalk<Coder, Observer, kOrientation, kForm>(task, network_.of[kOrientation], memories_[kOrientation], coder_, observer_).run();
  }

  const BandNetwork& network_;
  Coder& coder_;
  Observer* observer_;
  std::array<Memory, kOrientations> memories_;
};

}  // namespace fieldzip::FIELDZIP_LANES
