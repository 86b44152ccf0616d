#include "interpolate/fit.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "interpolate/row_engine.h"
#include "wide_loops.h"

namespace fieldzip {
namespace {

// Points that are enough for a fit: one of so many, within limits.
constexpr size_t kShare = 16;
constexpr size_t kMostPoints = 3072;
constexpr size_t kFewPoints = 1024;
constexpr size_t kLeastPoints = 64;
// One point of so many tells the bits.
constexpr size_t kBitStride = 4;
// Least squares that follow the length of the code: an error of r where s is expected weighs 1 / (s (r + kSoft s)).
constexpr double kSoft = 0.3;
constexpr double kLeastScale = 0.3;
// Mean square of the rounding errors of the rows of the pass itself, in steps.
constexpr double kNoise = 1.0 / 12;
// Networks make up for scales that are wrong. Where a smaller share of points than this is missed, what weights save has to be more than
// chance: in standard deviations of the misses counted.
constexpr double kSparse = 0.04, kBeyondChance = 1;

// Numbers of a vector.
constexpr size_t kTogether = 4;
constexpr size_t whole(size_t n) { return (n + kTogether - 1) / kTogether * kTogether; }

// Of the matrix, which is symmetric, the lower half: as much of it as is whole vectors.
template <size_t n>
struct Normal {
  double a[n][whole(n)] = {};
  double b[whole(n)] = {};

  // `x` has whole(n) numbers.
  void add(const double* x, double y, double weight) {
    double wx[whole(n)];
    for (size_t j = 0; j < whole(n); ++j) wx[j] = weight * x[j];
    for (size_t j = 0; j < whole(n); ++j) b[j] += wx[j] * y;
    [&]<size_t... i>(std::index_sequence<i...>) { (addRow<i>(x, wx[i]), ...); }(std::make_index_sequence<n>());
  }
  template <size_t i>
  void addRow(const double* x, double wx) {
    for (size_t j = 0; j < whole(i + 1); ++j) a[i][j] += wx * x[j];
  }
  void strengthen(double share) {
    double trace = 0;
    for (size_t i = 0; i < n; ++i) trace += a[i][i];
    for (size_t i = 0; i < n; ++i) a[i][i] += share * trace / n + 1e-9;
  }
  // Of the unknowns that are `in`; the others are 0. False if there is no solution.
  bool solve(const bool* in, double* x) const {
    double l[n][n] = {};
    size_t at[n], m = 0;
    for (size_t i = 0; i < n; ++i) {
      x[i] = 0;
      if (in[i]) at[m++] = i;
    }
    double z[n];
    for (size_t i = 0; i < m; ++i) {
      for (size_t j = 0; j <= i; ++j) {
        double sum = a[at[i]][at[j]];
        for (size_t k = 0; k < j; ++k) sum -= l[i][k] * l[j][k];
        if (i != j) {
          l[i][j] = sum / l[j][j];
        } else {
          if (!(sum > 1e-12 * a[at[i]][at[i]])) return false;
          l[i][i] = std::sqrt(sum);
        }
      }
      double sum = b[at[i]];
      for (size_t k = 0; k < i; ++k) sum -= l[i][k] * z[k];
      z[i] = sum / l[i][i];
    }
    for (size_t i = m; i-- > 0;) {
      double sum = z[i];
      for (size_t k = i + 1; k < m; ++k) sum -= l[k][i] * x[at[k]];
      x[at[i]] = sum / l[i][i];
    }
    return true;
  }
};

// Bits of a number whose distance from the prediction is r, if s is expected.
double bitsOf(double r, double s) {
  s = std::max(s, 0.03);
  const double m = std::floor(r + 0.5);
  if (m == 0) return -std::log2(1 - std::exp(-0.5 / s));
  return 1.4427 * (m - 0.5) / s + 1 - std::log2(1 - std::exp(-1 / s));
}

template <typename Real, bool second>
class Fit {
 public:
  Fit(const std::vector<SampleRow<Real>>& sample, size_t count, size_t points)
      : sample_(sample), count_(count), pointsOfPass_(points),
        stride_(std::max<size_t>(1, sample.size() * count / std::clamp(points / kShare, kFewPoints, kMostPoints))), p_(count), scratch_(count), k1_(count + 2), k2_(count + 2) {}

