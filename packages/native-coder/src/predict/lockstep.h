// The walk with a network, sixteen rows in lockstep. A lane takes a row; each is kReachAhead columns behind the lane above it,
// so that all of them know what a walk row by row would know of the rows above, and every step works on sixteen values at
// once. Encoder and decoder go the same steps.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "predict/lane_rans.h"
#include "predict/lane_shape.h"
#include "predict/lockstep_adaptive.h"
#include "predict/lockstep_blend.h"
#include "predict/lockstep_correction.h"
#include "predict/lockstep_network.h"
#include "predict/lockstep_walk.h"
#include "predict/lockstep_wide.h"
#include "predict/network_coder.h"
#include "predict/plan.h"
#include "predict/residuals.h"
#include "predict/step_history.h"

namespace fieldzip::FIELDZIP_LANES {

// kDeep: with all that pays where many bits are left of a value, and costs time.
template <typename Coder, bool kDeep, typename Observer = NoObserver>
class LockstepCoder {
 public:
  LockstepCoder(const LockstepTile& tile, Coder& coder, Observer* observer = nullptr)
      : plan_(tile.plan), net_(tile.network), coder_(coder), observer_(observer), cells_(tile.cells), mask_(tile.mask), rows_(tile.rows),
        columns_(tile.columns), period_(columns_ + 2 * kBehind), range_(tile.range), top_(static_cast<double>(range_)),
        values_(keptOf(columns_)), bareErrors_(keptOf(columns_)), errors_(keptOf(columns_)), residuals_(keptOf(columns_)),
        recent_(keptOf(columns_)), old_(keptOf(columns_)), blend_(keptOf(columns_), std::ldexp(1.0F, -plan_.unit)), deep_(keptOf(columns_)),
        firstValues_(columns_), firstResiduals_(columns_) {
    for (size_t k = 0; k < kMaxOrder; ++k) coefficients_[k] = plan_.coefficient(k);
    for (size_t k = 0; k < kScaleFeatures; ++k) weights_[k] = plan_.scaleWeight(k);
    for (size_t level = 0; level < kLevels; ++level) {
      const float start = magnitudeOf(static_cast<int>(level)) * 10.0F;
      ratios_[level] = {start, start, 1.0F};
    }
    shapes_.reserve(kNetShapes);
    for (const auto& prior : net_.priors) shapes_.emplace_back(prior);
    unit_ = std::ldexp(8.0F, -plan_.unit);
    levelZero_ = kNetToPlain + 8 * plan_.unit;
  }

  // Indices from 0 to range, in place; an encoder leaves them alone.
#if defined(__GNUC__) || defined(__clang__)
  __attribute__((flatten))
#endif
  void run() {
    codeFirstRow();
    const size_t groups = (rows_ - 1 + kLanes - 1) / kLanes;
    const int64_t steps = static_cast<int64_t>(groups * period_ + (kLanes - 1) * kBehind);
    openHistories();
    for (step_ = 0; step_ < steps; ++step_) {
      if (step_ == change_) schedule();
      step();
    }
  }

 private:
  static constexpr float kKeep = 0.99F;   // of a level's memory, at each value
  static constexpr float kTiny = 0.001F;  // keeps decaying sums away from denormal numbers
  static constexpr double kTwo52 = 4503599627370496.0;

  struct Ratio {
    float seen, expected, factor;
  };

