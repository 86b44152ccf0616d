// What the encoder finds out about a tile and the stream carries: how to predict and what to expect of the residuals.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "predict/bytes.h"

namespace fieldzip {

struct Offset {
  int8_t dx, dy;
};

inline constexpr int kMaxOrder = 30;
inline constexpr int kBalancedOrder = 12;
inline constexpr int kReach = 4;  // no neighbour is further away than this, in rows or columns
// Causal neighbours, nearest first.
inline constexpr std::array<Offset, kMaxOrder> kNeighbours{{
    {-1, 0},  {0, -1},  {-1, -1}, {1, -1},  {-2, 0},  {0, -2},  {-2, -1}, {2, -1},  {-1, -2}, {1, -2},
    {-2, -2}, {2, -2},  {-3, 0},  {0, -3},  {-3, -1}, {3, -1},  {-1, -3}, {1, -3},  {-3, -2}, {3, -2},
    {-2, -3}, {2, -3},  {-4, 0},  {0, -4},  {-4, -1}, {4, -1},  {-1, -4}, {1, -4},  {-3, -3}, {3, -3},
}};

// Magnitudes from which the next one is expected: residuals at the first eight neighbours, then differences of values.
inline constexpr int kScaleFeatures = 12;
inline constexpr float kLeastMagnitude = 0.02F;  // even where nothing ever happened

enum class Expert : uint8_t { fitted, average, gradient, median };

inline double medianPrediction(double w, double n, double nw) {
  const double low = w < n ? w : n, high = w < n ? n : w;
  return nw >= high ? low : nw <= low ? high : w + n - nw;
}

// The features after the eight residuals: how far other experts are off, how steep the surroundings are, and 1.
inline void differenceFeatures(Expert expert, double prediction, double w, double n, double nw, double ne, float* features) {
  const double other = expert == Expert::average ? medianPrediction(w, n, nw) : 0.5 * (w + n);
  features[0] = std::abs(static_cast<float>(prediction - other));
  features[1] = std::abs(static_cast<float>(prediction - (w + n - nw)));
  features[2] = std::abs(static_cast<float>(nw - w)) + std::abs(static_cast<float>(ne - n));
  features[3] = 1.0F;
}

struct Plan {
  Expert expert = Expert::average;
  bool adapts = false;           // whether the adaptive stage runs
  int order = 0;                 // neighbours of the fitted expert; 0: there is none
  int coefficientBits = 0;
  std::array<int32_t, kMaxOrder> coefficients{};  // in units of 2^-coefficientBits; they sum to 1
  std::array<uint8_t, kScaleFeatures> scaleWeights{};
  bool network = false;          // whether the network is asked at every value
  bool lockstep = false;         // whether it walks in strips of rows in lockstep; only with the network
  bool wide = false;             // whether a wide filter helps it there
  bool deep = false;             // whether all does that pays where many bits are left: two wide filters, and a correction of the network
  int unit = 0;                  // it sees magnitudes over 2^unit

  // Encoder only: bits a sampled value, but for a constant of the tile; octaves of what is left of it, about.
  double estimate = 0, loudness = 0;

  double coefficient(size_t k) const { return std::ldexp(static_cast<double>(coefficients[k]), -coefficientBits); }
  // A byte is a small float: 0, or 1.m times a power of two.
  float scaleWeight(size_t k) const {
    const int code = scaleWeights[k];
    return code == 0 ? 0.0F : std::ldexp(static_cast<float>(8 + (code & 7)), (code >> 3) - 26);
  }
};

inline constexpr int kMaxCoefficientBits = 20;
inline constexpr int kMaxUnit = 60;

void writePlan(const Plan& plan, std::vector<uint8_t>& out);
// Throws CorruptStream.
Plan readPlan(ByteReader& in);

// The lattice as the fit sees it.
template <typename Index>
struct LatticeView {
  const Index* indices;
  const uint8_t* mask;  // null: everything is known
  size_t rows, columns;

  double at(size_t i) const { return static_cast<double>(indices[i]); }
  bool known(size_t i) const { return mask == nullptr || mask[i] == 0; }
};

// About Plan::estimate for an order, at a small part of the cost of a plan.
template <typename Index>
double estimateOrder(const LatticeView<Index>& lattice, int order);
extern template double estimateOrder(const LatticeView<int32_t>&, int);
extern template double estimateOrder(const LatticeView<int64_t>&, int);

// Entropy of what is left, in bits a value, from few samples: of all residuals under the expected magnitudes around them.
template <typename Index>
double estimateBits(const LatticeView<Index>& lattice);
extern template double estimateBits(const LatticeView<int32_t>&);
extern template double estimateBits(const LatticeView<int64_t>&);

// Fits to patches spread over the tile. Only an encoder plans, so nothing here needs the same bits everywhere; but no bit
// depends on the threads. `order`: of
// the fitted expert, 0 or 8..30; thrift: with fewer samples and rounds; the plan has none when the tile is too small for it or a simpler expert does better.
template <typename Index>
Plan makePlan(const LatticeView<Index>& lattice, int order, size_t threads = 1, bool thrift = false);
extern template Plan makePlan(const LatticeView<int32_t>&, int, size_t, bool);
extern template Plan makePlan(const LatticeView<int64_t>&, int, size_t, bool);

}  // namespace fieldzip