  std::optional<PassModel> run(const PassModel& start, bool advised) {
    Normal<kWeights> normal;
    gather(start, [&](const Rows<Real>& rows, size_t j, double y, const Point& point) { addTo(normal, rows, j, y, point.residual, point.scale); });
    if (points_.size() < kLeastPoints) return std::nullopt;
    const double before = bits();
    const Misses missesBefore = misses();
    PassModel model = start;
    if (!setWeights(normal, model)) return std::nullopt;
    gather(model, [](const Rows<Real>&, size_t, double, const Point&) {});
    if (advised && missesBefore.count < kSparse * static_cast<double>(points_.size())) {
      const double less = missesBefore.bits - misses().bits;
      if (!(less > kBeyondChance * missesBefore.bits / std::sqrt(missesBefore.count + 1))) return std::nullopt;
    }
    fitFeatures(model);
    BitWriter cost;
    writeModel(model, start, cost);
    const double saved = (before - bits()) * static_cast<double>(pointsOfPass_) / static_cast<double>(points_.size());
    if (!(saved > 8 * static_cast<double>(cost.finish().size()))) return std::nullopt;
    return model;
  }

 private:
  static constexpr size_t kWeights = kGroups - 1;
  struct Point {
    std::array<double, whole(kFeatures)> features;
    double residual;
    double scale;  // as expected by the model that was last asked
  };

  // Fills points_ with the known points of the sample, as they are with a model's weights, and shows each.
  template <typename Use>
  void gather(const PassModel& model, Use&& use) {
    const auto weights = weightsOf<Real>(model, second);
    const Scales scales(model);
    points_.clear();
    size_t start = 0;
    for (const auto& row : sample_) {
      code(row.before, weights, k1_.data() + 1);
      code(row.beyond, weights, k2_.data() + 1);
      const Rows<Real>& rows = row.self.rows;
      predictRow<Real, second>(rows, weights, count_, p_.data());
      for (size_t j = start = (start + 7) % stride_; j < count_; j += stride_) {
        if (row.missing != nullptr && row.missing[j] != 0) continue;
        std::array<Real, kFeatures> f;
        if constexpr (second) columnFeatures(rows, k1_.data() + 1, k2_.data() + 1, j, p_[j], f);
        else rowFeatures(rows, k1_.data() + 1, k2_.data() + 1, j, p_[j], f);
        Point& point = points_.emplace_back();
        std::copy(f.begin(), f.end(), point.features.begin());
        point.residual = static_cast<double>(row.self.y[j] - p_[j]);
        point.scale = scales.of(point);
        use(rows, j, static_cast<double>(row.self.y[j]), point);
      }
    }
  }

  // The numbers that a row would have.
  void code(const typename SampleRow<Real>::Line& line, const PassWeights<Real>& weights, Real* k) {
    if (line.y == nullptr) {
      std::fill(k, k + count_, Real{0});
      return;
    }
    predictRow<Real, second>(line.rows, weights, count_, scratch_.data());
    for (size_t j = 0; j < count_; ++j) k[j] = nearest(line.y[j] - scratch_[j]);
  }

  struct Scales {
    double features[kFeatures];
    explicit Scales(const PassModel& model) { std::copy(model.features.begin(), model.features.end(), features); }
    double of(const Point& point) const {
      double s = 0;
      for (size_t i = 0; i < kFeatures; ++i) s += features[i] * point.features[i];
      return s / (1 << kFeatureBits);
    }
  };
  void expect(const PassModel& model) {
    const Scales scales(model);
    for (Point& point : points_) point.scale = scales.of(point);
  }

  // Points whose number is not 0, and about what they take if it is known how likely that is, whatever the model expects.
  struct Misses {
    double count = 0, bits = 0;
  };
  Misses misses() const {
    Misses result;
    for (const Point& point : points_) {
      const double size = std::abs(point.residual);
      if (!(size > 0.5)) continue;
      result.count += 1;
      result.bits += 1 + 2 * std::log2(size + 0.5);
    }
    const auto all = static_cast<double>(points_.size()), hits = all - result.count;
    if (result.count > 0) result.bits += result.count * std::log2(all / result.count);
    if (hits > 0) result.bits += hits * std::log2(all / hits);
    return result;
  }

  // Of the sample, with the scales that are expected.
  double bits() const {
    double scales = 1e-9, sizes = 0, sum = 0;
    for (const Point& point : points_) {
      sizes += std::abs(point.residual);
      scales += point.scale;
    }
    // Tables make up for scales that are wrong on the whole.
    size_t count = 0;
    for (size_t i = 0; i < points_.size(); i += kBitStride, ++count) sum += bitsOf(std::abs(points_[i].residual), points_[i].scale * sizes / scales);
    return sum * static_cast<double>(points_.size()) / static_cast<double>(count);
  }