  // The first row has nothing above it: the value before is what is expected.
  void codeFirstRow() {
    double w = 0;
    float r1 = 0, r2 = 0;
    for (size_t x = 0; x < columns_; ++x) {
      if (mask_ != nullptr && mask_[x] != 0) {
        firstValues_[x] = w;
        firstResiduals_[x] = r1;
        continue;
      }
      const float s = (weights_[0] + weights_[1]) * r1 + (weights_[4] + weights_[2]) * r2 + (kLeastMagnitude + weights_[11]);
      Ratio& ratio = ratios_[static_cast<size_t>(levelOf(s))];
      const int64_t given = Coder::kDecodes ? 0 : cells_.get(x);
      LaneSymbol<Coder> symbol;
      const int told = netLevelOf(s * ratio.factor);
      const int scale = std::max(told - kNetToPlain, kNetLeastScale), context = std::min(told / 4, kNetRawFromLevel / 4);
      symbol.find(coder_, 0, given, static_cast<int64_t>(w * kMeanOne + 0.5), range_, infos_[static_cast<size_t>(scale)],
                  shapes_[static_cast<size_t>(context * kNetTails + kFirstRowTail)]);
      const int64_t value = symbol.finish(coder_, 0, given, range_);
      if constexpr (Coder::kDecodes) cells_.set(x, value);
      const float residual = static_cast<float>(static_cast<double>(value) - w);
      learnRatio(ratio, std::abs(residual), s);
      w = static_cast<double>(value);
      r2 = r1;
      r1 = std::abs(residual);
      firstValues_[x] = w;
      firstResiduals_[x] = residual;
    }
  }
  static constexpr int kFirstRowTail = 1;

  static void learnRatio(Ratio& ratio, float magnitude, float s) {
    ratio.seen = ratio.seen * kKeep + (magnitude + kTiny);
    ratio.expected = ratio.expected * kKeep + s;
    ratio.factor = ratio.seen / ratio.expected;
  }

  // ---- Who is where.

  // Steps from a row's first value to that of the row sixteen below, less those that its lane is behind the first one.
  static size_t keptOf(size_t columns) { return columns + 2 * kBehind - kLanes * kBehind; }

  // Above the second row, and before the lanes begin, the first row stands everywhere.
  size_t nearestColumn(int64_t x) const {
    return static_cast<size_t>(std::clamp<int64_t>(x, 0, static_cast<int64_t>(columns_) - 1));
  }
  float firstRecent(size_t column) const { return std::abs(firstResiduals_[column]) + 1e-6F; }

  void openHistories() {
    values_.begin([&](int64_t x) { return firstValues_[nearestColumn(x)]; });
    bareErrors_.begin([](int64_t) { return 0.0F; });
    if constexpr (kDeep) deep_.errors.begin([](int64_t) { return 0.0F; });
    errors_.begin([](int64_t) { return 0.0F; });
    residuals_.begin([&](int64_t x) { return firstResiduals_[nearestColumn(x)]; });
    recent_.begin([&](int64_t x) { return firstRecent(nearestColumn(x)); });
    old_.begin([](int64_t) { return 0.0F; });
  }

  // Which lanes have a value at this step, and until when.
  void schedule() {
    active_ = 0;
    opened_ = step_;
    change_ = INT64_MAX;
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const int64_t own = step_ - static_cast<int64_t>(lane) * kBehind, period = static_cast<int64_t>(period_);
      const int64_t columns = static_cast<int64_t>(columns_);
      int64_t change = 0;
      if (own < kBehind) {
        change = kBehind - own;
      } else {
        const int64_t group = own / period, x = own % period - kBehind;
        const int64_t row = 1 + group * static_cast<int64_t>(kLanes) + static_cast<int64_t>(lane);
        if (x < 0) {
          change = -x;
        } else if (x < columns) {
          change = columns - x;
          if (row < static_cast<int64_t>(rows_)) {
            active_ |= 1U << lane;
            sites_[lane] = row * columns + x - step_;
          }
        } else {
          change = columns + 2 * kBehind - x;
        }
      }
      change_ = std::min(change_, step_ + change);
      alive_[lane] = (active_ >> lane & 1U) != 0 ? 1.0F : 0.0F;
    }
  }

