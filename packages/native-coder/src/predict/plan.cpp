#include "predict/plan.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "predict/samples.h"
#include "predict/walk.h"
#include "threads/threads.h"

namespace fieldzip {
namespace {

constexpr size_t kSamples = 8192, kFewSamples = 4096;
constexpr int kRounds = 6, kFewRounds = 3;
constexpr int kScaleRounds = 16;
constexpr int kLeastOrder = 8;  // the scale's features need the first eight neighbours
// No order is 1, 2, 3 or 4: heads that come before the ordinary one.
constexpr uint8_t kNetworkHead = 1 << 3, kWideHead = 2 << 3, kLockstepHead = 3 << 3, kDeepHead = 4 << 3;
constexpr double kTypicalBits = 4;  // the network sees typical residuals below 2^this
constexpr int64_t kGreatestCoefficient = int64_t{64} << kMaxCoefficientBits;

double fixedPrediction(Expert expert, const double* d) {
  // d: differences to the west neighbour; 1 is north, 2 north-west.
  switch (expert) {
    case Expert::gradient: return d[1] - d[2];
    case Expert::median: return medianPrediction(0.0, d[1], d[2]);
    default: return 0.5 * d[1];
  }
}

// Bits of all samples, but for a constant that all experts share; prediction(d): of a site, beside the west neighbour.
template <typename Prediction>
double measure(Samples& samples, Prediction prediction) {
  std::array<double, kHalves> bits{};
  samples.eachHalf([&](size_t half, size_t first, size_t last) {
    for (size_t i = first; i < last; ++i) {
      const double* d = samples.site(i);
      samples.magnitude[i] = samples.usable[i] ? std::abs(d[samples.order] - prediction(d)) : 0.0;
    }
    localMeans(samples, first, last);
    LogarithmSum sum;
    for (size_t i = first; i < last; ++i) {
      if (samples.usable[i]) sum.add(samples.local[i] + 0.2);
    }
    bits[half] = sum.sum();
  });
  return bits[0] + bits[1];
}

double measureFixed(Samples& samples, Expert expert) {
  return measure(samples, [expert](const double* d) { return fixedPrediction(expert, d); });
}

double measureFitted(Samples& samples, const std::array<double, kMaxOrder>& c) {
  return measure(samples, [&c, order = samples.order](const double* d) {
    double prediction = 0;
    for (int k = 1; k < order; ++k) prediction += c[static_cast<size_t>(k)] * d[k];
    return prediction;
  });
}

// Solves A x = b for a positive definite A in place (lower triangle); false when A is not.
bool solve(std::vector<double>& a, std::vector<double>& b, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      if (i == j) {
        if (!(sum > 0)) return false;
        a[i * n + i] = std::sqrt(sum);
      } else {
        a[i * n + j] = sum / a[j * n + j];
      }
    }
  }
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
  return true;
}

// Sums of products of differences, of which the lower triangle counts; the last row is of the value's own.
struct Normal {
  static constexpr size_t kRoom = kMaxOrder + 2;  // columns, in whole vectors
  double sums[kMaxOrder][kRoom] = {};
  double used = 0;
};

#if defined(__GNUC__) || defined(__clang__)
__attribute__((always_inline))
#endif
inline void addUpPlainly(const Samples& samples, size_t first, size_t last, Normal& normal) {
  const size_t order = static_cast<size_t>(samples.order);
  for (size_t i = first; i < last; ++i) {
    if (!samples.usable[i]) continue;
    const double s = samples.local[i];
    const double weight = 1.0 / (s * (samples.magnitude[i] + 0.3 * s));
    double d[Normal::kRoom] = {};
    std::copy_n(samples.site(i) + 1, order, d);
    for (size_t j = 0; j < order; ++j) {
      const double wd = weight * d[j];
      double* row = normal.sums[j];
      for (size_t four = 0; four <= j; four += 4) {
        for (size_t k = four; k < four + 4; ++k) row[k] += wd * d[k];
      }
    }
    ++normal.used;
  }
}
#ifdef FIELDZIP_AVX2
__attribute__((target("avx2"))) void addUpWidely(const Samples& samples, size_t first, size_t last, Normal& normal) {
  addUpPlainly(samples, first, last, normal);
}
#endif
void addUp(const Samples& samples, size_t first, size_t last, Normal& normal) {
#ifdef FIELDZIP_AVX2
  if (bestIsa() != Isa::portable) return addUpWidely(samples, first, last, normal);
#endif
  addUpPlainly(samples, first, last, normal);
}