  static void addTo(Normal<kWeights>& normal, const Rows<Real>& rows, size_t j, double y, double residual, double scale) {
    constexpr auto& counts = second ? kColumnCounts : kRowCounts;
    std::array<Real, kGroups> g;
    if constexpr (second) columnGroups(rows, j, g);
    else rowGroups(rows, j, g);
    double x[whole(kWeights)] = {};
    const double base = static_cast<double>(g[0]) / 2;
    for (size_t i = 0; i < kWeights; ++i) x[i] = static_cast<double>(g[i + 1]) - counts[i + 1] * base;
    const double s = std::max(kLeastScale, scale);
    const double weight = 1 / (s * (std::abs(residual) + kSoft * s));
    normal.add(x, y - base, weight);
    // The rows of the pass itself are taken as they were, and will have errors.
    constexpr std::array<size_t, 3> kOwn = second ? std::array<size_t, 3>{4, 5, 6} : std::array<size_t, 3>{6, 7, 10};
    for (const size_t group : kOwn) normal.a[group - 1][group - 1] += counts[group] * kNoise * weight;
  }

  static bool setWeights(Normal<kWeights>& normal, PassModel& model) {
    normal.strengthen(1e-7);
    bool in[kWeights];
    std::fill(in, in + kWeights, true);
    double x[kWeights];
    if (!normal.solve(in, x)) return false;
    for (size_t i = 0; i < kWeights; ++i) {
      const double scaled = std::nearbyint(x[i] * (1 << kWeightBits));
      if (!(std::abs(scaled) < 16000)) return false;
      model.weights[i + 1] = static_cast<int16_t>(scaled);
    }
    return true;
  }

  // Weights that are not negative, relative errors least.
  void fitFeatures(PassModel& model) {
    double mean = 0;
    for (const Point& point : points_) mean += std::abs(point.residual);
    mean /= static_cast<double>(points_.size());
    for (int round = 0; round < 2; ++round) {
      Normal<kFeatures> normal;
      for (const Point& point : points_) {
        const double s = (round == 0 ? mean : std::max(point.scale, 0.1 * mean)) + 0.02;
        normal.add(point.features.data(), std::abs(point.residual), 1 / (s * s));
      }
      for (size_t i = 0; i < kFeatures; ++i) normal.a[i][i] *= 1 + 1e-6;
      normal.strengthen(1e-12);
      bool in[kFeatures];
      std::fill(in, in + kFeatures, true);
      double s[kFeatures] = {};
      for (size_t tries = 0; tries < kFeatures; ++tries) {
        if (!normal.solve(in, s)) break;
        const auto least = std::min_element(s, s + kFeatures);
        if (*least >= 0) break;
        in[least - s] = false;
        *least = 0;
      }
      for (size_t i = 0; i < kFeatures; ++i) {
        model.features[i] = static_cast<uint16_t>(std::clamp(s[i] * (1 << kFeatureBits) + 0.5, 0.0, 60000.0));
      }
      expect(model);
    }
  }

  const std::vector<SampleRow<Real>>& sample_;
  size_t count_, pointsOfPass_, stride_;
  std::vector<Real> p_, scratch_, k1_, k2_;
  std::vector<Point> points_;
};

}  // namespace

template <typename Real, bool second>
std::optional<PassModel> fitPass(const std::vector<SampleRow<Real>>& sample, size_t count, size_t points, const PassModel& start, bool advised) {
  Fit<Real, second> fit(sample, count, points);
  return runWide([&] { return fit.run(start, advised); });
}

template std::optional<PassModel> fitPass<float, false>(const std::vector<SampleRow<float>>&, size_t, size_t, const PassModel&, bool);
template std::optional<PassModel> fitPass<float, true>(const std::vector<SampleRow<float>>&, size_t, size_t, const PassModel&, bool);
template std::optional<PassModel> fitPass<double, false>(const std::vector<SampleRow<double>>&, size_t, size_t, const PassModel&, bool);
template std::optional<PassModel> fitPass<double, true>(const std::vector<SampleRow<double>>&, size_t, size_t, const PassModel&, bool);

}  // namespace fieldzip