  // A lane between two rows, or before its first or after its last: what others see there.
  void fillIdle(size_t lane) {
    const int64_t own = step_ - static_cast<int64_t>(lane) * kBehind, period = static_cast<int64_t>(period_);
    double& q = values_.here()[lane];
    float &r = residuals_.here()[lane], &recent = recent_.here()[lane];
    bareErrors_.here()[lane] = errors_.here()[lane] = runs_[lane] = 0.0F;
    if constexpr (kDeep) deep_.errors.here()[lane] = 0.0F;
    if (own < 0) {
      const size_t column = nearestColumn(own + period - kBehind);
      q = firstValues_[column];
      r = firstResiduals_[column];
      recent = firstRecent(column);
      old_.here()[lane] = 0.0F;
      blend_.standStill(lane, static_cast<size_t>(step_));
      return;
    }
    const int64_t x = own % period - kBehind;
    // Left of a row the first value above it, right of it its last one.
    const ptrdiff_t dx = x < 0 ? static_cast<ptrdiff_t>(-x) : -1, dy = x < 0 ? -1 : 0;
    q = values_.at(dx, dy)[lane];
    r = residuals_.at(dx, dy)[lane];
    recent = 0.7F * recent_.at(0, -1)[lane] + 0.3F * (std::abs(r) + 1e-6F);
  }

  // ---- One step.

  void step() {
    const size_t now = static_cast<size_t>(step_);
    eachHistory([&](auto& history) { history.open(now); });
    predict();
    if (active_ != (1U << kLanes) - 1) {
      for (size_t lane = 0; lane < kLanes; ++lane) {
        if ((active_ >> lane & 1U) == 0) fillIdle(lane);
      }
    }
    eachHistory([&](auto& history) { history.close(now); });
    blend_.close(now);
  }
  template <typename Each>
  void eachHistory(Each each) {
    each(values_);
    each(bareErrors_);
    if constexpr (kDeep) each(deep_.errors);
    each(errors_);
    each(residuals_);
    each(recent_);
    each(old_);
  }

  I16 four(F16 a, F16 b, F16 c, F16 d) const {
    return (compand(a * unit_) | compand(b * unit_) << 8) | (compand(c * unit_) << 16 | compand(d * unit_) << 24);
  }

  D16 fittedOf(const D16& w, const D16& n) {
    if (plan_.order == 0) return (w + n) * 0.5;
    D16 sum = D16::all(0.0);
    for (int k = 1; k < plan_.order; ++k) {
      const Offset o = kNeighbours[static_cast<size_t>(k)];
      sum = sum + D16::load(values_.at(o.dx, o.dy)) * coefficients_[static_cast<size_t>(k)];
    }
    return sum + w * coefficients_[0];
  }

