// What encoder and decoder of a tile in bands share: the order of the bands, what each walk is given, and the reconstruction
// that grows level by level.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "bands/band_strips.h"
#include "coefficients/coefficient_model.h"
#include "coefficients/levels.h"
#include "coefficients/present.h"
#include "coefficients/quantised.h"
#include "large_allocator.h"
#include "threads/threads.h"
#include "wavelet/wavelet.h"
#include "wide_loops.h"

namespace fieldzip {

// A tile of fewer values is walked in one strip, and so is a band.
inline constexpr size_t kLeastBandTile = 1 << 18, kLeastBandSites = 1 << 14, kLeastBandRows = 64;
inline constexpr size_t kMostBandStrips = 2;
// In smaller tiles the states would weigh more than they save of time.
inline constexpr size_t kLeastOfStates = 1 << 15;
inline size_t bandStatesOf(size_t rows, size_t columns) { return rows * columns >= kLeastOfStates ? kRansStates : 1; }
inline size_t bandStripsOf(size_t rows, size_t columns) { return rows * columns >= kLeastBandTile ? kMostBandStrips : 1; }

// Nor where so few coefficients are not 0.
inline constexpr size_t kMostOfBrief = 2048;

// Fewer values are not worth a thread.
inline constexpr size_t kLeastOfThread = 1 << 17;

// Planes are gone through by so many rows at once, which stay in the cache while they are turned.
inline constexpr size_t kRowsAtOnce = 16;

// each(first row, end) of some rows of a plane.
template <typename Each>
void forEachRows(size_t rows, size_t columns, size_t threads, Each each) {
  const size_t groups = (rows + kRowsAtOnce - 1) / kRowsAtOnce;
  forEachPart(groups, kLeastOfThread / (kRowsAtOnce * std::max<size_t>(columns, 1)), threads, [&](size_t first, size_t last) {
    runWide([&] {
      for (size_t group = first; group < last; ++group) each(group * kRowsAtOnce, std::min((group + 1) * kRowsAtOnce, rows));
    });
  });
}

// Side by side, as a processor likes them.
inline float leastOf(const float* numbers, size_t count) {
  constexpr size_t kAbreast = 16;
  float least[kAbreast];
  std::fill_n(least, kAbreast, numbers[0]);
  size_t i = 0;
  for (; i + kAbreast <= count; i += kAbreast) {
    for (size_t k = 0; k < kAbreast; ++k) least[k] = numbers[i + k] < least[k] ? numbers[i + k] : least[k];
  }
  for (; i < count; ++i) least[0] = numbers[i] < least[0] ? numbers[i] : least[0];
  return *std::min_element(least, least + kAbreast);
}

// Some rows of a plane of rows x columns.
inline void turn(const float* from, size_t top, size_t bottom, size_t rows, size_t columns, float* to) {
  for (size_t j = 0; j < columns; ++j) {
    for (size_t i = top; i < bottom; ++i) to[j * rows + i] = from[i * columns + j];
  }
}

// A band both ways; of one that nobody is told of, only its size.
struct BandBoth {
  LargeVector<float> plain, across;
  size_t rows = 0, columns = 0;

  // What is not known is 0.
  void clear() {
    plain.assign(1, 0.0F);
    across.assign(1, 0.0F);
    rows = columns = 1;
  }
  void open(GridSize size, bool told) {
    rows = size.rows;
    columns = size.columns;
    plain.resize(told ? size.size() : 0);
    across.resize(told ? size.size() : 0);
  }
  BandPlane plane(bool turned) const { return turned ? BandPlane{across.data(), columns, rows} : BandPlane{plain.data(), rows, columns}; }
};

template <typename T>
class BandTile {
 public:
  // Of each level a byte of its bands, bit o of orientation o.
  struct Plan {
    explicit Plan(size_t levels) : filters(levels), trellis(levels) {}

    std::vector<uint8_t> filters;  // those that have one
    bool wide = false;             // and whether these are wide
    bool quick = false;            // whether bands are walked in less time
    bool brief = false;            // and whether in one strip, by one state: a tile of few bytes
    std::vector<uint8_t> trellis;  // those whose points are taken by a trellis
  };

  // `present`: null, or the levels by which the tile is transformed, which must stay.
  BandTile(uint32_t rows, uint32_t columns, std::array<float, 2> delta, const PresentLevels* present = nullptr)
      : sizes_(levelSizes(rows, columns)), delta_(delta), present_(present) {}

  size_t levels() const { return sizes_.size() - 1; }
  GridSize sizeAt(size_t level) const { return sizes_[level]; }
  GridSize bandSize(size_t level, size_t orientation) const {
    const GridSize finer = sizes_[level - 1];
    const Site offset = kOrientationOffset[orientation];
    return {(finer.rows + 1 - offset.row) / 2, (finer.columns + 1 - offset.column) / 2};
  }