// Weighted least squares of the differences to the west: the coefficients then sum to 1 by themselves, and the size of
// the values never enters. Weights 1 / (s (r + 0.3 s)) make squared error follow code length.
bool fitOnce(const Samples& samples, std::array<double, kMaxOrder>& c) {
  const size_t n = static_cast<size_t>(samples.order) - 1;
  std::array<Normal, kHalves> halves;
  samples.eachHalf([&](size_t half, size_t first, size_t last) { addUp(samples, first, last, halves[half]); });
  if (halves[0].used + halves[1].used < 4.0 * static_cast<double>(n)) return false;
  std::vector<double> a(n * n), b(n);
  for (size_t j = 0; j < n; ++j) {
    for (size_t k = 0; k <= j; ++k) a[j * n + k] = halves[0].sums[j][k] + halves[1].sums[j][k];
    b[j] = halves[0].sums[n][j] + halves[1].sums[n][j];
  }
  double trace = 0;
  for (size_t j = 0; j < n; ++j) trace += a[j * n + j];
  // Lattice rounding puts noise of 1/12 on every value anyhow; a little more keeps the system regular.
  for (size_t j = 0; j < n; ++j) a[j * n + j] += 1e-9 * trace / static_cast<double>(n) + 1e-9;
  if (!solve(a, b, n)) return false;
  double sum = 0;
  for (size_t j = 0; j < n; ++j) {
    if (!(std::abs(b[j]) < 64)) return false;
    c[j + 1] = b[j];
    sum += b[j];
  }
  c[0] = 1.0 - sum;
  return true;
}

double predictionOf(const Plan& plan, const double* d) {
  if (plan.expert != Expert::fitted) return fixedPrediction(plan.expert, d);
  double prediction = 0;
  for (size_t k = 1; k < static_cast<size_t>(plan.order); ++k) prediction += plan.coefficient(k) * d[k];
  return prediction;
}

// As few bits as leave the prediction's rounding well below the residuals.
void quantise(const Samples& samples, const std::array<double, kMaxOrder>& c, Plan& plan) {
  double sum = 0, count = 0;
  for (size_t i = 0; i < samples.count; ++i) {
    if (!samples.usable[i]) continue;
    const double* d = samples.site(i);
    double power = 0;
    for (int k = 1; k < samples.order; ++k) power += d[k] * d[k];
    sum += std::sqrt(power / 12.0) / (samples.local[i] + 0.1);
    ++count;
  }
  const int bits = static_cast<int>(std::ceil(std::log2(1.0 + sum / (count + 1.0) / 0.05)));
  plan.coefficientBits = std::clamp(bits, 3, kMaxCoefficientBits);
  int32_t rest = 1 << plan.coefficientBits;
  for (size_t k = 1; k < static_cast<size_t>(plan.order); ++k) {
    plan.coefficients[k] = static_cast<int32_t>(std::lround(std::ldexp(c[k], plan.coefficientBits)));
    rest -= plan.coefficients[k];
  }
  plan.coefficients[0] = rest;
}

uint8_t weightCode(double weight) {
  if (!(weight > std::ldexp(8.0, -26))) return 0;
  int exponent = 0;
  const double mantissa = std::frexp(weight, &exponent);  // [0.5, 1)
  int eighths = static_cast<int>(std::lround(mantissa * 16.0));
  if (eighths == 16) {
    eighths = 8;
    ++exponent;
  }
  const int code = (exponent - 4 + 26) * 8 + (eighths - 8);
  return static_cast<uint8_t>(std::clamp(code, 1, 255));
}

