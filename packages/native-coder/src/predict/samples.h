// What a plan is fitted to: patches spread over a tile, each site with the differences of its neighbours.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "predict/plan.h"
#include "threads/threads.h"

namespace fieldzip {

inline constexpr size_t kPatch = 16;

// Halves, each summed for itself, so that two threads share the work and sums are the same for one.
inline constexpr size_t kHalves = 2;

struct Samples {
  size_t count = 0;                // patch sites, a multiple of kPatch * kPatch
  size_t threads = 1;
  int order = 0;
  std::vector<double> rows;        // order differences to the west neighbour and the value's own, one site after the other
  std::vector<uint8_t> usable;     // the site and all its neighbours are known
  std::vector<double> magnitude;   // |residual|
  std::vector<double> local;       // mean of that over the surroundings

  size_t stride() const { return static_cast<size_t>(order) + 1; }
  const double* site(size_t i) const { return rows.data() + i * stride(); }
  // each(half, first site, site after the last), a whole number of patches each.
  template <typename Each>
  void eachHalf(Each each) const {
    const size_t middle = count / (2 * kPatch * kPatch) * (kPatch * kPatch);
    forEachOf(kHalves, threads, [&](size_t half) { each(half, half == 0 ? 0 : middle, half == 0 ? middle : count); });
  }
};

// A sum of binary logarithms of numbers from 2^-16 to 2^55, many in one.
class LogarithmSum {
 public:
  void add(double x) {
    product_ *= x;
    if (++count_ % 16 == 0) sum_ += std::log2(std::exchange(product_, 1.0));
  }
  double sum() const { return sum_ + std::log2(product_); }

 private:
  double product_ = 1.0, sum_ = 0.0;
  size_t count_ = 0;
};

// Patches lie on a jittered grid. Only interior sites are taken: what stands in for values beyond a border poisons the fit.
template <typename Index>
Samples takeSamples(const LatticeView<Index>& lattice, int order, size_t most) {
  Samples samples;
  samples.order = order;
  const size_t top = kReach, left = kReach;
  if (lattice.rows <= top + 2 || lattice.columns <= 2 * left + 2) return samples;
  const size_t height = lattice.rows - top, width = lattice.columns - 2 * left;
  const size_t down = (height + kPatch - 1) / kPatch, across = (width + kPatch - 1) / kPatch;
  const size_t wanted = most / (kPatch * kPatch);
  const size_t patches = std::min(down * across, wanted);
  for (size_t p = 0; p < patches; ++p) {
    size_t row0, column0;
    if (down * across <= wanted) {
      row0 = top + p / across * kPatch;
      column0 = left + p % across * kPatch;
    } else {
      // A low-discrepancy sequence (the plastic number) spreads any number of patches evenly.
      const double u = 0.5 + 0.7548776662466927 * static_cast<double>(p + 1);
      const double v = 0.5 + 0.5698402909980532 * static_cast<double>(p + 1);
      row0 = top + static_cast<size_t>((u - std::floor(u)) * static_cast<double>(height - std::min(height, kPatch) + 1));
      column0 = left + static_cast<size_t>((v - std::floor(v)) * static_cast<double>(width - std::min(width, kPatch) + 1));
    }
    for (size_t site = 0; site < kPatch * kPatch; ++site) {
      const size_t row = row0 + site / kPatch, column = column0 + site % kPatch;
      bool usable = row < lattice.rows && column < left + width && lattice.known(row * lattice.columns + column);
      const size_t base = samples.rows.size();
      samples.rows.resize(base + samples.stride());
      if (usable) {
        const double west = lattice.at(row * lattice.columns + column - 1);
        for (int k = 0; k < order && usable; ++k) {
          const Offset offset = kNeighbours[static_cast<size_t>(k)];
          const size_t at = static_cast<size_t>(static_cast<ptrdiff_t>(row) + offset.dy) * lattice.columns +
                            static_cast<size_t>(static_cast<ptrdiff_t>(column) + offset.dx);
          usable = lattice.known(at);
          samples.rows[base + static_cast<size_t>(k)] = lattice.at(at) - west;
        }
        samples.rows[base + static_cast<size_t>(order)] = lattice.at(row * lattice.columns + column) - west;
      }
      samples.usable.push_back(usable ? 1 : 0);
      ++samples.count;
    }
  }
  samples.magnitude.resize(samples.count);
  samples.local.resize(samples.count);
  return samples;
}

// Mean magnitude over the 5x5 surroundings inside the patch: sums along rows first, then along columns.
inline void localMeans(Samples& samples, size_t first, size_t last) {
  constexpr int kSide = static_cast<int>(kPatch), kRadius = 2;
  for (size_t base = first; base < last; base += kPatch * kPatch) {
    std::array<double, kPatch * kPatch> sums{}, counts{};
    for (int row = 0; row < kSide; ++row) {
      const size_t start = base + static_cast<size_t>(row * kSide);
      for (int column = 0; column < kSide; ++column) {
        double sum = 0, count = 0;
        for (int c = std::max(0, column - kRadius); c <= std::min(kSide - 1, column + kRadius); ++c) {
          const size_t at = start + static_cast<size_t>(c);
          sum += samples.usable[at] ? samples.magnitude[at] : 0.0;
          count += samples.usable[at];
        }
        sums[static_cast<size_t>(row * kSide + column)] = sum;
        counts[static_cast<size_t>(row * kSide + column)] = count;
      }
    }
    for (int row = 0; row < kSide; ++row) {
      double* local = samples.local.data() + base + static_cast<size_t>(row * kSide);
      std::array<double, kPatch> sum{}, count{};
      for (int r = std::max(0, row - kRadius); r <= std::min(kSide - 1, row + kRadius); ++r) {
        for (size_t column = 0; column < kPatch; ++column) {
          sum[column] += sums[static_cast<size_t>(r * kSide) + column];
          count[column] += counts[static_cast<size_t>(r * kSide) + column];
        }
      }
      // A residual below the lattice's own grain is no better than that grain.
      for (size_t column = 0; column < kPatch; ++column) {
        local[column] = (count[column] > 0 ? sum[column] / count[column] : 0.0) + 0.05;
      }
    }
  }
}

}  // namespace fieldzip