  // Of the level that is walked, in steps.
  const LargeVector<T>& low() const { return low_; }

  // From the reconstructed low-pass of the last level, in steps, to A_0. `prepare` gets every task before it is walked: an
  // encoder adds what it wants.
  template <typename Prepare>
  LargeVector<T> run(LargeVector<T> low, const Plan& plan, std::span<const std::unique_ptr<BandStrip>> strips, size_t threads, Prepare prepare) {
    low_ = std::move(low);
    for (size_t level = levels(); level >= 1; --level) walkLevel(level, plan, strips, threads, prepare);
    return std::move(low_);
  }

 private:
  template <typename Prepare>
  void walkLevel(size_t level, const Plan& plan, std::span<const std::unique_ptr<BandStrip>> strips, size_t threads, Prepare& prepare) {
    const GridSize sites = sizes_[level], finer = sizes_[level - 1];
    const float* low = lowAsFloat();
    const float leastOfLow = leastOf(low, sites.size());
    lowAcross_.resize(sites.size());
    for (BandBoth& band : bands_) band.clear();
    LargeVector<T> joined(finer.size());
    forEachRows(sites.rows, sites.columns, threads, [&](size_t top, size_t bottom) {
      turn(low, top, bottom, sites.rows, sites.columns, lowAcross_.data());
      for (size_t i = top; i < bottom; ++i) {
        const T* from = low_.data() + i * sites.columns;
        T* to = joined.data() + 2 * i * finer.columns;
        for (size_t j = 0; j < sites.columns; ++j) to[2 * j] = from[j];
      }
    });
    for (size_t o = 0; o < kOrientations; ++o) {
      const GridSize size = bandSize(level, o);
      if (size.size() == 0) continue;
      const bool turned = o == 1;
      integers_.resize(size.size());
      zeros_.resize(size.size());
      forEachPart(size.size(), kLeastOfThread, threads, [&](size_t first, size_t last) {
        std::fill(integers_.begin() + static_cast<ptrdiff_t>(first), integers_.begin() + static_cast<ptrdiff_t>(last), 0);
        std::fill(zeros_.begin() + static_cast<ptrdiff_t>(first), zeros_.begin() + static_cast<ptrdiff_t>(last), 0.0F);
      });
      BandTask task{};
      task.orientation = o;
      task.level = level;
      task.rows = turned ? size.columns : size.rows;
      task.columns = turned ? size.rows : size.columns;
      task.low = turned ? BandPlane{lowAcross_.data(), sites.columns, sites.rows} : BandPlane{low, sites.rows, sites.columns};
      task.leastOfLow = leastOfLow;
      for (size_t b = 0; b < o; ++b) task.beside[b] = bands_[b].plane(turned);
      for (size_t p = 0, next = 1; p < kOrientations; ++p) {
        if (parents_[p].rows == 0) continue;
        task.parents[p == o ? 0 : next++] = parents_[p].plane(turned);
      }
      task.filter = (plan.filters[level - 1] >> o & 1) == 0 ? BandFilterKind::none : plan.wide ? BandFilterKind::wide : BandFilterKind::near;
      task.quick = plan.quick;
      task.trellis = (plan.trellis[level - 1] >> o & 1) != 0;
      task.states = plan.brief ? 1 : bandStatesOf(sizes_[0].rows, sizes_[0].columns);
      task.values = integers_.data();
      task.zeros = zeros_.data();
      if (present_ != nullptr) task.missing = missingOf(task, threads);
      prepare(task);
      walk(task, strips, threads);
      bands_[o].open(size, level > 1 || o < 2);  // nobody is told of the last
      const Site offset = kOrientationOffset[o];
      T* to = joined.data() + offset.row * finer.columns + offset.column;
      settle(bands_[o], turned, task.trellis, to, 2 * finer.columns, threads);
    }
    std::swap(parents_, bands_);
    if (present_ != nullptr) {
      present_->inverse(level, std::span<T>(joined), std::span<const T>(low_), threads);
    } else {
      waveletInverse(std::span<T>(joined), finer.rows, finer.columns, 1, threads);
    }
    low_ = std::move(joined);
  }

