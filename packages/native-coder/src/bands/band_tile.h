// What encoder and decoder of a tile in bands share: the order of the bands, what each walk is given, and the reconstruction
// that grows level by level.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "bands/band_strips.h"
#include "coefficients/coefficient_model.h"
#include "coefficients/levels.h"
#include "coefficients/quantised.h"
#include "threads.h"
#include "wavelet/wavelet.h"

namespace fieldzip {

// A tile of fewer values is walked in one strip, and so is a band.
inline constexpr size_t kLeastBandTile = 1 << 18, kLeastBandSites = 1 << 14, kLeastBandRows = 64;
inline constexpr size_t kMostBandStrips = 2;
// In smaller tiles the states would weigh more than they save of time.
inline constexpr size_t kLeastOfStates = 1 << 15;
inline size_t bandStatesOf(size_t rows, size_t columns) { return rows * columns >= kLeastOfStates ? kRansStates : 1; }
inline size_t bandStripsOf(size_t rows, size_t columns) { return rows * columns >= kLeastBandTile ? kMostBandStrips : 1; }

inline std::vector<float> transposed(const std::vector<float>& from, size_t rows, size_t columns) {
  std::vector<float> to(from.size());
  constexpr size_t kBlock = 16;
  for (size_t top = 0; top < rows; top += kBlock) {
    for (size_t left = 0; left < columns; left += kBlock) {
      for (size_t i = top; i < std::min(top + kBlock, rows); ++i) {
        for (size_t j = left; j < std::min(left + kBlock, columns); ++j) to[j * rows + i] = from[i * columns + j];
      }
    }
  }
  return to;
}

// A band, or the low-pass, both ways.
struct BandBoth {
  std::vector<float> plain, across;
  size_t rows = 0, columns = 0;

  void set(std::vector<float> values, GridSize size) {
    plain = std::move(values);
    rows = size.rows;
    columns = size.columns;
    across = transposed(plain, rows, columns);
  }
  BandPlane plane(bool turned) const { return turned ? BandPlane{across.data(), columns, rows} : BandPlane{plain.data(), rows, columns}; }
};

template <typename T>
class BandTile {
 public:
  // A level's bands that have a filter: bit o of its number.
  using Filters = std::vector<uint8_t>;

  BandTile(uint32_t rows, uint32_t columns, std::array<float, 2> delta) : sizes_(levelSizes(rows, columns)), delta_(delta) {}

  size_t levels() const { return sizes_.size() - 1; }
  GridSize sizeAt(size_t level) const { return sizes_[level]; }
  GridSize bandSize(size_t level, size_t orientation) const {
    const GridSize finer = sizes_[level - 1];
    const Site offset = kOrientationOffset[orientation];
    return {(finer.rows + 1 - offset.row) / 2, (finer.columns + 1 - offset.column) / 2};
  }

  // Of the level that is walked, in steps.
  const std::vector<T>& low() const { return low_; }

  // From the reconstructed low-pass of the last level, in steps, to A_0. `prepare` gets every task before it is walked: an
  // encoder adds what it wants.
  template <typename Prepare>
  std::vector<T> run(std::vector<T> low, const Filters& filters, std::span<const std::unique_ptr<BandStrip>> strips, size_t threads, Prepare prepare) {
    low_ = std::move(low);
    for (size_t level = levels(); level >= 1; --level) walkLevel(level, filters[level - 1], strips, threads, prepare);
    return std::move(low_);
  }