  void predict() {
    const D16 w = D16::load(values_.at(-1, 0)), n = D16::load(values_.at(0, -1)), nw = D16::load(values_.at(-1, -1)), ne = D16::load(values_.at(1, -1));

    // ---- The plan's expert, and the others beside it.
    const D16 fitted = fittedOf(w, n);
    D16 bare = fitted;
    if (plan_.expert == Expert::average) bare = (w + n) * 0.5;
    if (plan_.expert == Expert::gradient) bare = (w + n) - nw;
    if (plan_.expert == Expert::median) bare = most(least(most(w, n), (w + n) - nw), least(w, n));
    const auto beside = [&](const D16& value, const D16& of) { return narrow(value - of); };
    const F16 bw = beside(w, bare), bn = beside(n, bare), bnw = beside(nw, bare), bne = beside(ne, bare), bfit = beside(fitted, bare);
    const auto others = [&](const F16& a, const F16& b, const F16& c, const F16& f) -> std::array<F16, 3> {
      const F16 average = (a + b) * 0.5F, gradient = (a + b) - c;
      const F16 median = most(least(most(a, b), gradient), least(a, b));
      // The plan's own expert would be 0 here; the fitted one, or the average, stands in its place.
      return {plan_.expert == Expert::average ? f : average, plan_.expert == Expert::gradient ? f : gradient,
              plan_.expert == Expert::median ? f : median};
    };
    D16 expert = bare;
    const auto filtered = [&](auto& filter, const auto& errors) {
      const F16 aside = beside(expert, bare);
      const auto other = others(bw - aside, bn - aside, bnw - aside, bfit - aside);
      const F16 said = filter.predict(errors, {other[0], other[1], other[2], bne - aside});
      if (filter.helps()) expert = expert + widen(said);
    };
    if (kDeep || plan_.wide) filtered(wide_, bareErrors_);
    const D16 wide = expert;
    if constexpr (kDeep) filtered(deep_.second, deep_.errors);
    const F16 aside = beside(expert, bare);
    const F16 dw = bw - aside, dn = bn - aside, dnw = bnw - aside, dne = bne - aside, fit = bfit - aside;
    const auto other = others(dw, dn, dnw, fit);

    // ---- What the adaptive stage makes of it.
    const auto error = [&](ptrdiff_t dx, ptrdiff_t dy) { return F16::load(errors_.at(dx, dy)); };
    const F16 correction = adaptive_.predict(
        {error(-4, -1), error(-3, -1), error(-2, -1), error(-1, -1), error(0, -1), error(1, -1), error(2, -1), error(3, -1), error(-2, -2),
         error(-1, -2), error(0, -2), error(1, -2), error(-2, 0), error(-3, 0), error(2, -2), error(-3, -2), error(-1, 0), other[0],
         other[1], other[2]});
    // A NaN, which only a damaged stream can cause, becomes 0.
    const D16 corrected = adaptive_.helps() ? expert + widen(correction) : expert;
    const auto within = [&](const D16& value) { return least(most(value, D16::all(0.0)), D16::all(top_)); };
    const D16 linear = within(corrected);

    // ---- What simple predictors add.
    const auto valueAt = [&](ptrdiff_t dx, ptrdiff_t dy) { return beside(D16::load(values_.at(dx, dy)), linear); };
    const F16 bent = beside(expert, linear);
    const F16 lw = dw + bent, ln = dn + bent, lnw = dnw + bent, lne = dne + bent;
    const F16 lww = valueAt(-2, 0), lnn = valueAt(0, -2), lnww = valueAt(-2, -1), lnee = valueAt(2, -1), lnnw = valueAt(-2, -2), lnne = valueAt(2, -2);
    const F16 plane = (lw + lne) - ln, east = (ln + lne) - valueAt(1, -2);
    const F16 along = lw * 2.0F - lww, down = ln * 2.0F - lnn, slant = lnw * 2.0F - lnnw;
    const typename LocalBlend<kDeep>::Predictions predictions{
        F16{}, plane, east, along, down, lw, lne, lne * 2.0F - lnne, slant, (lw - lww) * 3.0F + valueAt(-3, 0), (ln - lnn) * 3.0F + valueAt(0, -3),
        (along + down) - slant, (lw + lnee) - lne, (lww + ln) - lnww, (plane + east) * 0.5F, (ln + (lw - lnw) * 2.0F) - (lww - lnww)};
    const D16 base = within(linear + widen(blend_.predict(predictions, static_cast<size_t>(step_))));

    // From here on beside the base.
    const F16 moved = beside(base, expert);
    const F16 average = (dw + dn) * 0.5F - moved, gradient = ((dw + dn) - dnw) - moved;
    const F16 median = most(least(most(dw, dn), (dw + dn) - dnw), least(dw, dn)) - moved;

    // ---- The magnitude that its surroundings let expect.
    const F16 rw = F16::load(residuals_.at(-1, 0)), rww = F16::load(residuals_.at(-2, 0));
    const auto near = [&](ptrdiff_t dx) { return F16::load(residuals_.at(dx, -1)); };
    const auto far = [&](ptrdiff_t dx) { return F16::load(residuals_.at(dx, -2)); };
    const F16 m0 = absolute(near(0)), mw = absolute(near(-1)), me = absolute(near(1)), mww = absolute(near(-2)),
              mee = absolute(near(2)), far0 = absolute(far(0)), ownW = absolute(rw), ownWw = absolute(rww);
    const auto& a = weights_;
    const F16 steep = absolute(dnw - dw) + absolute(dne - dn);
    const F16 apart = absolute(plan_.expert == Expert::average ? median : average);
    const F16 up = ((m0 * a[1] + mw * a[2]) + (me * a[3] + far0 * a[5])) + ((mww * a[6] + mee * a[7]) + (kLeastMagnitude + a[11]));
    const F16 s = (up + (ownWw * a[4] + apart * a[8])) + ((ownW * a[0] + absolute(gradient) * a[9]) + steep * a[10]);
    alignas(64) int32_t ratioAt[kLanes];
    alignas(64) float factors[kLanes];
    levels(s, kLowestExponent, kLevels).store(ratioAt);
    for (size_t lane = 0; lane < kLanes; ++lane) factors[lane] = ratios_[static_cast<size_t>(ratioAt[lane])].factor;
    const F16 expected = s * F16::load(factors);
    const I16 level = levels(expected, kNetLowestExponent, kNetLevels);

    // ---- What the network makes of it.
    const auto recent = [&](ptrdiff_t dx) { return F16::load(recent_.at(dx, -1)); };
    const F16 old = F16::load(old_.at(0, -1)) * 0.95F + (((recent(-8) + recent(-4)) + recent(0)) + (recent(4) + recent(7))) * 0.05F;
    old.store(old_.here());
    const F16 run = F16::load(runs_) * 0.8F + ownW * 0.2F;
    run.store(runs_);
    const F16 meee = absolute(near(3)), mwww = absolute(near(-3));
    const F16 around = ((recent(-4) + recent(-3)) + (recent(-2) + recent(-1))) + ((recent(1) + recent(2)) + (recent(3) + recent(4)));
    const I16 relative = limited(level - levelZero_, -127, 127);
    // The part behind the point, by way of the nearest integer.
    const F16 part = narrow(base - ((base + D16::all(kTwo52)) - D16::all(kTwo52)));
    const I16 part128 = least(truncated(ifLess(part, F16{}, part + 1.0F, part) * 128.0F), I16::all(127));
    const std::array<I16, kNetInputs / 4> in{
        four(near(0), near(-1), near(1), near(2)),
        four(far(0), near(-2), m0 + (mw + me), me + (mee + meee)),
        four(mw + (mww + mwww), far0 + (absolute(far(-1)) + absolute(far(1))),
             (absolute(far(2)) + absolute(far(3))) + (absolute(far(-2)) + absolute(far(-3))), around + recent(0)),
        four(old * 4.0F, dn - dnw, dne - dn, narrow(n - D16::load(values_.at(0, -2)))),
        four(rw, rww, ownW + ownWw, run * 4.0F),
        ((relative + kNetZero) | (part128 + (kNetZero - 64)) << 8) |
            (compand((dw - moved) * unit_) << 16 | compand((dn - moved) * unit_) << 24),
        four(average, gradient, median, fit - moved),
        four(narrow(w - D16::load(values_.at(-2, 0))), dne - moved, narrow(base), narrow(D16::all(top_) - base))};
    const LaneOutput said = evaluateLanes(net_, in);
    LevelAndShift told{limited(level + said.level, 0, kNetLevels - 1), floated(said.shift) * (1.0F / 16)};
    if constexpr (kDeep) {
      told = deep_.correction.correct({in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7],
                                       four(beside(base, linear), bent, aside, blend_.apart()),
                                       four(blend_.error(), blend_.spread(), blend_.own(), near(3)), four(far(-1), far(1), far(2), far(-2))},
                                      told);
    }
    const D16 mean = within(base + widen(told.shift * magnitudesOf(told.level)));