  // Where a band has no coefficients, as it is walked; there they are 0.
  const uint8_t* missingOf(const BandTask& task, size_t threads) {
    const Site offset = kOrientationOffset[task.orientation];
    const size_t columns = sizes_[task.level - 1].columns;
    missing_.resize(integers_.size());
    forEachRows(task.rows, task.columns, threads, [&](size_t top, size_t bottom) {
      for (size_t i = top; i < bottom; ++i) {
        for (size_t j = 0; j < task.columns; ++j) {
          const size_t row = task.orientation == 1 ? j : i, column = task.orientation == 1 ? i : j;
          missing_[i * task.columns + j] = present_->isMissing(task.level - 1, (2 * row + offset.row) * columns + 2 * column + offset.column) ? 1 : 0;
        }
      }
      std::fill(integers_.begin() + static_cast<ptrdiff_t>(top * task.columns), integers_.begin() + static_cast<ptrdiff_t>(bottom * task.columns), 0);
      std::fill(zeros_.begin() + static_cast<ptrdiff_t>(top * task.columns), zeros_.begin() + static_cast<ptrdiff_t>(bottom * task.columns), 0.0F);
    });
    return missing_.data();
  }

  const float* lowAsFloat() {
    if constexpr (std::is_same_v<T, float>) {
      return low_.data();
    } else {
      lowPlain_.resize(low_.size());
      for (size_t i = 0; i < low_.size(); ++i) lowPlain_[i] = static_cast<float>(low_[i]);
      return lowPlain_.data();
    }
  }