 private:
  template <typename Prepare>
  void walkLevel(size_t level, uint8_t filters, std::span<const std::unique_ptr<BandStrip>> strips, size_t threads, Prepare& prepare) {
    const GridSize sites = sizes_[level], finer = sizes_[level - 1];
    std::vector<float> lowAsFloat(low_.size());
    for (size_t i = 0; i < low_.size(); ++i) lowAsFloat[i] = static_cast<float>(low_[i]);
    BandBoth lowPass;
    lowPass.set(std::move(lowAsFloat), sites);
    std::array<BandBoth, kOrientations> bands;
    for (BandBoth& band : bands) band.set({0.0F}, {1, 1});
    std::vector<T> joined(finer.size());
    for (size_t i = 0; i < sites.rows; ++i) {
      const T* from = low_.data() + i * sites.columns;
      T* to = joined.data() + 2 * i * finer.columns;
      for (size_t j = 0; j < sites.columns; ++j) to[2 * j] = from[j];
    }
    for (size_t o = 0; o < kOrientations; ++o) {
      const GridSize size = bandSize(level, o);
      if (size.size() == 0) continue;
      const bool turned = o == 1;
      integers_.resize(size.size());
      zeros_.resize(size.size());
      BandTask task{};
      task.orientation = o;
      task.level = level;
      task.rows = turned ? size.columns : size.rows;
      task.columns = turned ? size.rows : size.columns;
      task.low = lowPass.plane(turned);
      for (size_t b = 0; b < o; ++b) task.beside[b] = bands[b].plane(turned);
      for (size_t p = 0, next = 1; p < kOrientations; ++p) {
        if (parents_[p].rows == 0) continue;
        task.parents[p == o ? 0 : next++] = parents_[p].plane(turned);
      }
      task.linear = (filters >> o & 1) != 0;
      task.states = bandStatesOf(sizes_[0].rows, sizes_[0].columns);
      task.values = integers_.data();
      task.zeros = zeros_.data();
      prepare(task);
      walk(task, strips, threads);
      std::vector<float> known(size.size());
      const Site offset = kOrientationOffset[o];
      for (size_t i = 0; i < size.rows; ++i) {
        T* to = joined.data() + (2 * i + offset.row) * finer.columns + offset.column;
        for (size_t j = 0; j < size.columns; ++j) {
          const size_t at = turned ? j * size.rows + i : i * size.columns + j;
          to[2 * j] = reconstructionOf<T>(integers_[at], zeros_[at], delta_);
          known[i * size.columns + j] = static_cast<float>(integers_[at]);
        }
      }
      bands[o].set(std::move(known), size);
    }
    parents_ = std::move(bands);
    waveletInverse(std::span<T>(joined), finer.rows, finer.columns, 1);
    low_ = std::move(joined);
  }

  static void walk(const BandTask& band, std::span<const std::unique_ptr<BandStrip>> strips, size_t threads) {
    const size_t count = band.rows * band.columns >= kLeastBandSites && band.rows >= kLeastBandRows ? strips.size() : 1;
    forEachOf(count, threads, [&](size_t i) {
      BandTask task = band;
      task.firstRow = i * band.rows / count;
      task.ownRows = (i + 1) * band.rows / count - task.firstRow;
      strips[i]->code(task);
    });
  }

  std::vector<GridSize> sizes_;
  std::array<float, 2> delta_;
  std::vector<T> low_;
  std::array<BandBoth, kOrientations> parents_;  // of the level above
  std::vector<int32_t> integers_;
  std::vector<float> zeros_;
};

// A band whose coefficients are smaller on average gains too little by a filter for the time it takes.
inline constexpr double kWorthFilter = 0.1;

// Of an encoder: calls each(place among the band's as it is walked, coefficient, or what is given for it). `details` as in A_(level-1).
template <typename T, typename Given, typename Each>
void eachCoefficient(const BandTile<T>& tile, size_t level, size_t orientation, const std::vector<Given>& details, Each each) {
  const GridSize size = tile.bandSize(level, orientation), finer = tile.sizeAt(level - 1);
  const Site offset = kOrientationOffset[orientation];
  for (size_t i = 0; i < size.rows; ++i) {
    const Given* from = details.data() + (2 * i + offset.row) * finer.columns + offset.column;
    for (size_t j = 0; j < size.columns; ++j) each(orientation == 1 ? j * size.rows + i : i * size.columns + j, from[2 * j]);
  }
}

// Which bands are worth a filter.
template <typename T>
typename BandTile<T>::Filters filtersOf(const BandTile<T>& tile, const std::vector<std::vector<T>>& details) {
  typename BandTile<T>::Filters filters(tile.levels());
  for (size_t level = 1; level <= tile.levels(); ++level) {
    for (size_t o = 0; o < kOrientations; ++o) {
      double total = 0;
      eachCoefficient(tile, level, o, details[level], [&](size_t, T c) { total += std::abs(static_cast<double>(c)); });
      const bool worth = total > kWorthFilter * static_cast<double>(tile.bandSize(level, o).size());
      filters[level - 1] = static_cast<uint8_t>(filters[level - 1] | (worth ? 1U << o : 0U));
    }
  }
  return filters;
}

// What an encoder's walk is given besides.
template <typename T>
void wantCoefficients(BandTask& task, const BandTile<T>& tile, const std::vector<std::vector<T>>& details, std::vector<float>& wanted) {
  wanted.resize(task.rows * task.columns);
  eachCoefficient(tile, task.level, task.orientation, details[task.level], [&](size_t at, T c) {
    wanted[at] = static_cast<float>(c);
    task.values[at] = nearestInteger(c);
  });
  task.wanted = wanted.data();
}

}  // namespace fieldzip