// Non-negative weights of the magnitudes around that make the expected magnitude the likeliest: the Itakura-Saito
// divergence, by multiplicative updates.
void fitScale(const Samples& samples, int rounds, Plan& plan) {
  std::vector<double> residual(samples.count), targets, features;
  targets.reserve(samples.count);
  features.reserve(samples.count * kScaleFeatures);
  for (size_t i = 0; i < samples.count; ++i) {
    if (samples.usable[i]) residual[i] = std::abs(samples.site(i)[samples.order] - predictionOf(plan, samples.site(i)));
  }
  for (size_t i = 0; i < samples.count; ++i) {
    const size_t inside = i % (kPatch * kPatch), row = inside / kPatch, column = inside % kPatch;
    if (row < 2 || column < 2 || column + 2 >= kPatch || !samples.usable[i]) continue;
    bool good = true;
    float f[kScaleFeatures];
    for (size_t k = 0; k < 8; ++k) {
      const Offset o = kNeighbours[k];
      const size_t at = static_cast<size_t>(static_cast<ptrdiff_t>(i) + o.dy * static_cast<ptrdiff_t>(kPatch) + o.dx);
      good = good && samples.usable[at];
      f[k] = static_cast<float>(residual[at]);
    }
    if (!good) continue;
    const double* d = samples.site(i);
    differenceFeatures(plan.expert, predictionOf(plan, d), 0.0, d[1], d[2], d[3], f + 8);
    features.insert(features.end(), f, f + kScaleFeatures);
    targets.push_back(residual[i]);
  }
  LogarithmSum logarithms;
  for (const double target : targets) logarithms.add(target + 0.5);
  plan.loudness = logarithms.sum() / static_cast<double>(targets.size() + 1);
  plan.unit = std::clamp(static_cast<int>(plan.loudness - kTypicalBits), 0, kMaxUnit);
  std::array<double, kScaleFeatures> w{0.2, 0.2, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.02, 0.02, 0.02, 0.05};
  for (int round = 0; round < rounds && targets.size() > 100; ++round) {
    std::array<std::array<double, kScaleFeatures>, kHalves> ups{}, downs{};
    forEachOf(kHalves, samples.threads, [&](size_t half) {
      const size_t middle = targets.size() / 2;
      std::array<double, kScaleFeatures> up{}, down{};
      for (size_t i = half == 0 ? 0 : middle; i < (half == 0 ? middle : targets.size()); ++i) {
        const double* f = features.data() + i * kScaleFeatures;
        std::array<double, 4> s{kLeastMagnitude};
        for (size_t k = 0; k < kScaleFeatures; ++k) s[k % 4] += w[k] * f[k];
        const double inverse = 1.0 / ((s[0] + s[1]) + (s[2] + s[3])), pull = (targets[i] + kLeastMagnitude) * inverse * inverse;
        for (size_t k = 0; k < kScaleFeatures; ++k) {
          up[k] += f[k] * pull;
          down[k] += f[k] * inverse;
        }
      }
      ups[half] = up;
      downs[half] = down;
    });
    for (size_t k = 0; k < kScaleFeatures; ++k) {
      const double up = ups[0][k] + ups[1][k], down = downs[0][k] + downs[1][k];
      if (down > 0) w[k] = std::min(16.0, w[k] * up / down);
    }
  }
  for (size_t k = 0; k < kScaleFeatures; ++k) plan.scaleWeights[k] = weightCode(w[k]);
}

// Chooses the expert and fits it. Returns bits of all samples, but for a constant.
double chooseExpert(Samples& samples, int order, int rounds, Plan& plan) {
  double best = 0;
  for (const Expert expert : {Expert::average, Expert::gradient, Expert::median}) {
    const double bits = measureFixed(samples, expert);
    if (expert == Expert::average || bits < best) {
      best = bits;
      plan.expert = expert;
    }
  }
  if (order == 0) return best;
  measureFixed(samples, plan.expert);
  std::array<double, kMaxOrder> c{}, kept{};
  for (int round = 0; round < rounds && fitOnce(samples, c); ++round) {
    const double bits = measureFitted(samples, c);
    if (round > 0 && bits >= best) continue;
    // Even a fit that loses to a simple expert is worth having: the adaptive stage listens to both.
    if (bits < best) {
      best = bits;
      plan.expert = Expert::fitted;
    }
    plan.order = order;
    kept = c;
  }
  if (plan.order > 0) quantise(samples, kept, plan);
  return best;
}

}  // namespace

template <typename Index>
Plan makePlan(const LatticeView<Index>& lattice, int order, size_t threads, bool thrift) {
  Plan plan;
  Samples samples = takeSamples(lattice, std::max(order, kLeastOrder), thrift ? kFewSamples : kSamples);
  samples.threads = samples.count > kFewSamples ? threads : 1;
  const double bits = chooseExpert(samples, order, thrift ? kFewRounds : kRounds, plan);
  plan.estimate = bits / static_cast<double>(std::max<size_t>(samples.count, 1));
  fitScale(samples, kScaleRounds, plan);
  return plan;
}

template <typename Index>
double estimateOrder(const LatticeView<Index>& lattice, int order) {
  Plan plan;
  Samples samples = takeSamples(lattice, std::max(order, kLeastOrder), kFewSamples);
  const double bits = chooseExpert(samples, order, kFewRounds, plan);
  return bits / static_cast<double>(std::max<size_t>(samples.count, 1));
}