  // What was walked goes to its places among the details, two columns apart in rows of a stride, and into the band's planes.
  void settle(BandBoth& band, bool turned, bool trellis, T* details, size_t stride, size_t threads) {
    const size_t rows = turned ? band.columns : band.rows, columns = turned ? band.rows : band.columns;
    const bool told = !band.plain.empty();
    float* asWalked = turned ? band.across.data() : band.plain.data();
    float* other = turned ? band.plain.data() : band.across.data();
    forEachRows(rows, columns, threads, [&](size_t top, size_t bottom) {
      std::vector<T> points((bottom - top) * columns);
      const int32_t* integers = integers_.data() + top * columns;
      const float* zeros = zeros_.data() + top * columns;
      if (trellis) {
        for (size_t k = 0; k < points.size(); ++k) points[k] = static_cast<T>(integers[k]) + static_cast<T>(zeros[k]);
      } else {
        for (size_t k = 0; k < points.size(); ++k) points[k] = reconstructionOf<T>(integers[k], zeros[k], delta_);
      }
      if (turned) {
        for (size_t j = 0; j < columns; ++j) {
          for (size_t i = top; i < bottom; ++i) details[j * stride + 2 * i] = points[(i - top) * columns + j];
        }
      } else {
        for (size_t i = top; i < bottom; ++i) {
          for (size_t j = 0; j < columns; ++j) details[i * stride + 2 * j] = points[(i - top) * columns + j];
        }
      }
      if (!told) return;
      if (trellis) {
        for (size_t k = 0; k < points.size(); ++k) asWalked[top * columns + k] = static_cast<float>(integers[k]) + zeros[k];
      } else {
        for (size_t k = 0; k < points.size(); ++k) asWalked[top * columns + k] = static_cast<float>(integers[k]);
      }
      turn(asWalked, top, bottom, rows, columns, other);
    });
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
  const PresentLevels* present_;
  LargeVector<uint8_t> missing_;
  LargeVector<T> low_;
  std::array<BandBoth, kOrientations> parents_, bands_;  // of the level above, and of this one
  LargeVector<int32_t> integers_;
  LargeVector<float> zeros_, lowPlain_, lowAcross_;
};

// A band whose coefficients are smaller on average gains too little by a filter for the time it takes. Wide filters are worth
// theirs in a large tile whose finest coefficients are larger on average.
inline constexpr double kWorthFilter = 0.1, kWorthWide = 2.0;
// Tiles of so many values are walked in 15 to 25 % less time, for 0.3 to 0.6 % of the bytes; but if the second level's coefficients are
// smaller on average, there is less to save and more to lose.
inline constexpr size_t kLeastQuick = 3 << 18;
inline constexpr double kWorthQuick = 0.6;
// A trellis needs coefficients that are mostly not 0, and none so great that a float, in which it looks for its path, is not
// precise to some hundredths of a step.
inline constexpr double kWorthTrellis = 1.5, kGreatestOfTrellis = 1 << 18;

inline constexpr size_t kNoLevel = SIZE_MAX;

// Which bands are worth a filter, and which; of levels from one on, a trellis; and whether the tile is quick, if it may be.
template <typename T>
typename BandTile<T>::Plan planOf(const BandTile<T>& tile, const Details<T>& details, size_t trellisFrom = kNoLevel, bool mayBeQuick = false, size_t threads = 1) {
  typename BandTile<T>::Plan plan(tile.levels());
  for (size_t level = 1; level <= tile.levels(); ++level) {
    const GridSize finer = tile.sizeAt(level - 1);
    double all = 0;
    // Of the details in even and in odd columns of each row.
    std::vector<std::array<double, 2>> sums(finer.rows), greatest(finer.rows);
    forEachPart(finer.rows, kLeastOfThread / finer.columns, threads, [&](size_t first, size_t last) {
      runWide([&] {
        for (size_t r = first; r < last; ++r) {
          const T* row = details[level].data() + r * finer.columns;
          double even = 0, odd = 0;
          T most[2] = {0, 0};
          const auto add = [](T c, double& sum, T& ofAll) {
            const T magnitude = std::abs(c);
            sum += static_cast<double>(magnitude);
            ofAll = magnitude > ofAll ? magnitude : ofAll;
          };
          for (size_t c = 0; c + 1 < finer.columns; c += 2) {
            add(row[c], even, most[0]);
            add(row[c + 1], odd, most[1]);
          }
          if (finer.columns % 2 != 0) add(row[finer.columns - 1], even, most[0]);
          sums[r] = {even, odd};
          greatest[r] = {static_cast<double>(most[0]), static_cast<double>(most[1])};
        }
      });
    });
    for (size_t o = 0; o < kOrientations; ++o) {
      const Site offset = kOrientationOffset[o];
      double total = 0, most = 0;
      for (size_t r = offset.row; r < finer.rows; r += 2) {
        total += sums[r][offset.column];
        most = std::max(most, greatest[r][offset.column]);
      }
      all += total;
      const double size = static_cast<double>(tile.bandSize(level, o).size());
      if (total > kWorthFilter * size) plan.filters[level - 1] = static_cast<uint8_t>(plan.filters[level - 1] | 1U << o);
      if (level >= trellisFrom && total > kWorthTrellis * size && most < kGreatestOfTrellis) plan.trellis[level - 1] = static_cast<uint8_t>(plan.trellis[level - 1] | 1U << o);
    }
    const double sites = static_cast<double>(finer.size() - tile.sizeAt(level).size());
    if (level == 2) plan.quick = mayBeQuick && tile.sizeAt(0).size() >= kLeastQuick && all > kWorthQuick * sites;
    if (level == 1) plan.wide = all > kWorthWide * sites && finer.size() >= kLeastBandTile;
  }
  return plan;
}

// What an encoder's walk is given besides.
template <typename T>
void wantCoefficients(BandTask& task, const BandTile<T>& tile, const Details<T>& details, LargeVector<float>& wanted, size_t threads = 1) {
  wanted.resize(task.rows * task.columns);
  const size_t columns = tile.sizeAt(task.level - 1).columns;
  const Site offset = kOrientationOffset[task.orientation];
  const T* from = details[task.level].data() + offset.row * columns + offset.column;
  forEachRows(task.rows, task.columns, threads, [&](size_t top, size_t bottom) {
    float* to = wanted.data() + top * task.columns;
    int32_t* integers = task.values + top * task.columns;
    const size_t count = (bottom - top) * task.columns;
    // As they are walked.
    T* own = nullptr;
    std::vector<T> copy;
    if constexpr (std::is_same_v<T, float>) {
      own = to;
    } else {
      copy.resize(count);
      own = copy.data();
    }
    if (task.orientation == 1) {
      for (size_t j = 0; j < task.columns; ++j) {
        for (size_t i = top; i < bottom; ++i) own[(i - top) * task.columns + j] = from[2 * (j * columns + i)];
      }
    } else {
      for (size_t i = top; i < bottom; ++i) {
        for (size_t j = 0; j < task.columns; ++j) own[(i - top) * task.columns + j] = from[2 * (i * columns + j)];
      }
    }
    for (size_t k = 0; k < copy.size(); ++k) to[k] = static_cast<float>(copy[k]);
    if (task.trellis) {
      takeByTrellis(bestIsa(), to, task.missing == nullptr ? nullptr : task.missing + top * task.columns, bottom - top, task.columns, integers);
    } else {
      for (size_t k = 0; k < count; ++k) integers[k] = nearestInteger(own[k]);
    }
  });
  task.wanted = wanted.data();
}

// And what each integer is moved by, as in A_(level-1).
template <typename T>
void addMoves(BandTask& task, const BandTile<T>& tile, const std::vector<int8_t>& moves, size_t threads) {
  const size_t columns = tile.sizeAt(task.level - 1).columns;
  const Site offset = kOrientationOffset[task.orientation];
  const int8_t* from = moves.data() + offset.row * columns + offset.column;
  forEachRows(task.rows, task.columns, threads, [&](size_t top, size_t bottom) {
    if (task.orientation == 1) {
      for (size_t j = 0; j < task.columns; ++j) {
        for (size_t i = top; i < bottom; ++i) task.values[i * task.columns + j] += from[2 * (j * columns + i)];
      }
    } else {
      for (size_t i = top; i < bottom; ++i) {
        for (size_t j = 0; j < task.columns; ++j) task.values[i * task.columns + j] += from[2 * (i * columns + j)];
      }
    }
  });
}

}  // namespace fieldzip