    // ---- The values.
    alignas(64) double means[kLanes], q[kLanes];
    alignas(64) int32_t scales[kLanes], contexts[kLanes];
    alignas(64) float expecteds[kLanes];
    (mean * static_cast<double>(kMeanOne) + 0.5).store(means);
    scaleOf(told.level).store(scales);
    (contextOf(told.level) * kNetTails + said.tail).store(contexts);
    s.store(expecteds);
    ((w + n) * 0.5).store(q);
    codeValues(means, scales, contexts, q);
    if constexpr (Observer::kObserves) observe(in, base, level, q, means, scales, contexts);

    // ---- What they teach.
    const F16 alive = F16::load(alive_);
    const D16 values = D16::load(q);
    const F16 e = narrow(values - expert), r = narrow(values - base);
    const F16 inverse = alive / (expected + 0.25F), bareError = narrow(values - bare);
    const float count = sum(alive);
    if (kDeep || plan_.wide) wide_.learn(bareErrors_, bareError, inverse, count);
    if constexpr (kDeep) {
      const F16 wideError = narrow(values - wide);
      deep_.second.learn(deep_.errors, wideError, inverse, count);
      ifLess(F16::all(0.5F), alive, wideError, F16{}).store(deep_.errors.here());
      deep_.correction.learn(r, alive, count);
    }
    adaptive_.learn(e, inverse, count);
    blend_.learn(narrow(values - linear), inverse, alive, static_cast<size_t>(step_));
    alignas(64) float magnitudes[kLanes];
    absolute(r).store(magnitudes);
    for (size_t lane = 0; lane < kLanes; ++lane) {
      if (alive_[lane] != 0.0F) learnRatio(ratios_[static_cast<size_t>(ratioAt[lane])], magnitudes[lane], expecteds[lane]);
    }
    // Where a value is missing, its neighbours stand for it.
    const F16 half = F16::all(0.5F);
    const F16 shown = ifLess(half, alive, r, (ownW + m0) * 0.5F);
    values.store(values_.here());
    ifLess(half, alive, bareError, F16{}).store(bareErrors_.here());
    ifLess(half, alive, e, F16{}).store(errors_.here());
    shown.store(residuals_.here());
    (recent(0) * 0.7F + (absolute(shown) + 1e-6F) * 0.3F).store(recent_.here());
    openRows(q);
  }

  // Of an expected magnitude, as levelOf and netLevelOf.
  static I16 levels(F16 magnitude, int lowestExponent, int count) {
    const I16 level = (bitsOf(magnitude) >> 20) - ((127 + lowestExponent) << 3);
    return limited(level, 0, count - 1);
  }

  // The levels by which a residual is coded, and the first of its contexts.
  static I16 scaleOf(const I16& told) { return most(told - kNetToPlain, I16::all(kNetLeastScale)); }
  static I16 contextOf(const I16& told) { return least(told >> 2, I16::all(kNetRawFromLevel / 4)); }

  // In the order of the lanes, as many at once as there are states; q has what stands for a missing value, but for its part
  // behind the point.
  void codeValues(const double* means, const int32_t* scales, const int32_t* contexts, double* q) {
    if (mask_ != nullptr) {
      for (size_t lane = 0; lane < kLanes; ++lane) {
        const bool active = (active_ >> lane & 1U) != 0, missing = active && mask_[static_cast<size_t>(sites_[lane] + step_)] != 0;
        if (missing) q[lane] = std::floor(q[lane]);
        alive_[lane] = active && !missing ? 1.0F : 0.0F;
      }
    }
    for (size_t from = 0; from < kLanes; from += kRansStates) {
      LaneSymbol<Coder> symbols[kRansStates];
      int64_t given[kRansStates] = {};
      for (size_t state = 0; state < kRansStates; ++state) {
        const size_t lane = from + state;
        if (alive_[lane] == 0.0F) continue;
        if constexpr (!Coder::kDecodes) given[state] = cells_.get(static_cast<size_t>(sites_[lane] + step_));
        symbols[state].find(coder_, state, given[state], static_cast<int64_t>(means[lane]), range_, infos_[static_cast<size_t>(scales[lane])],
                            shapes_[static_cast<size_t>(contexts[lane])]);
      }
      for (size_t state = 0; state < kRansStates; ++state) {
        const size_t lane = from + state;
        if (alive_[lane] == 0.0F) continue;
        const int64_t value = symbols[state].finish(coder_, state, given[state], range_);
        if constexpr (Coder::kDecodes) cells_.set(static_cast<size_t>(sites_[lane] + step_), value);
        q[lane] = static_cast<double>(value);
      }
    }
  }

  void observe(const std::array<I16, kNetInputs / 4>& in, const D16& base, const I16& level, const double* q, const double* means,
               const int32_t* scales, const int32_t* contexts) {
    alignas(64) double bases[kLanes];
    alignas(64) int32_t levels[kLanes], words[kNetInputs / 4][kLanes];
    base.store(bases);
    level.store(levels);
    for (size_t group = 0; group < kNetInputs / 4; ++group) in[group].store(words[group]);
    for (size_t lane = 0; lane < kLanes; ++lane) {
      if (alive_[lane] == 0.0F) continue;
      uint8_t inputs[kNetInputs];
      for (size_t k = 0; k < kNetInputs; ++k) inputs[k] = static_cast<uint8_t>(static_cast<uint32_t>(words[k / 4][lane]) >> (8 * (k % 4)));
      observer_->site({inputs, bases[lane], levels[lane], static_cast<int64_t>(q[lane]), static_cast<int64_t>(means[lane]), scales[lane], contexts[lane]});
    }
  }

  // Left of a row's first value, once it is known, it stands itself.
  void openRows(const double* q) {
    if (step_ != opened_) return;
    for (size_t l = 0; l < kLanes; ++l) {
      const int64_t own = step_ - static_cast<int64_t>(l) * kBehind;
      if (own < 0 || own % static_cast<int64_t>(period_) != kBehind) continue;
      for (ptrdiff_t dx = -4; dx < 0; ++dx) values_.at(dx, 0)[l] = q[l];
    }
  }

  const Plan& plan_;
  const Perceptron& net_;
  Coder& coder_;
  Observer* observer_;
  LatticeCells cells_;
  const uint8_t* mask_;
  std::array<double, kMaxOrder> coefficients_{};
  std::array<float, kScaleFeatures> weights_{};
  size_t rows_, columns_, period_;  // period: steps from a row to the next of a lane
  int64_t range_;
  double top_;

  StepHistory<double, 4> values_;
  using Wide = std::conditional_t<kDeep, WideFilter<10, 3, 2>, WideFilter<6, 6, 2>>;
  using Second = WideFilter<6, 3, 1>;
  struct Deep {
    explicit Deep(size_t kept) : errors(kept) {}
    typename Second::Errors errors;  // of the plan's expert with the first filter
    Second second{0.0007F};
    Correction correction;
  };
  struct Nothing {
    explicit Nothing(size_t) {}
  };

  typename Wide::Errors bareErrors_;      // of the plan's expert
  StepHistory<float, 2> errors_;          // of that with all wide filters
  StepHistory<float, 2> residuals_;       // beside the base
  StepHistory<float, 1> recent_, old_;
  Wide wide_{kDeep ? 0.0005F : 0.001F};
  AdaptiveStage adaptive_{kDeep ? 0.006F : 0.004F};
  LocalBlend<kDeep> blend_;
  std::conditional_t<kDeep, Deep, Nothing> deep_;
  std::vector<double> firstValues_;
  std::vector<float> firstResiduals_;

  int64_t step_ = 0, change_ = 0, opened_ = -1;
  uint32_t active_ = 0;
  std::array<int64_t, kLanes> sites_{};     // of a lane's value, less the step
  alignas(64) float alive_[kLanes] = {};    // 1 where a lane has a value that is not missing
  alignas(64) float runs_[kLanes] = {};

  std::array<Ratio, kLevels> ratios_;
  const std::array<LevelInfo, kLevels>& infos_ = levelInfos();
  std::vector<LaneShape> shapes_;
  float unit_;
  int levelZero_;
};

}  // namespace fieldzip::FIELDZIP_LANES