template <typename Index>
double estimateBits(const LatticeView<Index>& lattice) {
  Plan plan;
  Samples samples = takeSamples(lattice, kBalancedOrder, kFewSamples);
  chooseExpert(samples, kBalancedOrder, kFewRounds, plan);
  for (size_t i = 0; i < samples.count; ++i) {
    samples.magnitude[i] = samples.usable[i] ? std::abs(samples.site(i)[samples.order] - predictionOf(plan, samples.site(i))) : 0.0;
  }
  localMeans(samples, 0, samples.count);
  // Where little is expected, the entropy of what was found at sites alike; else a logistic of the magnitude around, the
  // value's own left out as a decoder would have to.
  constexpr double kNetworkSaves = 0.75;
  constexpr size_t kAlike = 16 * 3, kSymbols = 9;
  std::array<std::array<double, kSymbols>, kAlike> found{};
  double sum = 0, count = 0;
  for (size_t i = 0; i < samples.count; ++i) {
    if (!samples.usable[i]) continue;
    ++count;
    const double r = samples.magnitude[i];
    const double around = std::max(0.02, (samples.local[i] - 0.05) * 25.0 / 24.0 - r / 24.0);
    if (around < 1.0) {
      // How near the prediction is to being rounded the other way matters as much.
      const double prediction = predictionOf(plan, samples.site(i)), nearest = std::round(prediction);
      const double symbol = (samples.site(i)[samples.order] - nearest) * (prediction < nearest ? -1.0 : 1.0);
      const auto alike = static_cast<size_t>(std::clamp(15.0 + 2.5 * std::log2(around), 0.0, 15.0));
      ++found[alike * 3 + static_cast<size_t>(std::min(2.0, 6.0 * std::abs(prediction - nearest)))][static_cast<size_t>(std::clamp(symbol, -4.0, 4.0) + 4.0)];
    } else {
      const auto below = [&](double x) { return 1.0 / (1.0 + std::exp(-x / (0.7213 * around))); };
      sum -= std::log2(below(0.5 - r) - below(-0.5 - r) + 1e-4 * std::exp2(-0.5 * r) + 1e-9);
    }
  }
  for (const auto& symbols : found) {
    double all = 0;
    for (const double n : symbols) all += n;
    for (const double n : symbols) sum += n > 0 ? kNetworkSaves * n * std::log2(all / n) : 0.0;
  }
  return count > 0 ? sum / count : 0.0;
}

template Plan makePlan(const LatticeView<int32_t>&, int, size_t, bool);
template Plan makePlan(const LatticeView<int64_t>&, int, size_t, bool);
template double estimateOrder(const LatticeView<int32_t>&, int);
template double estimateOrder(const LatticeView<int64_t>&, int);
template double estimateBits(const LatticeView<int32_t>&);
template double estimateBits(const LatticeView<int64_t>&);

void writePlan(const Plan& plan, std::vector<uint8_t>& out) {
  if (plan.network) {
    out.push_back(!plan.lockstep ? kNetworkHead : plan.deep ? kDeepHead : plan.wide ? kWideHead : kLockstepHead);
    out.push_back(static_cast<uint8_t>(plan.unit));
  }
  out.push_back(static_cast<uint8_t>(static_cast<int>(plan.expert) | (plan.adapts ? 4 : 0) | plan.order << 3));
  if (plan.order > 0) out.push_back(static_cast<uint8_t>(plan.coefficientBits));
  for (size_t k = 1; k < static_cast<size_t>(plan.order); ++k) writeSigned(plan.coefficients[k], out);
  out.insert(out.end(), plan.scaleWeights.begin(), plan.scaleWeights.end());
}

Plan readPlan(ByteReader& in) {
  Plan plan;
  uint8_t head = in.byte();
  if (head == kNetworkHead || head == kLockstepHead || head == kWideHead || head == kDeepHead) {
    plan.network = true;
    plan.lockstep = head != kNetworkHead;
    plan.wide = head == kWideHead;
    plan.deep = head == kDeepHead;
    plan.unit = in.byte();
    if (plan.unit > kMaxUnit) throw CorruptStream("the lattice has an impossible unit");
    head = in.byte();
  }
  plan.expert = static_cast<Expert>(head & 3);
  plan.adapts = (head & 4) != 0;
  plan.order = head >> 3;
  if (plan.lockstep && !plan.adapts) throw CorruptStream("the lattice walks in lockstep without its adaptive stage");
  if (plan.order > kMaxOrder || (plan.order > 0 && plan.order < kLeastOrder) ||
      (plan.order == 0 && plan.expert == Expert::fitted)) {
    throw CorruptStream("the lattice names an impossible predictor");
  }
  if (plan.order > 0) {
    plan.coefficientBits = in.byte();
    if (plan.coefficientBits > kMaxCoefficientBits) throw CorruptStream("the lattice has impossible coefficients");
    int64_t rest = int64_t{1} << plan.coefficientBits;
    for (size_t k = 1; k < static_cast<size_t>(plan.order); ++k) {
      const int64_t c = in.signedVarint();
      if (c > kGreatestCoefficient || c < -kGreatestCoefficient) throw CorruptStream("the lattice has impossible coefficients");
      plan.coefficients[k] = static_cast<int32_t>(c);
      rest -= c;
    }
    plan.coefficients[0] = static_cast<int32_t>(rest);
  }
  for (uint8_t& weight : plan.scaleWeights) weight = in.byte();
  return plan;
}

}  // namespace fieldzip
