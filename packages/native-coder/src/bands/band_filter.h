// What a coefficient is expected to be, by least squares over the coefficients that were coded before: a linear function of
// its neighbours in its own band, in the low-pass and in the other bands of its level. Nothing of it is in the stream; the
// decoder makes it from the same samples. Included once for each instruction set, as lanes16.h is.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "predict/lanes16.h"

namespace fieldzip::FIELDZIP_LANES {

class BandFilter {
 public:
  static constexpr size_t kMost = 96;  // taps, and behind them what they are to give

  // At a new band, of `samples` to come at most. What the band of the level above taught counts as some samples.
  void open(size_t taps) {
    if (taps != taps_) {
      sums_.fill(0);
      weights_.fill(0);
      seen_ = 0;
    }
    taps_ = taps;
    if (seen_ > kCarried) forget(kCarried / seen_);
    fresh_.assign(kMost * kMost, 0.0F);
    waiting_ = 0;
    until_ = kFirst;
    lossAlone_ = lossWith_ = 1.0F;
  }
  const float* weights() const { return weights_.data(); }
  // It is heeded while it helps; it learns all the same.
  bool helps() const { return lossWith_ <= lossAlone_; }

  void judge(const F16& alone, const F16& with, const F16& inverse, float count) {
    const F16 a = least(absolute(alone) * inverse, F16::all(kWorst)), w = least(absolute(with) * inverse, F16::all(kWorst));
    lossAlone_ += kLossRate * (sum(a * a) + count * (kTiny - lossAlone_));
    lossWith_ += kLossRate * (sum(w * w) + count * (kTiny - lossWith_));
  }

  // `samples`: of each lane, the taps and the value behind them; `shares`: what each counts, 0 for none.
  [[gnu::noinline]] void learn(const float* samples, const float* shares, float count) {
    const size_t taps = taps_;
    alignas(64) float shared[kLanes][kMost];
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const F16 share = F16::all(shares[lane]);
      for (size_t j = 0; j < taps; j += kLanes) (F16::load(samples + lane * kMost + j) * share).store(shared[lane] + j);
    }
    for (size_t i = 0; i < taps; i += kRows) {
      const size_t from = i / kLanes, end = taps / kLanes + 1;
      for (size_t j = from; j < end;) {
        const size_t vectors = end - j < kMostAtOnce ? end - j : kMostAtOnce;
        unrolled<kMostAtOnce>([&](auto less) {
          if (vectors == less + 1) addProducts<less + 1>(shared[0] + i, samples + j * kLanes, fresh_.data() + i * kMost + j * kLanes);
        });
        j += vectors;
      }
    }
    waiting_ += count;
    if (waiting_ >= until_) solve();
  }

 private:
  // So many rows of products at once, and so many vectors of each, all in registers while lane by lane is added.
  static constexpr size_t kRows = 4, kMostAtOnce = FIELDZIP_LANE_WIDTH == 16 ? 4 : 1;

  template <size_t kCount>
  static void addProducts(const float* shared, const float* own, float* to) {
    F16 sums[kRows][kCount];
    unrolled<kRows>([&](auto row) { unrolled<kCount>([&](auto j) { sums[row][j] = F16::load(to + row * kMost + j * kLanes); }); });
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC unroll 1
#endif
    for (size_t lane = 0; lane < kLanes; ++lane) {
      F16 x[kCount];
      unrolled<kCount>([&](auto j) { x[j] = F16::load(own + lane * kMost + j * kLanes); });
      unrolled<kRows>([&](auto row) {
        const F16 share = F16::all(shared[lane * kMost + row]);
        unrolled<kCount>([&](auto j) { sums[row][j] = sums[row][j] + share * x[j]; });
      });
    }
    unrolled<kRows>([&](auto row) { unrolled<kCount>([&](auto j) { sums[row][j].store(to + row * kMost + j * kLanes); }); });
  }

  static constexpr double kCarried = 2000, kMemory = 3072, kForget = 0.6;
  static constexpr float kFirst = 128, kMostWait = 1024;
  static constexpr float kLossRate = 1.0F / 512, kWorst = 8.0F, kTiny = 0.001F;

  void forget(double share) {
    seen_ = seen_ * share;
    for (double& sum : sums_) sum = sum * share;
  }

  // By Cholesky's factors, with the right side as a last column.
  [[gnu::noinline]] void solve() {
    const size_t n = taps_;
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = i; j <= n; ++j) {
        sums_[i * kMost + j] += static_cast<double>(fresh_[i * kMost + j]);
        fresh_[i * kMost + j] = 0.0F;
      }
    }
    seen_ += static_cast<double>(waiting_);
    waiting_ = 0;
    if (seen_ > kMemory) forget(kForget);
    until_ = static_cast<float>(seen_) < kMostWait ? static_cast<float>(seen_) : kMostWait;
    until_ = until_ > kFirst ? until_ : kFirst;
    double trace = 0;
    for (size_t i = 0; i < n; ++i) trace += sums_[i * kMost + i];
    trace = trace / static_cast<double>(n);
    std::array<double, kMost * kMost>& c = factors_;
    c = sums_;
    for (size_t i = 0; i < n; ++i) c[i * kMost + i] += (c[i * kMost + i] * kRidge + trace * kOfTrace) + kLeastRidge;
    for (size_t k = 0; k < n; ++k) {
      double* row = c.data() + k * kMost;
      const double pivot = row[k] > kLeastPivot ? row[k] : kLeastPivot, inverse = 1.0 / std::sqrt(pivot);
      for (size_t j = k; j <= n; ++j) row[j] = row[j] * inverse;
      for (size_t i = k + 1; i < n; ++i) {
        double* to = c.data() + i * kMost;
        const double factor = row[i];
        for (size_t j = i; j <= n; ++j) to[j] = to[j] - factor * row[j];
      }
    }
    std::array<double, kMost> solved{};
    for (size_t k = n; k-- > 0;) {
      double left = c[k * kMost + n];
      for (size_t j = k + 1; j < n; ++j) left = left - c[k * kMost + j] * solved[j];
      const double diagonal = c[k * kMost + k];
      solved[k] = left / (diagonal > kLeastPivot ? diagonal : kLeastPivot);
    }
    for (size_t k = 0; k < n; ++k) weights_[k] = static_cast<float>(solved[k]);
  }
  static constexpr double kRidge = 1e-4, kOfTrace = 1e-7, kLeastRidge = 0.3, kLeastPivot = 1e-12;

  size_t taps_ = 0;
  std::array<double, kMost * kMost> sums_{}, factors_{};
  std::vector<float> fresh_;
  std::array<float, kMost> weights_{};
  double seen_ = 0;
  float waiting_ = 0, until_ = kFirst;
  float lossAlone_ = 1.0F, lossWith_ = 1.0F;  // recent errors in expected magnitudes
};

}  // namespace fieldzip::FIELDZIP_LANES
